/*
 * impaired.h - a UDP relay between two addresses of the loopback that loses, delays, reorders and doubles
 * packets, by a seed.
 *
 * Each of its two ports stands for the far side: what comes to `port[0]` leaves from `port[1]` to the other
 * one's peer.
 */
#ifndef IMPAIRED_H
#define IMPAIRED_H

#include <stddef.h>
#include <stdint.h>

struct impaired_opts {
	unsigned loss_percent, double_percent;
	unsigned jitter_ms; /* each packet waits 0..this; later ones may pass it */
	uint64_t seed;
	/* sees what arrives on a side; the relay's thread; NULL: nobody looks */
	void (*tap)(void *arg, int side, const uint8_t *data, size_t n);
	void *tap_arg;
};
struct impaired_counts {
	uint64_t passed, lost, doubled;
};
struct impaired;

/* A thread of its own. Set both peers before packets come. */
struct impaired *impaired_start(const struct impaired_opts *opts);
uint16_t impaired_port(const struct impaired *r, int side);
void impaired_peer_set(struct impaired *r, int side, uint16_t to);
/* Joins its thread. */
void impaired_stop(struct impaired *r, struct impaired_counts *counts);

#endif
