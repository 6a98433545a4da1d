/* base/id.h - ids: bit 63 zero, 6 bits kind, 9 bits node, 48 bits counter. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <govhotline/id.h>

#include <stdbool.h>

uint64_t id_make(enum ghl_id_kind kind, unsigned node, uint64_t counter);
unsigned id_node(uint64_t id);
uint64_t id_counter(uint64_t id);
/* GHL_EINVAL when the id is 0 or of another kind, else 0. */
int id_check(uint64_t id, enum ghl_id_kind kind);

#endif
