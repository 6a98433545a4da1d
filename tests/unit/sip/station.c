/* station.c - see station.h. */
#include "station.h"

#include <testing.h>

#include "base/text.h"
#include "sip/digest.h"

#include <stdio.h>
#include <string.h>

#define STATIONS_MAX 8

static struct station *stations[STATIONS_MAX];

void sdp_for_test(struct sdp *out, enum sdp_direction direction)
{
	struct sdp_local local = {.address = "127.0.0.1",
		.port = 40000,
		.codecs = {SDP_PCMA, SDP_PCMU},
		.codec_count = 2,
		.telephone_event = true,
		.direction = direction,
		.session_id = 1,
		.session_version = 1};

	sdp_offer_make(out, &local);
}

static void on_invite(void *arg, struct sip_leg *leg, const struct sip_invite *invite)
{
	struct station *s = arg;
	struct sdp sdp;

	s->invites++;
	s->leg = leg;
	sip_leg_arg_set(leg, s);
	(void)text_copy(s->called, sizeof(s->called), invite->called);
	(void)text_copy(s->calling, sizeof(s->calling), invite->calling);
	(void)text_copy(s->calling_name, sizeof(s->calling_name), invite->calling_name);
	(void)text_copy(s->account, sizeof(s->account), invite->account);
	(void)text_copy(s->trunk, sizeof(s->trunk), invite->trunk);
	s->anonymous = invite->anonymous;
	s->has_offer = invite->offer != NULL;
	sdp_for_test(&sdp, SDP_SENDRECV);
	if (s->auto_answer)
		ck_assert_int_eq(sip_leg_answer(leg, &sdp), 0);
}

static void on_ringing(void *arg, struct sip_leg *leg, uint16_t status, const struct sdp *sdp)
{
	struct station *s = arg;

	(void)leg;
	s->rings++;
	s->ring_status = status;
	s->early_media = sdp != NULL;
}

static void on_established(void *arg, struct sip_leg *leg, const struct sdp *sdp)
{
	struct station *s = arg;

	(void)leg;
	s->ups++;
	s->ups_without_sdp += sdp == NULL;
}

static void on_reoffer(void *arg, struct sip_leg *leg, const struct sdp *offer)
{
	struct station *s = arg;
	struct sdp sdp;

	s->reoffers++;
	s->direction = offer->media[0].direction;
	sdp_for_test(&sdp, sdp_direction_reverse(s->direction));
	if (s->auto_reoffer)
		ck_assert_int_eq(sip_leg_reoffer_answer(leg, &sdp), 0);
}

static void on_reoffer_done(void *arg, struct sip_leg *leg, uint16_t status, const struct sdp *answer)
{
	struct station *s = arg;

	(void)leg;
	s->reoffers_done++;
	s->done_status = status;
	if (answer)
		s->direction = answer->media[0].direction;
}

static void on_info_digit(void *arg, struct sip_leg *leg, char digit, uint32_t duration_ms)
{
	struct station *s = arg;

	(void)leg;
	(void)duration_ms;
	s->digits++;
	s->digit = digit;
}

static void on_refer(void *arg, struct sip_leg *leg, const struct sip_refer *refer)
{
	struct station *s = arg;

	s->refers++;
	(void)text_copy(s->refer_user, sizeof(s->refer_user), refer->user);
	ck_assert_int_eq(sip_leg_refer_reply(leg, 202), 0);
}

static void on_ended(void *arg, struct sip_leg *leg, const struct sip_end *end)
{
	struct station *s = arg;

	s->ends++;
	s->end = *end;
	s->end.text = s->end.target = "";
	(void)text_copy(s->target, sizeof(s->target), end->target);
	if (s->leg == leg)
		s->leg = NULL;
}

static void on_registered(void *arg, const char *account, bool registered)
{
	struct station *s = arg;

	(void)account;
	s->registrations++;
	s->registered = registered;
}

static void on_trunk_state(void *arg, const char *trunk, enum sip_trunk_state state, uint16_t status)
{
	struct station *s = arg;

	(void)trunk;
	(void)status;
	s->trunk_state = state;
}

static bool secret_of(void *arg, const char *account, struct sip_secret *out)
{
	const struct station *s = arg;

	if (!s->user || strcmp(account, s->user) != 0)
		return false;
	out->has_md5 = true;
	out->has_sha256 = !s->md5_only;
	digest_ha1(DIGEST_MD5, account, s->opts.realm, s->password, out->ha1_sha256);
	memcpy(out->ha1_md5, out->ha1_sha256, sizeof(out->ha1_md5));
	digest_ha1(DIGEST_SHA256, account, s->opts.realm, s->password, out->ha1_sha256);
	return true;
}

static bool admit(void *arg)
{
	return !((const struct station *)arg)->full;
}

void station_opts(struct station *s, enum sip_transport transport, bool ipv6)
{
	static const struct sip_handlers handlers = {on_invite, on_ringing, on_established, on_reoffer,
		on_reoffer_done, on_info_digit, on_refer, on_ended, on_registered, on_trunk_state, secret_of,
		admit};

	memset(s, 0, sizeof(*s));
	s->opts.handlers = handlers;
	s->opts.arg = s;
	s->opts.listens = 1;
	s->opts.listen[0].transport = transport;
	(void)text_copy(
		s->opts.listen[0].address, sizeof(s->opts.listen[0].address), ipv6 ? "::1" : "127.0.0.1");
	(void)text_copy(s->opts.realm, sizeof(s->opts.realm), "hotline.test");
	s->opts.t1_ms = 20;
	memset(s->opts.nonce_key, 7, sizeof(s->opts.nonce_key));
}

void station_start(struct station *s)
{
	struct ghl_error err;

	clock_init_real(&s->clock);
	ck_assert_int_eq(loop_create(&s->loop, &s->clock), 0);
	s->opts.loop = s->loop;
	ck_assert_msg(sip_create(&s->sip, &s->opts, &err) == 0, "%s", err.text);
	ck_assert_uint_ne(sip_bound(s->sip, 0), 0);
	for (int i = 0; i < STATIONS_MAX; i++) {
		if (!stations[i]) {
			stations[i] = s;
			return;
		}
	}
	ck_abort_msg("too many stations");
}

void station_open(struct station *s, enum sip_transport transport, bool ipv6)
{
	station_opts(s, transport, ipv6);
	station_start(s);
}

void station_silence(struct station *s)
{
	for (int i = 0; i < STATIONS_MAX; i++)
		if (stations[i] == s)
			stations[i] = NULL;
}

static void on_down(void *arg)
{
	((struct station *)arg)->down = true;
}

void station_close(struct station *s)
{
	sip_shutdown(s->sip, on_down, s);
	while (!s->down) {
		stations_step();
		loop_step(s->loop, 1); /* a silent one, too */
	}
	sip_destroy(s->sip);
	loop_destroy(s->loop);
	station_silence(s);
}

void station_trunk(
	struct station *at, const struct station *to, const char *user, const char *password, bool registers)
{
	struct sip_trunk t = {.name = "line", .registers = registers, .register_s = 600};
	bool ipv6 = strchr(to->opts.listen[0].address, ':') != NULL;
	struct ghl_error err;

	(void)text_copy(t.sources[0], sizeof(t.sources[0]), ipv6 ? "::1" : "127.0.0.0/8");
	(void)snprintf(t.proxy, sizeof(t.proxy), "sip:%s%s%s:%u%s%s", ipv6 ? "[" : "",
		to->opts.listen[0].address, ipv6 ? "]" : "", (unsigned)sip_bound(to->sip, 0),
		to->opts.listen[0].transport == SIP_UDP ? "" : ";transport=",
		to->opts.listen[0].transport == SIP_UDP ? ""
							: sip_transport_name(to->opts.listen[0].transport));
	(void)text_copy(t.user, sizeof(t.user), user ? user : "");
	(void)text_copy(t.password, sizeof(t.password), password ? password : "");
	ck_assert_msg(sip_trunks_set(at->sip, &t, 1, &err) == 0, "%s", err.text);
}

static int call(
	struct station *s, const char *trunk, const char *account, const char *called, struct sip_leg **out)
{
	struct sdp offer;
	struct sip_call_opts o = {.trunk = trunk,
		.account = account,
		.called = called,
		.calling = "13800001111",
		.calling_name = "Wang \"Li\" Hua",
		.offer = &offer};

	sdp_for_test(&offer, SDP_SENDRECV);
	return sip_leg_call(s->sip, &o, s, out);
}

int station_call(struct station *s, const char *called, struct sip_leg **out)
{
	return call(s, "line", NULL, called, out);
}

int station_call_account(struct station *s, const char *account, struct sip_leg **out)
{
	return call(s, NULL, account, NULL, out);
}

void stations_step(void)
{
	for (int i = 0; i < STATIONS_MAX; i++)
		if (stations[i])
			loop_step(stations[i]->loop, 1);
}

void stations_run_ms(unsigned ms)
{
	struct ghl_clock clock;
	int64_t end_us;

	clock_init_real(&clock);
	end_us = clock_mono_us(&clock) + (int64_t)ms * 1000;
	while (clock_mono_us(&clock) < end_us)
		stations_step();
}
