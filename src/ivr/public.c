/* public.c - the functions of govhotline/ivr.h. They need no session: nothing of a hotline is read or
 * changed. */
#include "ivr.h"

#include "base/error.h"

#include <govhotline/ivr.h>

int ghl_ivr_run(const char *path, unsigned flags, int in_fd, int out_fd, struct ghl_error *err)
{
	struct ivr_sim_opts opts = {
		.path = path,
		.jsonl = flags & GHL_IVR_JSONL,
		.real_time = flags & GHL_IVR_REAL_TIME,
		.in_fd = in_fd,
		.out_fd = out_fd,
	};

	if (!path || (flags & ~(unsigned)(GHL_IVR_JSONL | GHL_IVR_REAL_TIME)))
		return error_field(
			err, GHL_EINVAL, path ? "flags" : "path", path ? "one is not known" : "missing");
	return ivr_sim_run(&opts, err);
}

int ghl_ivr_check(const char *path, struct ghl_error *err)
{
	struct ivr_opts opts = {.loop = NULL};
	struct ivr_document *doc = NULL;
	struct ghl_clock clock;
	struct ivr *ivr = NULL;
	int rc;

	if (!path)
		return error_field(err, GHL_EINVAL, "path", "missing");
	clock_init_virtual(&clock, 0);
	rc = loop_create_virtual(&opts.loop, &clock);
	if (rc < 0)
		return error_set(err, rc, "%s", ghl_strerror(rc));
	rc = ivr_create(&ivr, &opts, err);
	if (!rc)
		rc = ivr_document_open(ivr, path, &doc, err);
	ivr_document_unref(doc);
	ivr_destroy(ivr);
	loop_destroy(opts.loop);
	return rc;
}
