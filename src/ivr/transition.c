/*
 * transition.c - leaving the present place: events thrown, items, dialogs and documents gone to (VoiceXML 2.0
 * sections 5.2 and 5.3.7), and what entering a document or dialog sets up: scopes (section 5.1), variables,
 * items (Appendix C, initialisation).
 */
#include "fia.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *jump_kind_name(enum jump_kind k)
{
	static const char *const names[] = {"none", "event", "item", "dialog", "exit", "disconnect"};

	return k <= JUMP_DISCONNECT ? names[k] : "?";
}

void jump_event(struct fia *f, const struct node *at, const char *event, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	ivr_document_unref(f->jump.doc);
	f->jump = (struct jump){.kind = JUMP_EVENT, .at = at};
	f->jump.event = arena_text(&f->turn.arena, event);
	f->jump.message = arena_text(&f->turn.arena, what);
	if (!f->jump.event || !f->jump.message)
		fia_fatal(f, GHL_ENOMEM, at, "no memory");
}

static struct ivr_document *open_file(struct fia *f, const struct node *at, const char *file)
{
	struct ivr_document *doc = NULL;
	struct ghl_error err = {0};
	char path[1024];

	if (strstr(file, "://") || *file == '/' || strstr(file, "..")) {
		jump_event(f, at, "error.badfetch", "'%s' is not below the folder of this document", file);
		return NULL;
	}
	(void)snprintf(path, sizeof(path), "%s%s%s", f->doc->folder, *f->doc->folder ? "/" : "", file);
	if (ivr_document_open(f->ivr, path, &doc, &err) < 0) {
		jump_event(f, at, "error.badfetch", "%s", err.text);
		return NULL;
	}
	return doc;
}

void jump_uri(struct fia *f, const struct node *at, const char *uri)
{
	const char *hash = strchr(uri, '#'), *id = hash ? hash + 1 : "";
	struct ivr_document *doc = NULL;
	const struct node *dialog;
	char *file;

	if (hash != uri) {
		file = arena_bytes(&f->turn.arena, uri, hash ? (size_t)(hash - uri) : strlen(uri));
		doc = file ? open_file(f, at, file) : NULL;
		if (!doc)
			return;
	}
	dialog = document_dialog(doc ? doc : f->doc, id);
	if (!dialog) {
		jump_event(f, at, "error.badfetch", "there is no form or menu '%s'", uri);
		ivr_document_unref(doc);
		return;
	}
	f->jump = (struct jump){.kind = JUMP_DIALOG, .at = at, .doc = doc, .dialog = dialog};
}

void jump_item(struct fia *f, const struct node *at, const char *name)
{
	struct item *i = fia_item(f, name);

	if (i)
		f->jump = (struct jump){.kind = JUMP_ITEM, .at = at, .item = i};
	else
		jump_event(f, at, "error.badfetch", "this form has no item '%s'", name);
}

const char *attr_or_expr(struct fia *f, const struct node *n, const char *attr, const char *expr_attr)
{
	const char *v = node_attr(n, attr), *expr = node_attr(n, expr_attr);
	struct text value;

	if (v || !expr)
		return v;
	text_init(&value);
	if (fia_script_ok(f, n, script_string(f->script, expr, &value)))
		v = arena_text(&f->turn.arena, text_str(&value));
	text_finish(&value);
	return v;
}

void jump_throw(struct fia *f, const struct node *n)
{
	const char *event = attr_or_expr(f, n, "event", "eventexpr");
	const char *message = event ? attr_or_expr(f, n, "message", "messageexpr") : NULL;

	if (!f->jump.kind)
		jump_event(f, n, event, "%s", message ? message : "");
}

/* The root document, or the document itself: section 1.5.2. */
static struct ivr_document *open_root(struct fia *f, struct ivr_document *doc, const struct node *at)
{
	const char *application = node_attr(doc->root, "application");
	struct ivr_document *before = f->doc, *root;

	if (!application)
		return ivr_document_ref(doc);
	f->doc = doc; /* relative names start there */
	root = open_file(f, at, application);
	f->doc = before;
	if (root && node_attr(root->root, "application")) {
		jump_event(f, at, "error.semantic", "the root document '%s' has a root document itself",
			application);
		ivr_document_unref(root);
		return NULL;
	}
	return root;
}

static void declare_vars(struct fia *f, const struct node *holder, enum script_scope scope)
{
	for (const struct node *n = holder->first; n && !f->jump.kind; n = n->next)
		if (n->element == EL_VAR)
			exec_var(f, n, scope);
}

static bool enter_application(struct fia *f, struct ivr_document *root)
{
	bool same = f->root && (f->root == root || !strcmp(f->root->path, root->path));

	ivr_document_unref(f->root);
	f->root = root;
	if (same)
		return true;
	if (!fia_script_ok(f, root->root, script_scope_close(f->script, SCOPE_DOCUMENT)) ||
		!fia_script_ok(f, root->root, script_scope_open(f->script, SCOPE_APPLICATION)) ||
		!fia_script_ok(
			f, root->root, script_declare(f->script, SCOPE_APPLICATION, "lastresult$", NULL)))
		return false;
	declare_vars(f, root->root, SCOPE_APPLICATION);
	return true;
}

bool enter_document(struct fia *f, struct ivr_document *doc, const struct node *at)
{
	struct ivr_document *root = open_root(f, doc, at);
	bool own_root = root == doc, from_root = f->doc && f->doc == f->root, fresh;

	if (!root) {
		ivr_document_unref(doc);
		return false;
	}
	fresh = !f->root || strcmp(f->root->path, root->path) != 0;
	ivr_document_unref(f->doc);
	f->doc = doc;
	f->dialog = NULL;
	f->current = NULL;
	f->item_count = 0;
	f->form_events = NULL;
	(void)script_scope_close(f->script, SCOPE_ANONYMOUS);
	(void)script_scope_close(f->script, SCOPE_DIALOG);
	if (!enter_application(f, root))
		return false;
	if (own_root) {
		(void)fia_script_ok(
			f, doc->root, script_scope_share(f->script, SCOPE_DOCUMENT, SCOPE_APPLICATION));
		if (!fresh && from_root) /* a document without a root begins anew; a leaf leaves its root as
					    it is */
			declare_vars(f, doc->root, SCOPE_DOCUMENT);
	} else if (fia_script_ok(f, doc->root, script_scope_open(f->script, SCOPE_DOCUMENT)))
		declare_vars(f, doc->root, SCOPE_DOCUMENT);
	return !f->jump.kind;
}

static void init_item(struct fia *f, struct item *i)
{
	const char *expr = node_attr(i->node, "expr");
	struct text test;

	i->name = node_attr(i->node, "name");
	if (i->name) {
		(void)fia_script_ok(f, i->node, script_declare(f->script, SCOPE_DIALOG, i->name, expr));
		return;
	}
	if (!expr)
		return;
	text_init(&test);
	text_fmt(&test, "(%s\n)!==undefined", expr);
	(void)fia_script_ok(f, i->node, script_bool(f->script, text_str(&test), &i->filled));
	text_finish(&test);
}

static unsigned count_items(const struct node *form)
{
	unsigned n = 0;

	for (const struct node *c = form->first; c; c = c->next)
		n += node_is_item(c);
	return n;
}

static void init_form(struct fia *f, const struct node *form)
{
	unsigned at = 0;

	for (const struct node *c = form->first; c && !f->jump.kind; c = c->next) {
		if (c->element == EL_VAR)
			exec_var(f, c, SCOPE_DIALOG);
		if (!node_is_item(c))
			continue;
		f->items[at].node = c;
		init_item(f, &f->items[at++]);
	}
	f->item_count = at;
}

void enter_dialog(struct fia *f, const struct node *dialog)
{
	unsigned n = dialog->element == EL_MENU ? 1 : count_items(dialog);

	arena_finish(&f->dialog_arena);
	f->items = arena_alloc(&f->dialog_arena, sizeof(*f->items) * (n + 1));
	f->item_count = 0;
	f->dialog = dialog;
	f->current = NULL;
	f->form_events = NULL;
	f->quiet = false;
	(void)script_scope_close(f->script, SCOPE_ANONYMOUS);
	if (!f->items) {
		fia_fatal(f, GHL_ENOMEM, dialog, "no memory");
		return;
	}
	if (!fia_script_ok(f, dialog, script_scope_open(f->script, SCOPE_DIALOG)))
		return;
	if (dialog->element == EL_FORM) {
		init_form(f, dialog);
		return;
	}
	f->items[0].node = dialog;
	f->item_count = 1;
}
