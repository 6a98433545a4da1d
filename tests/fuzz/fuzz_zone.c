/*
 * fuzz_zone.c - any bytes as a TZif file (RFC 8536). Of a zone that is accepted: an offset holds for the span
 * that is told with it, no longer than its neighbours begin, and local time leads back to its instant.
 */
#include "base/zone.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void look(const struct zone *z, int64_t at_s)
{
	int64_t from_s, until_s, back_s;
	int32_t offset = zone_offset(z, at_s, &from_s, &until_s);

	must(from_s <= at_s && at_s < until_s);
	must(zone_offset(z, at_s, NULL, NULL) == offset);
	if (until_s < INT64_MAX)
		must(zone_offset(z, until_s - 1, NULL, NULL) == offset);
	if (from_s > INT64_MIN)
		must(zone_offset(z, from_s, NULL, NULL) == offset);
	back_s = zone_instant(z, at_s + offset);
	must(back_s <= at_s || zone_offset(z, back_s, NULL, NULL) + back_s == at_s + offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t instants_s[] = {
		-5000000000, -1, 0, 1, 951782400, 1790000000, 1792890000, 4102444800, 32503680000};
	struct zone *z = NULL;

	if (zone_parse(&z, data, size, NULL) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(instants_s) / sizeof(instants_s[0]); i++)
		look(z, instants_s[i]);
	zone_free(z);
	return 0;
}
