/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rings: order and content over many laps, fullness, wake words, reopening, damage, a writer killed
 * at any point.
 */
#include "shm/ring.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE	((size_t)RING_SIZE_MIN)

/* Content that follows from a number, so that a reader can judge it. */
static size_t
fill(char *to, uint32_t i)
{
	size_t	 n = i % 700;

	for (size_t k = 0; k < n; k++)
		to[k] = (char)(i * 31 + k);
	return n;
}

START_TEST(laps)
{
	struct ring	*r = ring_anonymous(SIZE);
	uint64_t	 at = ring_tail(r);
	uint32_t	 in = 0, out = 0;
	char		 a[1024];

	ck_assert_ptr_nonnull(r);
	while (out < 20000) {
		const void	*p;
		uint16_t	 dest, kind;
		size_t		 n;

		while (in < 20000 && ring_put(r, (uint16_t)in, (uint16_t)(in >> 8), a, fill(a, in)))
			in++;
		while (ring_next(r, &at, &dest, &kind, &p, &n)) {
			ck_assert_uint_eq(n, fill(a, out));
			ck_assert_int_eq(memcmp(p, a, n), 0);
			ck_assert_uint_eq(dest, (uint16_t)out);
			ck_assert_uint_eq(kind, (uint16_t)(out >> 8));
			out++;
		}
		ring_free_to(r, at);
	}
	ck_assert_uint_eq(ring_used(r), 0);
	ck_assert_uint_eq(ring_damaged(r), 0);
	ring_close(&r);
	ck_assert_ptr_null(r);
}
END_TEST

START_TEST(full)
{
	struct ring	*r = ring_anonymous(SIZE);
	static char	 big[RING_RECORD_MAX + 1];
	unsigned	 n = 0;
	uint64_t	 at;
	uint16_t	 dest, kind;
	const void	*p;
	size_t		 len;

	ck_assert(!ring_put(r, 0, 0, big, sizeof big));
	while (ring_put(r, 1, 1, big, 1000))
		n++;
	ck_assert_uint_eq(n, SIZE / ring_cost(1000));
	ck_assert_uint_lt(ring_room(r), 1000);
	ck_assert(ring_put(r, 1, 1, big, ring_room(r) & ~(size_t)7));
	ck_assert(!ring_put(r, 1, 1, big, 0));
	at = ring_tail(r);
	ck_assert(ring_next(r, &at, &dest, &kind, &p, &len));
	ck_assert(!ring_put(r, 1, 1, big, 0));	/* read is not freed */
	ring_free_to(r, at);
	ck_assert(ring_put(r, 1, 1, big, 1000));
	ring_close(&r);
}
END_TEST

START_TEST(reserve)
{
	struct ring	*r = ring_anonymous(SIZE);
	uint64_t	 at = ring_tail(r);
	uint16_t	 dest, kind;
	const void	*p;
	size_t		 n;
	char		*room;

	for (int i = 0; i < 1000; i++) {
		room = ring_reserve(r, RING_RECORD_MAX);
		ck_assert_ptr_nonnull(room);
		memset(room, 0xee, 64);
		/* not there before the commit */
		ck_assert(!ring_next(r, &at, &dest, &kind, &p, &n));
		memcpy(room, "hello", 5);
		ring_commit(r, 7, 9, 5);
		ck_assert(ring_next(r, &at, &dest, &kind, &p, &n));
		ck_assert_uint_eq(n, 5);
		ck_assert_int_eq(memcmp(p, "hello", 5), 0);
		ring_free_to(r, at);
	}
	ring_close(&r);
}
END_TEST

START_TEST(wake_words)
{
	struct ring	*r = ring_anonymous(SIZE);
	static char	 big[60000];

	ck_assert(!ring_wants_wake(r));
	ring_sleep(r, RING_SLEEPING);
	ck_assert(ring_wants_wake(r));
	ck_assert(!ring_wants_wake(r));		/* once a sleep */
	ring_sleep(r, RING_NAPPING);
	ck_assert(!ring_wants_wake(r));
	for (int i = 0; i < 3; i++)
		ck_assert(ring_put(r, 0, 0, big, sizeof big));
	ck_assert(ring_wants_wake(r));		/* half full */
	ck_assert(!ring_wants_wake(r));
	ring_close(&r);
}
END_TEST

static char	 path[64];

static void
name_file(void)
{
	snprintf(path, sizeof path, "/tmp/test_ring.%d", (int)getpid());
	unlink(path);
}

START_TEST(reopen)
{
	struct ring	*r;
	uint64_t	 at, id;
	uint16_t	 dest, kind;
	const void	*p;
	size_t		 n;
	int		 fd;

	name_file();
	r = ring_open(path, SIZE, 0600);
	ck_assert_ptr_nonnull(r);
	id = ring_id(r);
	ck_assert(ring_put(r, 3, 4, "left behind", 11));
	ring_close(&r);

	r = ring_open(path, SIZE * 2, 0600);	/* unread: keeps its size */
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(ring_id(r), id);
	ck_assert_uint_eq(ring_size(r), SIZE);
	ck_assert(ring_reset_writer(r));
	at = ring_tail(r);
	ck_assert(ring_next(r, &at, &dest, &kind, &p, &n));
	ck_assert_uint_eq(n, 11);
	ck_assert_int_eq(memcmp(p, "left behind", 11), 0);
	ring_free_to(r, at);
	ring_close(&r);

	r = ring_open(path, SIZE * 2, 0600);	/* nothing unread: the size asked for */
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_ne(ring_id(r), id);
	ck_assert_uint_eq(ring_size(r), SIZE * 2);
	ring_close(&r);

	fd = open(path, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, "something", 9, 0), 9);
	close(fd);
	errno = 0;
	ck_assert_ptr_null(ring_open(path, SIZE, 0600));
	ck_assert_int_eq(errno, EINVAL);
	unlink(path);
}
END_TEST

START_TEST(damage)
{
	struct ring	*r = ring_anonymous(SIZE);
	uint64_t	 at = ring_tail(r);
	uint16_t	 dest, kind;
	const void	*p;
	size_t		 n;

	ck_assert(ring_put(r, 1, 1, "first", 5));
	ck_assert(ring_put(r, 1, 1, "second", 6));
	ck_assert(ring_next(r, &at, &dest, &kind, &p, &n));
	((char *)(uintptr_t)p)[24] ^= 1;	/* inside of the second */
	ck_assert(!ring_next(r, &at, &dest, &kind, &p, &n));
	ck_assert_uint_eq(ring_damaged(r), 1);
	ck_assert_uint_eq(at, ring_head(r));
	ck_assert(ring_put(r, 1, 1, "third", 5));
	ck_assert(ring_next(r, &at, &dest, &kind, &p, &n));
	ck_assert_int_eq(memcmp(p, "third", 5), 0);
	ring_close(&r);
}
END_TEST

static bool
next_is(struct ring *r, uint64_t *at, const char *text)
{
	uint16_t	 dest, kind;
	const void	*p;
	size_t		 n;

	return ring_next(r, at, &dest, &kind, &p, &n) && n == strlen(text) &&
	    memcmp(p, text, n) == 0;
}

/*
 * What is put while the ring is held is there when it is shown, or when its writer died; not when
 * it is dropped.
 */
START_TEST(held)
{
	struct ring	*r = ring_anonymous(SIZE);
	uint64_t	 at = ring_tail(r);
	int		 status;
	pid_t		 pid;

	ring_hold(r);
	ck_assert(ring_put(r, 1, 1, "one", 3));
	ck_assert_uint_eq(ring_used(r), 0);
	ring_drop(r);
	ck_assert(!ring_settle(r));
	ring_hold(r);
	ck_assert(ring_put(r, 1, 1, "two", 3));
	ck_assert(ring_put(r, 1, 1, "three", 5));
	ck_assert(!next_is(r, &at, "two"));
	ring_show(r);
	ck_assert(next_is(r, &at, "two"));
	ck_assert(next_is(r, &at, "three"));
	pid = fork();
	if (pid == 0) {
		ring_hold(r);
		ring_put(r, 1, 1, "four", 4);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ck_assert(!next_is(r, &at, "four"));
	ck_assert(ring_settle(r));
	ck_assert(next_is(r, &at, "four"));
	ck_assert(!ring_settle(r));
	ck_assert_uint_eq(ring_damaged(r), 0);
	ring_close(&r);
}
END_TEST

/*
 * A writer that ran wild has written over the head page: nobody reads or writes outside of the
 * ring.
 */
START_TEST(written_over)
{
	struct ring	*r = ring_anonymous(SIZE);
	uint64_t	 at = ring_tail(r);
	uint16_t	 dest, kind;
	const void	*p;
	size_t		 n;

	ck_assert(ring_put(r, 1, 1, "first", 5));
	ck_assert(ring_next(r, &at, &dest, &kind, &p, &n));
	memset((char *)(uintptr_t)p - 16 - 4096, 0xee, 512);
	ck_assert(!ring_settle(r));
	ck_assert(!ring_next(r, &at, &dest, &kind, &p, &n));
	ck_assert_uint_eq(ring_size(r), SIZE);
	ring_free_to(r, at);
	ring_reset_writer(r);
	ck_assert(ring_put(r, 1, 1, "second", 6));
	ring_close(&r);
}
END_TEST

/*
 * Whoever has the file may cut it off: opening, judging and mending it touch nothing that is gone;
 * who had it mapped goes on.
 */
START_TEST(cut_off)
{
	struct ring	*r, *old;
	uint64_t	 at, id;

	name_file();
	r = ring_open(path, SIZE, 0600);
	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(ring_mend(r), RING_WHOLE);
	ck_assert(!ring_waiting(r));
	ck_assert(ring_put(r, 1, 1, "one", 3));
	ck_assert(ring_waiting(r));
	id = ring_id(r);
	for (off_t n = 0; n < 3 * 4096; n += 1000) {
		ck_assert_int_eq(truncate(path, n), 0);
		ck_assert_uint_eq(ring_size(r), SIZE);
		ring_waiting(r);
		ck_assert_int_eq(ring_mend(r), RING_MENDED);
		ck_assert_int_eq(ring_mend(r), RING_WHOLE);
		if (n < 256)
			ck_assert_uint_ne(ring_id(r), id);
		at = ring_tail(r);
		ck_assert(ring_reset_writer(r));
		ck_assert(ring_put(r, 1, 1, "two", 3));
		while (at != ring_head(r))
			if (next_is(r, &at, "two"))
				break;
		ring_free_to(r, at);
		ck_assert_uint_eq(ring_used(r), 0);
	}
	old = r;				/* one that is cut while it is opened again */
	ck_assert_int_eq(truncate(path, 0), 0);
	r = ring_open(path, SIZE, 0600);
	ck_assert_ptr_nonnull(r);
	ring_close(&old);
	ring_close(&r);
	unlink(path);
}
END_TEST

START_TEST(anonymous_cannot_be_cut)
{
	struct ring	*r = ring_anonymous(SIZE);
	char		 maps[4096], *line;
	FILE		*f = fopen("/proc/self/maps", "r");
	int		 fds = 0;

	ck_assert_ptr_nonnull(f);
	while ((line = fgets(maps, sizeof maps, f)) != NULL)
		fds += strstr(line, "sepia-ring") != NULL;
	fclose(f);
	ck_assert_int_gt(fds, 0);
	for (int fd = 3; fd < 64; fd++) {
		char	 link[64], to[256];
		ssize_t	 n;

		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		n = readlink(link, to, sizeof to - 1);
		if (n > 0 && (to[n] = '\0', strstr(to, "sepia-ring") != NULL)) {
			ck_assert_int_ne(ftruncate(fd, 0), 0);
			ck_assert_int_eq(errno, EPERM);
			fds = -1;
		}
	}
	ck_assert_int_eq(fds, -1);
	ring_close(&r);
}
END_TEST

/*
 * A successor shows what its dead predecessor held, and a reader that read the position before does
 * not undo what the successor did.
 */
START_TEST(held_by_a_dead_predecessor)
{
	struct ring		*r = ring_anonymous(SIZE);
	uint64_t		 at = ring_tail(r);
	struct ring_position	 p;

	ring_hold(r);
	ck_assert(ring_put(r, 1, 1, "last", 4));
	p = ring_position(r);
	ck_assert(ring_reset_writer(r));
	ck_assert(next_is(r, &at, "last"));
	ring_hold(r);
	ck_assert(ring_put(r, 1, 1, "next", 4));
	ck_assert(!ring_settle_at(r, p));
	ck_assert(!next_is(r, &at, "next"));
	ring_show(r);
	ck_assert(!ring_settle_at(r, p));
	ck_assert(next_is(r, &at, "next"));
	ring_close(&r);
}
END_TEST

/*
 * A writer is killed at random points; all it committed is whole and in order, and a new writer
 * goes on.
 */
START_TEST(killed_writer)
{
	struct ring	*r = ring_anonymous(SIZE);
	uint64_t	 at = ring_tail(r), records = 0;
	char		 a[1024];

	for (int round = 0; round < 30; round++) {
		uint32_t	 next = 0;
		int		 status, since = -1;	/* turns since it was killed */
		pid_t		 pid = fork();

		if (pid == 0) {
			char	 b[1024];

			ring_reset_writer(r);
			for (uint32_t i = 0;; )
				if (ring_put(r, 1, 2, b, fill(b, i)))
					i++;
		}
		for (int spins = 0; since < 500; spins++) {
			uint16_t	 dest, kind;
			const void	*p;
			size_t		 n;

			if (since >= 0)
				since++;
			else if (next > (uint32_t)round * 20) {
				kill(pid, SIGKILL);
				since = 0;
			}
			if (since == 499) {
				waitpid(pid, &status, 0);
				ring_settle(r);		/* it may have died before it showed one */
			}
			while (ring_next(r, &at, &dest, &kind, &p, &n)) {
				ck_assert_uint_eq(n, fill(a, next));
				ck_assert_int_eq(memcmp(p, a, n), 0);
				next++;
				records++;
			}
			ring_free_to(r, at);
			if (spins % 100 == 0)
				usleep(100);
		}
		ck_assert_uint_eq(ring_used(r), 0);
	}
	ck_assert_uint_eq(ring_damaged(r), 0);
	ck_assert_uint_gt(records, 1000);
	ring_close(&r);
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("ring");
	TCase	*c = tcase_create("ring");
	SRunner	*r;
	int	 failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, laps);
	tcase_add_test(c, full);
	tcase_add_test(c, reserve);
	tcase_add_test(c, wake_words);
	tcase_add_test(c, reopen);
	tcase_add_test(c, damage);
	tcase_add_test(c, held);
	tcase_add_test(c, written_over);
	tcase_add_test(c, cut_off);
	tcase_add_test(c, anonymous_cannot_be_cut);
	tcase_add_test(c, held_by_a_dead_predecessor);
	tcase_add_test(c, killed_writer);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
