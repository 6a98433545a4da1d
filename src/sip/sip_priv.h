/* sip/sip_priv.h - the structs behind sip.h, and what the files of this module ask of each other. */
#ifndef SIP_PRIV_H
#define SIP_PRIV_H

#define NTA_AGENT_MAGIC_T    struct sip
#define NTA_LEG_MAGIC_T      void
#define NTA_INCOMING_MAGIC_T void
#define NTA_OUTGOING_MAGIC_T void
#define NTA_RELIABLE_MAGIC_T void

#include "digest.h"
#include "guard.h"
#include "registrar.h"
#include "sip.h"

#include "base/list.h"
#include "base/loop.h"

#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/su_wait.h>

#define ROUTE_MAX     96 /* "sip:[v6]:port;transport=tls" */
#define SESSION_MIN_S 90 /* RFC 4028 section 5 */
#define ALLOW         "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, REGISTER"
#define SUPPORTED     "100rel, timer"
#define SOURCES_MAX   16

/* Where a message came from: the packet, not what its headers say. */
struct source {
	uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
	char address[64];  /* numeric */
	char text[72];     /* "address:port" */
	char route[ROUTE_MAX];
	enum sip_transport transport;
	bool ipv6;
};

/* The last challenge a peer gave us, and how often its nonce was used. */
struct login {
	struct digest_challenge challenge;
	uint32_t count;
	bool proxy; /* Proxy-Authorization rather than Authorization */
	bool known;
};

struct trunk {
	struct list node; /* sip.trunks, or sip.old_trunks while legs hold it */
	struct sip *sip;
	struct sip_trunk given; /* as sip_trunks_set() had it */
	struct sip_trunk cfg;
	struct network source[SOURCES_MAX];
	unsigned sources;
	unsigned legs; /* legs that hold it */
	bool dropped;  /* no longer configured: stays for its legs and the answer to its last REGISTER */
	enum sip_trunk_state state;
	struct login login;
	nta_leg_t *registration;
	nta_outgoing_t *registering;
	bool started;
	unsigned tries;
	uint32_t asked_s; /* expiry of the REGISTER under way; 0: it takes our contact away */
	bool registered;
	struct timer register_timer, options_timer;
};

#define FORKS_MAX 8

/* One of the early dialogs an INVITE may have behind a proxy (RFC 3261 12.1, RFC 3262 section 4). */
struct fork {
	char tag[64];      /* the peer's; "" : not in use */
	uint32_t rseq;     /* of the last reliable response that was acknowledged */
	nta_leg_t *dialog; /* NULL: the branch's own */
};

/* One INVITE dialog: the only one of an inbound leg, one for each contact that is rung of an outbound leg. */
struct branch {
	struct sip_leg *leg;
	nta_leg_t *dialog;
	nta_outgoing_t *invite; /* outbound: until the leg is freed */
	bool pending;           /* outbound: no final response yet */
	unsigned tries;
	struct fork fork[FORKS_MAX]; /* outbound: early dialogs with reliable responses */
	char target[SIP_URI_MAX];    /* outbound: Request-URI of the INVITE */
	char route[ROUTE_MAX];       /* where requests really go; "": by the dialog's own route */
	char contact[SIP_URI_MAX];   /* ours */
	bool routed;                 /* remote tag and route are set */
	struct login login;
};

enum leg_state { LEG_OFFERED, LEG_ANSWERED, LEG_CLOSING, LEG_CALLING, LEG_CANCELLING, LEG_UP, LEG_OVER };
enum leg_event { LEG_EV_ANSWER, LEG_EV_ACK, LEG_EV_ACCEPTED, LEG_EV_END, LEG_EV_OVER };
const char *leg_state_name(enum leg_state s);
const char *leg_event_name(enum leg_event e);

struct sip_leg {
	struct list node; /* sip.legs */
	struct sip *sip;
	void *arg;
	bool inbound;
	enum leg_state state;
	struct trunk *trunk; /* NULL: a phone */
	char account[SIP_USER_MAX];
	struct branch *branch; /* array */
	unsigned branches;
	struct branch *dialog;  /* the one that is up; inbound: from the start */
	nta_incoming_t *invite; /* inbound: until the leg is freed */
	bool peer_100rel, peer_timer, peer_update;
	bool offered_in_200; /* the INVITE brought no offer: the answer comes in the ACK */
	char *local_sdp;     /* what we said last, for refreshes */
	char *early_sdp;     /* the answer of a reliable provisional response */
	/* offers within the dialog */
	nta_incoming_t *reoffer_in;
	bool reoffer_without_sdp; /* the answer comes in the ACK */
	bool reoffer_told;        /* whoever is above asked for it; else it is a refresh */
	nta_outgoing_t *reoffer_out;
	char *reoffer_sdp; /* ours, while it is under way or waits for its glare timer */
	unsigned reoffer_tries;
	nta_incoming_t *refer_in;
	bool refer_open; /* accepted: NOTIFYs are owed */
	uint32_t refer_cseq;
	unsigned refers; /* of this dialog */
	/* session timer, RFC 4028 */
	uint32_t session_s;
	bool we_refresh;
	nta_outgoing_t *refresh; /* UPDATE under way */
	struct timer ring_timer; /* outbound: no answer; then: no final response to the CANCEL; inbound: 18x
				    again */
	struct timer glare_timer;
	struct timer session_timer;
	/* the end */
	struct loop_task over_task;
	uint16_t best_status; /* outbound: of the branches that failed */
	uint8_t local_q850;
	struct sip_end end;
	char end_text[96], end_target[SIP_USER_MAX];
	char call_id[128];
	/* what the outbound INVITEs carry again when they are repeated */
	char *from, *extra_header;
	bool anonymous;
	uint32_t min_se_s;
};

struct ping;

struct sip {
	struct loop *loop;
	struct sip_opts o;
	nta_agent_t *nta;
	uint16_t bound[8];
	struct digest_nonces nonces;
	struct throttle throttle;
	struct rate rate;
	struct registrar registrar;
	struct timer sweep_timer;
	struct list legs, trunks, old_trunks, pings;
	unsigned trunk_legs;
	unsigned quiet_s; /* sweeps in a row that found no leg */
	struct sip_stat stat;
	bool closing;
	loop_fn *done;
	void *done_arg;
	struct timer close_timer;
	int64_t close_by_us;
};

/* Text as Sofia takes it where a URL may stand; "" is none. */
static inline const url_string_t *as_url(const char *text)
{
	return text && *text ? (const url_string_t *)(const void *)text : NULL;
}

/* --- message.c: texts of messages --- */
bool source_of(struct sip *sip, msg_t *msg, struct source *out);
/* Our Contact for a peer at `peer` (numeric, or "" when unknown). */
void contact_text(const struct sip *sip, enum sip_transport transport, bool ipv6, const char *peer,
	char out[SIP_URI_MAX]);
/* Transport and family of a URI. */
enum sip_transport uri_transport(const char *uri, bool *ipv6);
/* The same URI without a user, or with `user` escaped; false when it does not fit. */
bool uri_with_user(const char *uri, const char *user, char out[SIP_URI_MAX]);
bool user_escape(const char *user, char *out, size_t room);
/* A name-addr with a quoted display name. */
bool name_addr(char *out, size_t room, const char *display, const char *uri);
/* 1: an SDP body was read; 0: there is no body; GHL_EPARSE bad SDP; GHL_EUNSUPPORTED another type. */
int body_sdp(const sip_t *m, struct sdp *out, struct ghl_error *err);
/* The Request-URI is a sip, sips or tel one. */
bool scheme_is_known(const sip_t *m);
/* Exactly one Contact with a sip or sips URI and a host. */
bool contact_is_good(const sip_t *m);
/* Header text of an extension header Sofia does not parse; NULL when absent. */
const char *header_text(const sip_t *m, const char *name);
uint8_t q850_of(const sip_t *m, uint16_t status);
/* What refuses an INVITE for that cause. */
uint16_t status_of_q850(uint8_t q850, const char **phrase);
/* "Q.850;cause=N" */
char *reason_text(uint8_t q850, char out[32]);
/* Answers without a transaction; takes msg. `header` is one more "Name: value", or NULL. */
void reply_stateless(struct sip *sip, msg_t *msg, int status, const char *phrase, const char *header);
void random_hex(char *out, size_t digits);

/* --- auth.c --- */
/*
 * True: the phone that sent the request is `account`. Else the message was answered and taken: 401 with a
 * challenge for each algorithm the account has, or 403; without a transaction.
 */
bool auth_require(
	struct sip *sip, msg_t *msg, const sip_t *m, const struct source *from, char account[SIP_USER_MAX]);
/* Client side: reads the challenge of a 401 or 407; false when there is none we can answer. */
bool login_read(struct login *login, const sip_t *m);
/* "Authorization: Digest .." or "Proxy-Authorization: ..", "" when there is nothing to say. */
void login_header(struct login *login, const struct sip_trunk *who, const char *method, const char *uri,
	char *out, size_t room);

/* --- requests outside a dialog --- */
void door_invite(struct sip *sip, msg_t *msg, const sip_t *m);
void register_request(struct sip *sip, msg_t *msg, const sip_t *m);

/* --- identity.c --- */
struct identity {
	char user[SIP_USER_MAX], name[SIP_USER_MAX];
	bool anonymous;
};
void identity_of(const sip_t *m, bool trusted, struct identity *out);

/* --- trunk.c --- */
struct trunk *trunk_by_name(const struct sip *sip, const char *name);
struct trunk *trunk_by_source(const struct sip *sip, const uint8_t address[16]);
bool trunk_has_room(const struct trunk *t);
void trunk_take(struct trunk *t);
void trunk_give(struct trunk *t);
void trunks_close(struct sip *sip);      /* unregisters */
bool trunks_busy(const struct sip *sip); /* a REGISTER is not answered yet */
void trunks_free(struct sip *sip);
void trunk_state_set(struct trunk *t, enum sip_trunk_state state, uint16_t status);
void pings_close(struct sip *sip);

/* --- legs --- */
struct sip_leg *leg_new(struct sip *sip, bool inbound, unsigned branches);
/* The one place where a leg changes its state; GHL_ESTATE when the table has no such move. */
int leg_move(struct sip_leg *leg, enum leg_event event);
/* Over: on_ended and the freeing follow on the loop. */
void leg_over(struct sip_leg *leg, enum sip_end_cause cause, uint16_t status, uint8_t q850, const char *text);
void leg_over_now(struct sip_leg *leg); /* at shutdown */
/* Frees it without on_ended: for a leg that never left. */
void leg_forget(struct sip_leg *leg);
int leg_keep_text(char **to, const char *text);
int leg_keep_sdp(struct sip_leg *leg, const struct sdp *sdp);
void leg_set_route(struct branch *b, const sip_t *response);
/* A dialog of its own for the tag of this response. NULL: no memory. */
nta_leg_t *leg_fork(struct branch *b, const sip_t *response);
void leg_ack(struct branch *b, uint32_t cseq);
void leg_bye(struct sip_leg *leg, struct branch *b, uint8_t q850);
nta_outgoing_t *leg_request(struct branch *b, nta_response_f *on_response, sip_method_t method,
	const char *name, tag_type_t tag, tag_value_t value, ...);
int leg_on_request(void *branch, nta_leg_t *dialog, nta_incoming_t *irq, const sip_t *m);

int leg_in_create(struct sip *sip, msg_t *msg, const sip_t *m, const struct source *from, struct trunk *trunk,
	const char *account);
int leg_in_end(struct sip_leg *leg, uint8_t q850);
int leg_out_end(struct sip_leg *leg, uint8_t q850);

int reoffer_on_invite(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m);
int reoffer_on_update(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m);
int reoffer_send(struct sip_leg *leg);
int reoffer_refresh(struct sip_leg *leg); /* the same SDP again */
int refer_on_request(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m);
int info_on_request(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m);

/* --- session.c: RFC 4028 --- */
/* 0, or 422 when the peer asks for less than 90 s. */
int session_ask(struct sip_leg *leg, const sip_t *request);
/* Header text "Session-Expires: ..." for our 2xx, "" when there is none; Require in the second. */
void session_header(const struct sip_leg *leg, char out[64]);
void session_answered(struct sip_leg *leg, const sip_t *response);
void session_start(struct sip_leg *leg);

#endif
