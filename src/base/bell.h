/* base/bell.h - "look again": any thread rings, fn runs once on the loop however often it was rung; may be
 * dropped while it is rung. */
#ifndef BASE_BELL_H
#define BASE_BELL_H

#include "loop.h"

struct bell;

/* GHL_ENOMEM */
int bell_create(struct bell **out, struct loop *loop, loop_fn *fn, void *arg);
/* Any thread. */
void bell_ring(struct bell *b);
/* On the loop thread or while the loop stands; nobody rings any more. fn runs no more. NULL is fine. */
void bell_destroy(struct bell *b);

#endif
