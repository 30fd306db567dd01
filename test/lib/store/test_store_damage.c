/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damage: bits flipped, runs zeroed or filled with noise, ends cut off, in every file, before
 * opening and while it is open. The store must go on, serve no wrong byte (storetest_get ends the
 * test on one) and take new objects unless it says that it is off.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/must.h"
#include "storetest.h"

enum { ROUNDS = 150, KEYS = 150 };

/* Near the front half of the time: that is where what is believed stands. */
static void
damage(const char *name)
{
	int	 fd = open(storetest_path(name), O_RDWR);
	uint64_t size, at, n;
	char	 noise[4096];

	MUST(fd >= 0);
	size = (uint64_t)lseek(fd, 0, SEEK_END);
	for (uint64_t times = storetest_any(30); times > 0 && size > 0; times--) {
		at = storetest_any(storetest_any(2) ? size : (size < 16384 ? size : 16384));
		n = storetest_any(2) ? 1 : 1 + storetest_any(sizeof noise);
		if (storetest_any(3) == 0)
			memset(noise, 0, sizeof noise);
		else
			for (size_t i = 0; i < sizeof noise; i++)
				noise[i] = (char)storetest_any(256);
		if (n == 1 && pread(fd, noise, 1, (off_t)at) == 1)
			noise[0] = (char)(noise[0] ^ 1 << storetest_any(8));
		if (n > size - at)
			n = size - at;
		MUST(pwrite(fd, noise, n, (off_t)at) == (ssize_t)n);
	}
	if (storetest_any(6) == 0)
		MUST(ftruncate(fd, (off_t)storetest_any(size + 1)) == 0);
	close(fd);
}

static void
look_at_all(struct store *s, uint64_t *seen)
{
	for (uint64_t n = 0; n < KEYS; n++)
		*seen += storetest_get(s, n) >= 0;
}

static void
one_round(int round, uint64_t *seen)
{
	struct store		*s = storetest_open(2);
	struct store_stats	 st;

	for (uint64_t n = 0; n < KEYS; n++)
		storetest_put(s, n, (uint64_t)round + 1, storetest_any(4) ? storetest_any(3000) :
		    storetest_any(40000));
	if (storetest_any(2))
		storetest_keep(s, 1);
	if (storetest_any(3) == 0) {
		damage("sepia-index");
		look_at_all(s, seen);
	}
	store_close(&s);
	damage(storetest_any(2) ? "sepia-segments" : "sepia-index");
	if (storetest_any(4) == 0)
		damage("sepia-segments");
	s = storetest_open(2);
	look_at_all(s, seen);
	storetest_keep(s, 100);
	look_at_all(s, seen);
	store_stat(s, 0, &st);
	if (st.on && storetest_put(s, 7, 1000, 20000) == STORE_STORED)
		MUST(storetest_get(s, 7) == 1000);
	store_close(&s);
	if (!st.on || storetest_any(5) == 0)
		storetest_clean();
}

int
main(void)
{
	uint64_t	 seen = 0;

	storetest_seed = 424242424242;
	msg_init(open("/dev/null", O_WRONLY), "damage", MSG_ERROR);
	store_guard();
	for (int i = 0; i < ROUNDS; i++)
		one_round(i, &seen);
	printf("%d rounds, %llu objects read after damage\n", ROUNDS, (unsigned long long)seen);
	MUST(seen > 1000);
	storetest_clean();
	return 0;
}
