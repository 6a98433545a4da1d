/*
 * fuzz_control.c - lines at the control socket: each line of the input is one message. No hotline stands
 * behind it: what is read is parsed, checked against the table of operations and answered; operations
 * themselves find a session that is absent.
 */
#include "server/server_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one_line(const char *line, size_t len)
{
	atomic_bool stop = true;
	struct caller c = {.stop = &stop};
	char *out = rpc_answer(&c, line, len);
	json_t *answer = out ? json_loads(out, 0, NULL) : NULL;

	assert(!out || answer);
	json_decref(answer);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size, *nl;

	for (; at < end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		if (!nl)
			nl = end;
		one_line(at, (size_t)(nl - at));
	}
	return 0;
}
