/*
 * fuzz_config.c - any bytes as a configuration: refused with places, or accepted; and what was accepted must
 * read back to the same when it is written out. Nothing is looked up in the file system.
 */
#include "hotline/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config *parse(const char *text, size_t len)
{
	static struct ghl_error errs[CONFIG_ERRORS_MAX];
	struct config_source source = {.name = "fuzz.yaml", .text = text, .len = len, .dir = "/fuzz"};
	struct config *c = NULL;
	unsigned count = 0;
	int rc = config_parse(&source, &c, errs, CONFIG_ERRORS_MAX, &count);

	if ((rc == 0) != (c != NULL) || (rc != 0) != (count > 0))
		abort();
	for (unsigned i = 0; i < count; i++)
		if (strncmp(errs[i].text, "fuzz.yaml", 9) != 0)
			abort();
	return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *c = parse((const char *)data, size), *again;
	struct text first, second;

	if (!c)
		return 0;
	text_init(&first);
	text_init(&second);
	config_write(c, true, &first);
	again = parse(text_str(&first), first.len);
	if (!again)
		abort();
	config_write(again, true, &second);
	if (strcmp(text_str(&first), text_str(&second)) != 0)
		abort();
	text_finish(&first);
	text_finish(&second);
	config_unref(again);
	config_unref(c);
	return 0;
}
