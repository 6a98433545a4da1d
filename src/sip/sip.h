/*
 * sip/sip.h - SIP by Sofia-SIP: legs, trunks, registrar. Everything on the loop thread.
 *
 * It stands on nta, Sofia's transactions and dialogs, not on nua: see docs/adr/0010-sip-on-nta.md.
 *
 * A leg is one INVITE dialog (RFC 3261), inbound or outbound. This module knows nothing of calls or media:
 * SDP goes in and out as struct sdp, and who sits above decides. Events arrive through struct sip_handlers,
 * never inside a call of this header.
 */
#ifndef SIP_SIP_H
#define SIP_SIP_H

#include "base/loop.h"
#include "sdp.h"

#include <govhotline/error.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sip;
struct sip_leg;

#define SIP_USER_MAX 128
#define SIP_URI_MAX  256

enum sip_transport { SIP_UDP, SIP_TCP, SIP_TLS };
const char *sip_transport_name(enum sip_transport t);

/* Whose certificate must be signed by one of cafile.pem: nobody's; that of who we connect to, which must also
 * be for the host we mean; or of who connects to us, too. */
enum sip_tls_verify { SIP_TLS_VERIFY_NONE, SIP_TLS_VERIFY_OUT, SIP_TLS_VERIFY_BOTH };
const char *sip_tls_verify_name(enum sip_tls_verify v);

/* One address to listen on. Port 0 asks the system; sip_bound() tells which. */
struct sip_listen {
	enum sip_transport transport;
	char address[64]; /* numeric, "127.0.0.1" or "::1" */
	uint16_t port;
};

/* Where calls come from and go to: a carrier, a gateway, a PBX. Given whole by sip_trunks_set(). */
struct sip_trunk {
	char name[64];
	char sources[16][64];    /* inbound: peer addresses or CIDR networks; "" ends the list */
	char proxy[SIP_URI_MAX]; /* outbound: sip:HOST[:PORT][;transport=tcp|tls]; "" means no outbound calls
				  */
	char user[SIP_USER_MAX], realm[SIP_USER_MAX], password[SIP_USER_MAX]; /* digest where we are asked */
	bool registers;      /* our own REGISTER at the proxy */
	uint32_t register_s; /* asked expiry, 60..86,400 */
	uint32_t options_s;  /* OPTIONS ping interval; 0: none */
	uint32_t max_calls;  /* 0: no limit */
	bool dtmf_inband;    /* the peer is known to have no RFC 4733 */
	bool allow_transfer; /* its REFER and 302 are told; else REFER gets 403, and a 302 has no target */
};

enum sip_trunk_state { SIP_TRUNK_UNKNOWN, SIP_TRUNK_UP, SIP_TRUNK_DOWN, SIP_TRUNK_REFUSED };
const char *sip_trunk_state_name(enum sip_trunk_state s);

/* The secret of a phone account: HA1 = H(user:realm:password) an algorithm (RFC 8760), never the password. */
struct sip_secret {
	bool has_md5, has_sha256;
	char ha1_md5[33]; /* lower-case hex */
	char ha1_sha256[65];
};

/* Who calls whom, of an inbound INVITE that passed all checks (trunk or authenticated phone, Contact guard,
 * limits). */
struct sip_invite {
	const char *trunk;   /* name, or "" when it came from a phone */
	const char *account; /* authenticated phone account, or "" when it came by a trunk */
	const char *calling; /* user part by P-Asserted-Identity (RFC 3325), else From; "" when anonymous */
	const char *calling_name; /* display name; "" when anonymous */
	bool anonymous;           /* Privacy: id / From anonymous (RFC 3323) */
	const char *called;       /* user part of the Request-URI */
	const char *call_id;      /* Call-ID */
	const char *source;       /* address:port of the packet */
	const struct sdp *offer;  /* NULL when the INVITE carried none: then we offer in the 200 */
	const char *user_agent;
};

enum sip_end_cause {
	SIP_END_NORMAL,
	SIP_END_CANCELLED,
	SIP_END_REFUSED,
	SIP_END_TIMEOUT,
	SIP_END_LOCAL,
	SIP_END_TRANSFERRED
};
const char *sip_end_cause_name(enum sip_end_cause c);

struct sip_end {
	enum sip_end_cause cause;
	uint16_t status;  /* SIP status when the peer refused; else 0 */
	uint8_t q850;     /* from the Reason header (RFC 3326), else mapped from status (RFC 3398); 16 for a
			     normal clearing */
	const char *text; /* reason phrase, or "" */
	/* where a 3xx of a trunk that may transfer points to: the user part of its first Contact; else "" */
	const char *target;
};

/* What a peer asks by REFER (RFC 3515). */
struct sip_refer {
	const char *user; /* of the target */
	bool attended;    /* Replaces (RFC 3891) names a dialog that the target is in already */
	void *other_arg;  /* the leg_arg of that dialog, where it is one of ours that is up; else NULL */
};

/* arg is the sip_opts.arg; leg_arg what sip_leg_arg_set() stored. All on the loop thread, never nested in a
 * call of sip_*. */
struct sip_handlers {
	/* A new inbound leg. Answer it later with ring/progress/answer/reject; doing nothing leaves it at 100
	 * Trying. */
	void (*on_invite)(void *arg, struct sip_leg *leg, const struct sip_invite *invite);
	/* Outbound: 18x. sdp is NULL or early media. */
	void (*on_ringing)(void *leg_arg, struct sip_leg *leg, uint16_t status, const struct sdp *sdp);
	/* Outbound: 200 with its answer, ACK sent. Inbound: the ACK came (sdp: the answer in the ACK, when we
	 * had offered; else NULL). */
	void (*on_established)(void *leg_arg, struct sip_leg *leg, const struct sdp *sdp);
	/* The peer's re-INVITE or UPDATE with an offer (hold: sendonly/inactive): reply with
	 * sip_leg_reoffer_answer(). */
	void (*on_reoffer)(void *leg_arg, struct sip_leg *leg, const struct sdp *offer);
	/* The outcome of our own sip_leg_reoffer(): status 200 with the answer, or the refusal and NULL. */
	void (*on_reoffer_done)(
		void *leg_arg, struct sip_leg *leg, uint16_t status, const struct sdp *answer);
	/* SIP INFO with application/dtmf-relay or application/dtmf: one digit. */
	void (*on_info_digit)(void *leg_arg, struct sip_leg *leg, char digit, uint32_t duration_ms);
	/* REFER: accept or refuse with sip_leg_refer_reply(). */
	void (*on_refer)(void *leg_arg, struct sip_leg *leg, const struct sip_refer *refer);
	/* The leg is over, in whatever way; exactly once; the handle is gone after this returns. */
	void (*on_ended)(void *leg_arg, struct sip_leg *leg, const struct sip_end *end);
	/* The set of contacts of an account went from none to some or back (registered, expired,
	 * unregistered). */
	void (*on_registered)(void *arg, const char *account, bool registered);
	void (*on_trunk_state)(void *arg, const char *trunk, enum sip_trunk_state state, uint16_t status);
	/* The secret of an account for the registrar and phone INVITEs; false: no such account. */
	bool (*secret_of)(void *arg, const char *account, struct sip_secret *out);
	/* Room for one more call? false answers 503 with Retry-After before anything is allocated for it. May
	 * be NULL. */
	bool (*admit)(void *arg);
};

struct sip_opts {
	struct loop *loop;
	struct sip_handlers handlers;
	void *arg;
	struct sip_listen listen[8];
	unsigned listens;
	char realm[SIP_USER_MAX];       /* of our registrar */
	char public_address[64];        /* put into Contact and SDP where we stand behind NAT; "" otherwise */
	char tls_cert_dir[256];         /* agent.pem and cafile.pem as Sofia wants them; "" for none */
	enum sip_tls_verify tls_verify; /* whose certificate cafile.pem must vouch for */
	uint32_t max_calls;             /* legs by trunk at once, 0: no limit */
	uint32_t max_calls_per_s;       /* new inbound INVITEs a second, 0: no limit */
	uint32_t retry_after_s;         /* in the 503; 0: 5 */
	uint32_t session_expires_s;     /* RFC 4028; 0: 1,800; at least session_min_s */
	uint32_t session_min_s;         /* Min-SE; 0: 90, below which only a test goes (RFC 4028 section 5) */
	uint32_t register_min_s, register_max_s; /* bounds of phone registrations; 0: 60, 3,600 */
	uint8_t nonce_key[32];                   /* for stateless nonces; random for each process */
	uint32_t guess_limit; /* failed digests a minute by source or account before it is refused unseen; 0:
				 10 */
	char user_agent[64];  /* "" for libgovhotline/VERSION */
	uint32_t t1_ms;       /* RFC 3261 T1, 0: 500; the other transaction timers follow it */
};

int sip_create(struct sip **out, const struct sip_opts *opts, struct ghl_error *err);
/* Ends every leg (BYE, CANCEL), unregisters from trunks, then calls done(arg) once on the loop; at most ~2 s.
 */
void sip_shutdown(struct sip *sip, loop_fn *done, void *arg);
/* After done. */
void sip_destroy(struct sip *sip);
/* The port listen[i] got. */
uint16_t sip_bound(const struct sip *sip, unsigned i);

/* Replaces the whole set; legs under way keep theirs. */
int sip_trunks_set(struct sip *sip, const struct sip_trunk *trunks, size_t n, struct ghl_error *err);
enum sip_trunk_state sip_trunk_state(const struct sip *sip, const char *trunk);
/* Our user name at a trunk that calls can leave by ("" when it knows none); NULL where there is no such
 * trunk. */
const char *sip_trunk_own(const struct sip *sip, const char *trunk);
unsigned sip_trunk_calls(const struct sip *sip, const char *trunk);
/* One OPTIONS now; done(arg, status, rtt_us): status 0 when there was no answer in timeout_ms. */
int sip_ping(struct sip *sip, const char *uri, uint32_t timeout_ms,
	void (*done)(void *arg, uint16_t status, int64_t rtt_us), void *arg);

/* --- registrar --- */
unsigned sip_contacts(const struct sip *sip, const char *account); /* how many contacts are registered */
/* Contacts as text "sip:..;expires=N", for showing; returns how many were written. */
unsigned sip_contacts_list(
	const struct sip *sip, const char *account, char (*out)[SIP_URI_MAX], unsigned room);
/* Accounts no longer configured lose their contacts. */
void sip_account_forget(struct sip *sip, const char *account);

/* --- legs --- */
struct sip_call_opts {
	const char *account; /* to a phone: every registered contact is rung, the first to answer wins; or */
	const char *trunk;   /* by a trunk to `called` */
	const char *called;  /* user part, by trunk */
	const char *calling; /* user part of From; "" for anonymous (RFC 3323) */
	const char *calling_name;
	const struct sdp *offer;
	uint32_t ring_ms;                       /* CANCEL after this; 0: 60,000 */
	const char *header_name, *header_value; /* one more header, e.g. X-Call-Id; NULL for none */
};
/* GHL_ENOENT: no contact or no such trunk; GHL_EFULL: the trunk's limit. on_ended tells every later outcome.
 */
int sip_leg_call(struct sip *sip, const struct sip_call_opts *opts, void *leg_arg, struct sip_leg **out);
void sip_leg_arg_set(struct sip_leg *leg, void *leg_arg);
void *sip_leg_arg(const struct sip_leg *leg);
/* Inbound, before the answer. */
int sip_leg_ring(struct sip_leg *leg); /* 180 */
int sip_leg_progress(struct sip_leg *leg,
	const struct sdp *sdp); /* 183 with early media, reliable where the peer can (RFC 3262) */
int sip_leg_answer(
	struct sip_leg *leg, const struct sdp *sdp); /* 200; GHL_ESTATE when it is answered or over */
int sip_leg_reject(struct sip_leg *leg, uint16_t status, const char *phrase);
int sip_leg_redirect(struct sip_leg *leg, const char *uri); /* 302 */
/* Either way, whenever: BYE, CANCEL or 487/603 by state. on_ended follows. GHL_ESTATE when it is over. */
int sip_leg_end(struct sip_leg *leg, uint8_t q850);
/* Established: a new offer of ours (hold, unhold, T.38). Glare (491) is retried by RFC 3261 14.1. */
int sip_leg_reoffer(struct sip_leg *leg, const struct sdp *offer);
int sip_leg_reoffer_answer(struct sip_leg *leg, const struct sdp *answer); /* NULL: 488 */
/* 202, and then the first NOTIFY (100) follows; or the refusal, 400..699. */
int sip_leg_refer_reply(struct sip_leg *leg, uint16_t status);
/* After an accepted REFER: how the transfer came out, as the final NOTIFY (RFC 3515 2.4.5). GHL_ESTATE when
 * none is owed. */
int sip_leg_refer_result(struct sip_leg *leg, uint16_t status);
int sip_leg_info_digit(struct sip_leg *leg, char digit, uint32_t duration_ms);
const char *sip_leg_call_id(const struct sip_leg *leg);

/* --- figures --- */
struct sip_stat {
	uint64_t invites_in, invites_out, refused_overload, refused_stranger, refused_auth, throttled,
		bad_messages;
	unsigned legs, registered_accounts;
};
void sip_stat(const struct sip *sip, struct sip_stat *out);

#endif
