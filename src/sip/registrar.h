/*
 * sip/registrar.h - who is reachable where (RFC 3261 section 10): accounts and their contacts. Pure: time
 * comes as an argument, and every text was checked by the caller.
 */
#ifndef SIP_REGISTRAR_H
#define SIP_REGISTRAR_H

#include "base/map.h"
#include "sip.h"

#define REGISTRAR_CONTACTS_MAX 8

/* One binding. */
struct contact {
	char uri[SIP_URI_MAX];   /* as the phone gave it: the Request-URI of a call to it */
	char route[SIP_URI_MAX]; /* where the REGISTER came from: where requests really go */
	char call_id[128];
	uint32_t cseq;
	int64_t expires_at_us;
};

struct registrar_account {
	char name[SIP_USER_MAX];
	unsigned contacts;
	struct contact contact[REGISTRAR_CONTACTS_MAX];
};

struct registrar {
	struct map accounts; /* by name; only those with a contact */
	uint32_t min_s, max_s;
	void (*changed)(void *arg, const char *account, bool registered);
	void *arg;
};

void registrar_init(struct registrar *r, uint32_t min_s, uint32_t max_s,
	void (*changed)(void *arg, const char *account, bool registered), void *arg);
void registrar_finish(struct registrar *r);

/* One contact of a REGISTER: expires_s 0 removes it. */
struct registrar_change {
	const char *uri, *route, *call_id;
	uint32_t cseq, expires_s;
};

/* What a phone asked for, in the bounds; below the minimum (and not 0) it is refused with 423 by the caller.
 */
bool registrar_expiry(const struct registrar *r, uint32_t asked_s, uint32_t *granted_s);
/* GHL_EFULL: more contacts than an account can have; GHL_ESTATE: an older CSeq of the same Call-ID (RFC
 * 3261 10.3 step 7). */
int registrar_apply(
	struct registrar *r, const char *account, const struct registrar_change *change, int64_t now_us);
/* "Contact: *" with Expires 0, and accounts that went out of the configuration. */
void registrar_clear(struct registrar *r, const char *account);
/* Takes off what has expired. */
void registrar_expire(struct registrar *r, int64_t now_us);
/* NULL when it has no contact. */
const struct registrar_account *registrar_find(const struct registrar *r, const char *account);

#endif
