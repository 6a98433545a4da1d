/* govhotline/govhotline.h - everything. */
#ifndef GOVHOTLINE_GOVHOTLINE_H
#define GOVHOTLINE_GOVHOTLINE_H

#include <govhotline/access.h>
#include <govhotline/acd.h>
#include <govhotline/agent.h>
#include <govhotline/call.h>
#include <govhotline/config.h>
#include <govhotline/error.h>
#include <govhotline/event.h>
#include <govhotline/hotline.h>
#include <govhotline/id.h>
#include <govhotline/import.h>
#include <govhotline/ivr.h>
#include <govhotline/record.h>
#include <govhotline/report.h>
#include <govhotline/server.h>
#include <govhotline/session.h>
#include <govhotline/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The version of these headers. */
#define GHL_VERSION "0.1.0"

/**
 * The version of the library that runs.
 *
 * Any thread.
 *
 * @return static text such as "0.1.0"
 */
GHL_API const char *ghl_version(void);

#ifdef __cplusplus
}
#endif

#endif
