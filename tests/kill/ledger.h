/*
 * ledger.h - the books of a hotline that is killed again and again: what it told of its calls, who was
 * answered and when, what other processes took; and whether the store holds all of it.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include "apart.h"

/* Empty books of a hotline with this folder and configuration. */
void ledger_begin(struct town *town);
void ledger_finish(void);

/* --- what is told --- */
/* What follows belongs to this round; numbers of rounds grow. */
void ledger_round(unsigned round);
/* Enters the next line of a process. False: there is none within the limit. */
bool ledger_hear(struct apart *a, int limit_ms);
void ledger_hear_rest(struct apart *a);
/* Citizens answered in this round so far. */
unsigned ledger_talks(void);

/* --- what is there --- */
/* Opens the store beside a hotline that has recovered: every fact that was told and every start is there,
   every call of this round has its record and every recording its sound, up to `may_miss_s` (times slowness)
   before `ended_at_us`; no id or serial is there twice. */
void ledger_look(int64_t ended_at_us, double may_miss_s);
/* Facts that were told and are not in the log, which nobody has recovered; -1: it cannot be read. Fails no
   case. */
int ledger_lost(void);
/* Every fact of a copy that was made earlier is the store's own, and there are some. */
void ledger_compare(const char *copy);
/* Seconds of sound that had to be in recordings, and were. */
unsigned ledger_seconds(void);
/* After the look at a hotline that was stopped in order: no call or recording ended as interrupted. How many
   calls the stop itself ended. */
unsigned ledger_stopped(void);

#endif
