/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody else writes into the file while the store has it open: what was sound a moment ago is
 * not sent as if it still were.
 */
#include <check.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "storesuite.h"
#include "storetest.h"
#include "store/diskio.h"
#include "store/verified.h"

enum {
	/* 4096 bytes in the head's record, the rest in one chunk */
	LENGTH = 20000, CHUNK_AT = 8192,
	TICKS_US = 20000,			/* two of the slowest clock that there is */
};

static struct store		*s;
static int			 other;		/* the file, opened by somebody else */
static _Alignas(8) char		 buf[STORETEST_BUF];
static struct diskio		 counting;
static unsigned			 reads;
static struct verified		 nobody;	/* knows of no write of our own */
static uint64_t			 now_us;

static void
later(uint64_t ms)
{
	now_us += ms * 1000;
	clock_fake(now_us, now_us);
}

static ssize_t
counted_read(int fd, const struct iovec *v, int n, off_t at, int flags)
{
	reads++;
	return preadv2(fd, v, n, at, flags);
}

static void
begin(void)
{
	now_us = VERIFIED_MS * 1000;		/* the beginning of a quarter of a second */
	later(0);
	s = storetest_open(4);
	other = open(storetest_path("sepia-segments"), O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(other, 0);
	counting = diskio_system;
	counting.readv = counted_read;
	diskio = &counting;
}

static void
end(void)
{
	diskio = &diskio_system;
	close(other);
	store_close(&s);
	storetest_clean();
}

/* The chunk of object n, pinned. False: it is not there any more. */
static bool
find(uint64_t n, struct store_extent *e)
{
	struct store_key	 k = storetest_key(n);
	struct store_hit	 h;
	bool			 there;

	if (store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h) != STORE_HIT)
		return false;
	there = store_extent(s, &h, CHUNK_AT, STORE_BLOCK, e) == STORE_HIT;
	store_release(s, &h);
	return there;
}

static void
overwrite(const struct store_extent *e)
{
	ck_assert_int_eq(pwrite(other, "?", 1, (off_t)e->at + 100), 1);
}

/* The file's clock has gone on since the last write. */
static void
settle(void)
{
	bool	 settled;

	do {
		usleep(1000);
		verified_state(&nobody, other, &settled);
	} while (!settled);
	usleep(TICKS_US);		/* after our own write had ended, too */
	later(1);
}

/* Sound, and remembered to be. */
static void
verify(uint64_t n, struct store_extent *e)
{
	settle();
	ck_assert(find(n, e));
	ck_assert_int_eq(store_check(s, e, STORE_BLOCK), STORE_HIT);
}

static void
refuses(uint64_t n)
{
	struct store_extent	 e;

	if (!find(n, &e))
		return;
	ck_assert_int_eq(store_check(s, &e, STORE_BLOCK), STORE_MISS);
	store_extent_done(s, &e);
}

/*
 * What was written by the store itself a moment ago has to be compared too: it is not known who
 * wrote last.
 */
START_TEST(just_stored)
{
	struct store_extent	 e;

	for (uint64_t n = 0; n < 40; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, LENGTH), STORE_STORED);
		ck_assert(find(n, &e));
		store_extent_done(s, &e);
		usleep((useconds_t)(n * 211));	/* at any time of the file system's clock */
		overwrite(&e);
		refuses(n);
	}
}
END_TEST

START_TEST(just_compared)
{
	struct store_extent	 e;

	for (uint64_t n = 0; n < 40; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, LENGTH), STORE_STORED);
		usleep((useconds_t)(n * 211));
		ck_assert(find(n, &e));
		ck_assert_int_eq(store_check(s, &e, STORE_BLOCK), STORE_HIT);
		store_extent_done(s, &e);
		overwrite(&e);
		refuses(n);
	}
}
END_TEST

START_TEST(while_it_is_held)
{
	struct store_extent	 e;

	ck_assert_int_eq(storetest_put(s, 1, 1, LENGTH), STORE_STORED);
	verify(1, &e);
	later(1);
	ck_assert(store_still_checked(s, &e));
	overwrite(&e);
	ck_assert(store_still_checked(s, &e));		/* this round's question was asked */
	later(1);
	ck_assert(!store_still_checked(s, &e) && !e.checked);
	ck_assert_int_eq(store_check(s, &e, STORE_BLOCK), STORE_MISS);
	store_extent_done(s, &e);
}
END_TEST

/* Otherwise each byte stored would have all that are being sent compared again. */
START_TEST(its_own_writes_are_no_reason)
{
	struct store_extent	 held, e;

	ck_assert_int_eq(storetest_put(s, 1, 1, LENGTH), STORE_STORED);
	verify(1, &held);
	for (uint64_t n = 2; n < 6; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, LENGTH), STORE_STORED);
		later(1);
		ck_assert(store_still_checked(s, &held));
		ck_assert(find(1, &e) && e.checked);
		store_extent_done(s, &e);
	}
	settle();
	overwrite(&held);
	ck_assert(find(1, &e) && !e.checked);
	store_extent_done(s, &e);
	later(1);
	ck_assert(!store_still_checked(s, &held));
	store_extent_done(s, &held);
}
END_TEST

/* Whoever of us writes next sees it; afterwards the file's time is our own. */
START_TEST(followed_by_our_own_write)
{
	struct store_extent	 e;

	for (uint64_t n = 0; n < 20; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, LENGTH), STORE_STORED);
		verify(n, &e);
		overwrite(&e);
		ck_assert_int_eq(storetest_put(s, 100 + n, 1, LENGTH), STORE_STORED);
		ck_assert(!store_still_checked(s, &e));
		store_extent_done(s, &e);
		refuses(n);
	}
}
END_TEST

/* A hit on what nobody wrote to costs no reading. */
START_TEST(not_compared_twice)
{
	struct store_extent	 e;

	ck_assert_int_eq(storetest_put(s, 1, 1, LENGTH), STORE_STORED);
	verify(1, &e);
	store_extent_done(s, &e);
	ck_assert(find(1, &e) && e.checked);
	reads = 0;
	ck_assert_int_eq(store_check(s, &e, STORE_BLOCK), STORE_HIT);
	ck_assert_uint_eq(reads, 0);
	store_extent_done(s, &e);
	later(VERIFIED_MS);
	ck_assert(find(1, &e) && !e.checked);
	store_extent_done(s, &e);
}
END_TEST

/*
 * Where a file system keeps whole seconds, what was written in this one or the last may be written
 * again without showing it.
 */
START_TEST(a_coarse_clock_is_not_trusted)
{
	struct timespec	 t[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = 0 } }, now;
	bool		 settled;

	clock_gettime(CLOCK_REALTIME, &now);
	t[1].tv_sec = now.tv_sec - 1;
	ck_assert_int_eq(futimens(other, t), 0);
	ck_assert_uint_eq(verified_state(&nobody, other, &settled),
	    (uint64_t)t[1].tv_sec * 1000000000);
	ck_assert(!settled);
	t[1].tv_sec = now.tv_sec - 10;
	ck_assert_int_eq(futimens(other, t), 0);
	verified_state(&nobody, other, &settled);
	ck_assert(settled);
	t[1].tv_sec = now.tv_sec + 10;	/* a clock that was set back */
	t[1].tv_nsec = 5;
	ck_assert_int_eq(futimens(other, t), 0);
	verified_state(&nobody, other, &settled);
	ck_assert(!settled);
	verified_state(&nobody, -1, &settled);
	ck_assert(!settled);
}
END_TEST

int
main(void)
{
	TCase	*t = tcase_create("overwritten");

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, just_stored);
	tcase_add_test(t, just_compared);
	tcase_add_test(t, while_it_is_held);
	tcase_add_test(t, its_own_writes_are_no_reason);
	tcase_add_test(t, followed_by_our_own_write);
	tcase_add_test(t, not_compared_twice);
	tcase_add_test(t, a_coarse_clock_is_not_trusted);
	return storesuite_run("store, overwritten", t, NULL);
}
