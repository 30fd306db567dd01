/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks and people that fail the store while it runs: every system call in turn, files cut,
 * removed, replaced, of another version, a clock set back, limits reached. It goes on without
 * storing or with less, says so, and comes back; no wrong byte is served (storetest_get ends the
 * test on one).
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/must.h"
#include "storesuite.h"
#include "storetest.h"
#include "store/diskio.h"
#include "store/superblock.h"

static struct store	*s;
static int		 messages[2];		/* what the store says: a pipe */

static void
begin(void)
{
	ck_assert_int_eq(pipe2(messages, O_NONBLOCK | O_CLOEXEC), 0);
	msg_init(messages[1], "test", MSG_INFO);
	s = storetest_open(4);
}

static void
end(void)
{
	diskio = &diskio_system;
	if (s != NULL)
		store_close(&s);
	storetest_clean();
	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	close(messages[0]);
	close(messages[1]);
}

/* Lines said since the last call that contain word. */
static unsigned
said(const char *word)
{
	static char	 all[65536];
	ssize_t		 n = read(messages[0], all, sizeof all - 1);
	unsigned	 found = 0;
	char		*rest = all;

	all[(n > 0) ? n : 0] = '\0';
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		found += strstr(line, word) != NULL;
	return found;
}

/* ---- every call in turn ---- */

enum call { READ, WRITE, SYNC, START, ALLOCATE, ZERO, RESIZE, INCORE, ROOM, CALLS };
static unsigned	 bad_calls;	/* bits */
static int	 bad_errno;

static bool
is_bad(enum call c)
{
	errno = bad_errno;
	return (bad_calls >> c & 1) != 0;
}

static ssize_t
try_read(int fd, const struct iovec *v, int n, off_t at, int f)
{
	return is_bad(READ) ? -1 : diskio_system.readv(fd, v, n, at, f);
}

static ssize_t
try_write(int fd, const struct iovec *v, int n, off_t at)
{
	return is_bad(WRITE) ? -1 : diskio_system.writev(fd, v, n, at);
}

static int
try_sync(int fd)
{
	return is_bad(SYNC) ? -1 : diskio_system.sync(fd);
}

static int
try_start(int fd, off_t at, off_t n)
{
	return is_bad(START) ? -1 : diskio_system.start(fd, at, n);
}

static int
try_allocate(int fd, off_t at, off_t n)
{
	return is_bad(ALLOCATE) ? -1 : diskio_system.allocate(fd, at, n);
}

static int
try_zero(int fd, off_t at, off_t n)
{
	return is_bad(ZERO) ? -1 : diskio_system.zero(fd, at, n);
}

static int
try_resize(int fd, off_t n)
{
	return is_bad(RESIZE) ? -1 : diskio_system.resize(fd, n);
}

static int
try_incore(void *p, size_t n, unsigned char *there)
{
	return is_bad(INCORE) ? -1 : diskio_system.incore(p, n, there);
}

static int
try_room(const char *path, uint64_t *bytes)
{
	return is_bad(ROOM) ? -1 : diskio_system.room(path, bytes);
}

static const struct diskio	 trying = {
	.readv = try_read, .writev = try_write, .sync = try_sync, .start = try_start,
	.allocate = try_allocate, .zero = try_zero, .resize = try_resize, .incore = try_incore,
	.room = try_room,
};

static const int	 errors[] = { EIO, ENOSPC, EOPNOTSUPP };

/* Reads, writes and upkeep for a while; the clock goes on by so many seconds. */
static void
live(uint64_t from, uint64_t now_s, uint64_t seconds)
{
	for (uint64_t i = 0; i < 600; i++) {
		storetest_put(s, from + i % 100, from + i, i % 7 * 1700);
		storetest_get(s, from + (i * 37) % 100);
		if (i % 10 == 0)
			storetest_keep(s, now_s + i * seconds / 600);
	}
}

START_TEST(any_call_may_fail)
{
	enum call bad = (enum call)(_i % CALLS);
	uint64_t seen = 0;

	bad_errno = errors[_i / CALLS];
	bad_calls = 0;
	diskio = &trying;
	live(0, 1000, 100);
	bad_calls = 1U << bad;
	live(100, 1100, 3000);			/* it fails for most of an hour */
	ck_assert_uint_le(said("is off"), 12);
	bad_calls = 0;
	live(200, 10000, 1000);
	for (uint64_t n = 200; n < 300; n++)
		seen += storetest_get(s, n) >= 0;
	ck_assert_uint_ge(seen, 50);			/* the rest was reclaimed */
}
END_TEST

/*
 * A disk that is full when the files are made: nothing is left behind, and when there is room they
 * are made.
 */
START_TEST(full_when_it_is_made)
{
	store_close(&s);
	storetest_clean();
	bad_calls = 1U << ALLOCATE;
	bad_errno = ENOSPC;
	diskio = &trying;
	s = storetest_open(4);
	ck_assert_int_eq(storetest_put(s, 1, 1, 100), STORE_OFF);
	ck_assert_int_eq(access(storetest_path("sepia-segments.new"), F_OK), -1);
	ck_assert_int_eq(access(storetest_path("sepia-segments"), F_OK), -1);
	bad_calls = 0;
	for (uint64_t t = 1000; t < 1100; t += 5)
		storetest_keep(s, t);
	ck_assert_int_eq(storetest_put(s, 1, 1, 100), STORE_STORED);
	ck_assert_int_eq(access(storetest_path("sepia-segments.new"), F_OK), -1);
}
END_TEST

/* The same while opening: off, said once, and on when the disk works. */
START_TEST(any_call_may_fail_at_the_start)
{
	enum call bad = (enum call)(_i % CALLS);

	store_close(&s);
	if (_i < CALLS)
		storetest_clean();
	bad_calls = 1U << bad;
	bad_errno = EIO;
	diskio = &trying;
	s = storetest_open(4);
	for (uint64_t t = 1000; t < 2000; t += 5)
		storetest_keep(s, t);
	ck_assert_uint_le(said("is off"), 8);
	bad_calls = 0;
	storetest_keep(s, 5000);
	ck_assert_int_eq(storetest_put(s, 1, 1, 9000), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 1);
}
END_TEST

/* ---- files changed from outside while they are open ---- */

enum outside { CUT_SEGMENTS, EMPTY_SEGMENTS, REMOVE_SEGMENTS, REPLACE_SEGMENTS, REMOVE_INDEX,
    REPLACE_INDEX, OUTSIDES };

static void
meddle(enum outside what)
{
	char	 other[512];

	snprintf(other, sizeof other, "%s", storetest_path("other"));
	switch (what) {
	case CUT_SEGMENTS:
		ck_assert_int_eq(truncate(storetest_path("sepia-segments"), 300000), 0);
		break;
	case EMPTY_SEGMENTS:
		ck_assert_int_eq(truncate(storetest_path("sepia-segments"), 0), 0);
		break;
	case REMOVE_SEGMENTS:
		ck_assert_int_eq(unlink(storetest_path("sepia-segments")), 0);
		break;
	case REMOVE_INDEX:
		ck_assert_int_eq(unlink(storetest_path("sepia-index")), 0);
		break;
	case REPLACE_SEGMENTS:
	case REPLACE_INDEX:
		close(open(other, O_WRONLY | O_CREAT, 0600));
		ck_assert_int_eq(rename(other,
		    storetest_path((what == REPLACE_INDEX) ? "sepia-index" : "sepia-segments")), 0);
		break;
	case OUTSIDES:
		ck_abort();
	}
}

START_TEST(meddled_with_while_open)
{
	uint64_t seen = 0;

	live(0, 1000, 10);
	meddle((enum outside)_i);
	for (uint64_t n = 0; n < 100; n++)
		storetest_get(s, n);
	live(100, 2000, 1000);
	for (uint64_t n = 100; n < 200; n++)
		seen += storetest_get(s, n) >= 0;
	ck_assert_uint_ge(seen, 50);			/* it goes on; the rest was reclaimed */
	if (_i == REMOVE_SEGMENTS || _i == REPLACE_SEGMENTS)
		ck_assert_uint_eq(said("removed or replaced"), 1);
	store_close(&s);
	s = storetest_open(4);				/* and starts again, with what is left */
	for (uint64_t n = 0; n < 200; n++)
		storetest_get(s, n);
	storetest_keep(s, 5000);
	if (storetest_put(s, 1, 7000, 5000) == STORE_STORED)
		ck_assert_int_eq(storetest_get(s, 1), 7000);
	else
		ck_assert_uint_ge(said("is off"), 1);
}
END_TEST

/*
 * The index is cut off while two processes read and write and a third keeps: nobody dies, all go
 * on.
 */
START_TEST(index_cut_under_load)
{
	pid_t	 pids[2];
	int	 status, fd;

	store_guard();
	for (unsigned i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		store_join(s, i + 1);
		for (unsigned round = 0; round < 40; round++) {
			for (uint64_t n = 0; n < 200; n++) {
				storetest_get(s, n);
				storetest_put(s, i * 1000 + n, round, n * 10);
			}
			usleep(1000);
		}
		_exit(0);
	}
	store_join(s, 3);
	for (uint64_t t = 1000; t < 3000; t += 20) {
		if (t % 200 == 0 && (fd = open(storetest_path("sepia-index"), O_WRONLY)) >= 0) {
			ck_assert_int_eq(ftruncate(fd, (t % 400) ? 0 : 4096), 0);
			close(fd);
		}
		storetest_keep(s, t);
		usleep(1000);
	}
	for (unsigned i = 0; i < 2; i++)
		ck_assert(waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 0);
	store_slot_died(s, 1);
	store_slot_died(s, 2);
	/* finds out, should nobody have touched the index since it was last cut */
	storetest_get(s, 1);
	storetest_keep(s, 100000);
	ck_assert_int_eq(storetest_put(s, 1, 7000, 5000), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 7000);
}
END_TEST

/* ---- other versions, clocks, sizes, limits ---- */

START_TEST(another_version_is_left_alone)
{
	struct superblock	 b;
	struct store_dir	 d = storetest_options();
	char			 why[256], before[4096], after[4096];
	int			 fd;

	storetest_put(s, 1, 1, 100);
	store_close(&s);
	fd = open(storetest_path("sepia-segments"), O_RDWR);
	ck_assert(pread(fd, &b, sizeof b, 0) == (ssize_t)sizeof b);
	b.version += 1;
	b.generation += 10;
	superblock_seal(&b);
	ck_assert(pwrite(fd, &b, sizeof b, 0) == (ssize_t)sizeof b &&
	    pwrite(fd, &b, sizeof b, SUPERBLOCK_SECOND) == (ssize_t)sizeof b);
	ck_assert(pread(fd, before, sizeof before, 0) == (ssize_t)sizeof before);
	s = storetest_open(4);
	ck_assert_uint_eq(said("another version"), 1);
	ck_assert_int_eq(storetest_put(s, 1, 2, 100), STORE_OFF);
	storetest_keep(s, 1000);
	ck_assert(!store_prepare(&d, why, sizeof why));
	ck_assert_ptr_nonnull(strstr(why, "another version"));
	ck_assert(pread(fd, after, sizeof after, 0) == (ssize_t)sizeof after &&
	    memcmp(before, after, sizeof after) == 0);
	close(fd);
}
END_TEST

START_TEST(a_clock_set_back)
{
	live(0, 1700000000, 100);
	live(0, 5, 100);			/* 1970 */
	for (uint64_t n = 0; n < 5; n++)
		ck_assert_int_eq(storetest_put(s, n, 5000 + n, 3000), STORE_STORED);
	store_close(&s);
	unlink(storetest_path("sepia-index"));
	s = storetest_open(4);
	storetest_keep(s, 6);
	/* the newer record counts, whatever the clock said */
	for (uint64_t n = 0; n < 5; n++)
		ck_assert_int_eq(storetest_get(s, n), (int64_t)(5000 + n));
	live(100, 6, 100);
}
END_TEST

/*
 * Full of objects, then smaller, then larger than ever: what stands in segments that remain is
 * there, nothing else is wrong.
 */
START_TEST(smaller_and_larger)
{
	struct store_dir	 d = storetest_options();
	struct store_stats	 st;
	uint64_t		 seen[3] = { 0 },
	    bytes[3] = { d.bytes, d.bytes / 4, d.bytes * 100 };

	for (uint64_t n = 0; n < 450; n++)
		ck_assert_int_eq(storetest_put(s, n, 1, 3000), STORE_STORED);
	for (int i = 0; i < 3; i++) {
		store_close(&s);
		d.bytes = bytes[i];
		s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 4 });
		storetest_keep(s, 100);
		for (uint64_t n = 0; n < 450; n++)
			seen[i] += storetest_get(s, n) == 1;
		store_stat(s, 0, &st);
		ck_assert(st.on && st.damaged == 0);
		ck_assert_int_eq(storetest_put(s, 1000, 1, 3000), STORE_STORED);
		ck_assert_int_eq(storetest_get(s, 1000), 1);
	}
	ck_assert_uint_eq(seen[0], 450);
	ck_assert(seen[1] > 50 && seen[1] < 200 && seen[2] + 30 > seen[1]);
	ck_assert_uint_eq(said("cannot grow further"), 1);
}
END_TEST

START_TEST(limits)
{
	struct store_dir	 d = storetest_options();
	struct store_options	 o = { .dirs = &d, .dirs_n = 1, .slots = STORE_SLOTS_MAX,
	    .underway = 16384 };

	store_close(&s);
	s = store_open(&o);
	ck_assert_ptr_nonnull(s);
	store_join(s, STORE_SLOTS_MAX - 1);
	ck_assert_int_eq(storetest_put(s, 1, 1, 9000), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 1);
	store_slot_died(s, STORE_SLOTS_MAX - 1);
	store_close(&s);
	o.slots++;
	ck_assert_ptr_null(store_open(&o));
	ck_assert_int_eq(errno, EINVAL);
	o.slots = 0;
	ck_assert_ptr_null(store_open(&o));
	o.slots = 2;
	o.underway = 65536;
	ck_assert_ptr_null(store_open(&o));
	o.underway = 0;
	o.dirs_n = 0;
	s = store_open(&o);			/* no cache_dir at all */
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(storetest_put(s, 1, 1, 9000), STORE_OFF);
	ck_assert_int_eq(storetest_get(s, 1), -1);
	storetest_keep(s, 1);
}
END_TEST

/* ---- a disk that is slower than what comes ---- */

static off_t	 started_bytes;

static int
count_start(int fd, off_t at, off_t n)
{
	(void)fd;
	(void)at;
	started_bytes += n;
	return 0;
}

START_TEST(a_slow_disk_stops_the_storing)
{
	struct store_dir	 d = storetest_options();
	struct store_key	 k = storetest_key(1);
	struct store_stats	 st;
	uint64_t		 stored = 0;

	store_close(&s);
	d.behind_bytes = 6 * 65536;
	s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 2 });
	for (uint64_t n = 0; n < 450; n++)
		stored += storetest_put(s, n, 1, 3000) == STORE_STORED;
	store_stat(s, 0, &st);
	ck_assert(st.full == 7 && st.behind > 0 && st.free > 20 && stored > 100 && stored < 170);
	ck_assert(store_delete(s, &k));		/* what must be said is said */
	storetest_keep(s, 1);
	ck_assert_int_eq(storetest_put(s, 1000, 1, 3000), STORE_STORED);
	store_stat(s, 0, &st);
	ck_assert_uint_le(st.full, 1);
}
END_TEST

/*
 * Another process: its segment is the oldest, and gets tombs that count after this process has
 * begun one of its own.
 */
static void
bury_in_the_oldest(void)
{
	int	 go[2], begun[2];
	char	 c;
	pid_t	 pid;

	ck_assert(pipe(go) == 0 && pipe(begun) == 0);
	pid = fork();
	if (pid == 0) {
		store_join(s, 1);
		MUST(storetest_put(s, 1, 1, 100) == STORE_STORED && write(begun[1], "x", 1) == 1 &&
		    read(go[0], &c, 1) == 1);
		for (uint64_t n = 0; n < 100; n++) {
			struct store_key k = storetest_key(n);

			store_delete(s, &k);
		}
		_exit(0);
	}
	store_join(s, 2);
	ck_assert(read(begun[0], &c, 1) == 1);
	ck_assert_int_eq(storetest_put(s, 2000, 1, 100), STORE_STORED);
	ck_assert(write(go[1], "x", 1) == 1 && waitpid(pid, NULL, 0) == pid);
	store_slot_died(s, 1);
}

/*
 * Everything is full but for the keeper's own segment, which not even tombs may take: it makes
 * room. (Where that is full too: test_store_kills.)
 */
START_TEST(full_to_the_last_segment)
{
	struct store_stats	 st;
	struct store_key	 k = storetest_key(3000);

	bury_in_the_oldest();
	for (uint64_t n = 100; n < 20000; n++) {
		if (storetest_put(s, n, 1, 3000) != STORE_STORED)
			store_delete(s, &k);
		store_stat(s, 0, &st);
		if (st.free <= 1 && st.unburied > 0)
			break;
	}
	ck_assert(st.free == 1 && st.unburied > 0);
	store_close(&s);
	s = storetest_open(4);
	ck_assert_int_eq(storetest_put(s, 1000, 1, 3000), STORE_NO_ROOM);
	storetest_keep(s, 1);
	ck_assert_int_eq(storetest_put(s, 1000, 1, 3000), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1000), 1);
	ck_assert_int_eq(storetest_get(s, 1), -1);
	live(2000, 1000, 100);
}
END_TEST

START_TEST(writing_begins_before_sealing)
{
	struct store_dir	 d = { .path = storetest_dir(), .bytes = 512 << 20,
	    .segment_bytes = 64 << 20 };
	struct diskio		 counting = diskio_system;
	static char		 body[1 << 20];
	struct store_key	 k = storetest_key(1);
	struct store_meta	 m = { .head = SPAN("head") };

	store_close(&s);
	storetest_clean();
	d.path = storetest_dir();
	counting.start = count_start;
	diskio = &counting;
	s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 2 });
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(store_put(s, &k, &m, span_at(body, sizeof body)), STORE_STORED);
		store_keep(s, 1);
		ck_assert(started_bytes <= (i + 1) * (off_t)(sizeof body + 8192));
	}
	ck_assert(started_bytes > 16 << 20);
}
END_TEST

int
main(void)
{
	TCase	*t = tcase_create("faults");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, any_call_may_fail, 0, CALLS * (int)COUNT_OF(errors));
	tcase_add_test(t, full_when_it_is_made);
	tcase_add_loop_test(t, any_call_may_fail_at_the_start, 0, 2 * CALLS);
	tcase_add_loop_test(t, meddled_with_while_open, 0, OUTSIDES);
	tcase_add_test(t, index_cut_under_load);
	tcase_add_test(t, another_version_is_left_alone);
	tcase_add_test(t, a_clock_set_back);
	tcase_add_test(t, smaller_and_larger);
	tcase_add_test(t, limits);
	tcase_add_test(t, a_slow_disk_stops_the_storing);
	tcase_add_test(t, full_to_the_last_segment);
	tcase_add_test(t, writing_begins_before_sealing);
	return storesuite_run("store, faults", t, NULL);
}
