/* govhotline/record.h - written by its module. */
#ifndef GOVHOTLINE_RECORD_H
#define GOVHOTLINE_RECORD_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#endif
