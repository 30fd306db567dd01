/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board and segments: slots, counters that outlive their process, request numbers, memory seen
 * by a child.
 */
#include "shm/board.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/segment.h"

enum { SLOTS = 4 };

static struct board	*b;

static void
make(void)
{
	b = board_make(segment_make(board_size(SLOTS), false), SLOTS, 1000000);
}

static void
unmake(void)
{
	segment_free(b, board_size(SLOTS));
}

START_TEST(slots_are_taken_and_freed)
{
	struct board_view	 v;

	for (unsigned i = 0; i < SLOTS; i++) {
		ck_assert(!board_read(b, i, &v));
		board_take(b, i, BOARD_WORKER, 7, i + 1, 5);
		ck_assert(board_read(b, i, &v) && v.role == BOARD_WORKER && v.worker == i + 1);
	}
	board_free(b, 2);
	ck_assert(!board_read(b, 2, &v));
	board_take(b, 2, BOARD_LOGGER, 8, 0, 6);
	board_enter(b, 2, 4711);
	ck_assert(board_read(b, 2, &v));
	ck_assert(v.role == BOARD_LOGGER && v.state == BOARD_STARTING && v.pid == 4711 &&
	    v.generation == 8 && v.since_us == 6);
	board_set_state(b, 2, BOARD_SERVING);
	ck_assert(board_read(b, 2, &v) && v.state == BOARD_SERVING);
	ck_assert(!board_read(b, SLOTS, &v));
}
END_TEST

START_TEST(totals_survive_and_gauges_do_not)
{
	const unsigned	 s = 1;

	board_take(b, s, BOARD_WORKER, 1, 1, 0);
	board_count(b, s, BOARD_REQUESTS, 5);
	board_count(b, s, BOARD_TUNNELS_OPEN, 3);
	board_count(b, s, BOARD_TUNNELS_OPEN, (uint64_t)-1);
	ck_assert_uint_eq(board_total(b, BOARD_REQUESTS), 5);
	ck_assert_uint_eq(board_total(b, BOARD_TUNNELS_OPEN), 2);
	board_sweep(b, s);
	board_free(b, s);
	ck_assert_uint_eq(board_total(b, BOARD_REQUESTS), 5);
	ck_assert_uint_eq(board_total(b, BOARD_TUNNELS_OPEN), 0);
	board_take(b, s, BOARD_WORKER, 1, 1, 0);
	ck_assert_uint_eq(board_count_of(b, s, BOARD_REQUESTS), 0);
	board_count(b, s, BOARD_REQUESTS, 1);
	ck_assert_uint_eq(board_total(b, BOARD_REQUESTS), 6);
}
END_TEST

/* What a process wrote over is the slot's again when the master takes it. */
START_TEST(taking_does_not_ask_the_board)
{
	struct board_view	 v;

	memset(b->slot, 0xff, sizeof b->slot[0] * SLOTS);
	board_take(b, 3, BOARD_WORKER, 2, 1, 9);
	ck_assert(board_read(b, 3, &v) && v.state == BOARD_STARTING && v.generation == 2);
	ck_assert_uint_eq(board_count_of(b, 3, BOARD_REQUESTS), 0);
}
END_TEST

START_TEST(damage_is_judged)
{
	struct board_view	 v;

	ck_assert(board_valid(b, board_size(SLOTS)));
	ck_assert(!board_valid(b, board_size(SLOTS) - 1));
	ck_assert(!board_valid(b, 3));
	board_take(b, 0, BOARD_WORKER, 1, 1, 0);
	b->slot[0].role = 99;
	ck_assert(!board_read(b, 0, &v));
	b->slot[0].role = BOARD_WORKER;
	b->slot[0].state = UINT64_MAX;
	ck_assert(!board_read(b, 0, &v));
	b->version++;
	ck_assert(!board_valid(b, board_size(SLOTS)));
	b->slots = 0;			/* the master goes on with the board it made */
	ck_assert_uint_eq(board_slots(b), SLOTS);
	board_sweep(b, SLOTS - 1);
	b->slots = UINT32_MAX;
	ck_assert_uint_eq(board_total(b, BOARD_REQUESTS), 0);
	ck_assert(!board_read(b, SLOTS, &v));
}
END_TEST

/*
 * Numbers of a parent and its children never meet, and a later board starts above an earlier one's.
 */
START_TEST(numbers_are_unique)
{
	uint64_t	 mine, *theirs = segment_make(sizeof *theirs * 3, true), previous = 0,
	    later;
	struct board	*next;

	ck_assert_ptr_nonnull(theirs);
	mine = board_number(b);
	ck_assert_uint_ge(mine, UINT64_C(1000000) << 12);
	for (unsigned i = 0; i < 3; i++) {
		if (fork() == 0) {
			board_enter(b, i, (uint64_t)getpid());
			theirs[i] = board_number(b);
			_exit(0);
		}
		wait(NULL);
	}
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_ge(theirs[i], mine + 4096);
		ck_assert_uint_ne(theirs[i], previous);
		previous = theirs[i];
	}
	for (int i = 0; i < 10000; i++) {
		later = board_number(b);
		ck_assert_uint_gt(later, mine);
		mine = later;
	}
	next = aligned_alloc(64, board_size(1));
	memset(next, 0, board_size(1));
	board_make(next, 1, 1000100);
	ck_assert_uint_gt(board_number(next), mine);
	free(next);
	board_enter(NULL, 0, 0);
	ck_assert_uint_ne(board_number(NULL), 0);
	segment_free(theirs, sizeof *theirs * 3);
}
END_TEST

START_TEST(nothing_happens_without_a_board)
{
	struct board_view	 v;

	board_count(NULL, 0, BOARD_REQUESTS, 1);
	board_set_state(NULL, 0, BOARD_SERVING);
	board_sweep(NULL, 0);
	board_free(NULL, 0);
	ck_assert(!board_read(NULL, 0, &v));
	ck_assert_uint_eq(board_total(NULL, BOARD_REQUESTS), 0);
	ck_assert_uint_eq(board_slots(NULL), 0);
}
END_TEST

START_TEST(names)
{
	for (unsigned i = 0; i < BOARD_COUNTERS; i++)
		ck_assert(board_counter_name((enum board_counter)i)[0] != '\0' &&
		    board_counter_what((enum board_counter)i)[0] != '\0');
	ck_assert_str_eq(board_role_name(BOARD_LOGGER), "logger");
	ck_assert_str_eq(board_state_name(BOARD_DRAINING), "draining");
	ck_assert_str_eq(board_role_name((enum board_role)77), "?");
}
END_TEST

START_TEST(segments_have_fences)
{
	size_t	 page = (size_t)sysconf(_SC_PAGESIZE);
	char	*p = segment_make(page, false);
	int	 status;

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < page; i++)
		ck_assert_int_eq(p[i], 0);
	for (int side = 0; side < 2; side++) {
		pid_t	 pid = fork();

		if (pid == 0) {
			close(STDERR_FILENO);
			*(volatile char *)(side == 0 ? p - 1 : p + page) = 1;
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
	}
	segment_free(p, page);
	segment_free(NULL, page);
	errno = 0;
	ck_assert_ptr_null(segment_make(SIZE_MAX - 5, false));
	ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("board");
	TCase	*tc = tcase_create("board");
	SRunner	*runner;
	int	 failed;

	tcase_add_checked_fixture(tc, make, unmake);
	tcase_add_test(tc, slots_are_taken_and_freed);
	tcase_add_test(tc, totals_survive_and_gauges_do_not);
	tcase_add_test(tc, taking_does_not_ask_the_board);
	tcase_add_test(tc, damage_is_judged);
	tcase_add_test(tc, numbers_are_unique);
	tcase_add_test(tc, nothing_happens_without_a_board);
	tcase_add_test(tc, names);
	tcase_add_test(tc, segments_have_fences);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
