/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of lib/shm/credcache: what is there, what is not any more, torn entries, several processes
 * at once.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/credcache.h"
#include "shm/segment.h"

static struct credcache	*c;
static size_t		 size;

static void
begin(unsigned entries)
{
	size = credcache_size(entries);
	c = credcache_make(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	    0), entries);
}

static void
end(void)
{
	munmap(c, size);
}

static void
digest(unsigned n, uint8_t d[32])
{
	uint64_t	 x = n * 0x9e3779b97f4a7c15ULL + 1;

	for (unsigned i = 0; i < 32; i++) {
		x ^= x >> 29;
		x *= 0xbf58476d1ce4e5b9ULL;
		d[i] = (uint8_t)(x >> 56);
	}
}

START_TEST(there_or_not)
{
	uint8_t	 a[32], b[32];

	begin(64);
	digest(1, a);
	memcpy(b, a, 32);
	b[31] ^= 1;
	ck_assert(!credcache_has(c, a, 0, UINT64_MAX, 0));
	credcache_put(c, a, 0, 100, 7);
	ck_assert(credcache_has(c, a, 99, UINT64_MAX, 7));
	ck_assert(!credcache_has(c, a, 100, UINT64_MAX, 7));	/* over */
	ck_assert(!credcache_has(c, a, 99, UINT64_MAX, 8));		/* another epoch */
	/* same place, other digest */
	ck_assert(!credcache_has(c, b, 99, UINT64_MAX, 7));
	credcache_put(c, a, 0, 200, 7);
	ck_assert(credcache_has(c, a, 150, UINT64_MAX, 7));
	memset(a, 0, sizeof a);
	/* an unused line is no entry */
	ck_assert(!credcache_has(c, a, 0, UINT64_MAX, 0));
	credcache_put(c, b, 1000, 9000, 7);
	ck_assert(credcache_has(c, b, 1059, 60, 7));			/* a use */
	ck_assert(credcache_has(c, b, 1118, 60, 7));
	ck_assert(!credcache_has(c, b, 1178, 60, 7));			/* not used for too long */
	ck_assert(credcache_has(c, b, 1178, 61, 7));
	end();
}
END_TEST

START_TEST(full)
{
	unsigned	 there = 0;
	uint8_t		 d[32];

	begin(64);
	for (unsigned i = 0; i < 1000; i++) {
		digest(i, d);
		credcache_put(c, d, 0, 1000 + i, 1);
		ck_assert(credcache_has(c, d, 0, UINT64_MAX, 1));
	}
	for (unsigned i = 0; i < 1000; i++) {
		digest(i, d);
		there += credcache_has(c, d, 0, UINT64_MAX, 1);
	}
	ck_assert_uint_eq(there, 64);
	digest(999, d);
	ck_assert(credcache_has(c, d, 0, UINT64_MAX, 1));	/* those that end first gave way */
	end();
}
END_TEST

START_TEST(torn)
{
	uint8_t	 d[32];

	begin(8);
	digest(1, d);
	for (size_t byte = 0; byte < size; byte++) {
		credcache_put(c, d, 0, 100, 1);
		((uint8_t *)c)[byte] ^= 0x10;
		(void)credcache_has(c, d, 99, UINT64_MAX, 1);
		((uint8_t *)c)[byte] ^= 0x10;
	}
	for (size_t byte = 0; byte < 64; byte++) {	/* the one entry */
		memset(c, 0, size);
		credcache_put(c, d, 0, 100, 1);
		ck_assert(credcache_has(c, d, 99, UINT64_MAX, 1));
		((uint8_t *)c)[byte] ^= 0x01;
		ck_assert(!credcache_has(c, d, 99, UINT64_MAX, 1));
	}
	end();
}
END_TEST

/*
 * A process that ran wild has written over everything, between pages that are not there: nothing is
 * found, and nothing outside is touched.
 */
START_TEST(written_over)
{
	uint8_t	 d[32], fill[] = { 0x00, 0x01, 0x7f, 0xff };

	size = credcache_size(512);
	c = credcache_make(segment_make(size, false), 512);
	for (unsigned f = 0; f < sizeof fill; f++) {
		memset(c, fill[f], size);
		for (unsigned i = 0; i < 5000; i++) {
			digest(i, d);
			ck_assert(!credcache_has(c, d, 0, UINT64_MAX, 1));
			credcache_put(c, d, 0, 100, 1);
			ck_assert(credcache_has(c, d, 0, UINT64_MAX, 1));
		}
	}
	segment_free(c, size);
}
END_TEST

/* Writers in three processes on one set: a reader never believes what nobody put there. */
START_TEST(many_at_once)
{
	pid_t	 pids[3];
	uint8_t	 d[32];

	begin(8);
	for (unsigned p = 0; p < 3; p++) {
		pids[p] = fork();
		if (pids[p] != 0)
			continue;
		for (unsigned i = 0; i < 200000; i++) {
			digest(i % 50, d);
			credcache_put(c, d, 0, 1000 + i % 50, i % 50);
		}
		_exit(0);
	}
	for (unsigned i = 0; i < 200000; i++) {
		digest(i % 50, d);
		/* no other's epoch */
		ck_assert(!credcache_has(c, d, 0, UINT64_MAX, i % 50 + 1));
		/* no other's end */
		ck_assert(!credcache_has(c, d, 1000 + i % 50, UINT64_MAX, i % 50));
	}
	for (unsigned p = 0; p < 3; p++)
		waitpid(pids[p], NULL, 0);
	end();
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("credcache");
	TCase	*t = tcase_create("credcache");
	SRunner	*r;
	int	 failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, there_or_not);
	tcase_add_test(t, full);
	tcase_add_test(t, torn);
	tcase_add_test(t, written_over);
	tcase_add_test(t, many_at_once);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
