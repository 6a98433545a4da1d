/*
 * inbox.c - one packet of each of up to 64 steady legs, asked of the kernel in one go before the legs are
 * run.
 *
 * Most peers send one packet a turn, so a leg whose last turn brought just that is asked for one. The others,
 * and what comes besides, are leg_net.c's. Without io_uring it is a system call each.
 */
#include "media_priv.h"

#include <errno.h>

static void prepare(struct incoming *in)
{
	in->part = (struct iovec){in->data, sizeof(in->data)};
	in->head = (struct msghdr){.msg_iov = &in->part,
		.msg_iovlen = 1,
		.msg_control = in->control,
		.msg_controllen = sizeof(in->control)};
	in->bytes = -EAGAIN;
}

static void take_results(struct inbox *box, struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;

	io_uring_for_each_cqe(ring, head, cqe)
	{
		box->packets[cqe->user_data].bytes = cqe->res;
		n++;
	}
	io_uring_cq_advance(ring, n);
}

static bool gather(struct worker *w, unsigned n)
{
	struct io_uring *ring = &w->outbox.ring;
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++) {
		struct incoming *in = &w->inbox.packets[i];
		struct io_uring_sqe *sqe;

		if (!in->asked)
			continue;
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_recvmsg(sqe, in->fd, &in->head, MSG_DONTWAIT);
		sqe->user_data = i;
		left++;
	}
	if (!outbox_submit(&w->outbox, &left))
		return false;
	take_results(&w->inbox, ring);
	return true;
}

void inbox_fill(struct worker *w, struct leg **legs, unsigned n)
{
	struct incoming *in = w->inbox.packets;

	for (unsigned i = 0; i < n; i++) {
		in[i].asked = legs[i]->steady;
		in[i].fd = legs[i]->rtp_fd;
		if (in[i].asked)
			prepare(&in[i]);
	}
	if (w->outbox.gathers && gather(w, n))
		return;
	for (unsigned i = 0; i < n; i++)
		if (in[i].asked && in[i].bytes < 0)
			in[i].bytes = (int)recvmsg(in[i].fd, &in[i].head, MSG_DONTWAIT);
}
