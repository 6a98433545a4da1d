/* ivr/inbox.h - finished turns on their way from workers to the loop; it outlives its owner while the loop
 * still holds its task. */
#ifndef IVR_INBOX_H
#define IVR_INBOX_H

#include "base/list.h"
#include "base/loop.h"

struct inbox;
typedef void mail_fn(void *arg, struct list *letter);

/* fn(arg, letter) is called on the loop for each letter. GHL_ENOMEM. */
int inbox_create(struct inbox **out, struct loop *loop, mail_fn *fn, void *arg);
/* Loop thread, when nobody posts any more, and not from fn. Letters that were not read are forgotten. NULL is
 * fine. */
void inbox_close(struct inbox *m);
/* Any thread; the letter is in use until fn is called with it. */
void inbox_post(struct inbox *m, struct list *letter);

#endif
