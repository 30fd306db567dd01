/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store in one process: what is stored is found, replaced, changed, deleted, reclaimed; what
 * disks may do meanwhile.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/must.h"
#include "storesuite.h"
#include "storetest.h"
#include "store/crc32c.h"
#include "store/diskio.h"

static struct store	*s;

static void
begin(void)
{
	s = storetest_open(4);
}

static void
end(void)
{
	diskio = &diskio_system;
	if (s != NULL)
		store_close(&s);
	storetest_clean();
}

static void
reopen(void)
{
	store_close(&s);
	s = storetest_open(4);
}

START_TEST(crc_is_castagnoli)
{
	char	 all[20000];

	ck_assert_uint_eq(crc32c_more(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(crc32c_table(0, "123456789", 9), 0xe3069283);
	storetest_fill(all, 1, 1, 0, sizeof all);
	for (size_t n = 0; n < sizeof all; n = n * 3 / 2 + 1) {
		ck_assert_uint_eq(crc32c_more(5, all + 1, n), crc32c_table(5, all + 1, n));
		ck_assert_uint_eq(crc32c_more(crc32c_more(0, all, n / 3), all + n / 3, n - n / 3),
		    crc32c_table(0, all, n));
	}
}
END_TEST

static const uint64_t	 lengths[] = { 0, 1, 63, 1000, 4095, 4096, 4097, 5000, 4096 + 16384,
    4096 + 16384 + 1, 50000 };

START_TEST(every_length_comes_back)
{
	uint64_t len = lengths[_i];

	ck_assert_int_eq(storetest_get(s, 1), -1);
	ck_assert_int_eq(storetest_put(s, 1, 10, len), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 10);
	ck_assert_int_eq(storetest_get(s, 2), -1);
	ck_assert_int_eq(storetest_put(s, 1, 11, len / 2), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 11);
	reopen();
	ck_assert_int_eq(storetest_get(s, 1), 11);
	storetest_keep(s, 100);
	ck_assert_int_eq(storetest_get(s, 1), 11);
}
END_TEST

START_TEST(piece_by_piece_with_and_without_length)
{
	struct store_key	 k = storetest_key(5);
	struct store_meta	 m = { .attr = SPAN("attributes"), .head = SPAN("5 3 45000"),
	    .expires = 3, .stored = 5, .flags = 7 };
	enum store_put		 why;
	struct store_object	*o = store_begin(s, &k, &m, _i ? 45000 : STORE_UNKNOWN, NULL, &why);
	char			 piece[777];

	ck_assert_ptr_nonnull(o);
	for (uint64_t at = 0; at < 45000; at += sizeof piece) {
		size_t n = (45000 - at < sizeof piece) ? 45000 - at : sizeof piece;

		ck_assert_int_eq(storetest_get(s, 5), -1);
		storetest_fill(piece, 5, 3, at, n);
		ck_assert_int_eq(store_append(o, span_at(piece, n)), STORE_STORED);
	}
	ck_assert_uint_eq(store_length(o), 45000);
	if (_i)
		ck_assert_int_eq(store_append(o, SPAN("x")), STORE_TOO_LARGE);
	if (_i) {
		store_abort(&o);
		ck_assert_int_eq(storetest_get(s, 5), -1);
		ck_assert_uint_eq(store_count(s, 0), 0);
	} else {
		ck_assert_int_eq(store_commit(&o), STORE_STORED);
		ck_assert_int_eq(storetest_get(s, 5), 3);
	}
	ck_assert_ptr_null(o);
}
END_TEST

START_TEST(cut_short_is_not_stored)
{
	struct store_key	 k = storetest_key(5);
	struct store_meta	 m = { .head = SPAN("5 3 100") };
	enum store_put		 why;
	struct store_object	*o = store_begin(s, &k, &m, 100, NULL, &why);

	ck_assert_int_eq(store_append(o, SPAN("only this")), STORE_STORED);
	ck_assert_int_eq(store_commit(&o), STORE_OFF);
	ck_assert(!store_maybe(s, &k));
	m.head.n = STORE_HEAD_MAX + 1;
	ck_assert_int_eq(store_put(s, &k, &m, SPAN("")), STORE_TOO_LARGE);
}
END_TEST

START_TEST(deleted_stays_deleted)
{
	struct store_key	 k = storetest_key(1);

	storetest_put(s, 1, 1, 30000);
	storetest_put(s, 2, 1, 100);
	ck_assert(store_delete(s, &k));
	ck_assert(!store_delete(s, &k));
	ck_assert_int_eq(storetest_get(s, 1), -1);
	store_close(&s);
	/* what the log says must be enough */
	ck_assert_int_eq(unlink(storetest_path("sepia-index")), 0);
	s = storetest_open(4);
	ck_assert_int_eq(storetest_get(s, 2), -1);
	storetest_keep(s, 1);
	ck_assert_int_eq(storetest_get(s, 1), -1);
	ck_assert_int_eq(storetest_get(s, 2), 1);
	storetest_put(s, 1, 2, 10);
	ck_assert_int_eq(storetest_get(s, 1), 2);
}
END_TEST

START_TEST(index_is_rebuilt_from_segments)
{
	for (uint64_t n = 0; n < 200; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, n * 37), STORE_STORED);
		if (n % 3 == 0)
			ck_assert_int_eq(storetest_put(s, n, 2, n * 31), STORE_STORED);
		storetest_keep(s, 1);
	}
	store_close(&s);
	unlink(storetest_path("sepia-index"));
	s = storetest_open(4);
	storetest_keep(s, 1);
	for (uint64_t n = 0; n < 200; n++)
		ck_assert_int_eq(storetest_get(s, n), (n % 3 == 0) ? 2 : 1);
}
END_TEST

START_TEST(another_head_over_the_same_body)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(9);
	struct store_hit	 h, h2;
	struct store_meta	 m = { .attr = SPAN("attributes"), .head = SPAN("9 1 40000"),
	    .expires = 1, .stored = 9, .flags = 7 };

	storetest_put(s, 9, 1, 40000);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	store_release(s, &h);
	m.attr = SPAN("other");
	ck_assert_int_eq(store_update(s, &h, &m, STORE_BLOCK), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h2), STORE_HIT);
	ck_assert(span_is(h2.attr, "other") && h2.body_id == h.body_id && h2.stamp > h.stamp &&
	    h2.total == 40000);
	ck_assert(store_maybe_range(s, &h2, 0, 40000));
	store_release(s, &h2);
	/* of the version before */
	ck_assert_int_eq(store_update(s, &h, &m, STORE_BLOCK), STORE_GONE);
	m.attr = SPAN("attributes");
	ck_assert_int_eq(store_update(s, &h2, &m, STORE_NOWAIT), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 9), 1);
	store_delete(s, &k);
	ck_assert_int_eq(store_update(s, &h2, &m, STORE_BLOCK), STORE_GONE);
}
END_TEST

/* Read once, released: again without reading while it is what the key has. */
static void
read_and_release(uint64_t n, char buf[STORETEST_BUF], struct store_hit *h)
{
	struct store_key	 k = storetest_key(n);

	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, STORETEST_BUF, h), STORE_HIT);
	store_release(s, h);
	ck_assert(store_get_again(s, &k, h));
	store_release(s, h);
	ck_assert(store_get_again(s, &k, h));
	ck_assert_uint_eq(h->expires, 1);
	store_release(s, h);
}

/* All of the store, several times. */
static void
write_over(void)
{
	for (uint64_t n = 10; n < 4000; n++) {
		storetest_put(s, n, 1, 3000);
		storetest_keep(s, 1);
	}
}

/* The pinned body of key 1 stays meanwhile. */
static void
outlasts_that(struct store_hit *h)
{
	char	 body[3000];
	size_t	 got;

	write_over();
	ck_assert_int_eq(store_read(s, &h->extent, 0, body, sizeof body, STORE_BLOCK, &got),
	    STORE_HIT);
	for (size_t i = 0; i < sizeof body; i++)
		ck_assert((uint8_t)body[i] == storetest_byte(1, 1, i));
	store_release(s, h);
}

START_TEST(what_was_read_is_good_until_it_changes)
{
	_Alignas(8) static char	 buf[4][STORETEST_BUF];
	struct store_key	 k[4];
	struct store_hit	 h[4];
	struct store_meta	 m = { .attr = SPAN("attributes"), .head = SPAN("2 1 100"),
	    .expires = 1, .stored = 2, .flags = 7 };

	for (uint64_t n = 0; n < 4; n++) {
		k[n] = storetest_key(n);
		storetest_put(s, n, 1, 100);
		read_and_release(n, buf[n], &h[n]);
	}
	ck_assert(store_delete(s, &k[0]));
	storetest_put(s, 1, 2, 100);
	ck_assert_int_eq(store_update(s, &h[2], &m, STORE_BLOCK), STORE_STORED);
	for (uint64_t n = 0; n < 3; n++)
		ck_assert(!store_get_again(s, &k[n], &h[n]));
	ck_assert(store_get_again(s, &k[3], &h[3]));
	store_release(s, &h[3]);
	/* its segment is reclaimed: carried on or not, it stands elsewhere */
	write_over();
	ck_assert(!store_get_again(s, &k[3], &h[3]));
}
END_TEST

/* Its segment stays for as long as it is in hand once more. */
START_TEST(what_is_good_again_is_pinned)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;

	storetest_put(s, 1, 1, 3000);
	read_and_release(1, buf, &h);
	ck_assert(store_get_again(s, &k, &h));
	outlasts_that(&h);
}
END_TEST

START_TEST(reclaim_keeps_what_is_used)
{
	struct store_stats	 st;

	for (uint64_t n = 0; n < 10; n++)
		storetest_put(s, n, 1, 3000);
	for (uint64_t n = 10; n < 4000; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, 3000), STORE_STORED);
		if (n % 20 == 0)
			for (uint64_t hot = 0; hot < 10; hot++)
				ck_assert_int_eq(storetest_get(s, hot), 1);
		storetest_keep(s, 1);
	}
	store_stat(s, 0, &st);
	ck_assert(st.carried > 0 && st.dropped > 3000 && st.free > 1 && st.damaged == 0 &&
	    st.no_room == 0);
	ck_assert_int_eq(storetest_get(s, 3999), 1);
	ck_assert_int_eq(storetest_get(s, 100), -1);
	reopen();
	for (uint64_t hot = 0; hot < 10; hot++)
		ck_assert_int_eq(storetest_get(s, hot), 1);
}
END_TEST

START_TEST(pinned_bytes_stay)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct store_stats	 st;

	storetest_put(s, 1, 1, 3000);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof(struct store_key) + 200, &h),
	    STORE_HIT);
	outlasts_that(&h);
	storetest_keep(s, 2);
	store_stat(s, 0, &st);
	ck_assert_uint_eq(st.segments, st.free + st.open + st.full + st.sealed);
}
END_TEST

START_TEST(without_a_keeper_there_is_no_room_but_no_harm)
{
	uint64_t stored = 0;

	for (uint64_t n = 0; n < 2000; n++)
		stored += storetest_put(s, n, 1, 3000) == STORE_STORED;
	ck_assert(stored > 500 && stored < 2000);
	ck_assert_int_eq(storetest_put(s, 5000, 1, 3000), STORE_NO_ROOM);
	ck_assert_int_eq(storetest_get(s, 0), 1);
	storetest_keep(s, 1);
	ck_assert_int_eq(storetest_put(s, 5000, 1, 3000), STORE_STORED);
}
END_TEST

static unsigned	 syncs;

static int
counted_sync(int fd)
{
	syncs++;
	return fdatasync(fd);
}

/* Stores until there is no room; answers how many segments are free after the keeper's work. */
static uint32_t
flood(uint64_t *n, uint64_t now_s)
{
	struct store_stats	 st;

	while (storetest_put(s, ++*n, 1, 3000) == STORE_STORED)
		continue;
	storetest_keep(s, now_s);
	store_stat(s, 0, &st);
	return st.free;
}

START_TEST(where_room_was_lacking_there_is_more_next_time)
{
	struct diskio	 counting = diskio_system;
	uint64_t	 n = 0;
	uint32_t	 usual, more, before = 0;

	counting.sync = counted_sync;
	diskio = &counting;
	usual = flood(&n, 1);
	/* 32 segments were sealed and some freed; each by itself would take four or more */
	ck_assert_uint_lt(syncs, 32);
	for (uint64_t now = 2; now < 10; now++, before = more) {
		more = flood(&n, now);
		ck_assert_uint_ge(more, before);
	}
	ck_assert_uint_eq(more, usual + 32 / 4);
	syncs = 0;
	ck_assert_uint_eq(flood(&n, 10), more);
	ck_assert_uint_lt(syncs, more * 2);
	for (uint64_t now = 11; now < 30; now++)
		storetest_keep(s, now);			/* nobody lacks any */
	for (int i = 0; i < 2000; i++) {
		ck_assert_int_eq(storetest_put(s, ++n, 1, 3000), STORE_STORED);
		storetest_keep(s, 30);
	}
	ck_assert_uint_eq(flood(&n, 30), usual);
}
END_TEST

/* ---- disks that fail ---- */

static int	 failing;		/* errno of every write and sync; 0: none */
static size_t	 at_most;		/* bytes a write takes at once; 0: any */

static ssize_t
bad_write(int fd, const struct iovec *v, int n, off_t at)
{
	struct iovec one = *v;

	if (failing != 0) {
		errno = failing;
		return -1;
	}
	if (at_most == 0)
		return pwritev(fd, v, n, at);
	if (one.iov_len > at_most)
		one.iov_len = at_most;
	return pwritev(fd, &one, 1, at);
}

static int
bad_sync(int fd)
{
	errno = failing;
	return (failing != 0) ? -1 : fdatasync(fd);
}

static struct diskio	 bad;

START_TEST(a_failing_disk_turns_it_off_and_on_again)
{
	static const int errors[] = { EIO, ENOSPC, EROFS };

	bad = diskio_system;
	bad.writev = bad_write;
	bad.sync = bad_sync;
	storetest_put(s, 1, 1, 100);
	diskio = &bad;
	failing = errors[_i];
	ck_assert_int_eq(storetest_put(s, 2, 1, 100), STORE_OFF);
	ck_assert_int_eq(storetest_put(s, 3, 1, 100), STORE_OFF);
	ck_assert_int_eq(storetest_get(s, 1), -1);		/* off is off */
	storetest_keep(s, 1000);
	ck_assert_int_eq(storetest_put(s, 3, 1, 100), STORE_OFF);
	failing = 0;
	storetest_keep(s, 1020);
	ck_assert_int_eq(storetest_put(s, 3, 1, 100), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 1);
	ck_assert_int_eq(storetest_get(s, 2), -1);
	ck_assert_int_eq(storetest_get(s, 3), 1);
}
END_TEST

START_TEST(short_writes_are_finished)
{
	bad = diskio_system;
	bad.writev = bad_write;
	failing = 0;
	at_most = 7;
	diskio = &bad;
	ck_assert_int_eq(storetest_put(s, 1, 1, 30000), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 1);
	at_most = 0;
}
END_TEST

static ssize_t
cold_read(int fd, const struct iovec *v, int n, off_t at, int flags)
{
	if (flags & RWF_NOWAIT) {
		errno = EAGAIN;
		return -1;
	}
	return preadv2(fd, v, n, at, flags);
}

START_TEST(cold_bytes_are_said_to_be_cold)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct store_extent	 e;

	storetest_put(s, 1, 1, 30000);
	bad = diskio_system;
	bad.readv = cold_read;
	diskio = &bad;
	ck_assert_int_eq(store_get(s, &k, STORE_NOWAIT, buf, sizeof buf, &h), STORE_WOULD_BLOCK);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert_int_eq(store_extent(s, &h, 20000, STORE_NOWAIT, &e), STORE_WOULD_BLOCK);
	ck_assert_int_eq(store_extent(s, &h, 20000, STORE_BLOCK, &e), STORE_HIT);
	store_extent_done(s, &e);
	store_release(s, &h);
}
END_TEST

START_TEST(a_cut_index_does_not_end_the_process)
{
	pid_t	 pid;
	int	 status;

	store_guard();
	storetest_put(s, 1, 1, 100);
	ck_assert_int_eq(truncate(storetest_path("sepia-index"), 0), 0);
	ck_assert_int_eq(storetest_get(s, 1), -1);
	ck_assert_int_eq(storetest_put(s, 2, 1, 100), STORE_OFF);
	storetest_keep(s, 100);
	ck_assert_int_eq(storetest_get(s, 1), 1);		/* rebuilt from its segments */
	pid = fork();
	if (pid == 0) {
		char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED,
		    open(storetest_path("empty"), O_RDWR | O_CREAT, 0600), 0);

		_exit(p[0] + 3);
	}
	ck_assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGBUS);
}
END_TEST

int
main(void)
{
	TCase	*t = tcase_create("whole");

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, crc_is_castagnoli);
	tcase_add_loop_test(t, every_length_comes_back, 0, COUNT_OF(lengths));
	tcase_add_loop_test(t, piece_by_piece_with_and_without_length, 0, 2);
	tcase_add_test(t, cut_short_is_not_stored);
	tcase_add_test(t, deleted_stays_deleted);
	tcase_add_test(t, index_is_rebuilt_from_segments);
	tcase_add_test(t, another_head_over_the_same_body);
	tcase_add_test(t, what_was_read_is_good_until_it_changes);
	tcase_add_test(t, what_is_good_again_is_pinned);
	tcase_add_test(t, reclaim_keeps_what_is_used);
	tcase_add_test(t, pinned_bytes_stay);
	tcase_add_test(t, without_a_keeper_there_is_no_room_but_no_harm);
	tcase_add_test(t, where_room_was_lacking_there_is_more_next_time);
	tcase_add_loop_test(t, a_failing_disk_turns_it_off_and_on_again, 0, 3);
	tcase_add_test(t, short_writes_are_finished);
	tcase_add_test(t, cold_bytes_are_said_to_be_cold);
	tcase_add_test(t, a_cut_index_does_not_end_the_process);
	return storesuite_run("store", t, NULL);
}
