/* ping.h - is there a SIP peer? */
#ifndef PING_H
#define PING_H

/* One OPTIONS (RFC 3261, 11) to "sip:HOST[:PORT]" over UDP, sent up to three times within 2 s. The status of
 *the first answer and rtt_us; 0: no answer; -1: the address cannot be used; -2: asked over TCP or TLS, which
 *only the running hotline does. */
int ping_trunk(const char *uri, int *rtt_us);
/* What 0, -1 and -2 mean. */
const char *ping_text(int status);

#endif
