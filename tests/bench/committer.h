/* committer.h - a store that commits call records at a steady rate beside something else that is measured. */
#ifndef COMMITTER_H
#define COMMITTER_H

#include <stdint.h>

struct committer;

struct commit_times {
	unsigned commits;
	uint32_t p50_us, p99_us, worst_us; /* from the moment a commit was due until it was durable */
};

/* A new store in `folder`; ends the program when that fails. */
struct committer *committer_create(const char *folder);
void committer_destroy(struct committer *c);
/* Commits go on from here to committer_end(). */
void committer_begin(struct committer *c);
void committer_end(struct committer *c, struct commit_times *out);

#endif
