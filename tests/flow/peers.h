/* peers.h - SIP peers that share no line with the library: sipp with a scenario, and baresip told what to do
 * by its control port. */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A port of loopback that nobody used a moment ago. `type` is SOCK_DGRAM or SOCK_STREAM. */
uint16_t peers_free_port(int type);

/* Runs scenario tests/flow/sipp/<name>.xml once: it calls 127.0.0.1:`to_port`, or waits at `own_port` where
 * it is the called side. */
pid_t sipp_start(const char *folder, const char *name, uint16_t own_port, uint16_t to_port);
/* True once the process is gone; *status is what it exited with, 0 when its scenario went to the end. */
bool peer_gone(pid_t pid, int *status);

/* Somebody has this UDP port of loopback. */
bool peer_listens(uint16_t port);

struct baresip {
	pid_t pid;
	int control;   /* TCP, non-blocking; -1 until it is connected */
	uint16_t port; /* of the control */
	unsigned serial;
};

/* Registers user:password at 127.0.0.1:`registrar_port` and answers every call at once. */
void baresip_start(struct baresip *b, const char *folder, const char *user, const char *password,
	uint16_t registrar_port);
/* False while its control port is not open yet. */
bool baresip_connect(struct baresip *b);
/* "dial", "hold", "resume", "hangup".. as its menu names them. */
void baresip_tell(struct baresip *b, const char *command, const char *params);
/* It unregisters and goes: wait for peer_gone(). */
void baresip_stop(struct baresip *b);

#endif
