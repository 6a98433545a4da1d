/*
 * stream/core.h - what every module above stream gets to know of the hotline it lives in, and how it is found
 * from a session.
 */
#ifndef STREAM_CORE_H
#define STREAM_CORE_H

#include "access/access.h"
#include "base/loop.h"
#include "store/store.h"

struct stream;

/* A module's instance is found by its slot; set once at creation on the loop's thread before it runs, then
 * constant. */
enum core_slot { CORE_RECORD, CORE_AGENT, CORE_CALL, CORE_ACD, CORE_REPORT, CORE_HOTLINE, CORE_SLOTS };

struct core {
	struct loop *loop;
	const struct ghl_clock *clock;
	struct store *store;
	struct access *access;
	struct stream *stream;
	bool engine;            /* holds engine.lock: live calls are here */
	void *slot[CORE_SLOTS]; /* NULL where a module is absent (a store-only process) */
};

#endif
