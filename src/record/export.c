/*
 * export.c - a recording handed out as evidence (row 16k): the untouched WAV, and a JSON file with its facts,
 * its hash and the chained record that names this hash; and the check of such a pair anywhere, without a
 * hotline. The WAV is copied byte by byte and never decoded.
 */
#include "verify.h"

#include "base/error.h"
#include "stream/session.h"
#include "stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMAT "govhotline-recording-1"

static char *hex_new(const uint8_t *p, size_t n)
{
	char *out = malloc(2 * n + 1);

	if (out)
		record_hex(p, n, out);
	return out;
}

static void set_hex(json_t *o, const char *key, const uint8_t *p, size_t n)
{
	char *hex = hex_new(p, n);

	(void)json_object_set_new(o, key, json_string(hex ? hex : ""));
	free(hex);
}

static json_t *proof_json(const struct record_proof *p)
{
	json_t *o = json_object();

	(void)json_object_set_new(o, "fact", json_integer((json_int_t)p->seq));
	set_hex(o, "record", p->record, sizeof(p->record));
	set_hex(o, "salt", p->salt, sizeof(p->salt));
	set_hex(o, "payload", p->payload, p->payload_len);
	if (p->linked)
		set_hex(o, "next_prev", p->next_prev, sizeof(p->next_prev));
	return o;
}

static json_t *facts_json(const Ghl__RecordingRecord *row)
{
	char *text = record_facts_json(row);
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return o ? o : json_object();
}

static char *export_text(const struct record_verified *v)
{
	json_t *o =
		json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "format", FORMAT, "serial",
			v->row->serial, "state", ghl_record_state_name((enum ghl_record_state)v->row->state),
			"hash", v->verdict.hash, "samples", (json_int_t)v->row->samples, "missing_samples",
			(json_int_t)v->row->missing_samples, "started_at_us",
			(json_int_t)v->row->started_at_us, "ended_at_us", (json_int_t)v->row->ended_at_us,
			"facts", facts_json(v->row), "proof", proof_json(v->proof));
	char *text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;

	json_decref(o);
	return text;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return error_from_errno(errno);
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int copy_bytes(int from, int to)
{
	char block[65536];
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read(from, block, sizeof(block))) != 0)
		rc = n < 0 ? error_from_errno(errno) : write_all(to, block, (size_t)n);
	return rc;
}

static int close_durable(int fd, int rc)
{
	if (rc == 0 && fsync(fd) < 0)
		rc = error_from_errno(errno);
	(void)close(fd);
	return rc;
}

/* A new file that did not exist: evidence is never written over. */
static int create_new(const char *path, struct ghl_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	return fd >= 0 ? fd : error_set(err, error_from_errno(errno), "%s: %s", path, strerror(errno));
}

static int copy_file(const char *from, const char *to, struct ghl_error *err)
{
	int rc, out, in = open(from, O_RDONLY | O_CLOEXEC);

	if (in < 0)
		return error_set(err, error_from_errno(errno), "%s: %s", from, strerror(errno));
	out = create_new(to, err);
	rc = out < 0 ? out : close_durable(out, copy_bytes(in, out));
	(void)close(in);
	if (out >= 0 && rc < 0) {
		(void)unlink(to);
		return error_set(err, rc, "%s: %s", to, ghl_strerror(rc));
	}
	return rc;
}

static int write_text(const char *path, const char *text, struct ghl_error *err)
{
	int fd = create_new(path, err), rc;

	if (fd < 0)
		return fd;
	rc = close_durable(fd, write_all(fd, text, strlen(text)));
	return rc < 0 ? error_set(err, rc, "%s: %s", path, ghl_strerror(rc)) : 0;
}

static int write_pair(
	struct records *rs, const struct record_verified *v, const char *dir, struct ghl_error *err)
{
	char from[RECORD_PATH_MAX], wav[RECORD_PATH_MAX], json[RECORD_PATH_MAX], *text = export_text(v);
	int rc;

	if (!text)
		return error_set(err, GHL_ENOMEM, "no memory for the facts");
	record_path(rs, v->row->serial, from, sizeof(from));
	(void)snprintf(wav, sizeof(wav), "%s/%s.wav", dir, v->row->serial);
	(void)snprintf(json, sizeof(json), "%s/%s.json", dir, v->row->serial);
	rc = copy_file(from, wav, err);
	if (rc == 0) {
		rc = write_text(json, text, err);
		if (rc < 0)
			(void)unlink(wav);
	}
	free(text);
	return rc;
}

/* Row 16e: whoever takes a recording out leaves a trace. */
static int keep_trace(struct ghl_session *s, const Ghl__RecordingRecord *row)
{
	struct core *core = session_core(s);
	struct store_batch *b = store_batch_new();
	struct event_draft d;

	if (!b)
		return GHL_ENOMEM;
	event_draft_init(&d, GHL_EV_RECORDING_EXPORTED);
	event_draft_id(&d, GHL_F_CALL, row->call);
	event_draft_id(&d, GHL_F_RECORDING, row->recording);
	event_draft_text(&d, GHL_F_SERIAL, row->serial);
	event_draft_text(&d, GHL_F_PRINCIPAL, session_actor(s)->name);
	stream_fact(core, b, session_actor(s), &d);
	return store_commit(core->store, b, NULL);
}

int ghl_record_export(struct ghl_session *s, const char *serial, const char *dir, struct ghl_error *err)
{
	struct record_verified v;
	struct records *rs;
	int rc = session_enter(s, ACCESS_FN_ghl_record_export);

	if (rc < 0)
		return error_set(err, rc, "%s", ghl_strerror(rc));
	if (!record_serial_valid(serial))
		return error_field(err, GHL_EINVAL, "serial", "not YYYYMMDD, a node digit and 6 digits");
	if (!dir || strlen(dir) > RECORD_PATH_MAX - 32)
		return error_field(err, GHL_EINVAL, "dir", "missing, or too long");
	rs = session_core(s)->slot[CORE_RECORD];
	if (!rs)
		return error_set(err, GHL_ESTATE, "the hotline was not started");
	rc = record_verify(rs, serial, &v);
	if (rc < 0)
		(void)error_set(
			err, rc, "%s: %s", serial, rc == GHL_ECORRUPT ? v.verdict.text : ghl_strerror(rc));
	if (rc == 0)
		rc = keep_trace(s, v.row);
	if (rc == 0)
		rc = write_pair(rs, &v, dir, err);
	record_verified_free(&v);
	return rc;
}

static int take_hex(json_t *o, const char *key, uint8_t *out, size_t room, size_t *len)
{
	const char *hex = json_string_value(json_object_get(o, key));
	size_t n = 0;

	if (!hex || sodium_hex2bin(out, room, hex, strlen(hex), NULL, &n, NULL) != 0)
		return GHL_EPARSE;
	*len = n;
	return 0;
}

static int read_proof(json_t *o, struct record_proof *p)
{
	size_t record = 0, salt = 0, next = 0;

	p->seq = (uint64_t)json_integer_value(json_object_get(o, "fact"));
	if (take_hex(o, "record", p->record, sizeof(p->record), &record) < 0 || record != sizeof(p->record))
		return GHL_EPARSE;
	if (take_hex(o, "salt", p->salt, sizeof(p->salt), &salt) < 0 || salt != sizeof(p->salt))
		return GHL_EPARSE;
	if (take_hex(o, "payload", p->payload, sizeof(p->payload), &p->payload_len) < 0)
		return GHL_EPARSE;
	p->linked = json_object_get(o, "next_prev") != NULL;
	if (p->linked && (take_hex(o, "next_prev", p->next_prev, sizeof(p->next_prev), &next) < 0 ||
				 next != sizeof(p->next_prev)))
		return GHL_EPARSE;
	return 0;
}

static int check_export(json_t *o, const char *json_path, struct record_proof *proof,
	struct ghl_record_verdict *out, struct ghl_error *err)
{
	const char *serial = json_string_value(json_object_get(o, "serial"));
	const char *slash = strrchr(json_path, '/'), *hash = json_string_value(json_object_get(o, "hash"));
	char wav[RECORD_PATH_MAX];
	uint8_t now[32];
	int rc;

	if (!record_serial_valid(serial) || !hash || read_proof(json_object_get(o, "proof"), proof) < 0)
		return error_set(err, GHL_EPARSE, "%s: not an export of a recording", json_path);
	(void)snprintf(
		wav, sizeof(wav), "%.*s%s.wav", slash ? (int)(slash - json_path + 1) : 0, json_path, serial);
	rc = media_wav_hash(wav, now, &out->samples, err);
	if (rc < 0 && rc != GHL_ECORRUPT)
		return rc;
	if (rc == 0)
		record_hex(now, 32, out->hash);
	out->fact = proof->seq;
	out->whole = rc == 0 && record_proof_holds(proof, serial, out->hash, out->text, sizeof(out->text)) &&
		     strcmp(hash, out->hash) == 0;
	if (!out->whole && (rc < 0 || strcmp(out->text, "whole") == 0))
		(void)snprintf(out->text, sizeof(out->text), "the file is not the one the facts name");
	return out->whole ? 0 : error_set(err, GHL_ECORRUPT, "%s: %s", wav, out->text);
}

int ghl_record_export_verify(const char *json_path, struct ghl_record_verdict *out, struct ghl_error *err)
{
	struct record_proof *proof;
	json_error_t why;
	json_t *o;
	int rc;

	if (!json_path)
		return error_field(err, GHL_EINVAL, "json_path", "missing");
	if (!out || out->size != sizeof(*out))
		return error_field(err, GHL_EINVAL, "out", "missing, or of another size");
	if (access(json_path, R_OK) < 0)
		return error_set(err, error_from_errno(errno), "%s: %s", json_path, strerror(errno));
	o = json_load_file(json_path, JSON_REJECT_DUPLICATES, &why);
	if (!o)
		return error_at(
			err, GHL_EPARSE, json_path, (unsigned)why.line, (unsigned)why.column, "%s", why.text);
	proof = calloc(1, sizeof(*proof));
	rc = proof ? check_export(o, json_path, proof, out, err) : GHL_ENOMEM;
	free(proof);
	json_decref(o);
	return rc;
}
