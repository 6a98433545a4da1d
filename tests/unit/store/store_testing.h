/* store_testing.h - a store in a folder of its own, and the few lines every store test needs. */
#ifndef STORE_TESTING_H
#define STORE_TESTING_H

#include "store/store.h"
#include "testing.h"

/* A new store in a new folder; opts may be NULL. Fails the test when it cannot be had. */
struct store *fixture_open(const struct store_opts *opts);
/* The store in the folder of the last fixture_open(). */
struct store *fixture_open_again(const struct store_opts *opts);
struct store *fixture_reopen(struct store *s, const struct store_opts *opts);
/* The folder that holds the store's folder: room for backups beside it. */
const char *fixture_folder(void);
/* "STORE_FOLDER/name" in one of a few static buffers. */
const char *fixture_path(const char *name);

/* One value in STORE_CONFIG. */
int fixture_put(struct store *s, const char *key, const char *value);
/* The same by another thread: for tests that hold a read. */
void fixture_put_elsewhere(struct store *s, const char *key, const char *value);
/* An own copy, NULL when it is not there. */
char *fixture_get(struct store *s, const char *key);
int fixture_fact(struct store *s, uint32_t kind, const char *payload);
void fixture_expect_fact(struct store *s, uint64_t seq, const char *payload);

#endif
