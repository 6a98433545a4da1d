/*
 * outbox.c - the packets of a media thread's turn, gathered and given to the kernel 64 at a time.
 *
 *   leg_out.c -> [ packet | packet | .. ] -> io_uring: one system call for all
 *                                         -> without it, and for a leg that has not latched: a send(2) each
 *
 * io_uring needs Linux 6.1 and may be forbidden; the packets are the same without it. A send is done when the
 * submission returns, and only failures are told: nothing is ever outstanding.
 */
#include "media_priv.h"

#include <errno.h>

void outbox_open(struct outbox *o, bool plain)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL};

	o->count = 0;
	o->gathers = !plain && io_uring_queue_init_params(OUTBOX_ROOM, &o->ring, &params) == 0;
}

void outbox_close(struct outbox *o)
{
	if (o->gathers)
		io_uring_queue_exit(&o->ring);
	o->gathers = false;
}

/* An error of an earlier packet (the peer's port is closed) is told in the place of this one's success. */
static void take_failures(struct outbox *o)
{
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;

	io_uring_for_each_cqe(&o->ring, head, cqe)
	{
		struct outgoing *p = &o->packets[cqe->user_data];

		n++;
		if (cqe->res == -ECONNREFUSED)
			leg_send(p->leg, p->data, p->bytes);
	}
	io_uring_cq_advance(&o->ring, n);
}

bool outbox_submit(struct outbox *o, unsigned *left)
{
	while (*left > 0) {
		int n = io_uring_submit(&o->ring);

		if (n > 0)
			*left -= (unsigned)n;
		else if (n != -EINTR)
			outbox_close(o);
		if (!o->gathers)
			return false;
	}
	return true;
}

static void gather(struct outbox *o)
{
	unsigned left = 0, at = o->count;

	for (unsigned i = 0; i < o->count; i++) {
		struct outgoing *p = &o->packets[i];
		struct io_uring_sqe *sqe;

		if (p->leg->latch != LATCH_FIXED) {
			leg_send(p->leg, p->data, p->bytes);
			continue;
		}
		sqe = io_uring_get_sqe(&o->ring);
		io_uring_prep_send(sqe, p->leg->rtp_fd, p->data, p->bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
		sqe->user_data = i;
		left++;
	}
	if (outbox_submit(o, &left)) {
		take_failures(o);
		return;
	}
	while (left > 0 && at > 0)
		if (o->packets[--at].leg->latch == LATCH_FIXED) {
			leg_send(o->packets[at].leg, o->packets[at].data, o->packets[at].bytes);
			left--;
		}
}

static void note_lateness(struct outbox *o, int64_t late_us)
{
	for (unsigned i = 0; i < o->count; i++) {
		struct media_report *r = &o->packets[i].leg->report;

		if (late_us > (int64_t)r->worst_late_us)
			r->worst_late_us = (uint32_t)late_us;
	}
}

void outbox_flush(struct worker *w)
{
	struct outbox *o = &w->outbox;

	if (o->count == 0)
		return;
	if (o->gathers)
		gather(o);
	else
		for (unsigned i = 0; i < o->count; i++)
			leg_send(o->packets[i].leg, o->packets[i].data, o->packets[i].bytes);
	note_lateness(o, clock_mono_us(w->media->clock) - w->due_us);
	o->count = 0;
}

uint8_t *outbox_add(struct leg *l, size_t bytes)
{
	struct outbox *o = &l->worker->outbox;
	struct outgoing *p;

	if (o->count == OUTBOX_ROOM)
		outbox_flush(l->worker);
	p = &o->packets[o->count++];
	p->leg = l;
	p->bytes = bytes;
	return p->data;
}
