/* govhotline/ivr.h - VoiceXML documents: running one in a terminal or against a simulated caller, and
 * checking one. */
#ifndef GOVHOTLINE_IVR_H
#define GOVHOTLINE_IVR_H

#include <govhotline/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How ghl_ivr_run() talks; flags may be joined by |. */
enum ghl_ivr_flag {
	GHL_IVR_JSONL =
		1, /**< one JSON object a line on both descriptors; else prompts as text, answers as typed */
	GHL_IVR_REAL_TIME = 2 /**< a time-out takes as long as it says; else it passes at once when an answer
				 asks for it */
};

/**
 * Run a VoiceXML dialogue with a simulated caller, on a virtual clock and in the calling thread.
 *
 * Prompts are written to out_fd, and each time the dialogue listens one line is read from in_fd; the end of
 * input is a hang-up. As text, an answer is keys (0-9, *, #, A-D), words, an empty line for silence, or
 * "hangup"; after a transfer it is the outcome (VoiceXML 2.0 section 2.3.7: "busy", "noanswer",
 * "far_end_disconnect" ..).
 *
 * With GHL_IVR_JSONL the lines written are
 *   {"event":"prompt","text":..,"bargein":true},
 * {"event":"listen","timeout_ms":5000,"modes":["dtmf","voice"]},
 *   {"event":"log","text":..}, {"event":"data","key":..,"value":..},
 * {"event":"transfer","dest":..,"bridge":true},
 *   {"event":"exit","value":..}, {"event":"error","text":"FILE:LINE: .."}
 * and those read are {"dtmf":"12#"}, {"say":"new york"}, {"noinput":true}, {"nomatch":true}, {"hangup":true},
 * and after a transfer
 * {"transfer":"far_end_disconnect","duration_ms":1000}.
 *
 * Blocks until the dialogue has ended. Any thread; several may run at once.
 *
 * @param[in]  path    a VoiceXML 2.0 or 2.1 document
 * @param[in]  flags   enum ghl_ivr_flag, or 0
 * @param[in]  in_fd   where answers are read; stays open
 * @param[in]  out_fd  where prompts and events are written; stays open
 * @param[out] err     why it failed, or, when 0 is returned and err->code is not 0, the error that ended the
 * dialogue; may be NULL
 * @return 0 the dialogue ended; GHL_EINVAL path is NULL or a flag is unknown; GHL_ENOENT, GHL_EPERM or
 * GHL_EIO the document cannot be read; GHL_EPARSE it was refused, err->text names each mistake on a line of
 * its own; GHL_EUNSUPPORTED it is valid, but uses elements this build does not run yet; GHL_ENOMEM
 */
GHL_API int ghl_ivr_run(const char *path, unsigned flags, int in_fd, int out_fd, struct ghl_error *err);

/**
 * Check a VoiceXML document without running it.
 *
 * Every mistake is found in one run: err->text holds one a line, each with file, line and column (as many as
 * fit), the first one's place stands in err->line and err->column. Documents that it refers to are not read.
 *
 * Any thread.
 *
 * @param[in]  path  a VoiceXML 2.0 or 2.1 document
 * @param[out] err   the mistakes; may be NULL
 * @return 0 it is in order; else as for ghl_ivr_run()
 */
GHL_API int ghl_ivr_check(const char *path, struct ghl_error *err);

#ifdef __cplusplus
}
#endif

#endif
