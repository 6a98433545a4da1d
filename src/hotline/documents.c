/*
 * documents.c - the VoiceXML documents of a configuration: opened together, and what they transfer to held
 * against it, so that a queue that is not there is a mistake now and not when a citizen gets there. What an
 * expression will name is known to nobody before.
 */
#include "hotline_priv.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct documents *documents_ref(struct documents *ds)
{
	ds->refs++;
	return ds;
}

void documents_unref(struct documents *ds)
{
	struct ivr_document *d;

	if (!ds || --ds->refs > 0)
		return;
	for (size_t i = 0; (d = map_next(&ds->by_name, &i));)
		ivr_document_unref(d);
	map_finish(&ds->by_name);
	free(ds);
}

/* The mistakes of all documents, in the order of the configuration. */
struct findings {
	const struct config *cfg;
	const char *file; /* that is read now */
	struct ghl_error *errs;
	unsigned room, count; /* told: at most room */
	int rc;               /* of the first */
};

static struct ghl_error *finding(struct findings *f, int rc)
{
	f->rc = f->rc < 0 ? f->rc : rc;
	return f->count < f->room ? &f->errs[f->count++] : NULL;
}

/* ":2:7: element .." */
static void read_place(const char *s, struct ghl_error *one)
{
	if (*s++ == ':' && text_take_number(&s, 9, &one->line) && *s++ == ':')
		(void)text_take_number(&s, 9, &one->column);
}

/* A document tells its mistakes as lines of one text, each with its place in front. */
static void add_document_errors(struct findings *f, const struct ghl_error *err, int rc)
{
	size_t where = strlen(err->where);
	const char *line = err->text;

	for (size_t len; *line; line += len + (line[len] == '\n')) {
		struct ghl_error *one = finding(f, rc);

		len = strcspn(line, "\n");
		if (!one)
			continue;
		*one = (struct ghl_error){.code = rc};
		(void)snprintf(one->where, sizeof(one->where), "%s", err->where);
		(void)snprintf(one->text, sizeof(one->text), "%.*s", (int)len, line);
		if (where && strncmp(line, err->where, where) == 0)
			read_place(line + where, one);
	}
}

static void check_target(void *arg, const char *target, unsigned line, unsigned column)
{
	struct findings *f = arg;
	char why[320];

	if (config_dest_missing(f->cfg, target, why, sizeof(why)))
		(void)error_at(finding(f, GHL_EPARSE), GHL_EPARSE, f->file, line, column, "%s", why);
}

static int open_one(struct findings *f, struct ivr *ivr, const struct config_dialogue *d, struct map *out)
{
	struct ghl_error err = {0};
	struct ivr_document *doc;
	int rc = ivr_document_open(ivr, d->file, &doc, &err);

	f->file = d->file;
	if (rc < 0) {
		add_document_errors(f, &err, rc);
		return 0;
	}
	rc = map_put_text(out, d->name, doc);
	if (rc < 0)
		ivr_document_unref(doc);
	else
		ivr_document_targets(doc, check_target, f);
	return rc;
}

int documents_open(struct ivr *ivr, const struct config *cfg, struct documents **out, struct ghl_error *errs,
	unsigned room, unsigned *count)
{
	struct findings f = {.cfg = cfg, .errs = errs, .room = room};
	struct documents *ds = calloc(1, sizeof(*ds));
	int rc = ds ? 0 : GHL_ENOMEM;

	if (ds) {
		ds->refs = 1;
		map_init(&ds->by_name);
	}
	for (size_t i = 0; rc == 0 && i < cfg->dialogue_count; i++)
		rc = open_one(&f, ivr, &cfg->dialogues[i], &ds->by_name);
	if (rc < 0)
		(void)error_set(finding(&f, rc), rc, "no memory for dialogues");
	*count = f.count;
	if (f.rc < 0)
		documents_unref(ds);
	else
		*out = ds;
	return f.rc;
}

int documents_check(const struct config *cfg, struct ghl_error *errs, unsigned room, unsigned *count)
{
	struct ivr_opts opts = {.loop = NULL};
	struct documents *ds = NULL;
	struct ghl_clock clock;
	struct ivr *ivr = NULL;
	int rc;

	clock_init_virtual(&clock, 0);
	rc = loop_create_virtual(&opts.loop, &clock);
	if (rc < 0)
		return rc;
	rc = ivr_create(&ivr, &opts, NULL);
	if (rc == 0)
		rc = documents_open(ivr, cfg, &ds, errs, room, count);
	documents_unref(ds);
	ivr_destroy(ivr);
	loop_destroy(opts.loop);
	return rc;
}
