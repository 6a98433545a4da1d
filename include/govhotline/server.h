/* govhotline/server.h - the control socket: JSON-RPC 2.0 for other processes on this machine. */
#ifndef GOVHOTLINE_SERVER_H
#define GOVHOTLINE_SERVER_H

#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ghl_server;

/**
 * Serve a hotline on a Unix stream socket: one JSON-RPC 2.0 message a line (at most 256 KiB, nested at most
 * 16 deep), answers by id, events as notifications. "server.operations" describes what can be asked.
 *
 * The kernel tells who connects (SO_PEERCRED): the user this process runs as, and root, act as this session's
 * principal; other login names as the principal the configuration gives them; anyone else is refused with a
 * sentence. A file that is left from a process that died is replaced; one that answers is not. The socket's
 * mode is 0666: who may do what is decided by rights.
 *
 * Threads of its own: one that listens, one a connection, at most 64.
 *
 * @param[out] out          the server, yours: ghl_server_stop(); untouched on failure
 * @param[in]  s            a session with the right "session.impersonate"; must outlive the server
 * @param[in]  socket_path  at most 107 bytes
 * @param[out] err          may be NULL
 * @return 0; GHL_EPERM; GHL_EINVAL the path is too long; GHL_EBUSY another process serves there; GHL_EIO;
 * GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_server_start(
	struct ghl_server **out, struct ghl_session *s, const char *socket_path, struct ghl_error *err);

/** Stop serving: connections are closed, the socket's file goes away. Waits for its threads. NULL is fine. */
GHL_API void ghl_server_stop(struct ghl_server *server);

#ifdef __cplusplus
}
#endif

#endif
