/*
 * config_schema.c - the table of everything that can be configured. Its order is the order of reading, of
 * `config show` and of the reference page; `paths` stands before what is relative to it.
 */
#include "config_schema.h"

#include <string.h>

#define AT(type, member)   .at = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)
#define LIST(type, member) AT(type, member), .width = sizeof(((struct type *)0)->member[0])
#define KEYS(table)        .keys = table, .key_count = sizeof(table) / sizeof(table[0])
#define ONE(name, member)  .key = name, .shape = CONFIG_ONE, .at = offsetof(struct config, member)
#define MANY(name, how, member, count)                                                                       \
	.key = name, .shape = how, .at = offsetof(struct config, member##s),                                 \
	.count_at = offsetof(struct config, count), .item_size = sizeof(*((struct config *)0)->member##s)

static const char *const digest_names[] = {"both", "md5", "sha256", NULL};
static const char *const wav_names[] = {"pcm16", "alaw", NULL};
static const char *const full_names[] = {"refuse", "unrecorded", NULL};
static const char *const level_names[] = {"error", "warn", "info", "debug", NULL};
static const char *const verify_names[] = {"none", "out", "both", NULL};
static const char *const answer_names[] = {"at_once", "agent", NULL};
static const char *const role_names[] = {"owner", "agent", "supervisor", "reader", NULL};

static const struct config_key site_keys[] = {
	{"name", CONFIG_TEXT, AT(config_site, name), .def = "hotline",
		.doc = "The hotline's name, for people."},
	{"node", CONFIG_UINT, AT(config_site, node), .max = 9, .def = "0",
		.doc = "Number of this node: a digit of every serial and a part of every id. Two nodes never "
		       "share one."},
	{"time_zone", CONFIG_TEXT, AT(config_site, time_zone), .def = "Asia/Shanghai",
		.verify = config_is_zone, .doc = "Time zone of reports and announcements, by its IANA name."},
};

static const struct config_key dial_keys[] = {
	{"country", CONFIG_TEXT, AT(config_dial, country), .def = "86", .verify = config_is_digits,
		.doc = "Country code (E.164) of numbers that come without one."},
	{"area", CONFIG_TEXT, AT(config_dial, area), .def = "", .verify = config_is_digits,
		.doc = "Area code, without the national prefix, of numbers that come without one."},
	{"national", CONFIG_TEXT, AT(config_dial, national), .def = "0", .verify = config_is_digits,
		.doc = "National (trunk) prefix."},
	{"international", CONFIG_TEXT, AT(config_dial, international), .def = "00",
		.verify = config_is_digits, .doc = "International prefix."},
	{"allow", CONFIG_TEXTS, LIST(config_dial, allow), .verify = config_is_number_pattern,
		.doc = "Patterns of E.164 numbers (`+8628*`) that may be called, also by 302 and REFER. "
		       "None: the own country's."},
	{"deny", CONFIG_TEXTS, LIST(config_dial, deny), .verify = config_is_number_pattern,
		.doc = "Patterns of E.164 numbers that may not be called although `allow` has them."},
};

static const struct config_key path_keys[] = {
	{"store", CONFIG_FOLDER, AT(config_paths, store), .def = "store",
		.doc = "Folder of the store (LMDB)."},
	{"recordings", CONFIG_FOLDER, AT(config_paths, recordings), .def = "recordings",
		.doc = "Folder of the recordings."},
	{"prompts", CONFIG_FOLDER, AT(config_paths, prompts), .def = "prompts",
		.doc = "Folder that relative sound files are relative to."},
	{"cache", CONFIG_FOLDER, AT(config_paths, cache), .def = "cache",
		.doc = "Folder of spoken texts; may be emptied at any time."},
	{"control", CONFIG_FOLDER, AT(config_paths, control), .def = "",
		.doc = "The control socket; not given: `control.sock` in the store's folder. At most 107 "
		       "bytes."},
};

static const struct config_key sip_keys[] = {
	{"listen", CONFIG_LISTEN, LIST(config_sip, listen), .count_at = offsetof(struct config_sip, listens),
		.def = "udp:0.0.0.0:5060",
		.doc = "Addresses to listen on: `udp:`, `tcp:` or `tls:`, then `ADDRESS:PORT` "
		       "(`[ADDRESS]:PORT` for IPv6). Port 0 asks the "
		       "system for one."},
	{"realm", CONFIG_TEXT, AT(config_sip, realm), .def = "govhotline",
		.doc = "Realm of our registrar (RFC 3261, 22). HA1 values are made with it: change both "
		       "together."},
	{"public_address", CONFIG_TEXT, AT(config_sip, public_address), .def = "",
		.doc = "Our address as peers see it, where we stand behind NAT."},
	{"tls_dir", CONFIG_FOLDER, AT(config_sip, tls_dir), .def = "",
		.doc = "Folder with agent.pem (certificate and key) and cafile.pem (whom we trust), for "
		       "`tls:`."},
	{"tls_verify", CONFIG_CHOICE, AT(config_sip, tls_verify), .def = "none", .choices = verify_names,
		.doc = "Whose certificate one of cafile.pem must have signed: `none`; `out`, of who we "
		       "connect to "
		       "(trunks), for the very host of its `proxy`; `both`, also of who connects to us."},
	{"session_expires", CONFIG_DURATION_S, AT(config_sip, session_expires_s), .min = 90, .max = 86400,
		.def = "30min", .doc = "Session timer (RFC 4028)."},
	{"register_min", CONFIG_DURATION_S, AT(config_sip, register_min_s), .min = 10, .max = 86400,
		.def = "1min", .doc = "Shortest registration a phone may ask for (423 below)."},
	{"register_max", CONFIG_DURATION_S, AT(config_sip, register_max_s), .min = 10, .max = 86400,
		.def = "1h", .doc = "Longest registration a phone gets."},
	{"digest", CONFIG_CHOICE, AT(config_sip, digest), .def = "md5", .choices = digest_names,
		.doc = "Which digests (HA1) are made of a password, and so asked of the phone: `both` (RFC "
		       "8760), "
		       "`md5` or `sha256`. Many phones give up when they are asked for SHA-256 beside MD5."},
	{"guess_limit", CONFIG_UINT, AT(config_sip, guess_limit), .min = 1, .max = 10000, .def = "10",
		.doc = "Failed digests a minute, by source and by account, after which requests are refused "
		       "unseen."},
};

static const struct config_key media_keys[] = {
	{"address", CONFIG_TEXT, AT(config_media, address), .def = "0.0.0.0", .verify = config_is_address,
		.doc = "Local address of RTP sockets."},
	{"threads", CONFIG_UINT, AT(config_media, threads), .min = 1, .max = 16, .def = "1",
		.doc = "Media threads; one a core is usual."},
	{"port_min", CONFIG_UINT, AT(config_media, port_min), .max = 65534, .def = "0",
		.doc = "First RTP port, even. 0 in both: the system chooses."},
	{"port_max", CONFIG_UINT, AT(config_media, port_max), .max = 65535, .def = "0",
		.doc = "Last RTP port."},
	{"timeout", CONFIG_DURATION_MS, AT(config_media, timeout_ms), .min = 1000, .max = 3600000,
		.def = "30s", .doc = "Silence on the wire after which a call's media counts as lost."},
	{"jitter_min", CONFIG_DURATION_MS, AT(config_media, jitter_min_ms), .min = 20, .max = 500,
		.def = "20ms", .doc = "Least depth of the jitter buffer."},
	{"jitter_max", CONFIG_DURATION_MS, AT(config_media, jitter_max_ms), .min = 20, .max = 1000,
		.def = "200ms", .doc = "Greatest depth of the jitter buffer."},
};

static const struct config_key record_keys[] = {
	{"format", CONFIG_CHOICE, AT(config_record, format), .def = "pcm16", .choices = wav_names,
		.doc = "Stereo WAV at 8 kHz: `pcm16` (32 kB/s) or `alaw` (16 kB/s)."},
	{"on_full", CONFIG_CHOICE, AT(config_record, on_full), .def = "refuse", .choices = full_names,
		.doc = "What a new call gets when the disk reserve is reached: `refuse` (503) or "
		       "`unrecorded`, with an alarm either way."},
	{"block", CONFIG_DURATION_MS, AT(config_record, block_ms), .min = 100, .max = 5000, .def = "1s",
		.doc = "Audio written at once; also what a power cut may cost."},
};

static const struct config_key limit_keys[] = {
	{"max_calls", CONFIG_UINT, AT(config_limits, max_calls), .max = 100000, .def = "2000",
		.doc = "Calls at once by trunk; more get 503. 0: no limit."},
	{"max_calls_per_s", CONFIG_UINT, AT(config_limits, max_calls_per_s), .max = 100000, .def = "500",
		.doc = "New calls a second; more get 503. 0: no limit."},
	{"retry_after", CONFIG_DURATION_S, AT(config_limits, retry_after_s), .min = 1, .max = 3600,
		.def = "5s", .doc = "Retry-After of those 503."},
	{"disk_reserve", CONFIG_BYTES, AT(config_limits, disk_reserve_bytes), .min = 1 << 20, .def = "256MiB",
		.doc = "Free space kept to finish what is up: below it nothing new begins."},
	{"disk_alarm", CONFIG_BYTES, AT(config_limits, disk_alarm_bytes), .min = 1 << 20, .def = "2GiB",
		.doc = "Free space below which the alarm is raised."},
};

static const struct config_key ivr_keys[] = {
	{"workers", CONFIG_UINT, AT(config_ivr, workers), .min = 1, .max = 64, .def = "2",
		.doc = "Threads that run dialogues' turns."},
	{"turn_cpu", CONFIG_DURATION_MS, AT(config_ivr, turn_cpu_ms), .min = 1, .max = 10000, .def = "100ms",
		.doc = "CPU time a script may take in one turn."},
	{"turn_wall", CONFIG_DURATION_MS, AT(config_ivr, turn_wall_ms), .min = 10, .max = 10000,
		.def = "200ms",
		.doc = "After this the call leaves the dialogue whether or not the script returned."},
	{"heap", CONFIG_BYTES, AT(config_ivr, heap_bytes), .min = 256 << 10, .max = 64 << 20, .def = "2MiB",
		.doc = "Memory of one dialogue's scripts."},
	{"fallback", CONFIG_DEST, AT(config_ivr, fallback), .def = "", .refers = "queue agent",
		.doc = "Where a call goes whose dialogue failed. Not given: it is cleared."},
};

static const struct config_key log_keys[] = {
	{"level", CONFIG_CHOICE, AT(config_log, level), .def = "warn", .choices = level_names,
		.doc = "Least weighty log line that is written."},
};

static const struct config_key trunk_keys[] = {
	{"sources", CONFIG_TEXTS, LIST(config_trunk, sip.sources), .verify = config_is_network,
		.doc = "Addresses or networks calls come from (`192.0.2.0/24`)."},
	{"proxy", CONFIG_TEXT, AT(config_trunk, sip.proxy), .def = "", .verify = config_is_sip_uri,
		.doc = "Where calls go to: `sip:HOST[:PORT][;transport=tcp]`. Not given: no outgoing calls."},
	{"user", CONFIG_TEXT, AT(config_trunk, sip.user), .def = "", .doc = "Our user name there."},
	{"realm", CONFIG_TEXT, AT(config_trunk, sip.realm), .def = "",
		.doc = "Realm the password is for. Not given: any that asks."},
	{"password", CONFIG_TEXT, CONFIG_HIDDEN | CONFIG_SPARSE, AT(config_trunk, password),
		.doc = "Our password there. Better kept in `password_file`."},
	{"password_file", CONFIG_FOLDER, CONFIG_SPARSE, AT(config_trunk, password_file),
		.doc = "File whose first line is the password; only its owner and group may read it."},
	{"password_env", CONFIG_TEXT, CONFIG_SPARSE, AT(config_trunk, password_env), .verify = config_is_env,
		.doc = "Environment variable that holds the password."},
	{"registers", CONFIG_BOOL, AT(config_trunk, sip.registers), .def = "false",
		.doc = "Whether we register there."},
	{"register", CONFIG_DURATION_S, AT(config_trunk, sip.register_s), .min = 60, .max = 86400,
		.def = "1h", .doc = "Expiry we ask for."},
	{"options", CONFIG_DURATION_S, AT(config_trunk, sip.options_s), .max = 86400, .def = "30s",
		.doc = "Interval of OPTIONS that prove the trunk is up; 0s: none."},
	{"max_calls", CONFIG_UINT, AT(config_trunk, sip.max_calls), .max = 100000, .def = "0",
		.doc = "Calls at once; 0: no limit."},
	{"dtmf_inband", CONFIG_BOOL, AT(config_trunk, sip.dtmf_inband), .def = "false",
		.doc = "The peer is known to have no RFC 4733: digits are heard in the audio."},
	{"route_out", CONFIG_BOOL, AT(config_trunk, route_out), .def = "false",
		.doc = "Whether what came in by a trunk may leave by this one."},
	{"allow_transfer", CONFIG_BOOL, AT(config_trunk, sip.allow_transfer), .def = "false",
		.doc = "Whether the peer's 302 and REFER are followed, to numbers the dial rules allow."},
};

static const struct config_key account_keys[] = {
	{"display", CONFIG_TEXT, AT(config_account, display), .def = "",
		.doc = "Name of the seat, for people."},
	{"password", CONFIG_TEXT, CONFIG_HIDDEN | CONFIG_SPARSE, AT(config_account, password),
		.doc = "The phone's password; kept in memory as HA1 only."},
	{"password_file", CONFIG_FOLDER, CONFIG_SPARSE, AT(config_account, password_file),
		.doc = "File whose first line is the password; only its owner and group may read it."},
	{"ha1_md5", CONFIG_TEXT, CONFIG_HIDDEN | CONFIG_SPARSE, AT(config_account, secret.ha1_md5),
		.verify = config_is_md5,
		.doc = "MD5(account:realm:password) in place of the password (RFC 2617)."},
	{"ha1_sha256", CONFIG_TEXT, CONFIG_HIDDEN | CONFIG_SPARSE, AT(config_account, secret.ha1_sha256),
		.verify = config_is_sha256,
		.doc = "SHA-256(account:realm:password) in place of the password (RFC 8760)."},
};

static const struct config_key group_keys[] = {
	{"display", CONFIG_TEXT, AT(config_group, display), .def = "",
		.doc = "Name of the group, for people."},
};

static const struct config_key agent_keys[] = {
	{"display", CONFIG_TEXT, AT(agent_config, display), .def = "",
		.doc = "The agent's name, for people."},
	{"group", CONFIG_TEXT, AT(agent_config, group), .def = "", .refers = "groups",
		.doc = "The group a supervisor's scope is told by."},
	{"account", CONFIG_TEXT, AT(agent_config, account), .def = "", .refers = "accounts",
		.doc = "The phone account the agent answers at. Not given: the account of the agent's own "
		       "name."},
	{"skills", CONFIG_TEXTS, LIST(agent_config, skills),
		.count_at = offsetof(struct agent_config, skill_count), .verify = config_is_name,
		.doc = "What the agent can do; queues ask for one of them."},
	{"wrapup", CONFIG_DURATION_MS, AT(agent_config, wrapup_ms), .max = 3600000, .def = "0s",
		.doc = "Time after a call before the next."},
	{"wrapup_manual", CONFIG_BOOL, AT(agent_config, wrapup_manual), .def = "false",
		.doc = "The agent says when wrap-up is over, at the latest after `wrapup` where that is not "
		       "0."},
};

static const struct config_key queue_keys[] = {
	{"display", CONFIG_TEXT, AT(acd_queue_config, display), .def = "",
		.doc = "Name of the queue, for people."},
	{"skill", CONFIG_TEXT, AT(acd_queue_config, skill), .def = "",
		.doc = "Skill an agent must have. Not given: any agent."},
	{"max_waiting", CONFIG_UINT, AT(acd_queue_config, max_waiting), .max = 100000, .def = "0",
		.doc = "Callers that may wait; more overflow at once. 0: no limit."},
	{"max_wait", CONFIG_DURATION_MS, AT(acd_queue_config, max_wait_ms), .max = 86400000, .def = "0s",
		.doc = "Longest wait; then the call overflows. 0s: for ever."},
	{"overflow", CONFIG_DEST, AT(acd_queue_config, overflow), .def = "", .refers = "queue dialogue",
		.doc = "Where calls overflow to. Not given: they are cleared after an announcement."},
	{"ring", CONFIG_DURATION_MS, AT(acd_queue_config, ring_ms), .min = 1000, .max = 300000, .def = "20s",
		.doc = "How long an agent's phone rings before the call goes to the next and the agent "
		       "becomes not ready."},
	{"service_level", CONFIG_DURATION_MS, AT(acd_queue_config, service_level_ms), .min = 1000,
		.max = 3600000, .def = "15s",
		.doc = "The threshold of the service level (GB/T 33358: 15 s)."},
	{"announcement", CONFIG_SOUND, AT(acd_queue_config, announcement), .def = "",
		.doc = "What is said before waiting: a sound file, or `text:` and words to speak."},
	{"music", CONFIG_SOUND, AT(acd_queue_config, music), .def = "",
		.doc = "Sound file while waiting. Not given: silence."},
	{"acw", CONFIG_BOOL, AT(acd_queue_config, acw), .def = "true",
		.doc = "Whether agents wrap up after its calls."},
};

static const struct config_key dialogue_keys[] = {
	{"file", CONFIG_FILE, CONFIG_REQUIRED, AT(config_dialogue, file), .doc = "The VoiceXML document."},
	{"fallback", CONFIG_DEST, AT(config_dialogue, fallback), .def = "", .refers = "queue agent",
		.doc = "Where a call goes when this dialogue fails. Not given: `ivr.fallback`."},
};

static const struct config_key route_keys[] = {
	{"called", CONFIG_TEXT, AT(config_route, called), .def = "*", .verify = config_is_number_pattern,
		.doc = "Pattern over the called number as dialled."},
	{"trunk", CONFIG_TEXT, AT(config_route, trunk), .def = "",
		.doc = "Pattern over the trunk's name; `-`: calls from phones only. Not given: any trunk."},
	{"to", CONFIG_DEST, CONFIG_REQUIRED, AT(config_route, to), .refers = "dialogue queue agent trunk",
		.doc = "`dialogue:NAME`, `queue:NAME`, `agent:NAME`, or `trunk:NAME`: the number leaves by "
		       "that "
		       "trunk, which for calls from trunks must say `route_out`."},
	{"answer", CONFIG_CHOICE, AT(config_route, answer), .def = "at_once", .choices = answer_names,
		.doc = "When a call is answered: `at_once`, or when an `agent` answers; until then prompts, "
		       "announcements and music are early media (183), and keys may not come through."},
};

static const struct config_key principal_keys[] = {
	{"roles", CONFIG_TEXTS, LIST(config_principal, roles), .choices = role_names,
		.doc = "Any of owner, agent, supervisor, reader."},
	{"group", CONFIG_TEXT, AT(config_principal, group), .def = "", .refers = "groups",
		.doc = "The group a supervisor sees. Not given: every group."},
	{"agent", CONFIG_TEXT, AT(config_principal, agent), .def = "", .refers = "agents",
		.doc = "The agent this principal is."},
	{"users", CONFIG_TEXTS, LIST(config_principal, users), .verify = config_is_account,
		.doc = "Login names that are this principal at the control socket."},
};

const struct config_section config_sections[] = {
	{ONE("site", site), .restart = true, KEYS(site_keys), .doc = "The site: one hotline is one site."},
	{ONE("dial", dial), KEYS(dial_keys), .doc = "How numbers are dialled here, and which may be called."},
	{ONE("paths", paths), .restart = true, KEYS(path_keys),
		.doc = "Where things lie; relative to the configuration file."},
	{ONE("sip", sip), .restart = true, KEYS(sip_keys),
		.doc = "SIP (RFC 3261): addresses, registrar, timers."},
	{ONE("media", media), .restart = true, KEYS(media_keys), .doc = "RTP (RFC 3550)."},
	{ONE("record", record), .restart = true, KEYS(record_keys), .doc = "Recording of calls."},
	{ONE("limits", limits), .restart = true, KEYS(limit_keys),
		.doc = "Limits that keep the hotline alive under load."},
	{ONE("ivr", ivr), .restart = true, KEYS(ivr_keys), .doc = "Limits of dialogues' scripts."},
	{ONE("log", log), KEYS(log_keys), .doc = "Log lines on standard error."},
	{MANY("trunks", CONFIG_NAMED, trunk, trunk_count), .verify_name = config_is_name, KEYS(trunk_keys),
		.doc = "Carriers, gateways and PBXs calls come from and go to."},
	{MANY("accounts", CONFIG_NAMED, account, account_count), .verify_name = config_is_account,
		KEYS(account_keys),
		.doc = "Phones that may register here, by SIP user name. Each needs `password`, "
		       "`password_file` or an HA1."},
	{MANY("groups", CONFIG_NAMED, group, group_count), .verify_name = config_is_name, KEYS(group_keys),
		.doc = "Groups of agents."},
	{MANY("agents", CONFIG_NAMED, agent, agent_count), .verify_name = config_is_name, KEYS(agent_keys),
		.doc = "Agents, by the number or name they log on with."},
	{MANY("queues", CONFIG_NAMED, queue, queue_count), .verify_name = config_is_name, KEYS(queue_keys),
		.doc = "Queues."},
	{MANY("dialogues", CONFIG_NAMED, dialogue, dialogue_count), .verify_name = config_is_name,
		KEYS(dialogue_keys), .doc = "VoiceXML dialogues."},
	{MANY("routes", CONFIG_LIST, route, route_count), KEYS(route_keys),
		.doc = "Where calls go: the first entry that matches wins. A call that matches none gets "
		       "404."},
	{MANY("principals", CONFIG_NAMED, principal, principal_count), .verify_name = config_is_name,
		KEYS(principal_keys),
		.doc = "Who may do what, beside the owner (the user the hotline runs as)."},
};
const size_t config_section_count = sizeof(config_sections) / sizeof(config_sections[0]);

const char *config_answer_name(enum config_answer a)
{
	return a <= CONFIG_ANSWER_AGENT ? answer_names[a] : "?";
}

const char *config_type_name(enum config_type t)
{
	static const char *const names[CONFIG_TYPES] = {"text", "number", "true or false", "duration",
		"duration", "size", "choice", "file", "path", "sound", "list of texts", "list of addresses",
		"destination"};

	return (unsigned)t < CONFIG_TYPES ? names[t] : "?";
}

const struct config_section *config_section(const char *key)
{
	for (size_t i = 0; i < config_section_count; i++)
		if (strcmp(config_sections[i].key, key) == 0)
			return &config_sections[i];
	return NULL;
}

size_t config_items(const struct config *c, const struct config_section *s)
{
	return s->shape == CONFIG_ONE ? 1 : *(const size_t *)((const char *)c + s->count_at);
}

void *config_item(const struct config *c, const struct config_section *s, size_t n)
{
	char *at = (char *)c + s->at, *items;

	if (s->shape == CONFIG_ONE)
		return at;
	items = *(char **)at;
	return items ? items + n * s->item_size : NULL;
}
