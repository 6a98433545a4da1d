/* govhotline/access.h - written by its module. */
#ifndef GOVHOTLINE_ACCESS_H
#define GOVHOTLINE_ACCESS_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#endif
