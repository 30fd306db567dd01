/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store whose files were damaged: the first byte chooses the file, the next three where (times
 * 16), the rest is written there over what a sound store had. Opened, read, kept and written to;
 * every byte that is served is compared (storetest_get).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/store/storetest.h"
#include "base/msg.h"
#include "base/must.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEYS = 12 };
static const char *const	 names[] = { "sepia-segments", "sepia-index" };
static char			*sound[2];
static size_t			 sizes[2];

static void
load(int i)
{
	int	 fd = open(storetest_path(names[i]), O_RDONLY);

	MUST(fd >= 0);
	sizes[i] = (size_t)lseek(fd, 0, SEEK_END);
	sound[i] = malloc(sizes[i]);
	MUST(sound[i] != NULL && pread(fd, sound[i], sizes[i], 0) == (ssize_t)sizes[i]);
	close(fd);
}

static void
save(int i)
{
	int	 fd = open(storetest_path(names[i]), O_WRONLY | O_CREAT, 0600);

	MUST(fd >= 0 && ftruncate(fd, (off_t)sizes[i]) == 0 &&
	    pwrite(fd, sound[i], sizes[i], 0) == (ssize_t)sizes[i]);
	close(fd);
}

static void
prepare(void)
{
	struct store	*s;

	msg_init(open("/dev/null", O_WRONLY), "fuzz", MSG_ERROR);
	store_guard();
	s = storetest_open(2);
	for (uint64_t n = 0; n < KEYS; n++)
		MUST(storetest_put(s, n, 1, n * 900) == STORE_STORED);
	store_leave(s);
	storetest_keep(s, 1);
	store_close(&s);
	load(0);
	load(1);
	atexit(storetest_clean);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store	*s;
	size_t		 at;
	int		 fd;

	if (size < 5)
		return 0;
	if (sound[0] == NULL)
		prepare();
	save(0);
	save(1);
	at = (size_t)(data[1] | data[2] << 8 | data[3] << 16) * 16 % sizes[data[0] & 1];
	fd = open(storetest_path(names[data[0] & 1]), O_WRONLY);
	MUST(fd >= 0 && pwrite(fd, data + 4, size - 4, (off_t)at) == (ssize_t)size - 4);
	close(fd);
	s = storetest_open(2);
	for (uint64_t n = 0; n < KEYS; n++)
		storetest_get(s, n);
	storetest_keep(s, 1);
	for (uint64_t n = 0; n < KEYS; n++)
		storetest_get(s, n);
	storetest_put(s, 3, 2, 3000);
	storetest_get(s, 3);
	store_close(&s);
	return 0;
}
