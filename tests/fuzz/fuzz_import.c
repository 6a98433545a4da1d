/*
 * fuzz_import.c - any bytes as a history file: rows that are accepted hold together (a call starts, is
 * offered, answered and ended in this order), rows that are not have a mistake with a line.
 */
#include "call/import_row.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Local time is UTC here; what has no zone must still be a whole time. */
static int zone(void *arg, const char *text, int64_t *out)
{
	(void)arg;
	(void)out;
	return strlen(text) == 19 ? 0 : -1;
}

static void check(const Ghl__CallRecord *c)
{
	if (!c->foreign_id[0] || !c->started_at_us || c->ended_at_us < c->started_at_us)
		abort();
	if (c->answered_at_us && (c->answered_at_us < c->started_at_us || c->answered_at_us > c->ended_at_us))
		abort();
	if (strlen(c->queue) >= 64 || c->direction < 1 || c->direction > 3)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ghl_error errs[8];
	struct import_reader r = {.file = "fuzz.csv", .zone = zone, .errs = errs, .room = 8};
	char *text = malloc(size + 1);
	Ghl__CallRecord row;
	struct csv csv;
	int got;

	if (!text)
		return 0;
	memcpy(text, data, size);
	csv_open(&csv, text, size);
	if (csv_next(&csv) == 1 && import_header(&r, &csv))
		while ((got = csv_next(&csv)) != 0)
			if (got > 0 && import_row(&r, &csv, &row))
				check(&row);
	for (uint32_t i = 0; i < r.told; i++)
		if (errs[i].line == 0)
			abort();
	free(text);
	return 0;
}
