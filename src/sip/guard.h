/*
 * sip/guard.h - what stands before a request gets anything of ours: rates, throttling of guesses, address
 * lists. Pure: time comes as an argument.
 */
#ifndef SIP_GUARD_H
#define SIP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A bucket of tokens: at most `per_s` events a second, with a burst of one second's worth. */
struct rate {
	uint32_t per_s; /* 0: no limit */
	int64_t filled_us;
	int64_t micro_tokens;
};

void rate_init(struct rate *r, uint32_t per_s, int64_t now_us);
/* Takes one; false when there is none. */
bool rate_take(struct rate *r, int64_t now_us);

#define THROTTLE_SLOTS 4096

struct throttle_slot {
	uint64_t hash;
	int64_t since_us;       /* start of the minute being counted */
	uint32_t count, before; /* failures in this minute and in the one before */
};

/* Failures a minute by source and by account, in a table of fixed size: two that share a slot share its
 * count. */
struct throttle {
	uint32_t limit;
	uint64_t seed;
	struct throttle_slot slot[THROTTLE_SLOTS];
};

void throttle_init(struct throttle *t, uint32_t limit_per_minute, uint64_t seed);
void throttle_fail(struct throttle *t, const char *key, int64_t now_us);
/* True: so many failures in the last minute that it is refused unseen. */
bool throttle_blocks(const struct throttle *t, const char *key, int64_t now_us);
/* A success of this key forgives its failures. */
void throttle_forgive(struct throttle *t, const char *key);

/* An address or network, IPv4 or IPv6; IPv4 is kept as ::ffff:a.b.c.d. */
struct network {
	uint8_t bytes[16];
	unsigned prefix; /* 0..128 */
};

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32". */
bool network_parse(struct network *out, const char *text);
bool network_has(const struct network *net, const uint8_t address[16]);
/* A numeric address, brackets and zone allowed, into 16 bytes. */
bool network_address(uint8_t out[16], const char *text);

#endif
