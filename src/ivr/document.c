/*
 * document.c - opening and compiling documents. A file is compiled once and shared while it is not changed;
 * whoever holds the older version goes on with that.
 */
#include "inside.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct cached_document {
	struct ivr_document *doc;
	struct timespec changed;
	off_t size;
};

void documents_init(struct ivr *ivr)
{
	(void)pthread_mutex_init(&ivr->lock, NULL);
	map_init(&ivr->documents);
}

void documents_finish(struct ivr *ivr)
{
	struct cached_document *c;

	for (size_t i = 0; (c = map_next(&ivr->documents, &i));) {
		ivr_document_unref(c->doc);
		free(c);
	}
	map_finish(&ivr->documents);
	(void)pthread_mutex_destroy(&ivr->lock);
}

unsigned documents_count(struct ivr *ivr)
{
	unsigned n = 0;

	(void)pthread_mutex_lock(&ivr->lock);
	for (size_t i = 0; map_next(&ivr->documents, &i);)
		n++;
	(void)pthread_mutex_unlock(&ivr->lock);
	return n;
}

static struct ivr_document *new_document(const char *name, const char *path)
{
	struct ivr_document *d = calloc(1, sizeof(*d));
	const char *slash = strrchr(path, '/');

	if (!d)
		return NULL;
	atomic_init(&d->refs, 1);
	d->name = arena_text(&d->arena, name);
	d->path = arena_text(&d->arena, path);
	d->folder = slash ? arena_bytes(&d->arena, path, (size_t)(slash - path)) : "";
	return d;
}

static int compile(struct ivr *ivr, const char *name, const char *path, const char *xml, size_t len,
	struct ivr_document **out, struct ghl_error *err)
{
	struct parse p = {.doc = new_document(name, path), .err = err, .only_unsupported = true};

	if (!p.doc)
		return error_set(err, GHL_ENOMEM, "%s: no memory", name);
	p.depth_max = ivr->opts.document_depth;
	if (len > ivr->opts.document_bytes)
		parse_error(&p, GHL_EPARSE, 0, 0, "the document has %zu bytes, %u are allowed", len,
			ivr->opts.document_bytes);
	else
		parse_xml(&p, xml, len);
	if (p.doc->root && !p.xml_broken)
		parse_check(&p);
	if (p.doc->arena.failed && !p.errors)
		parse_error(&p, GHL_ENOMEM, 0, 0, "no memory");
	if (!p.errors) {
		*out = p.doc;
		return 0;
	}
	ivr_document_unref(p.doc);
	return p.only_unsupported ? GHL_EUNSUPPORTED : GHL_EPARSE;
}

int ivr_document_parse(struct ivr *ivr, const char *name, const char *xml, size_t len,
	struct ivr_document **out, struct ghl_error *err)
{
	return compile(ivr, name, name, xml, len, out, err);
}

static int read_file(struct ivr *ivr, const char *path, struct text *out, struct ghl_error *err)
{
	FILE *file = fopen(path, "re");
	char block[8192];
	size_t n;

	if (!file)
		return error_at(
			err, error_from_errno(errno), path, 0, 0, "cannot be read: %s", strerror(errno));
	while (out->len <= ivr->opts.document_bytes && (n = fread(block, 1, sizeof(block), file)) > 0)
		text_add_bytes(out, block, n);
	n = (size_t)ferror(file);
	(void)fclose(file);
	if (n)
		return error_at(err, GHL_EIO, path, 0, 0, "cannot be read");
	return out->failed ? error_at(err, GHL_ENOMEM, path, 0, 0, "no memory") : 0;
}

static struct ivr_document *cached(struct ivr *ivr, const char *path, const struct stat *st)
{
	struct cached_document *c;
	struct ivr_document *d = NULL;

	(void)pthread_mutex_lock(&ivr->lock);
	c = map_get_text(&ivr->documents, path);
	if (c && c->size == st->st_size && c->changed.tv_sec == st->st_mtim.tv_sec &&
		c->changed.tv_nsec == st->st_mtim.tv_nsec)
		d = ivr_document_ref(c->doc);
	(void)pthread_mutex_unlock(&ivr->lock);
	return d;
}

/* Without memory for it the document is only not shared. */
static void keep(struct ivr *ivr, const char *path, const struct stat *st, struct ivr_document *d)
{
	struct cached_document *c, *old;

	c = malloc(sizeof(*c));
	if (!c)
		return;
	*c = (struct cached_document){
		.doc = ivr_document_ref(d), .changed = st->st_mtim, .size = st->st_size};
	(void)pthread_mutex_lock(&ivr->lock);
	old = map_get_text(&ivr->documents, path);
	if (map_put_text(&ivr->documents, path, c) < 0)
		old = c;
	(void)pthread_mutex_unlock(&ivr->lock);
	if (old)
		ivr_document_unref(old->doc);
	free(old);
}

int ivr_document_open(struct ivr *ivr, const char *path, struct ivr_document **out, struct ghl_error *err)
{
	char *full = realpath(path, NULL);
	struct text xml;
	struct stat st;
	int rc = 0;

	if (!full || stat(full, &st) < 0) {
		rc = error_at(
			err, error_from_errno(errno), path, 0, 0, "cannot be read: %s", strerror(errno));
		free(full);
		return rc;
	}
	*out = cached(ivr, full, &st);
	text_init(&xml);
	if (!*out) {
		rc = read_file(ivr, full, &xml, err);
		if (!rc)
			rc = compile(ivr, path, full, text_str(&xml), xml.len, out, err);
		if (!rc)
			keep(ivr, full, &st, *out);
	}
	text_finish(&xml);
	free(full);
	return rc;
}
