/* SPDX-License-Identifier: Apache-2.0 */
/* Counts by key and sightings: arithmetic, limits, several writers, death in the middle. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/segment.h"
#include "shm/sightings.h"
#include "shm/tally.h"

static void *
map(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert(p != MAP_FAILED);
	return p;
}

static const uint8_t *
key(unsigned n)
{
	static uint8_t k[16];

	memcpy(k + 12, &n, sizeof(n));
	return k;
}

START_TEST(counts)
{
	struct tally *t = tally_make(map(tally_size(3, 64)), 3, 64);

	ck_assert_uint_eq(tally_sum(t, key(1)), 0);
	ck_assert(tally_count(t, 0, key(1), 1));
	ck_assert(tally_count(t, 2, key(1), 1));
	ck_assert(tally_count(t, 2, key(1), 1));
	ck_assert(tally_count(t, 1, key(2), 1));
	ck_assert_uint_eq(tally_sum(t, key(1)), 3);
	ck_assert(tally_count(t, 2, key(1), -1));
	ck_assert_uint_eq(tally_sum(t, key(1)), 2);
	tally_clear(t, 2);
	ck_assert_uint_eq(tally_sum(t, key(1)), 1);
	ck_assert_uint_eq(tally_sum(t, key(2)), 1);
}
END_TEST

START_TEST(limits)
{
	struct tally *t = tally_make(map(tally_size(1, 16)), 1, 16);

	ck_assert(!tally_count(t, 1, key(1), 1));	/* no such slot */
	ck_assert(!tally_count(t, 0, key(1), -1));	/* never counted */
	for (unsigned i = 0; i < 16; i++)
		ck_assert(tally_count(t, 0, key(i), 1));
	ck_assert(!tally_count(t, 0, key(99), 1));	/* full */
	ck_assert_uint_eq(tally_sum(t, key(99)), 0);
	ck_assert(tally_count(t, 0, key(3), -1));
	ck_assert(!tally_count(t, 0, key(3), -1));	/* not below zero */
	ck_assert(tally_count(t, 0, key(99), 1));	/* a count of zero gives way */
	ck_assert_uint_eq(tally_sum(t, key(99)), 1);
	ck_assert_uint_eq(tally_sum(t, key(3)), 0);
}
END_TEST

/* Many clients come and go: zero counts never fill the table. */
START_TEST(churn)
{
	struct tally *t = tally_make(map(tally_size(1, 256)), 1, 256);

	for (unsigned i = 0; i < 100000; i++) {
		ck_assert(tally_count(t, 0, key(i), 1));
		if (i >= 20)
			ck_assert(tally_count(t, 0, key(i - 20), -1));
	}
	for (unsigned i = 0; i < 100000 - 20; i += 997)
		ck_assert_uint_eq(tally_sum(t, key(i)), 0);
	for (unsigned i = 100000 - 20; i < 100000; i++)
		ck_assert_uint_eq(tally_sum(t, key(i)), 1);
}
END_TEST

/*
 * A process that ran wild has written over the head of the table: the master clears what it always
 * cleared.
 */
START_TEST(written_over)
{
	struct tally *t = tally_make(map(tally_size(2, 16)), 2, 16);

	ck_assert(tally_count(t, 0, key(1), 1));
	ck_assert(tally_count(t, 1, key(1), 1));
	memset(t, 0xff, 64);
	tally_clear(t, 1);
	ck_assert_uint_eq(tally_sum(t, key(1)), 1);
	tally_clear(t, 0);
	ck_assert_uint_eq(tally_sum(t, key(1)), 0);
}
END_TEST

/*
 * A writer turns one entry over among many keys; a reader of a key that always counts one never
 * sees more or less.
 */
START_TEST(torn)
{
	struct tally *t = tally_make(map(tally_size(1, 16)), 1, 16);
	pid_t pid;
	int status;

	ck_assert(tally_count(t, 0, key(7), 1));
	pid = fork();
	if (pid == 0) {
		for (unsigned i = 100;; i++) {
			tally_count(t, 0, key(i), 1);
			tally_count(t, 0, key(i), 1);
			tally_count(t, 0, key(i), -1);
			tally_count(t, 0, key(i), -1);
		}
	}
	for (unsigned i = 0; i < 200000; i++)
		ck_assert_uint_eq(tally_sum(t, key(7)), 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ck_assert_uint_eq(tally_sum(t, key(7)), 1);
	tally_clear(t, 0);
	ck_assert_uint_eq(tally_sum(t, key(7)), 0);
	ck_assert(tally_count(t, 0, key(7), 1));
}
END_TEST

START_TEST(sighted)
{
	struct sightings *s = sightings_make(map(sightings_size(128)), 128);
	uint64_t bob = 0x1111222233334444, eve = 0x5555666633334444;	/* the same home */

	ck_assert_uint_eq(sightings_note(s, bob, 1, 1000, 60), 1);
	ck_assert_uint_eq(sightings_note(s, bob, 1, 1001, 60), 1);
	ck_assert_uint_eq(sightings_note(s, bob, 2, 1010, 60), 2);
	ck_assert_uint_eq(sightings_note(s, eve, 2, 1010, 60), 1);
	ck_assert_uint_eq(sightings_note(s, bob, 3, 1061, 60), 3);	/* 1 was seen 60 s ago */
	ck_assert_uint_eq(sightings_note(s, bob, 3, 1062, 60), 2);	/* and now 61 */
	sightings_forget(s, bob, 2);
	ck_assert_uint_eq(sightings_note(s, bob, 3, 1062, 60), 1);
	ck_assert_uint_eq(sightings_note(s, bob, 4, 1062, 60), 2);
	sightings_forget_user(s, bob);
	ck_assert_uint_eq(sightings_note(s, bob, 5, 1062, 60), 1);
	ck_assert_uint_eq(sightings_note(s, eve, 2, 1062, 60), 1);
}
END_TEST

/*
 * A process that ran wild has written over everything, between pages that are not there: nothing
 * outside is touched.
 */
START_TEST(sightings_written_over)
{
	struct sightings *s = sightings_make(segment_make(sightings_size(4096), false), 4096);

	for (unsigned fill = 0; fill < 256; fill += 51) {
		memset(s, (int)fill, sightings_size(4096));
		for (uint64_t u = 1; u < 5000; u++) {
			ck_assert_uint_ge(sightings_note(s, u * 0x9e3779b97f4a7c15, 1, 1000, 60),
			    1);
			ck_assert_uint_le(sightings_note(s, u * 0x9e3779b97f4a7c15, 2, 1000, 60),
			    66);
			sightings_forget(s, u * 0x9e3779b97f4a7c15, 1);
			sightings_forget_user(s, u * 0x9e3779b97f4a7c15);
		}
	}
	segment_free(s, sightings_size(4096));
}
END_TEST

/* More users than there is room for: the oldest give way, the one who asks is counted rightly. */
START_TEST(crowded)
{
	struct sightings *s = sightings_make(map(sightings_size(64)), 64);

	for (uint64_t u = 1; u < 1000; u++) {
		uint64_t user = u * 0x9e3779b97f4a7c15;

		ck_assert_uint_eq(sightings_note(s, user, 1, 1000 + u, 3600), 1);
		ck_assert_uint_eq(sightings_note(s, user, 2, 1000 + u, 3600), 2);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tally");
	TCase *c = tcase_create("tally");
	SRunner *r;
	int failed;

	tcase_add_test(c, counts);
	tcase_add_test(c, limits);
	tcase_add_test(c, churn);
	tcase_add_test(c, written_over);
	tcase_add_test(c, torn);
	tcase_add_test(c, sighted);
	tcase_add_test(c, sightings_written_over);
	tcase_add_test(c, crowded);
	tcase_set_timeout(c, 30);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
