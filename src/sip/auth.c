/*
 * auth.c - who a phone is: checks Authorization against the account's sealed HA1 (RFC 7616, RFC 8760), with
 * throttling of guesses; and our own answers to a trunk's challenge. The hashes and nonces are in digest.c
 * and nonce.c.
 */
#include "sip_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

/* The first Digest credentials for our realm. */
static bool find_credentials(const struct sip *sip, const sip_t *m, struct digest_credentials *out)
{
	for (const sip_authorization_t *a = m->sip_authorization; a; a = a->au_next)
		if (a->au_scheme && !strcasecmp(a->au_scheme, "Digest") &&
			digest_credentials_read(out, (const char *const *)a->au_params) &&
			!strcmp(out->realm, sip->o.realm))
			return true;
	return false;
}

/* An unknown account is worked through like a known one, so that the time it takes tells nothing. */
static bool response_is_right(struct sip *sip, const sip_t *m, const struct digest_credentials *c)
{
	struct sip_secret secret = {0};
	bool md5 = c->algorithm == DIGEST_MD5, known;
	char right[DIGEST_HEX_MAX];

	known = sip->o.handlers.secret_of(sip->o.arg, c->username, &secret);
	known = known && (md5 ? secret.has_md5 : secret.has_sha256);
	digest_response(c->algorithm, md5 ? secret.ha1_md5 : secret.ha1_sha256, c->nonce, c->nc, c->cnonce,
		c->qop, m->sip_request->rq_method_name, c->uri, right);
	return digest_equal(right, c->response) && known;
}

static enum auth_result wrong(struct sip *sip, const struct source *from, const char *account_key)
{
	int64_t now_us = loop_now_us(sip->loop);

	throttle_fail(&sip->throttle, from->address, now_us);
	throttle_fail(&sip->throttle, account_key, now_us);
	sip->stat.refused_auth++;
	return AUTH_WRONG;
}

static bool throttled(struct sip *sip, const char *key)
{
	if (!throttle_blocks(&sip->throttle, key, loop_now_us(sip->loop)))
		return false;
	sip->stat.throttled++;
	return true;
}

enum auth_result auth_check(
	struct sip *sip, const sip_t *m, const struct source *from, char account[SIP_USER_MAX])
{
	struct digest_credentials c;
	char account_key[SIP_USER_MAX + 1];
	enum digest_nonce_state nonce;

	if (throttled(sip, from->address))
		return AUTH_THROTTLED;
	if (!find_credentials(sip, m, &c))
		return AUTH_CHALLENGE;
	(void)snprintf(account_key, sizeof(account_key), "@%s", c.username);
	if (throttled(sip, account_key))
		return AUTH_THROTTLED;
	nonce = digest_nonce_check(&sip->nonces, c.nonce, loop_now_us(sip->loop));
	if (nonce != DIGEST_NONCE_GOOD)
		return nonce == DIGEST_NONCE_STALE ? AUTH_STALE : AUTH_CHALLENGE;
	if (!c.algorithm_known || strcasecmp(c.qop, "auth") != 0 || !response_is_right(sip, m, &c))
		return wrong(sip, from, account_key);
	if (!digest_count_take(&sip->nonces, c.nonce, c.nc))
		return AUTH_STALE;
	throttle_forgive(&sip->throttle, account_key);
	(void)text_copy(account, SIP_USER_MAX, c.username);
	return AUTH_OK;
}

void auth_challenge(struct sip *sip, msg_t *msg, bool stale)
{
	char nonce[DIGEST_NONCE_MAX], text[2][512];
	static const enum digest_algorithm order[] = {DIGEST_SHA256, DIGEST_MD5};

	digest_nonce_make(&sip->nonces, loop_now_us(sip->loop), nonce);
	for (int i = 0; i < 2; i++)
		(void)snprintf(text[i], sizeof(text[i]),
			"Digest realm=\"%s\", nonce=\"%s\", algorithm=%s, qop=\"auth\"%s", sip->o.realm,
			nonce, digest_algorithm_name(order[i]), stale ? ", stale=true" : "");
	(void)nta_msg_treply(sip->nta, msg, 401, "Unauthorized", SIPTAG_WWW_AUTHENTICATE_STR(text[0]),
		SIPTAG_WWW_AUTHENTICATE_STR(text[1]), SIPTAG_SERVER_STR(sip->o.user_agent), TAG_END());
}

bool login_read(struct login *login, const sip_t *m)
{
	bool proxy = m->sip_status->st_status == 407;
	const sip_www_authenticate_t *a = proxy ? m->sip_proxy_authenticate : m->sip_www_authenticate;
	struct digest_challenge c, best = {0};
	bool found = false;

	for (; a; a = a->au_next) {
		if (!a->au_scheme || strcasecmp(a->au_scheme, "Digest") != 0)
			continue;
		if (!digest_challenge_read(&c, (const char *const *)a->au_params) || !c.algorithm_known)
			continue;
		if (!found || c.algorithm > best.algorithm)
			best = c;
		found = true;
	}
	if (found)
		*login = (struct login){.challenge = best, .proxy = proxy, .known = true};
	return found;
}

void login_header(struct login *login, const struct sip_trunk *who, const char *method, const char *uri,
	char *out, size_t room)
{
	const char *name = login->proxy ? "Proxy-Authorization: " : "Authorization: ";
	size_t n = strlen(name);
	char cnonce[17];

	out[0] = 0;
	if (!login->known || !who || !who->user[0] ||
		(who->realm[0] && strcmp(who->realm, login->challenge.realm) != 0))
		return;
	random_hex(cnonce, 16);
	(void)text_copy(out, room, name);
	if (!digest_authorize(out + n, room - n, &login->challenge, who->user, who->password, method, uri,
		    ++login->count, cnonce))
		out[0] = 0;
}
