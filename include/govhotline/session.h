/* govhotline/session.h - a principal at work on a hotline; requests and their outcomes; query results. */
#ifndef GOVHOTLINE_SESSION_H
#define GOVHOTLINE_SESSION_H

#include <govhotline/id.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ghl_hotline;
struct ghl_session;
struct ghl_list;

/** What became of a request. */
struct ghl_outcome {
	uint32_t size;       /* sizeof(struct ghl_outcome) */
	int status;          /* 0 or a GHL_E* code */
	uint16_t sip_status; /* of the peer, 0 where there is none (RFC 3261, 21) */
	uint16_t q850;       /* ITU-T Q.850 cause, 0 where there is none */
	uint64_t id;         /* what was made: a call, a recording; 0 for nothing */
	char field[64];      /* the argument it failed of; "" where there is none */
	char text[256];      /* a sentence when it failed; "" otherwise */
};

/** Initial value. */
#define GHL_OUTCOME_INIT                                                                                     \
	{                                                                                                    \
		sizeof(struct ghl_outcome)                                                                   \
	}

/**
 * Open a session as the owner of the hotline: for the program that embeds it.
 *
 * A session costs at most 4 kB and no descriptor until its first ghl_event_fd() or monitor; 10,000 a hotline.
 *
 * @param[in]  h    hotline
 * @param[out] out  the session, yours: ghl_session_close(); untouched on failure
 * @return 0; GHL_EFULL 10,000 are open; GHL_ENOMEM; GHL_EINVAL
 */
GHL_API int ghl_session_open_local(struct ghl_hotline *h, struct ghl_session **out);

/**
 * Open a session as another principal: for servers that have proved who is there.
 *
 * @param[in]  s          a session with the right "session.impersonate"
 * @param[in]  principal  its name, such as "agent:1001"
 * @param[out] out        the new session, independent of s
 * @return 0; GHL_EPERM; GHL_ENOENT no such principal; GHL_EFULL; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_session_open_as(struct ghl_session *s, const char *principal, struct ghl_session **out);

/**
 * Open a session as the principal that the configuration gives a login name of this machine: for servers that
 * were told it by the kernel.
 *
 * @param[in]  s      a session with the right "session.impersonate"
 * @param[in]  login  the login name
 * @param[out] out    the new session, independent of s
 * @return 0; GHL_EPERM; GHL_ENOENT no principal has it; GHL_EFULL; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_session_open_user(struct ghl_session *s, const char *login, struct ghl_session **out);

/**
 * Close a session. Calls go on; everyone who waits on it wakes with GHL_ECLOSED. NULL is fine.
 *
 * Any thread; nobody may use the session after this has been called.
 */
GHL_API void ghl_session_close(struct ghl_session *s);

/** The name of the session's principal; lent for the session's life. */
GHL_API const char *ghl_session_principal(const struct ghl_session *s);

/**
 * Wait for one request's completion; takes nothing else from the queue, and the completion itself only when
 * it returns 1.
 *
 * @param[in]  s           the session the request was made on
 * @param[in]  req         the request
 * @param[in]  timeout_ms  0..2,147,483,647; -1 for ever
 * @param[out] out         the outcome; may be NULL
 * @return 1; 0 the time passed; GHL_ENOENT no such request, or its completion was read already; GHL_ECLOSED
 */
GHL_API int ghl_request_wait(struct ghl_session *s, ghl_request req, int timeout_ms, struct ghl_outcome *out);

/** The next item of a result, or NULL at the end: a `const struct ghl_.._info *` whose first field is its
 * size. Lent for the list's life. */
GHL_API const void *ghl_list_next(struct ghl_list *l);
/** Begin again with the first item. */
GHL_API void ghl_list_rewind(struct ghl_list *l);
/** How many items this page holds, at most 1,000. */
GHL_API size_t ghl_list_count(const struct ghl_list *l);
/** The cursor of the next page, to be given to the same query; "" when this is the last. Lent. */
GHL_API const char *ghl_list_cursor(const struct ghl_list *l);
/** Free a result. NULL is fine. */
GHL_API void ghl_list_free(struct ghl_list *l);

#ifdef __cplusplus
}
#endif

#endif
