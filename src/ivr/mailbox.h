/* ivr/mailbox.h - finished turns on their way from workers to the loop; it outlives its owner while the loop
 * still holds its task. */
#ifndef IVR_MAILBOX_H
#define IVR_MAILBOX_H

#include "base/list.h"
#include "base/loop.h"

struct mailbox;
typedef void mail_fn(void *arg, struct list *letter);

/* fn(arg, letter) is called on the loop for each letter. GHL_ENOMEM. */
int mailbox_create(struct mailbox **out, struct loop *loop, mail_fn *fn, void *arg);
/* Loop thread, when nobody posts any more, and not from fn. Letters that were not read are forgotten. NULL is
 * fine. */
void mailbox_close(struct mailbox *m);
/* Any thread; the letter is in use until fn is called with it. */
void mailbox_post(struct mailbox *m, struct list *letter);

#endif
