/*
 * registrar.c - bindings of accounts to contacts in memory (RFC 3261 section 10.3). They are not kept over a
 * restart: phones register again. It tells when an account gains its first contact and when it loses its
 * last.
 */
#include "registrar.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void registrar_init(struct registrar *r, uint32_t min_s, uint32_t max_s,
	void (*changed)(void *arg, const char *account, bool registered), void *arg)
{
	memset(r, 0, sizeof(*r));
	map_init(&r->accounts);
	r->min_s = min_s;
	r->max_s = max_s;
	r->changed = changed;
	r->arg = arg;
}

void registrar_finish(struct registrar *r)
{
	struct registrar_account *a;

	for (size_t i = 0; (a = map_next(&r->accounts, &i));)
		free(a);
	map_finish(&r->accounts);
}

bool registrar_expiry(const struct registrar *r, uint32_t asked_s, uint32_t *granted_s)
{
	*granted_s = asked_s > r->max_s ? r->max_s : asked_s;
	return asked_s == 0 || asked_s >= r->min_s;
}

const struct registrar_account *registrar_find(const struct registrar *r, const char *account)
{
	return map_get_text(&r->accounts, account);
}

static struct registrar_account *find_or_add(struct registrar *r, const char *account)
{
	struct registrar_account *a = map_get_text(&r->accounts, account);

	if (a)
		return a;
	a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	(void)text_copy(a->name, sizeof(a->name), account);
	if (map_put_text(&r->accounts, account, a) < 0) {
		free(a);
		return NULL;
	}
	return a;
}

static void drop_account(struct registrar *r, struct registrar_account *a, bool tell)
{
	char name[SIP_USER_MAX];

	(void)text_copy(name, sizeof(name), a->name);
	(void)map_take_text(&r->accounts, name);
	free(a);
	if (tell)
		r->changed(r->arg, name, false);
}

static struct contact *find_contact(struct registrar_account *a, const char *uri)
{
	for (unsigned i = 0; i < a->contacts; i++)
		if (strcmp(a->contact[i].uri, uri) == 0)
			return &a->contact[i];
	return NULL;
}

static void remove_contact(struct registrar_account *a, struct contact *c)
{
	*c = a->contact[--a->contacts];
}

static int set_contact(
	struct registrar_account *a, struct contact *c, const struct registrar_change *change, int64_t now_us)
{
	if (!c) {
		if (a->contacts == REGISTRAR_CONTACTS_MAX)
			return GHL_EFULL;
		c = &a->contact[a->contacts++];
	}
	(void)text_copy(c->uri, sizeof(c->uri), change->uri);
	(void)text_copy(c->route, sizeof(c->route), change->route);
	(void)text_copy(c->call_id, sizeof(c->call_id), change->call_id);
	c->cseq = change->cseq;
	c->expires_at_us = now_us + (int64_t)change->expires_s * 1000000;
	return 0;
}

int registrar_apply(
	struct registrar *r, const char *account, const struct registrar_change *change, int64_t now_us)
{
	struct registrar_account *a = find_or_add(r, account);
	struct contact *c;
	bool had;
	int rc = 0;

	if (!a)
		return GHL_ENOMEM;
	had = a->contacts > 0;
	c = find_contact(a, change->uri);
	if (c && strcmp(c->call_id, change->call_id) == 0 && change->cseq <= c->cseq)
		rc = GHL_ESTATE;
	else if (change->expires_s)
		rc = set_contact(a, c, change, now_us);
	else if (c)
		remove_contact(a, c);
	if (a->contacts == 0)
		drop_account(r, a, had);
	else if (!had)
		r->changed(r->arg, account, true);
	return rc;
}

void registrar_clear(struct registrar *r, const char *account)
{
	struct registrar_account *a = map_get_text(&r->accounts, account);

	if (a)
		drop_account(r, a, true);
}

/* An account that has nothing left, after taking off what has expired; NULL when there is none. */
static struct registrar_account *next_empty(struct registrar *r, int64_t now_us)
{
	struct registrar_account *a;

	for (size_t i = 0; (a = map_next(&r->accounts, &i));) {
		for (unsigned k = a->contacts; k-- > 0;)
			if (a->contact[k].expires_at_us <= now_us)
				remove_contact(a, &a->contact[k]);
		if (a->contacts == 0)
			return a;
	}
	return NULL;
}

void registrar_expire(struct registrar *r, int64_t now_us)
{
	struct registrar_account *a;

	while ((a = next_empty(r, now_us)))
		drop_account(r, a, true);
}
