/* rows.c - rows out of an answer of the control socket. */
#include "rows.h"

json_t *rows_of(json_t *result)
{
	json_t *rows = NULL, *value;
	const char *key;

	json_object_foreach(result, key, value)
	{
		if (json_is_array(value))
			rows = json_incref(value);
	}
	json_decref(result);
	return rows ? rows : json_array();
}
