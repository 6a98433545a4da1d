/*
 * govhotline/acd.h - queues: first in first out within a priority, to the longest-idle ready agent with the
 * skill.
 */
#ifndef GOVHOTLINE_ACD_H
#define GOVHOTLINE_ACD_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which of the ready agents with the skill is offered a call. The numbers never change. */
enum ghl_acd_rule {
	GHL_ACD_LONGEST_IDLE = 0, /**< the one whose last call of a queue, or log-on, is longest ago */
	GHL_ACD_FEWEST_CALLS = 1, /**< the one that answered the fewest calls of queues since it logged on */
	GHL_ACD_LEAST_TALK = 2    /**< the one that talked the least on calls of queues since it logged on */
};

/** A queue as it is now; an item of ghl_acd_queue_list(). Texts live as long as the list. */
struct ghl_acd_queue_info {
	uint32_t size; /**< sizeof(struct ghl_acd_queue_info) */
	enum ghl_acd_rule rule;
	ghl_queue id;
	const char *name;
	const char *display;
	const char *skill;         /**< what its agents must have; "": nothing */
	uint32_t waiting;          /**< calls in the queue now, those that ring at an agent included */
	uint32_t ringing;          /**< of these, calls that ring at an agent */
	uint32_t talking;          /**< its calls that are talked on */
	uint32_t agents_on;        /**< agents with the skill that are logged on */
	uint32_t agents_ready;     /**< of these, agents that wait for a call (BCMS AVAIL) */
	uint32_t max_waiting;      /**< the limit; 0: none */
	uint32_t service_level_ms; /**< the threshold in force */
	uint32_t expected_wait_ms; /**< of a call that would join now; 0 when an agent is ready */
	int64_t oldest_wait_ms; /**< how long the call that has waited longest has waited; -1: none waits */
	/* since the queue was configured in this run of the engine */
	uint64_t offered; /**< calls that joined */
	uint64_t answered;
	uint64_t abandoned;
	uint64_t outflow;  /**< left for another queue or a dialogue */
	uint64_t dequeued; /**< taken out otherwise */
};

/** A request to join; its size first. */
struct ghl_acd_join_opts {
	uint32_t size;     /**< sizeof(struct ghl_acd_join_opts) */
	uint32_t priority; /**< 0 (usual) .. 1,000; higher is served first */
};

/** Initial value. */
#define GHL_ACD_JOIN_OPTS_INIT                                                                               \
	{                                                                                                    \
		sizeof(struct ghl_acd_join_opts), 0                                                          \
	}

/** "longest_idle", "fewest_calls", "least_talk"; "?" for an unknown number. Any thread. */
GHL_API const char *ghl_acd_rule_name(enum ghl_acd_rule rule);

/**
 * The queues as they are now, in the order of their names.
 *
 * Any thread but the loop's.
 *
 * @param[in]  s        session
 * @param[in]  pattern  of the name, with * and ?; NULL for all
 * @param[in]  cursor   NULL or "" for the first page; else ghl_list_cursor() of the page before
 * @param[out] out      items are `const struct ghl_acd_queue_info *`; yours: ghl_list_free(); untouched on
 * failure
 * @return 0; GHL_EPERM no right "queue.read"; GHL_ESTATE this process runs no engine; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_acd_queue_list(
	struct ghl_session *s, const char *pattern, const char *cursor, struct ghl_list **out);

/**
 * One queue as it is now.
 *
 * @param[in]  s      session
 * @param[in]  queue  the queue
 * @param[out] out    a list of one `const struct ghl_acd_queue_info *`; yours: ghl_list_free(); untouched on
 * failure
 * @return 0; GHL_EPERM no right "queue.read"; GHL_ENOENT; GHL_EINVAL not a queue's id; GHL_ESTATE;
 * GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_acd_queue_get(struct ghl_session *s, ghl_queue queue, struct ghl_list **out);

/**
 * Put a call into a queue.
 *
 * The caller hears the queue's announcement and then its music. The call stays until an agent answers, the
 * caller hangs up, or the queue's longest wait passes. GHL_EV_QUEUED is told; then GHL_EV_DELIVERED and
 * GHL_EV_ESTABLISHED, and in every case GHL_EV_QUEUE_LEFT. Never before this has returned.
 *
 * @param[in]  s      session
 * @param[in]  call   an answered call that is in no queue and talks to nobody
 * @param[in]  queue  the queue's name
 * @param[in]  opts   NULL for priority 0
 * @param[out] req    NULL waits until the call is in the queue; else the request, and GHL_EV_COMPLETED
 * carries the outcome
 * @return 0; GHL_EPERM no right "queue.join"; GHL_ENOENT no such call or queue; GHL_EEXIST the call is in a
 * queue already; GHL_EFULL the queue is at its limit; GHL_ESTATE the call has ended or this process runs no
 * engine; GHL_EINVAL not a call's id, or the priority is out of range; GHL_EAGAIN; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_acd_queue_join(struct ghl_session *s, ghl_call call, const char *queue,
	const struct ghl_acd_join_opts *opts, ghl_request *req);

#ifdef __cplusplus
}
#endif

#endif
