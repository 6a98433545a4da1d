/*
 * digest.c - the digest hashes of RFC 7616 (MD5, SHA-256) and the reading of Authorization and
 * WWW-Authenticate parameters.
 *
 * It knows neither accounts nor nonces' validity. auth-int, userhash and the -sess forms are not offered and
 * not taken.
 */
#include "digest.h"

#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const algorithm_names[] = {[DIGEST_MD5] = "MD5", [DIGEST_SHA256] = "SHA-256"};

const char *digest_algorithm_name(enum digest_algorithm a)
{
	return (unsigned)a < sizeof(algorithm_names) / sizeof(algorithm_names[0]) ? algorithm_names[a] : "?";
}

/* H(part:part:..) as lower-case hex. */
static void hash_parts(enum digest_algorithm a, const char *const *parts, char out[DIGEST_HEX_MAX])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	out[0] = 0;
	if (!ctx || EVP_DigestInit_ex(ctx, a == DIGEST_MD5 ? EVP_md5() : EVP_sha256(), NULL) != 1)
		goto out;
	for (unsigned i = 0; parts[i]; i++) {
		if (i)
			(void)EVP_DigestUpdate(ctx, ":", 1);
		(void)EVP_DigestUpdate(ctx, parts[i], strlen(parts[i]));
	}
	(void)EVP_DigestFinal_ex(ctx, raw, &n);
	for (unsigned i = 0; i < n && i < 32; i++)
		(void)snprintf(out + (size_t)2 * i, 3, "%02x", raw[i]);
out:
	EVP_MD_CTX_free(ctx);
}

void digest_ha1(enum digest_algorithm a, const char *user, const char *realm, const char *password,
	char out[DIGEST_HEX_MAX])
{
	const char *parts[] = {user, realm, password, NULL};

	hash_parts(a, parts, out);
}

void digest_response(enum digest_algorithm a, const char *ha1, const char *nonce, const char *nc,
	const char *cnonce, const char *qop, const char *method, const char *uri, char out[DIGEST_HEX_MAX])
{
	char ha2[DIGEST_HEX_MAX];
	const char *parts2[] = {method, uri, NULL};
	const char *with_qop[] = {ha1, nonce, nc, cnonce, qop, ha2, NULL};
	const char *without[] = {ha1, nonce, ha2, NULL};

	hash_parts(a, parts2, ha2);
	hash_parts(a, qop && *qop ? with_qop : without, out);
}

bool digest_equal(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n > 0 && strlen(b) == n && CRYPTO_memcmp(a, b, n) == 0;
}

/* Takes the quotes and backslashes off; false when it does not fit. */
static bool unquote(const char *from, char *to, size_t room)
{
	bool quoted = *from == '"';
	size_t n = 0;

	for (from += quoted; *from && !(quoted && *from == '"'); from++) {
		if (quoted && *from == '\\' && from[1])
			from++;
		if (n + 1 >= room)
			return false;
		to[n++] = *from;
	}
	to[n] = 0;
	return !quoted || (*from == '"' && from[1] == 0);
}

struct field {
	const char *name;
	char *to;
	size_t room;
};

/* 1 taken, 0 not one of these, -1 malformed. */
static int take_field(const struct field *fields, size_t n, const char *param)
{
	const char *eq = strchr(param, '=');
	size_t len = eq ? (size_t)(eq - param) : 0;

	for (size_t i = 0; eq && i < n; i++)
		if (strlen(fields[i].name) == len && strncasecmp(fields[i].name, param, len) == 0)
			return unquote(eq + 1, fields[i].to, fields[i].room) ? 1 : -1;
	return 0;
}

/* No algorithm means MD5. */
static bool algorithm_of(const char *text, enum digest_algorithm *out)
{
	*out = strcasecmp(text, "SHA-256") ? DIGEST_MD5 : DIGEST_SHA256;
	return *out == DIGEST_SHA256 || !*text || !strcasecmp(text, "MD5");
}

bool digest_credentials_read(struct digest_credentials *out, const char *const *params)
{
	char algorithm[32] = "";
	const struct field fields[] = {
		{"username", out->username, sizeof(out->username)},
		{"realm", out->realm, sizeof(out->realm)},
		{"nonce", out->nonce, sizeof(out->nonce)},
		{"uri", out->uri, sizeof(out->uri)},
		{"response", out->response, sizeof(out->response)},
		{"cnonce", out->cnonce, sizeof(out->cnonce)},
		{"nc", out->nc, sizeof(out->nc)},
		{"qop", out->qop, sizeof(out->qop)},
		{"algorithm", algorithm, sizeof(algorithm)},
	};

	memset(out, 0, sizeof(*out));
	for (; params && *params; params++)
		if (take_field(fields, sizeof(fields) / sizeof(fields[0]), *params) < 0)
			return false;
	out->algorithm_known = algorithm_of(algorithm, &out->algorithm);
	return true;
}

/* "auth" as one of a comma-separated list. */
static bool list_has_auth(const char *list)
{
	while (*list) {
		size_t n;

		list += strspn(list, " \t,");
		n = strcspn(list, " \t,");
		if (n == 4 && strncasecmp(list, "auth", 4) == 0)
			return true;
		list += n;
	}
	return false;
}

bool digest_challenge_read(struct digest_challenge *out, const char *const *params)
{
	char algorithm[32] = "", qop[64] = "", stale[16] = "";
	const struct field fields[] = {
		{"realm", out->realm, sizeof(out->realm)},
		{"nonce", out->nonce, sizeof(out->nonce)},
		{"opaque", out->opaque, sizeof(out->opaque)},
		{"algorithm", algorithm, sizeof(algorithm)},
		{"qop", qop, sizeof(qop)},
		{"stale", stale, sizeof(stale)},
	};

	memset(out, 0, sizeof(*out));
	for (; params && *params; params++)
		if (take_field(fields, sizeof(fields) / sizeof(fields[0]), *params) < 0)
			return false;
	out->algorithm_known = algorithm_of(algorithm, &out->algorithm);
	out->qop_given = qop[0] != 0;
	out->qop_auth = list_has_auth(qop);
	out->stale = strcasecmp(stale, "true") == 0;
	return out->nonce[0] != 0;
}

size_t digest_authorize(char *out, size_t room, const struct digest_challenge *challenge, const char *user,
	const char *password, const char *method, const char *uri, uint32_t count, const char *cnonce)
{
	char ha1[DIGEST_HEX_MAX], response[DIGEST_HEX_MAX], nc[9], tail[192] = "", opaque[288] = "";
	int n;

	if (!challenge->algorithm_known || (challenge->qop_given && !challenge->qop_auth))
		return 0;
	(void)snprintf(nc, sizeof(nc), "%08x", (unsigned)count);
	digest_ha1(challenge->algorithm, user, challenge->realm, password, ha1);
	digest_response(challenge->algorithm, ha1, challenge->nonce, nc, cnonce,
		challenge->qop_auth ? "auth" : "", method, uri, response);
	if (challenge->qop_auth)
		(void)snprintf(tail, sizeof(tail), ", qop=auth, nc=%s, cnonce=\"%s\"", nc, cnonce);
	if (challenge->opaque[0])
		(void)snprintf(opaque, sizeof(opaque), ", opaque=\"%s\"", challenge->opaque);
	n = snprintf(out, room,
		"Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", algorithm=%s, "
		"response=\"%s\"%s%s",
		user, challenge->realm, challenge->nonce, uri, digest_algorithm_name(challenge->algorithm),
		response, tail, opaque);
	return n > 0 && (size_t)n < room ? (size_t)n : 0;
}
