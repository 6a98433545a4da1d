/* station.h - a struct sip on a loop of its own that keeps what it is told; two of them make a telephone
 * network on loopback. */
#ifndef STATION_H
#define STATION_H

#include "sip/sip.h"

#define EVENTS_MAX 64

struct station {
	struct ghl_clock clock;
	struct loop *loop;
	struct sip *sip;
	struct sip_opts opts;
	bool down;
	/* accounts it knows; NULL ends */
	const char *user, *password;
	bool md5_only;
	bool full; /* admit() says no */
	/* what it was told */
	struct sip_leg *leg; /* of the last on_invite, until it ended */
	unsigned invites, rings, ups, reoffers, reoffers_done, digits, refers, ends, pings;
	unsigned ups_without_sdp;
	uint16_t ring_status, done_status, ping_status;
	bool early_media, registered;
	unsigned registrations;
	char called[SIP_USER_MAX], calling[SIP_USER_MAX], calling_name[SIP_USER_MAX], account[SIP_USER_MAX],
		trunk[64];
	bool anonymous, has_offer;
	char digit;
	char refer_user[SIP_USER_MAX];
	enum sdp_direction direction; /* of the last offer */
	struct sip_end end;
	char target[SIP_USER_MAX]; /* of a 3xx */
	enum sip_trunk_state trunk_state;
	/* what it does by itself */
	bool auto_answer, auto_reoffer;
};

/* Listens on loopback at a port of the system's choice; T1 is short. */
void station_open(struct station *s, enum sip_transport transport, bool ipv6);
/* The same, with `s->opts` filled in before by station_opts(). */
void station_opts(struct station *s, enum sip_transport transport, bool ipv6);
void station_start(struct station *s);
/* It hears and says nothing more until it is closed. */
void station_silence(struct station *s);
void station_close(struct station *s);

/* `at` sends its calls to `to`, and takes those from loopback, as trunk "line". */
void station_trunk(
	struct station *at, const struct station *to, const char *user, const char *password, bool registers);
int station_call(struct station *s, const char *called, struct sip_leg **out);
int station_call_account(struct station *s, const char *account, struct sip_leg **out);

/* A G.711 offer, or answer, of a made-up port. */
void sdp_for_test(struct sdp *out, enum sdp_direction direction);

/* Steps all stations until cond or the limit; fails the test at the limit. */
#define UNTIL(cond)                                                                                          \
	do {                                                                                                 \
		for (int turns_ = 0; !(cond); turns_++) {                                                    \
			ck_assert_msg(turns_ < 20000, "never: %s", #cond);                                   \
			stations_step();                                                                     \
		}                                                                                            \
	} while (0)
void stations_step(void);
/* Steps for so long: to see that nothing happens, or that timers ran out. */
void stations_run_ms(unsigned ms);

#endif
