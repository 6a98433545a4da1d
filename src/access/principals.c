/*
 * principals.c - the two tables of principals: those of the store, which go first, and those the
 * configuration names.
 */
#include "access_priv.h"

#include "base/error.h"
#include "base/log.h"
#include "store/schema/access.pb-c.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void principals_finish(struct principals *p)
{
	free(p->items);
	map_finish(&p->by_name);
	map_finish(&p->by_id);
	*p = (struct principals){0};
}

static int index_items(struct principals *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct access_principal *x = &p->items[i];
		int rc = map_put(&p->by_id, x->id, x);

		if (map_get_text(&p->by_name, x->name))
			return GHL_EEXIST;
		if (rc == 0)
			rc = map_put_text(&p->by_name, x->name, x);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct access_principal *)a)->name, ((const struct access_principal *)b)->name);
}

int principals_set(struct principals *p, const struct access_principal *items, size_t n)
{
	struct principals fresh = {.items = calloc(n ? n : 1, sizeof(*items)), .count = n};
	int rc;

	if (!fresh.items)
		return GHL_ENOMEM;
	map_init(&fresh.by_name);
	map_init(&fresh.by_id);
	if (n)
		memcpy(fresh.items, items, n * sizeof(*items));
	qsort(fresh.items, n, sizeof(*items), by_name);
	rc = index_items(&fresh);
	if (rc < 0) {
		principals_finish(&fresh);
		return rc;
	}
	principals_finish(p);
	*p = fresh;
	return 0;
}

static bool all_of(const char *s, const char *more)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(more, *s))
			return false;
	return true;
}

bool access_name_valid(const char *name)
{
	return name && *name && strnlen(name, 64) < 64 && all_of(name, "_.:-");
}

bool access_label_valid(const char *label)
{
	return label && strnlen(label, 64) < 64 && all_of(label, "_.-");
}

struct loading {
	struct access_principal *items;
	size_t count, room;
};

static struct access_principal *loading_add(struct loading *l)
{
	size_t room = l->room ? l->room * 2 : 16;
	void *p;

	if (l->count == l->room) {
		p = realloc(l->items, room * sizeof(*l->items));
		if (!p)
			return NULL;
		l->items = p;
		l->room = room;
	}
	return memset(&l->items[l->count++], 0, sizeof(*l->items));
}

static int load_one(void *arg, const struct store_item *item)
{
	Ghl__Principal *m = ghl__principal__unpack(NULL, item->vlen, item->value);
	struct access_principal *p = m && item->klen == 8 ? loading_add(arg) : NULL;

	if (!p) {
		ghl__principal__free_unpacked(m, NULL);
		return m && item->klen == 8 ? GHL_ENOMEM : GHL_ECORRUPT;
	}
	p->id = store_key_read_u64(item->key);
	p->roles = m->roles & GHL_ROLES_GRANTABLE;
	(void)text_copy(p->name, sizeof(p->name), m->name);
	(void)text_copy(p->group, sizeof(p->group), m->group);
	(void)text_copy(p->agent, sizeof(p->agent), m->agent);
	ghl__principal__free_unpacked(m, NULL);
	return 0;
}

int access_reload(struct access *a)
{
	struct loading l = {0};
	struct store_read *r;
	int rc = store_read_begin(a->store, &r);

	if (rc < 0)
		return rc;
	rc = store_range(r, STORE_PRINCIPAL, "", 0, NULL, 0, false, load_one, &l);
	store_read_end(r);
	if (rc == 0) {
		(void)pthread_rwlock_wrlock(&a->lock);
		rc = principals_set(&a->stored, l.items, l.count);
		(void)pthread_rwlock_unlock(&a->lock);
	}
	free(l.items);
	if (rc < 0)
		log_error("access", "reload status=%s", ghl_error_code_name(rc));
	return rc;
}

static int check_one(const struct access_principal *p, struct ghl_error *err)
{
	if (!access_name_valid(p->name))
		return error_field(err, GHL_EINVAL, "name", "\"%s\" is no name of a principal", p->name);
	if (!access_label_valid(p->group) || !access_label_valid(p->agent))
		return error_field(
			err, GHL_EINVAL, p->name, "group or agent holds a character that is not allowed");
	return 0;
}

int access_configure(struct access *a, const struct access_principal *set, size_t n, struct ghl_error *err)
{
	struct access_principal *copy = calloc(n ? n : 1, sizeof(*copy));
	int rc = copy ? 0 : GHL_ENOMEM;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = check_one(&set[i], err);
		copy[i] = set[i];
		copy[i].from_config = true;
		copy[i].roles &= GHL_ROLES_GRANTABLE;
		if (rc == 0 && copy[i].id == 0)
			copy[i].id = store_name_id(a->store, GHL_ID_PRINCIPAL, set[i].name);
		if (rc == 0 && copy[i].id == 0)
			rc = error_set(err, GHL_EIO, "no id for principal %s", set[i].name);
	}
	if (rc == 0) {
		(void)pthread_rwlock_wrlock(&a->lock);
		rc = principals_set(&a->configured, copy, n);
		(void)pthread_rwlock_unlock(&a->lock);
		if (rc < 0)
			(void)error_set(err, rc, "principals: %s", ghl_strerror(rc));
	}
	free(copy);
	return rc;
}

int access_principal_put(struct access *a, struct store_batch *b, struct access_principal *p)
{
	Ghl__Principal m = GHL__PRINCIPAL__INIT;
	uint8_t key[8], value[512];
	size_t klen, vlen;

	if (p->id == 0)
		p->id = store_name_id(a->store, GHL_ID_PRINCIPAL, p->name);
	if (p->id == 0)
		return GHL_EIO;
	m.name = p->name;
	m.roles = p->roles;
	m.group = p->group;
	m.agent = p->agent;
	klen = store_key_u64(key, p->id);
	vlen = ghl__principal__pack(&m, value);
	store_batch_put(b, STORE_PRINCIPAL, key, klen, value, vlen);
	return 0;
}

void access_principal_apply(struct access *a, const struct access_principal *p)
{
	struct access_principal *old;

	(void)pthread_rwlock_wrlock(&a->lock);
	old = map_get(&a->stored.by_id, p->id);
	if (old)
		*old = *p;
	(void)pthread_rwlock_unlock(&a->lock);
	if (!old)
		(void)access_reload(a);
}

/* The first of a sorted table after a name. */
static size_t first_after(const struct principals *p, const char *after)
{
	size_t i = 0;

	while (i < p->count && strcmp(p->items[i].name, after) <= 0)
		i++;
	return i;
}

size_t access_principals(struct access *a, const char *after, struct access_principal *out, size_t room)
{
	size_t i, j, n = 0;

	(void)pthread_rwlock_rdlock(&a->lock);
	i = first_after(&a->stored, after);
	j = first_after(&a->configured, after);
	while (n < room && (i < a->stored.count || j < a->configured.count)) {
		const struct access_principal *s = i < a->stored.count ? &a->stored.items[i] : NULL;
		const struct access_principal *c = j < a->configured.count ? &a->configured.items[j] : NULL;
		const struct access_principal *first = !c || (s && strcmp(s->name, c->name) <= 0) ? s : c;
		bool same = s && c && strcmp(s->name, c->name) == 0;

		if (first)
			out[n++] = *first;
		i += first == s;
		j += first == c || same;
	}
	(void)pthread_rwlock_unlock(&a->lock);
	return n;
}
