/* govhotline/id.h - the ids by which everything is named. 0 is never an id; no id is used twice, not even
 * after a crash. */
#ifndef GOVHOTLINE_ID_H
#define GOVHOTLINE_ID_H

#include <govhotline/error.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What an id names; held in bits 57 to 62 of the id. The numbers never change. */
enum ghl_id_kind {
	GHL_ID_NONE = 0,
	GHL_ID_CALL = 1,
	GHL_ID_CONN = 2,
	GHL_ID_AGENT = 3,
	GHL_ID_QUEUE = 4,
	GHL_ID_RECORDING = 5,
	GHL_ID_REQUEST = 6,
	GHL_ID_MONITOR = 7,
	GHL_ID_PRINCIPAL = 8,
	GHL_ID_TRUNK = 9,
	GHL_ID_GROUP = 10,
	GHL_ID_DIALOGUE = 11
};

typedef uint64_t ghl_call;      /**< a CSTA call (ECMA-269, callID) */
typedef uint64_t ghl_conn;      /**< a CSTA connection: one device's part in one call */
typedef uint64_t ghl_agent;     /**< an agent */
typedef uint64_t ghl_queue;     /**< an ACD queue */
typedef uint64_t ghl_recording; /**< a recording */
typedef uint64_t ghl_request;   /**< a change under way; its completion carries the outcome */
typedef uint64_t ghl_monitor;   /**< a CSTA monitor */
typedef uint64_t ghl_principal; /**< who acts: a person, a dialogue, a program */

/** Room for any id as people see it, with the NUL. */
#define GHL_ID_TEXT_MAX 40

/**
 * The kind of an id.
 *
 * Any thread.
 *
 * @param[in] id  any number
 * @return its kind; GHL_ID_NONE for 0 and for numbers that are no id
 */
GHL_API enum ghl_id_kind ghl_id_kind_of(uint64_t id);

/**
 * The name of a kind, as it stands before the number: "call".
 *
 * Any thread.
 *
 * @param[in] kind  a kind
 * @return static text, "none" for GHL_ID_NONE and unknown kinds
 */
GHL_API const char *ghl_id_kind_name(enum ghl_id_kind kind);

/**
 * An id as people see it: "call-4821", with the node in front of the counter where it is not 0:
 * "call-3.4821".
 *
 * Any thread.
 *
 * @param[in]  id    an id, or 0 for "-"
 * @param[out] out   the text
 * @param[in]  room  its size in bytes; GHL_ID_TEXT_MAX always suffices
 * @return out
 */
GHL_API char *ghl_id_text(uint64_t id, char *out, size_t room);

/**
 * Read an id as people write it, or as the plain decimal number that JSON carries.
 *
 * Any thread.
 *
 * @param[in]  text  "call-4821", "call-3.4821" or a number
 * @param[in]  kind  the kind it must have; GHL_ID_NONE takes any, but then a bare number must hold its own
 * kind
 * @param[out] out   the id; untouched on failure
 * @return 0; GHL_EINVAL the text is no id of that kind
 */
GHL_API int ghl_id_parse(const char *text, enum ghl_id_kind kind, uint64_t *out);

#ifdef __cplusplus
}
#endif

#endif
