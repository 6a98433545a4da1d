/* govhotline/acd.h - written by its module. */
#ifndef GOVHOTLINE_ACD_H
#define GOVHOTLINE_ACD_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#endif
