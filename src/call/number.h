/*
 * call/number.h - telephone numbers: what was dialled or shown, made E.164 by the site's dial rules (row 5a),
 * and which numbers may be called. Pure.
 */
#ifndef CALL_NUMBER_H
#define CALL_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#define NUMBER_MAX 64

/* ITU-T E.164 and E.123: prefixes are digits without "+". */
struct number_rules {
	char country[8];       /* "86" */
	char area[8];          /* without the national prefix: "28"; "" where there is none */
	char national[8];      /* trunk prefix: "0"; "" where there is none */
	char international[8]; /* "00" */
	char allow[16][32]; /* patterns of E.164 numbers that may be called; none given: the own country's */
	char deny[16][32];  /* of these, what may not */
};

enum number_kind {
	NUMBER_NONE,  /* nothing usable: anonymous, or not a number */
	NUMBER_E164,  /* "+8613812345678" */
	NUMBER_SHORT, /* digits the rules make no E.164 of: "110", "12345", an extension */
	NUMBER_NAME   /* not digits: a SIP user such as "alice" */
};
const char *number_kind_name(enum number_kind k);

/* `user` is the user part of a SIP or tel URI. `out` gets "" for NUMBER_NONE. */
enum number_kind number_normalise(const struct number_rules *rules, const char *user, char out[NUMBER_MAX]);
/* May this E.164 number be called? */
bool number_allowed(const struct number_rules *rules, const char *e164);
/* As it is dialled to the network: national form inside the country, else the international one. */
void number_dial(const struct number_rules *rules, const char *e164, char out[NUMBER_MAX]);

#endif
