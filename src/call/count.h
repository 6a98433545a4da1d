/* call/count.h - what a call's record means to the reports. Pure. */
#ifndef CALL_COUNT_H
#define CALL_COUNT_H

#include "report/report.h"
#include "store/schema/call.pb-c.h"

#define CALL_STAYS_MAX 8

struct call_count {
	struct report_call call; /* its texts are the record's, its stays stand below */
	struct report_stay stays[CALL_STAYS_MAX];
};

/* False: the record is not counted: an outbound call. */
bool call_count(const Ghl__CallRecord *r, struct call_count *out);

#endif
