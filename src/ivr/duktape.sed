# Debian's duktape.c -> ours: bounds on native loops, which no interrupt reaches: steps of a regular expression, lengths in array functions.
s/^#define DUK_RE_EXECUTE_STEPS_LIMIT 1000000000L .*$/#define DUK_RE_EXECUTE_STEPS_LIMIT 1000000L/
/^DUK_LOCAL duk_uint32_t duk__push_this_obj_len_u32(/,/^}/s/^	len = duk_to_uint32(thr, -1);$/&\n	if (len > 100000UL) {\n		DUK_ERROR_RANGE_INVALID_LENGTH(thr);\n	}/
