/* talk.h - a scripted caller on a virtual loop: a document and what the caller does go in, one line of text
 * comes out. */
#ifndef TALK_H
#define TALK_H

#include "ivr/ivr.h"

/*
 * caller: words between spaces: digits are keyed, "-" is silence, "?" gibberish, "!" a hang-up, "say:yes"
 * speech, "t:busy" a transfer's outcome, "abandon" the platform's leaving. When they are used up the caller
 * hangs up.
 *
 * The result (static buffer) joins by '|': prompt text ("~" in front: no barge-in), "<file" audio, "LISTEN",
 * "QUEUE dest" (blind) or "BRIDGE dest", "DATA k=v", "LOG text", and at the end "EXIT json", "BYE json" (the
 * document disconnected) or "ERROR text".
 */
const char *talk(const char *xml, const char *caller);
/* The same with what stands inside <vxml>. */
const char *talk_body(const char *body, const char *caller);
/* For what stands inside a first form. */
const char *talk_form(const char *form, const char *caller);
/* The error texts of a document that is refused; "" when it is not. */
const char *refusal(const char *xml);

#define VXML_HEAD "<vxml version='2.1' xmlns='http://www.w3.org/2001/vxml' xmlns:h='urn:govhotline:vxml'>"

#endif
