/*
 * fuzz_store_record.c - any bytes as an entry of any table, as a damaged or foreign store may hold them: the
 * first byte picks the table, the second tells the key's length. `db check` must bear it and say what is
 * wrong; a roll-up it accepts has a key that is written as it was read.
 */
#include "base/clock.h"
#include "hotline/check.h"
#include "report/rollup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* An empty store, whose folder is gone as soon as it is open. */
static struct store_read *empty_store(void)
{
	static struct ghl_clock clock;
	static struct store_read *read;
	struct store_opts opts = {.clock = &clock, .no_sync = true};
	char dir[] = "/tmp/ghl-fuzz-XXXXXX", path[64];
	struct store *s;

	if (read)
		return read;
	clock_init_virtual(&clock, 1790000000000000);
	must(mkdtemp(dir) != NULL);
	must(store_open(&s, dir, &opts, NULL) == 0);
	must(store_read_begin(s, &read) == 0);
	(void)snprintf(path, sizeof(path), "%s/data.mdb", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/lock.mdb", dir);
	(void)unlink(path);
	(void)rmdir(dir);
	return read;
}

static void look_rollup(const struct store_item *item)
{
	struct ghl_error err = {0};
	struct rollup_key k;
	uint8_t key[ROLLUP_KEY_MAX];

	if (report_item_check(item, &err) < 0) {
		must(err.text[0] != '\0');
		return;
	}
	must(rollup_key_read(item->key, item->klen, &k));
	must(rollup_key_write(&k, key) == item->klen && memcmp(key, item->key, item->klen) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static check_item_fn *const fns[] = {check_call, check_call_by_id, check_call_by_number,
		check_call_open, check_name, check_recording, check_recording_by_call, check_agent_span,
		check_meta};
	struct ghl_error err = {0};
	struct check c = {.read = empty_store(), .err = &err};
	struct store_item item = {.version = 1};
	size_t table;

	if (size < 2)
		return 0;
	table = data[0] % (sizeof(fns) / sizeof(fns[0]) + 1);
	item.key = data + 2;
	item.klen = data[1] < size - 2 ? data[1] : size - 2;
	item.value = data + 2 + item.klen;
	item.vlen = size - 2 - item.klen;
	if (item.klen == 0)
		return 0;
	if (table == sizeof(fns) / sizeof(fns[0]))
		look_rollup(&item);
	else if (fns[table](&c, &item) < 0)
		must(err.text[0] != '\0');
	return 0;
}
