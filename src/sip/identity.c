/*
 * identity.c - who calls: P-Asserted-Identity (RFC 3325) where the sender is trusted, else From; and whether
 * he asked to be anonymous (RFC 3323). It does not turn the user part into a telephone number: that is the
 * site's dial rules' work.
 */
#include "sip_priv.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

/* Without its quotes. */
static void copy_display(char *out, size_t room, const char *display)
{
	size_t n;

	(void)text_copy(out, room, display ? display : "");
	n = strlen(out);
	if (n >= 2 && out[0] == '"' && out[n - 1] == '"') {
		out[n - 1] = 0;
		memmove(out, out + 1, n - 1);
	}
	if (!text_is_utf8(out, strlen(out)))
		out[0] = 0;
}

static void copy_user(char *out, const url_t *url)
{
	char plain[SIP_USER_MAX];
	const char *user = url->url_user ? url->url_user : "";

	if (url->url_type == url_tel)
		user = url->url_host ? url->url_host : user;
	out[0] = 0;
	if (strlen(user) >= sizeof(plain))
		return;
	(void)url_unescape(plain, user);
	plain[strcspn(plain, ";")] = 0;
	if (text_is_utf8(plain, strlen(plain)))
		(void)text_copy(out, SIP_USER_MAX, plain);
}

static bool privacy_asked(const sip_t *m)
{
	static const char *const values[] = {"id", "user", "header"};

	if (!m->sip_privacy || !m->sip_privacy->priv_values)
		return false;
	for (const msg_param_t *v = m->sip_privacy->priv_values; *v; v++)
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
			if (!strcasecmp(*v, values[i]))
				return true;
	return false;
}

static bool from_is_anonymous(const url_t *url)
{
	return (url->url_user && !strcasecmp(url->url_user, "anonymous")) ||
	       (url->url_host && !strcasecmp(url->url_host, "anonymous.invalid"));
}

void identity_of(const sip_t *m, bool trusted, struct identity *out)
{
	const char *asserted = trusted ? header_text(m, "P-Asserted-Identity") : NULL;
	su_home_t home[1] = {SU_HOME_INIT(home)};
	const sip_p_asserted_identity_t *pai = NULL;

	memset(out, 0, sizeof(*out));
	(void)su_home_init(home);
	if (asserted)
		pai = sip_p_asserted_identity_make(home, asserted);
	out->anonymous = privacy_asked(m) || (!pai && from_is_anonymous(m->sip_from->a_url));
	if (!out->anonymous && pai) {
		copy_user(out->user, pai->paid_url);
		copy_display(out->name, sizeof(out->name), pai->paid_display);
	} else if (!out->anonymous) {
		copy_user(out->user, m->sip_from->a_url);
		copy_display(out->name, sizeof(out->name), m->sip_from->a_display);
	}
	su_home_deinit(home);
}
