/* govhotline/govhotline.h - everything. */
#ifndef GOVHOTLINE_GOVHOTLINE_H
#define GOVHOTLINE_GOVHOTLINE_H

#include <govhotline/error.h>
#include <govhotline/id.h>

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
