/*
 * group.c - writing one group of batches: one LMDB transaction, one sync. A full map is grown and the whole
 * group applied again; a full disk refuses the group, and the store stays as it was. The store thread only.
 */
#include "internal.h"

#include "apply.h"
#include "base/log.h"

#include <errno.h>
#include <sys/statvfs.h>

#define GROW_TRIES 24

/* --- free space --- */

int store_free_bytes(const struct store *s, uint64_t *out)
{
	struct statvfs st;

	if (statvfs(s->env.dir, &st) < 0)
		return GHL_EIO;
	*out = (uint64_t)st.f_bavail * st.f_frsize;
	return 0;
}

/* Tells when the alarm line is crossed; an eighth above it before it is taken back, so that it does not
 * flutter. */
bool group_space_left(struct store *s)
{
	uint64_t bytes, line = s->opts.alarm_bytes;
	bool low;

	if (store_free_bytes(s, &bytes) < 0)
		return true; /* the commit itself will tell */
	low = bytes < (s->space_low ? line + line / 8 : line);
	if (low != s->space_low) {
		s->space_low = low;
		log_warn("store", "%s free_bytes=%llu", low ? "space_low" : "space_well",
			(unsigned long long)bytes);
		if (s->opts.on_space)
			mailbox_space(s->mail, bytes, low);
	}
	return bytes >= s->opts.reserve_bytes;
}

/* --- one group --- */

/* Applies all; *any tells whether a member wrote. LMDB's code. */
static int apply_group(struct store *s, MDB_txn *txn, struct store_batch *first, struct head *head, bool *any)
{
	struct apply a = {.env = &s->env, .txn = txn, .node = s->opts.node};
	int rc = head_load(&s->env, txn, &a.head);

	a.head.commits++;
	for (struct store_batch *b = first; b && !rc; b = b->next) {
		rc = apply_batch(&a, b);
		*any = *any || b->result.status == 0;
	}
	if (!rc && *any)
		rc = head_save(&s->env, txn, &a.head);
	*head = a.head;
	return rc;
}

static int commit_once(struct store *s, struct store_batch *first)
{
	struct head head;
	MDB_txn *txn;
	uint64_t number;
	bool any = false;
	int end, rc = env_write(&s->env, &txn);

	if (rc)
		return rc;
	number = mdb_txn_id(txn);
	rc = apply_group(s, txn, first, &head, &any);
	end = env_write_end(&s->env, txn, !rc && any);
	rc = rc ? rc : end;
	if (rc || !any)
		return rc;
	atomic_fetch_add(&s->commits, 1);
	s->seen_txn = number;
	if (atomic_exchange(&s->head, head.seq) != head.seq)
		mailbox_head_moved(s->mail);
	return 0;
}

static void refuse_group(struct store_batch *first, int status)
{
	for (struct store_batch *b = first; b; b = b->next)
		b->result = (struct store_result){.status = status};
}

/* LMDB tells a write that was cut short by a full disk as EIO. */
static int failure(struct store *s, int rc)
{
	uint64_t bytes;

	if (rc == EIO && store_free_bytes(s, &bytes) == 0 && bytes < s->opts.reserve_bytes)
		return GHL_ESPACE;
	return env_error(rc);
}

static void commit_group(struct store *s, struct store_batch *first)
{
	int rc = MDB_MAP_FULL;

	for (unsigned i = 0; i < GROW_TRIES && rc == MDB_MAP_FULL; i++) {
		rc = commit_once(s, first);
		if (rc == MDB_MAP_FULL && env_grow(&s->env, 0) < 0)
			break;
	}
	if (rc) {
		log_error("store", "commit_failed reason=\"%s\"", mdb_strerror(rc));
		refuse_group(first, failure(s, rc));
	}
}

static struct store_batch **end_of(struct store_batch **chain)
{
	while (*chain)
		chain = &(*chain)->next;
	return chain;
}

/* Members that may not touch the reserve leave `first` for `refused`. */
static void split_vital(struct store_batch **first, struct store_batch **refused)
{
	struct store_batch *b;

	while ((b = *first)) {
		if (b->vital) {
			first = &b->next;
			continue;
		}
		*first = b->next;
		b->next = NULL;
		*refused = b;
		refused = &b->next;
	}
}

struct store_batch *group_commit(struct store *s, struct store_batch *group)
{
	struct store_batch *refused = NULL;

	if (!group_space_left(s))
		split_vital(&group, &refused);
	refuse_group(refused, GHL_ESPACE);
	if (group)
		commit_group(s, group);
	*end_of(&group) = refused;
	return group;
}
