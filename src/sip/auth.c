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

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/url.h>

enum auth_result { AUTH_OK, AUTH_CHALLENGE, AUTH_STALE, AUTH_WRONG, AUTH_THROTTLED };

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

/*
 * The digest covers its own uri parameter, so that must name what the request asks for (RFC 7616
 * section 3.4.6); compared as URIs, for proxies may write the same one in another form. Parameters are not
 * looked at: phones leave them out.
 */
static bool uri_is_ours(const struct digest_credentials *c, const sip_t *m)
{
	char text[sizeof(c->uri)];
	url_t named;

	(void)text_copy(text, sizeof(text), c->uri);
	if (url_d(&named, text) < 0 || !named.url_host)
		return false;
	named.url_params = NULL;
	named.url_headers = NULL;
	return url_cmp(&named, m->sip_request->rq_url) == 0;
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

static enum auth_result check(
	struct sip *sip, const sip_t *m, const struct source *from, char account[SIP_USER_MAX])
{
	struct digest_credentials c;
	char account_key[SIP_USER_MAX + 1];

	if (throttled(sip, from->address))
		return AUTH_THROTTLED;
	if (!find_credentials(sip, m, &c))
		return AUTH_CHALLENGE;
	(void)snprintf(account_key, sizeof(account_key), "@%s", c.username);
	if (throttled(sip, account_key))
		return AUTH_THROTTLED;
	if (digest_nonce_check(&sip->nonces, c.nonce, loop_now_us(sip->loop)) != DIGEST_NONCE_GOOD)
		return AUTH_STALE; /* one of the process before us, too: the phone tries again by itself */
	if (!uri_is_ours(&c, m))
		return AUTH_CHALLENGE;
	if (!c.algorithm_known || strcasecmp(c.qop, "auth") != 0 || !response_is_right(sip, m, &c))
		return wrong(sip, from, account_key);
	if (!digest_count_take(&sip->nonces, c.nonce, c.nc))
		return AUTH_STALE;
	throttle_forgive(&sip->throttle, account_key);
	(void)text_copy(account, SIP_USER_MAX, c.username);
	return AUTH_OK;
}

/*
 * What the account named in From can do: some phones give up at the sight of an algorithm they do not know
 * (libre before 2.0), so SHA-256 is left out for an account that has MD5 only. For a name nobody has, a keyed
 * hash decides, so that the challenge does not tell which accounts there are.
 */
static void algorithms_of(struct sip *sip, msg_t *msg, bool *md5, bool *sha256)
{
	const url_t *from = sip_object(msg)->sip_from->a_url;
	struct sip_secret secret = {0};
	char account[SIP_USER_MAX] = "", key[2 * sizeof(sip->o.nonce_key) + 1], hash[DIGEST_HEX_MAX];

	if (from->url_user && strlen(from->url_user) < sizeof(account))
		(void)url_unescape(account, from->url_user);
	if (sip->o.handlers.secret_of(sip->o.arg, account, &secret)) {
		*md5 = secret.has_md5;
		*sha256 = secret.has_sha256;
		return;
	}
	for (size_t i = 0; i < sizeof(sip->o.nonce_key); i++)
		(void)snprintf(key + 2 * i, 3, "%02x", sip->o.nonce_key[i]);
	digest_ha1(DIGEST_SHA256, account, sip->o.realm, key, hash);
	*md5 = true;
	*sha256 = hash[0] < '8';
}

static void challenge(struct sip *sip, msg_t *msg, bool stale)
{
	char nonce[DIGEST_NONCE_MAX], text[2][512];
	static const enum digest_algorithm order[] = {DIGEST_SHA256, DIGEST_MD5};
	bool md5, sha256;

	algorithms_of(sip, msg, &md5, &sha256);
	digest_nonce_make(&sip->nonces, loop_now_us(sip->loop), nonce);
	for (int i = 0; i < 2; i++)
		(void)snprintf(text[i], sizeof(text[i]),
			"Digest realm=\"%s\", nonce=\"%s\", algorithm=%s, qop=\"auth\"%s", sip->o.realm,
			nonce, digest_algorithm_name(order[i]), stale ? ", stale=true" : "");
	(void)nta_msg_treply(sip->nta, msg, 401, "Unauthorized",
		TAG_IF(sha256, SIPTAG_WWW_AUTHENTICATE_STR(text[0])),
		TAG_IF(md5, SIPTAG_WWW_AUTHENTICATE_STR(text[1])), SIPTAG_SERVER_STR(sip->o.user_agent),
		TAG_END());
}

bool auth_require(
	struct sip *sip, msg_t *msg, const sip_t *m, const struct source *from, char account[SIP_USER_MAX])
{
	switch (check(sip, m, from, account)) {
	case AUTH_OK:
		return true;
	case AUTH_CHALLENGE:
		sip->stat.refused_stranger += m->sip_request->rq_method == sip_method_invite;
		challenge(sip, msg, false);
		break;
	case AUTH_STALE:
		challenge(sip, msg, true);
		break;
	case AUTH_WRONG:
	case AUTH_THROTTLED:
		reply_stateless(sip, msg, 403, "Forbidden", NULL);
		break;
	}
	return false;
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
