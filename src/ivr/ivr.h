/*
 * ivr/ivr.h - the VoiceXML interpreter (W3C VoiceXML 2.0 and 2.1). It knows no call, queue or medium:
 * everything else goes through struct ivr_platform, of which hotline wires a real one (a call) and ivr_sim.c
 * a simulated one (typed input, a virtual clock).
 *
 * A document is compiled once and shared by all dialogues that run it. A dialogue is one Duktape heap and a
 * position in the form interpretation algorithm (FIA, 2.0 Appendix C). A turn of a dialogue (from one input
 * to the next wait) runs on a worker thread, never on the loop; its outcome is handed to the platform on the
 * loop.
 */
#ifndef IVR_IVR_H
#define IVR_IVR_H

#include "base/loop.h"

#include <govhotline/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ivr;          /* workers, limits, document cache */
struct ivr_document; /* compiled, immutable, counted */
struct ivr_dialogue;

struct ivr_opts {
	struct loop *loop;
	unsigned workers;      /* 0: 2; a simulation with a virtual loop runs turns in place */
	uint32_t turn_cpu_ms;  /* script budget a turn; 0: 100 */
	uint32_t turn_wall_ms; /* the call leaves the dialogue after this whether or not the script returned;
				  0: 200 */
	uint32_t heap_bytes;   /* 0: 2 MiB */
	uint32_t fia_turns;    /* FIA selections without input before error; 0: 1,000 */
	uint32_t document_bytes; /* 0: 1 MiB */
	uint32_t document_depth; /* 0: 64 */
	uint32_t write_offs;     /* workers written off before new dialogues are refused; 0: 8 */
};
int ivr_create(struct ivr **out, const struct ivr_opts *opts, struct ghl_error *err);
void ivr_destroy(struct ivr *ivr);

/* --- documents: any thread --- */
/* Reads and compiles; every error in one run, joined by newlines in err->text, the first one's place in its
 * fields. */
int ivr_document_open(struct ivr *ivr, const char *path, struct ivr_document **out, struct ghl_error *err);
int ivr_document_parse(struct ivr *ivr, const char *name, const char *xml, size_t len,
	struct ivr_document **out, struct ghl_error *err);
struct ivr_document *ivr_document_ref(struct ivr_document *d);
void ivr_document_unref(struct ivr_document *d);
/* What the document transfers to, with the element's place, for checking against the configuration. */
typedef void ivr_target_fn(void *arg, const char *target, unsigned line, unsigned column);
void ivr_document_targets(const struct ivr_document *d, ivr_target_fn *fn, void *arg);

/* --- what a turn asks of the platform --- */
enum ivr_segment_kind { IVR_AUDIO, IVR_TEXT, IVR_BREAK };
struct ivr_segment {
	enum ivr_segment_kind kind;
	const char *text;     /* text to speak, or the audio's fallback text ("" when there is none) */
	const char *src;      /* audio file, absolute path */
	const char *language; /* xml:lang in force, "zh-CN", "en-US" */
	uint32_t break_ms;
};
struct ivr_prompt {
	const struct ivr_segment *segments;
	unsigned count;
	bool bargein;
};
struct ivr_listen {
	uint32_t timeout_ms; /* until the first key */
	uint32_t interdigit_ms;
	uint32_t term_ms;    /* after the last possible key */
	char termchar;       /* 0: none */
	unsigned max_digits; /* the platform stops there at once; 0: until a time-out or termchar */
	bool (*complete)(void *grammar, const char *digits,
		bool *more); /* pure, any thread: do these digits match; could more? */
	void *grammar;
	bool dtmf, voice;
	bool secret; /* <property name="govhotline.secret" value="true"/>: digits appear nowhere */
};

enum ivr_input_kind {
	IVR_IN_DTMF,
	IVR_IN_SAY,
	IVR_IN_NOINPUT,
	IVR_IN_NOMATCH,
	IVR_IN_HANGUP,
	IVR_IN_TRANSFER,
	IVR_IN_RECORD
};
const char *ivr_input_kind_name(enum ivr_input_kind k);
struct ivr_input {
	enum ivr_input_kind kind;
	const char *text; /* digits without the termchar, or words */
	const char
		*outcome; /* transfer: "busy", "noanswer", "far_end_disconnect", "near_end_disconnect",
			     "maxtime_disconnect", "network_busy", "unknown", "queue_full", "queue_timeout" */
	uint32_t duration_ms;
};

/* Called on the loop, never nested in an ivr_* call. All texts are lent for the call. After `ended` nothing
 * is called any more. */
struct ivr_platform {
	/* Play these, then (if listen is not NULL) collect input from the start of the last bargein prompt
	   on; reply by ivr_dialogue_input(). With listen NULL reply with IVR_IN_NOINPUT when all was played
	   (or IVR_IN_HANGUP). */
	void (*turn)(
		void *arg, const struct ivr_prompt *prompts, unsigned count, const struct ivr_listen *listen);
	/* After the prompts queued before it: reply with IVR_IN_TRANSFER, or the dialogue is over when it was
	   blind (reply IVR_IN_HANGUP). dest is "queue:NAME", "agent:NAME", "tel:+..", "sip:..". */
	void (*transfer)(void *arg, const struct ivr_prompt *prompts, unsigned count, const char *dest,
		bool bridge, uint32_t connect_timeout_ms, uint32_t max_ms);
	void (*record)(void *arg, const struct ivr_prompt *prompts, unsigned count, uint32_t max_ms,
		uint32_t final_silence_ms, bool beep);
	void (*log)(void *arg, const char *text);
	/* Call data (key/value that travels with the call): NULL where there is none. Called from the worker:
	 * must be thread-safe. */
	const char *(*data_get)(void *arg, const char *key, char *room, size_t size);
	void (*data_set)(void *arg, const char *key, const char *value); /* on the loop */
	/* disconnect: the dialogue asks to hang up. exit: value is JSON (or "") . error: err names FILE:LINE.
	 */
	void (*ended)(void *arg, bool disconnect, const char *exit_json, const struct ghl_error *err);
};
struct ivr_session_vars { /* session.* of VoiceXML 2.0 5.1.4 */
	const char *calling, *calling_name, *called, *call_id, *connection_protocol;
};
/* Refs the document. GHL_EFULL: too many written-off workers. Loop thread. */
int ivr_dialogue_start(struct ivr *ivr, struct ivr_document *doc, const struct ivr_session_vars *vars,
	const struct ivr_platform *platform, void *arg, struct ivr_dialogue **out);
void ivr_dialogue_input(struct ivr_dialogue *d, const struct ivr_input *input);
/* The caller is gone or the platform gives up: `ended` is not called; the dialogue gets its
   connection.disconnect.hangup turn without output and is freed later. */
void ivr_dialogue_abandon(struct ivr_dialogue *d);

/* --- digit collection: a pure state machine for platforms (2.0 Appendix D); used by the real and the
 * simulated one --- */
enum ivr_collect_state { IVR_COLLECTING, IVR_COLLECTED, IVR_COLLECT_NOINPUT, IVR_COLLECT_NOMATCH };
struct ivr_collector {
	const struct ivr_listen *listen;
	char digits[64];
	unsigned count;
	int64_t deadline_us; /* 0: none yet */
	enum ivr_collect_state state;
};
void ivr_collect_start(
	struct ivr_collector *c, const struct ivr_listen *listen, int64_t now_us, bool timer_running);
/* The last prompt has ended: the timeout begins. */
void ivr_collect_prompts_done(struct ivr_collector *c, int64_t now_us);
enum ivr_collect_state ivr_collect_digit(struct ivr_collector *c, char digit, int64_t now_us);
enum ivr_collect_state ivr_collect_time(struct ivr_collector *c, int64_t now_us);

/* --- the simulated platform: `ivr run`. Reads lines, writes events; see ../../docs for the protocol --- */
struct ivr_sim_opts {
	const char *path;
	bool jsonl;     /* the JSON protocol on in/out; else prompts as text and typed input */
	bool real_time; /* wait real time-outs; else a time-out passes at once */
	int in_fd, out_fd;
};
/* 0 when the dialogue ended, GHL_EPARSE when a document could not be read or was refused (already written as
 * an error event). */
int ivr_sim_run(const struct ivr_sim_opts *opts, struct ghl_error *err);

struct ivr_stat {
	unsigned dialogues, documents, written_off;
	uint64_t turns;
	int64_t cpu_us; /* of workers */
};
void ivr_stat(struct ivr *ivr, struct ivr_stat *out);

#endif
