/* id.c - making, checking, printing and reading ids. */
#include "id.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND_SHIFT 57
#define NODE_SHIFT 48
#define NODE_MASK  0x1ffu
#define COUNT_MASK (((uint64_t)1 << NODE_SHIFT) - 1)

static const char *const kind_names[] = {
	"none",
	"call",
	"conn",
	"agent",
	"queue",
	"recording",
	"request",
	"monitor",
	"principal",
	"trunk",
	"group",
	"dialogue",
};

#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

uint64_t id_make(enum ghl_id_kind kind, unsigned node, uint64_t counter)
{
	return (uint64_t)kind << KIND_SHIFT | (uint64_t)(node & NODE_MASK) << NODE_SHIFT |
	       (counter & COUNT_MASK);
}

unsigned id_node(uint64_t id)
{
	return (unsigned)(id >> NODE_SHIFT) & NODE_MASK;
}

uint64_t id_counter(uint64_t id)
{
	return id & COUNT_MASK;
}

int id_check(uint64_t id, enum ghl_id_kind kind)
{
	return id != 0 && ghl_id_kind_of(id) == kind ? 0 : GHL_EINVAL;
}

enum ghl_id_kind ghl_id_kind_of(uint64_t id)
{
	uint64_t kind = id >> KIND_SHIFT;

	return kind < KINDS && (id & COUNT_MASK) ? (enum ghl_id_kind)kind : GHL_ID_NONE;
}

const char *ghl_id_kind_name(enum ghl_id_kind kind)
{
	return (size_t)kind < KINDS ? kind_names[kind] : kind_names[0];
}

char *ghl_id_text(uint64_t id, char *out, size_t room)
{
	unsigned node = (unsigned)(id >> NODE_SHIFT) & NODE_MASK;
	const char *kind = ghl_id_kind_name(ghl_id_kind_of(id));

	if (id == 0)
		(void)snprintf(out, room, "-");
	else if (node)
		(void)snprintf(out, room, "%s-%u.%" PRIu64, kind, node, id & COUNT_MASK);
	else
		(void)snprintf(out, room, "%s-%" PRIu64, kind, id & COUNT_MASK);
	return out;
}

/* decimal digits only, at most `max`, up to `end` */
static int read_number(const char **p, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	const char *s = *p;

	if (*s < '0' || *s > '9')
		return GHL_EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > (max - (uint64_t)(*s - '0')) / 10)
			return GHL_EINVAL;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	*p = s;
	*out = v;
	return 0;
}

static int read_whole(const char *text, enum ghl_id_kind kind, uint64_t *out)
{
	uint64_t v;

	if (read_number(&text, INT64_MAX, &v) < 0 || *text)
		return GHL_EINVAL;
	if (kind != GHL_ID_NONE && v <= COUNT_MASK && v > 0)
		v = id_make(kind, 0, v);
	if (ghl_id_kind_of(v) == GHL_ID_NONE || (kind != GHL_ID_NONE && ghl_id_kind_of(v) != kind))
		return GHL_EINVAL;
	*out = v;
	return 0;
}

int ghl_id_parse(const char *text, enum ghl_id_kind kind, uint64_t *out)
{
	uint64_t node = 0, count;
	size_t found = 0, n;

	if (!text || !out)
		return GHL_EINVAL;
	if (*text >= '0' && *text <= '9')
		return read_whole(text, kind, out);
	for (size_t k = 1; k < KINDS && !found; k++) {
		n = strlen(kind_names[k]);
		if (strncmp(text, kind_names[k], n) == 0 && text[n] == '-') {
			found = k;
			text += n + 1;
		}
	}
	if (!found || (kind != GHL_ID_NONE && (size_t)kind != found) ||
		read_number(&text, COUNT_MASK, &count) < 0)
		return GHL_EINVAL;
	if (*text == '.') {
		text++;
		node = count;
		if (node > NODE_MASK || read_number(&text, COUNT_MASK, &count) < 0)
			return GHL_EINVAL;
	}
	if (*text || count == 0)
		return GHL_EINVAL;
	*out = id_make((enum ghl_id_kind)found, (unsigned)node, count);
	return 0;
}
