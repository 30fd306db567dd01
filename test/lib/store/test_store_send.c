/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sendfile rests on: which bytes are in memory, and that those which a socket holds stay as
 * they are.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "storesuite.h"
#include "storetest.h"
#include "store/diskio.h"
#include "store/sendable.h"

static struct store	*s;
static struct diskio	 changed;

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

/* ---- what is in memory ---- */

/* of one question; which of its pages is not there (-1: all are) */
static int	 asked_pages, cold_page;
static bool	 answers;
static off_t	 cold_at;

static int
told_incore(void *at, size_t len, unsigned char *there)
{
	size_t	 n = (len + 4095) / 4096;

	(void)at;
	if (!answers) {
		errno = ENOSYS;
		return -1;
	}
	asked_pages = (int)n;
	for (size_t i = 0; i < n; i++)
		there[i] = cold_page != (int)i;
	return 0;
}

static ssize_t
cold_read(int fd, const struct iovec *v, int n, off_t at, int flags)
{
	if ((flags & RWF_NOWAIT) && cold_at >= at && cold_at < at + (off_t)v->iov_len) {
		errno = EAGAIN;
		return -1;
	}
	return preadv2(fd, v, n, at, flags);
}

/* What does not answer, or not truly, is not believed. */
static void
judge_by_reading(const struct store_extent *e)
{
	cold_at = -1;
	ck_assert(store_resident(s, e, 4096, UINT64_MAX));
	cold_at = (off_t)e->at + 10000;
	ck_assert(!store_resident(s, e, 4096, UINT64_MAX));
	ck_assert(store_resident(s, e, 4096, 10000) && !store_resident(s, e, 4096, 10001));
}

/* From now on the system answers as told_incore and cold_read do. */
static void
tell(void)
{
	changed = diskio_system;
	changed.incore = told_incore;
	changed.readv = cold_read;
	diskio = &changed;
	answers = true;
	cold_page = -1;
}

/* An object of five pages, in hand; of its body what follows the first. */
static void
five_pages(struct store_hit *h, struct store_extent *e)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);

	ck_assert_int_eq(storetest_put(s, 1, 1, 20480), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, h), STORE_HIT);
	ck_assert_int_eq(store_extent(s, h, 4096, STORE_BLOCK, e), STORE_HIT);
}

START_TEST(resident_by_every_way)
{
	struct store_hit	 h;
	struct store_extent	 e;

	five_pages(&h, &e);
	ck_assert(store_resident(s, &e, 4096, UINT64_MAX) && store_resident(s, &e, 5000, 100) &&
	    store_resident(s, &e, 20480, 0));
	tell();
	/* nothing is read where the system answers */
	cold_at = (off_t)e.at;
	ck_assert(store_resident(s, &e, 4096, UINT64_MAX));
	ck_assert_int_eq(asked_pages, (int)((e.at + e.len + 4095) / 4096 - e.at / 4096));
	cold_page = asked_pages - 1;
	ck_assert(!store_resident(s, &e, 4096, UINT64_MAX) &&
	    store_resident(s, &e, 4096, 4096 - e.at % 4096));
	cold_page = 0;
	ck_assert(!store_resident(s, &e, 4096, 1));
	answers = false;
	judge_by_reading(&e);
	store_extent_done(s, &e);
	store_release(s, &h);
}
END_TEST

/*
 * All pages are said to be there, even one behind the file's end: so answers a kernel that does not
 * let this process know.
 */
START_TEST(who_says_yes_to_everything_is_not_believed)
{
	struct store_hit	 h;
	struct store_extent	 e;

	tell();
	five_pages(&h, &e);
	judge_by_reading(&e);
	store_extent_done(s, &e);
	store_release(s, &h);
}
END_TEST

START_TEST(evicted_is_not_resident)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct statfs		 fs;
	int			 fd;

	if (statfs(storetest_dir(), &fs) == 0 && fs.f_type == TMPFS_MAGIC) {
		fputs("skipped: nothing is ever evicted from a tmpfs but to swap\n", stderr);
		return;
	}
	ck_assert_int_eq(storetest_put(s, 1, 1, 4000), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	fd = open(storetest_path("sepia-segments"), O_RDWR);
	ck_assert(fdatasync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	close(fd);
	ck_assert(!store_resident(s, &h.extent, 0, 4000));
	store_release(s, &h);
}
END_TEST

/* ---- bytes that a socket holds ---- */

enum { SENT = 300000 };

static int
no_wipe(int fd, off_t at, off_t len)
{
	(void)fd;
	(void)at;
	(void)len;
	return 0;
}

static void
connect_pair(int ends[2])
{
	struct sockaddr_in	 a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		 n = sizeof a;
	int			 l = socket(AF_INET, SOCK_STREAM, 0), big = 8 << 20;

	setsockopt(l, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
	ck_assert(bind(l, (struct sockaddr *)&a, sizeof a) == 0 && listen(l, 1) == 0 &&
	    getsockname(l, (struct sockaddr *)&a, &n) == 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &big, sizeof big);
	ck_assert_int_eq(connect(ends[0], (struct sockaddr *)&a, sizeof a), 0);
	ends[1] = accept(l, NULL, NULL);
	ck_assert(ends[1] >= 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	close(l);
}

static struct store *
open_large(void)
{
	struct store_dir d = { .path = storetest_dir(), .bytes = 16 << 20, .segment_bytes = 2 << 20,
	    .inline_bytes = 65536, .chunk_bytes = 1 << 19 };

	clock_tick();
	return store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 2 });
}

/* Until other bytes stand where the extent was. */
static void
overwrite(const struct store_extent *e)
{
	char	 now[64], then[64];
	int	 fd = open(storetest_path("sepia-segments"), O_RDONLY);

	storetest_fill(then, 1, 1, e->pos, sizeof then);
	for (uint64_t n = 100; n < 400; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, 400000), STORE_STORED);
		storetest_keep(s, 1);
	}
	ck_assert(pread(fd, now, sizeof now, (off_t)e->at) == (ssize_t)sizeof now &&
	    memcmp(now, then, sizeof now) != 0);
	close(fd);
}

static size_t
wrong_bytes(int from, uint64_t pos, size_t n)
{
	char	*all = malloc(n);
	size_t	 got = 0, wrong = 0;
	ssize_t	 r;

	while (got < n && (r = read(from, all + got, n - got)) > 0)
		got += (size_t)r;
	ck_assert_uint_eq(got, n);
	for (size_t i = 0; i < n; i++)
		wrong += (uint8_t)all[i] != storetest_byte(1, 1, pos + i);
	free(all);
	return wrong;
}

/*
 * The pin is given back while the peer has not read; the segment is reclaimed and other bodies take
 * its place: what the peer then reads is what was sent. _i 1: the same where wiping does nothing:
 * there the store says that it is not sendable, and it is right.
 */
START_TEST(what_a_socket_holds_stays)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct store_extent	 e, was;
	int			 ends[2];
	off_t			 at;
	ssize_t			 n;
	size_t			 wrong;

	changed = diskio_system;
	changed.zero = no_wipe;
	if (_i == 1)
		diskio = &changed;
	s = open_large();
	if (_i == 0 && !sendable_probe(storetest_dir())) {
		fputs("skipped: nothing is sent by sendfile from a file system like this\n",
		    stderr);
		return;
	}
	connect_pair(ends);
	ck_assert_int_eq(storetest_put(s, 1, 1, 65536 + SENT), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, 4096, &h), STORE_HIT);
	ck_assert_int_eq(store_extent(s, &h, 65536, STORE_BLOCK, &e), STORE_HIT);
	ck_assert_int_eq(e.sendable, _i == 0);
	was = e;
	at = (off_t)e.at;
	n = sendfile(ends[0], e.fd, &at, e.len);
	ck_assert(n > 100000);
	store_extent_done(s, &e);
	store_release(s, &h);
	overwrite(&was);
	wrong = wrong_bytes(ends[1], was.pos, (size_t)n);
	ck_assert((_i == 0) ? wrong == 0 : wrong > 1000);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(segments_that_may_share_a_page_are_not_sendable)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;

	ck_assert(!sendable_probe(storetest_path("nowhere")));
	storetest_put(s, 1, 1, 100);			/* 64 KiB segments */
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(!h.extent.sendable);
	store_release(s, &h);
}
END_TEST

int
main(void)
{
	TCase	*t = tcase_create("resident"), *o = tcase_create("sockets");

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 60);
	tcase_set_timeout(o, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, resident_by_every_way);
	tcase_add_test(t, who_says_yes_to_everything_is_not_believed);
	tcase_add_test(t, evicted_is_not_resident);
	tcase_add_test(t, segments_that_may_share_a_page_are_not_sendable);
	tcase_add_checked_fixture(o, NULL, end);
	tcase_add_loop_test(o, what_a_socket_holds_stays, 0, 2);
	return storesuite_run("store, sending", t, o);
}
