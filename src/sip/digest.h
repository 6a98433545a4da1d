/*
 * sip/digest.h - HTTP digest for SIP (RFC 7616, RFC 8760): MD5 and SHA-256, qop=auth, both sides. Pure: time
 * comes as an argument.
 *
 * Nonces are stateless: the time of issue and a keyed hash over it. What is remembered of a nonce, bounded,
 * is which counts it was used with, so that no request passes twice.
 */
#ifndef SIP_DIGEST_H
#define SIP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256 };
const char *digest_algorithm_name(enum digest_algorithm a); /* "MD5", "SHA-256" */

#define DIGEST_HEX_MAX       65
#define DIGEST_NONCE_MAX     49
#define DIGEST_NONCE_LIFE_US (300 * INT64_C(1000000))

/* The parameters of one Authorization header, unquoted; "" where absent. */
struct digest_credentials {
	char username[128], realm[128], nonce[128], uri[256], response[DIGEST_HEX_MAX], cnonce[128], nc[16],
		qop[16];
	enum digest_algorithm algorithm;
	bool algorithm_known;
};

/* The parameters of one challenge. */
struct digest_challenge {
	char realm[128], nonce[256], opaque[256];
	enum digest_algorithm algorithm;
	bool algorithm_known, qop_auth, qop_given, stale;
};

/* `params` are "name=value" texts ending with NULL, as Sofia has them. False: a parameter is too long or
 * malformed. */
bool digest_credentials_read(struct digest_credentials *out, const char *const *params);
bool digest_challenge_read(struct digest_challenge *out, const char *const *params);

/* Lower-case hex of H(user:realm:password). */
void digest_ha1(enum digest_algorithm a, const char *user, const char *realm, const char *password,
	char out[DIGEST_HEX_MAX]);
/* The response; qop NULL or "" is the form of RFC 2069. */
void digest_response(enum digest_algorithm a, const char *ha1, const char *nonce, const char *nc,
	const char *cnonce, const char *qop, const char *method, const char *uri, char out[DIGEST_HEX_MAX]);
/* Constant time over the length. */
bool digest_equal(const char *a, const char *b);

/*
 * The client's side: the value of an Authorization header that answers the challenge, or 0 when it does not
 * fit or the challenge is none we can answer; else its length. `count` is how often this nonce is used now,
 * from 1.
 */
size_t digest_authorize(char *out, size_t room, const struct digest_challenge *challenge, const char *user,
	const char *password, const char *method, const char *uri, uint32_t count, const char *cnonce);

/* --- nonces --- */
#define DIGEST_SEEN_MAX 4096

struct digest_seen {
	int64_t issued_us; /* names the nonce; 0: free */
	uint32_t top;      /* highest count taken */
	uint64_t below;    /* bit i: top - 1 - i was taken */
};

struct digest_nonces {
	uint8_t key[32];
	int64_t last_us;      /* issue time of the newest nonce: no two are alike */
	int64_t forgotten_us; /* nonces issued up to here are refused: what they were used with is forgotten
			       */
	struct digest_seen seen[DIGEST_SEEN_MAX];
};

void digest_nonces_init(struct digest_nonces *n, const uint8_t key[32]);
void digest_nonce_make(struct digest_nonces *n, int64_t now_us, char out[DIGEST_NONCE_MAX]);

enum digest_nonce_state { DIGEST_NONCE_GOOD, DIGEST_NONCE_STALE, DIGEST_NONCE_FORGED };
/* Says whether the nonce is ours and fresh; changes nothing. */
enum digest_nonce_state digest_nonce_check(const struct digest_nonces *n, const char *nonce, int64_t now_us);
/* Takes count `nc` (8 hex digits) of a good nonce; false when it was taken before. Only after the response
 * proved right. */
bool digest_count_take(struct digest_nonces *n, const char *nonce, const char *nc);

#endif
