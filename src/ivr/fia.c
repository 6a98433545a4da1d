/*
 * fia.c - the form interpretation algorithm (VoiceXML 2.0 Appendix C) as a machine that runs until it must
 * wait:
 *
 *            +--> jump asked for? --event---> handler --+
 *            |         |         --item----> collect ---+
 *            |         |         --dialog--> set up ----+
 *     input -+         |         --exit----> play what is queued, over
 *            |       none
 *            |         v
 *            +----- select the first item not filled whose cond holds; none: exit
 *                      |
 *                   collect: a block runs; a field, menu or transfer queues its prompts and ends the turn
 */
#include "fia.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fia_fatal(struct fia *f, int code, const struct node *at, const char *fmt, ...)
{
	const char *name = f->doc ? f->doc->name : f->start->name;
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)error_at(&f->err, code, name, at ? at->line : 0, 0, "%s", what);
	ivr_document_unref(f->jump.doc);
	f->jump = (struct jump){.kind = JUMP_EXIT, .at = at};
	f->hung_up = true; /* nothing may wait any more */
}

bool fia_script_ok(struct fia *f, const struct node *at, enum script_result r)
{
	switch (r) {
	case SCRIPT_OK:
		return true;
	case SCRIPT_ERROR:
		jump_event(f, at, "error.semantic", "%s", script_error(f->script));
		return false;
	case SCRIPT_MEMORY:
		jump_event(f, at, "error.noresource", "the dialogue's script heap is full");
		return false;
	case SCRIPT_BUDGET:
		break;
	}
	fia_fatal(f, GHL_ETIMEDOUT, at, "%s", script_error(f->script));
	return false;
}

bool fia_cond(struct fia *f, const struct node *n)
{
	const char *cond = node_attr(n, "cond");
	bool holds = true;

	if (cond && !fia_script_ok(f, n, script_bool(f->script, cond, &holds)))
		return false;
	return holds;
}

struct item *fia_item(struct fia *f, const char *name)
{
	for (unsigned i = 0; i < f->item_count; i++)
		if (f->items[i].name && !strcmp(f->items[i].name, name))
			return &f->items[i];
	return NULL;
}

bool fia_item_filled(struct fia *f, struct item *i)
{
	bool defined = i->filled;

	if (i->name)
		(void)fia_script_ok(
			f, i->node, script_is_defined(f->script, SCOPE_DIALOG, i->name, &defined));
	return defined;
}

static void run_block(struct fia *f, struct item *i)
{
	i->filled = true;
	if (i->name && !fia_script_ok(f, i->node, script_declare(f->script, SCOPE_DIALOG, i->name, "true")))
		return;
	exec_scoped(f, i->node);
	f->quiet = false;
}

static void over(struct fia *f)
{
	f->turn.end = TURN_OVER;
	f->turn.disconnect = f->disconnect;
	f->turn.exit_json = text_str(&f->exit_json);
	f->turn.err = f->err;
}

/* What is queued is heard before the end: section 4.1.8. */
static void leave(struct fia *f)
{
	if (f->turn.prompt_count && !f->ending && !f->err.code && (!f->hung_up || f->disconnect)) {
		f->ending = true;
		f->turn.end = TURN_PLAY;
	} else
		over(f);
}

static void collect(struct fia *f, struct item *i)
{
	f->current = i;
	if (i->node->element == EL_BLOCK) {
		run_block(f, i);
		return;
	}
	if (f->hung_up) {
		leave(f);
		return;
	}
	(void)script_scope_close(f->script, SCOPE_ANONYMOUS);
	if (!f->quiet)
		prompt_queue_item(f, i);
	f->quiet = false;
	if (f->jump.kind)
		return;
	if (i->node->element == EL_TRANSFER)
		wait_transfer(f, i);
	else
		wait_input(f, i);
}

static void select_item(struct fia *f)
{
	struct item *i;

	for (unsigned n = 0; n < f->item_count; n++) {
		i = &f->items[n];
		if (fia_item_filled(f, i) || f->jump.kind)
			continue;
		f->current = NULL;
		if ((i->node->element == EL_MENU || fia_cond(f, i->node)) && !f->jump.kind) {
			collect(f, i);
			return;
		}
		if (f->jump.kind)
			return;
	}
	if (!f->jump.kind)
		leave(f);
}

static void go_to_dialog(struct fia *f, const struct jump *j)
{
	if (j->doc && !enter_document(f, j->doc, j->at))
		return;
	enter_dialog(f, j->dialog);
}

/* Section 5.3.11: the document goes on without a caller, to its end. */
static void disconnect(struct fia *f, const struct jump *j)
{
	f->disconnect = true;
	f->hung_up = true;
	jump_event(f, j->at, "connection.disconnect.hangup", "%s", "");
}

static void step(struct fia *f)
{
	struct jump j = f->jump;

	memset(&f->jump, 0, sizeof(f->jump));
	switch (j.kind) {
	case JUMP_NONE:
		select_item(f);
		break;
	case JUMP_EVENT:
		event_dispatch(f, &j);
		break;
	case JUMP_ITEM:
		collect(f, j.item);
		break;
	case JUMP_DIALOG:
		go_to_dialog(f, &j);
		break;
	case JUMP_EXIT:
		leave(f);
		break;
	case JUMP_DISCONNECT:
		disconnect(f, &j);
		break;
	}
}

static void run(struct fia *f)
{
	f->steps = 0;
	while (f->turn.end == TURN_NONE) {
		if (f->jump.kind != JUMP_EXIT && ++f->steps > f->steps_max)
			fia_fatal(f, GHL_EFULL, f->dialog, "%u steps without an input", f->steps_max);
		step(f);
	}
	if (!turn_seal(&f->turn)) {
		fia_fatal(f, GHL_ENOMEM, f->dialog, "no memory");
		turn_reset(&f->turn);
		over(f);
	}
}

void fia_begin(struct fia *f)
{
	turn_reset(&f->turn);
	script_turn_begin(f->script);
	if (!document_dialog(f->start, ""))
		fia_fatal(f, GHL_ENOENT, f->start->root, "there is no form and no menu to begin with");
	else if (enter_document(f, ivr_document_ref(f->start), f->start->root))
		enter_dialog(f, document_dialog(f->doc, ""));
	if (!f->doc && !f->err.code) /* its root document cannot be had: nothing of it can run */
		fia_fatal(f, GHL_ENOENT, f->start->root, "%s",
			f->jump.message ? f->jump.message : "the root document cannot be read");
	run(f);
}

static void hang_up(struct fia *f, const char *event)
{
	turn_reset(&f->turn);
	f->hung_up = true;
	jump_event(f, f->current ? f->current->node : f->dialog, event, "%s", "");
}

void fia_input(struct fia *f, const struct ivr_input *input)
{
	enum turn_end waited = f->turn.end;
	bool blind = waited == TURN_TRANSFER && !f->turn.bridge;

	script_turn_begin(f->script);
	if (f->ending) {
		turn_reset(&f->turn);
		over(f);
		(void)turn_seal(&f->turn);
		return;
	}
	if (input->kind == IVR_IN_HANGUP)
		hang_up(f, blind ? "connection.disconnect.transfer" : "connection.disconnect.hangup");
	else if (waited == TURN_TRANSFER)
		take_transfer(f, input);
	else
		take_input(f, input);
	run(f);
}

void fia_finish(struct fia *f)
{
	ivr_document_unref(f->jump.doc);
	ivr_document_unref(f->doc);
	ivr_document_unref(f->root);
	ivr_document_unref(f->start);
	script_destroy(f->script);
	arena_finish(&f->turn.arena);
	arena_finish(&f->dialog_arena);
	text_finish(&f->exit_json);
	memset(f, 0, sizeof(*f));
}
