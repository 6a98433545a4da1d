/* ivr/inside.h - the interpreter itself and its dialogues, for document.c and dialogue.c. */
#ifndef IVR_INSIDE_H
#define IVR_INSIDE_H

#include "fia.h"
#include "inbox.h"
#include "worker.h"

#include "base/map.h"

#include <pthread.h>

struct ivr {
	struct ivr_opts opts; /* zeros replaced by what they stand for */
	struct crew *crew;    /* NULL on a virtual loop: turns run in place */
	struct inbox *inbox;
	struct list dialogues;
	unsigned dialogue_count;
	atomic_ulong turns;
	int64_t cpu_us;       /* of turns in place */
	pthread_mutex_t lock; /* guards the documents */
	struct map documents; /* by absolute path: struct cached_document */
};

void documents_init(struct ivr *ivr);
void documents_finish(struct ivr *ivr);
unsigned documents_count(struct ivr *ivr);

#endif
