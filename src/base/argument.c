/* argument.c - checks of public functions' arguments. What an argument means is its module's. */
#include "argument.h"

#include "error.h"
#include "id.h"
#include "text.h"

#include <inttypes.h>

int argument_given(const char *field, const void *p)
{
	return p ? 0 : error_invalid(field, "missing");
}

int argument_id(const char *field, uint64_t id, enum ghl_id_kind kind)
{
	char text[GHL_ID_TEXT_MAX];

	if (id_check(id, kind) == 0)
		return 0;
	if (id == 0)
		return error_invalid(field, "0 is no id");
	return error_invalid(
		field, "%s is no id of kind %s", ghl_id_text(id, text, sizeof(text)), ghl_id_kind_name(kind));
}

int argument_range(const char *field, int64_t value, int64_t min, int64_t max)
{
	if (value >= min && value <= max)
		return 0;
	return error_invalid(field, "%" PRId64 " is outside %" PRId64 "..%" PRId64, value, min, max);
}

int argument_size(const char *field, uint32_t size, size_t wanted)
{
	return size == wanted ? 0 : error_invalid(field, "its size is %u, not %zu", size, wanted);
}

int argument_text_or_none(const char *field, char *to, size_t room, const char *from)
{
	return text_copy(to, room, from ? from : "")
		       ? 0
		       : error_invalid(field, "longer than %zu bytes", room - 1);
}

int argument_text(const char *field, char *to, size_t room, const char *from)
{
	return argument_given(field, from) < 0 ? GHL_EINVAL : argument_text_or_none(field, to, room, from);
}
