/*
 * check_taken.c - every id and serial that a record holds was given out: the store's counters stand behind
 * them. A counter that went back would give the same number to another.
 */
#include "check.h"

#include "base/id.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define DATE_LEN 8

int check_id(struct check *c, enum store_table t, uint64_t id)
{
	char text[GHL_ID_TEXT_MAX];
	uint64_t last;
	int rc = store_id_last(c->read, ghl_id_kind_of(id), id_node(id), &last);

	if (rc < 0)
		return check_bad(
			c, t, "the counter of %s cannot be read", ghl_id_text(id, text, sizeof(text)));
	if (id_counter(id) <= last)
		return 0;
	return check_bad(c, t, "%s was never given out: the counter stands at %" PRIu64,
		ghl_id_text(id, text, sizeof(text)), last);
}

int check_serial(struct check *c, enum store_table t, char series, const char *serial)
{
	char date[DATE_LEN + 1];
	int64_t day, number;
	uint64_t last = 0;

	memcpy(date, serial, DATE_LEN);
	date[DATE_LEN] = '\0';
	if (!text_to_int(date, 1, 99999999, &day) || !text_to_int(serial + DATE_LEN + 1, 1, 999999, &number))
		return check_bad(c, t, "%.20s is no serial", serial);
	if (store_serial_last(c->read, series, (uint32_t)day, (unsigned)(serial[DATE_LEN] - '0'), &last) < 0)
		return check_bad(c, t, "the counter of %s cannot be read", serial);
	if ((uint64_t)number <= last)
		return 0;
	return check_bad(c, t, "%s was never given out: the counter stands at %" PRIu64, serial, last);
}
