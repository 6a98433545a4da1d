/* govhotline/agent.h - written by its module. */
#ifndef GOVHOTLINE_AGENT_H
#define GOVHOTLINE_AGENT_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#endif
