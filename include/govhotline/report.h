/* govhotline/report.h - written by its module. */
#ifndef GOVHOTLINE_REPORT_H
#define GOVHOTLINE_REPORT_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#endif
