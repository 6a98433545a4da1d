/*
 * event.h - inside stream: what an event is made of. The body is shared by the ring and by every session it
 * is told to, counted, and never changed once it is told; the envelope (struct ghl_event) belongs to one
 * reader.
 */
#ifndef STREAM_EVENT_H
#define STREAM_EVENT_H

#include "stream.h"

#include "base/list.h"
#include "base/text.h"

#include <stdatomic.h>

struct event_value {
	uint16_t field; /* enum ghl_event_field */
	uint16_t kind;  /* enum ghl_field_kind */
	uint32_t at;    /* GHL_FIELD_TEXT: where in the pool */
	int64_t num;
};

struct event_body {
	atomic_uint refs;
	enum ghl_event_type type;
	int64_t at_us;
	uint64_t ids[4];
	struct ghl_position position;
	bool unreadable; /* stands for a fact that cannot be read: told to whoever follows facts */
	uint16_t count, room;
	struct event_value *values; /* ascending by field */
	struct text pool;           /* the texts, each with its NUL */
};

struct lent_text;

struct ghl_event {
	struct list node; /* a session's queue, a monitor's snapshot, or stream's pending */
	struct event_body *body;
	ghl_monitor monitor;
	bool completion; /* the first member of a struct completion */
	char *json;
	struct lent_text *lent; /* numbers that were asked for as text */
};

enum access_right event_right(enum ghl_event_type type);
bool event_scoped(enum ghl_event_type type);
static inline bool event_is_fact(enum ghl_event_type type)
{
	return type > GHL_EV_NONE && (int)type < 1000;
}
static inline bool event_is_live(enum ghl_event_type type)
{
	return (int)type >= 1000 && (int)type < 2000;
}

/* NULL: no memory. room: how many fields, text_room (at most BODY_TEXT_ROOM): how many bytes of text without
 * a further allocation. */
#define BODY_TEXT_ROOM 512
struct event_body *body_new(enum ghl_event_type type, unsigned room, size_t text_room);
struct event_body *body_ref(struct event_body *b);
void body_unref(struct event_body *b);
/* GHL_ENOMEM; replaces. text may be NULL or "": nothing is done then. */
int body_put_text(struct event_body *b, enum ghl_event_field f, const char *text);
int body_put_num(struct event_body *b, enum ghl_event_field f, enum ghl_field_kind kind, int64_t num);
const struct event_value *body_value(const struct event_body *b, enum ghl_event_field f);
const char *body_text(
	const struct event_body *b, enum ghl_event_field f); /* "" where it is absent or a number */
size_t body_bytes(const struct event_body *b);
bool body_visible(const struct event_body *b, struct access *access, const struct actor *actor);

/* Takes a reference of its own. NULL: no memory. */
struct ghl_event *event_wrap(struct event_body *b, ghl_monitor monitor);

/* The payload of a fact (schema/fact.proto). *out is to be freed. */
int fact_pack(const struct event_body *b, uint8_t **out, size_t *len);
/* GHL_ECORRUPT, GHL_ENOMEM. An erased fact keeps its ids and says why in GHL_F_REASON. */
int fact_unpack(const struct store_fact *f, struct event_body **out);
/* The facts [from, until], at most `most`, with their positions; *count of them are the caller's, also on
   failure. In the place of one that cannot be read stands a GHL_EV_ALARM "stream.fact" that names it. */
int facts_read(struct store *store, uint64_t from, uint64_t until, struct event_body **bodies, unsigned most,
	unsigned *count);

#endif
