/* govhotline/error.h - error codes and the place an error is about. */
#ifndef GOVHOTLINE_ERROR_H
#define GOVHOTLINE_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GHL_API __attribute__((visibility("default")))
#else
#define GHL_API
#endif

/** What a function returns: 0, or one of these. The numbers never change. */
enum ghl_error_code {
	GHL_OK = 0,
	GHL_EINVAL = -1,        /* an argument is outside its documented range, or of the wrong kind */
	GHL_ENOENT = -2,        /* no such object, or it is out of the caller's scope */
	GHL_EPERM = -3,         /* the principal has no right to this */
	GHL_ESTATE = -4,        /* not possible in the object's present state */
	GHL_ECONFLICT = -5,     /* somebody else changed it first */
	GHL_EAGAIN = -6,        /* too much under way; try again later */
	GHL_EFULL = -7,         /* a configured limit is reached */
	GHL_ESPACE = -8,        /* no room left on the disk; nothing was lost */
	GHL_EIO = -9,           /* the system refused a read, write or socket operation */
	GHL_ENOMEM = -10,       /* no memory */
	GHL_ECLOSED = -11,      /* the session or hotline was closed while waiting */
	GHL_EGONE = -12,        /* the place to resume from is no longer kept; take a snapshot */
	GHL_EVERSION = -13,     /* written by a newer version, or needs an upgrade */
	GHL_ETIMEDOUT = -14,    /* the time allowed passed */
	GHL_EEXIST = -15,       /* it is there already */
	GHL_EREFUSED = -16,     /* the peer refused; the outcome holds its SIP and Q.850 codes */
	GHL_ECORRUPT = -17,     /* stored data fails its check; the error names the first bad entry */
	GHL_EPARSE = -18,       /* text that does not follow its grammar; the error names the place */
	GHL_EUNSUPPORTED = -19, /* valid, but not something this build can do */
	GHL_EBUSY = -20         /* held by another process or thread */
};

/** Where and why something failed. Filled only on failure; may be given as NULL everywhere. */
struct ghl_error {
	int code;        /* the GHL_E* code that was returned */
	uint32_t line;   /* 1-based, 0 where there is none */
	uint32_t column; /* 1-based, 0 where there is none */
	char where[256]; /* file, header or object the error is about; "" where there is none */
	char field[64];  /* the field or parameter; "" where there is none */
	char text[1024]; /* one sentence, with the place in front: "hotline.yaml:42:7: queue .." */
};

/**
 * A sentence for an error code.
 *
 * Any thread.
 *
 * @param[in] code  0 or a GHL_E* code
 * @return static text, never NULL; "unknown error" for any other number
 */
GHL_API const char *ghl_strerror(int code);

/**
 * The name of an error code, as it stands in enum ghl_error_code.
 *
 * Any thread.
 *
 * @param[in] code  0 or a GHL_E* code
 * @return static text such as "GHL_EPERM", never NULL; "GHL_E?" for any other number
 */
GHL_API const char *ghl_error_code_name(int code);

/**
 * Why the last function that was given a session and failed on this thread failed: for the functions that
 * have no struct ghl_error of their own to fill. An argument that is outside its range is named by `field`.
 *
 * A function that is given a session forgets what was noted before; what a request came to is in its struct
 * ghl_outcome. Any thread; each has its own.
 *
 * @param[out] out  field and sentence; untouched where 0 is returned; may be NULL
 * @return the code that was returned; 0: nothing has failed since, or the code says all there is
 */
GHL_API int ghl_error_last(struct ghl_error *out);

#ifdef __cplusplus
}
#endif

#endif
