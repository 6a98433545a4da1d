/* govhotline/call.h - written by its module. */
#ifndef GOVHOTLINE_CALL_H
#define GOVHOTLINE_CALL_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#endif
