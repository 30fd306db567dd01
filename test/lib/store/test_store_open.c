/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What opening a store does with what it meets: files of others, no directory, another program,
 * other sizes, a damaged front; several cache_dirs.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"
#include "storesuite.h"
#include "storetest.h"
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
put_file(const char *name, const char *text, size_t n)
{
	int	 fd = open(storetest_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert(fd >= 0 && write(fd, text, n) == (ssize_t)n);
	close(fd);
}

START_TEST(foreign_files_are_left_alone)
{
	static const char	 text[] = "somebody else's file, longer than sixteen bytes";
	char			 back[sizeof text], why[256];
	struct store_dir	 d = storetest_options();
	const char		*name = _i ? "sepia-index" : "sepia-segments";
	int			 fd;

	put_file(name, text, sizeof text);
	s = storetest_open(2);
	ck_assert_int_eq(storetest_put(s, 1, 1, 10), STORE_OFF);
	ck_assert_int_eq(storetest_get(s, 1), -1);
	storetest_keep(s, 100);
	fd = open(storetest_path(name), O_RDONLY);
	ck_assert(read(fd, back, sizeof back) == (ssize_t)sizeof back &&
	    memcmp(back, text, sizeof text) == 0);
	close(fd);
	ck_assert(!store_prepare(&d, why, sizeof why));
	ck_assert_ptr_nonnull(strstr(why, "not made by this program"));
	unlink(storetest_path(name));
	storetest_keep(s, 200);			/* somebody took it away: on it goes */
	ck_assert_int_eq(storetest_put(s, 1, 1, 10), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 1);
}
END_TEST

START_TEST(missing_directory_comes_back)
{
	struct store_dir	 d = storetest_options();
	char			 path[128];

	snprintf(path, sizeof path, "%s/later", storetest_dir());
	d.path = path;
	s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 2 });
	ck_assert_int_eq(storetest_put(s, 1, 1, 10), STORE_OFF);
	storetest_keep(s, 100);
	mkdir(path, 0700);
	storetest_keep(s, 200);
	ck_assert_int_eq(storetest_put(s, 1, 1, 10), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 1);
	store_close(&s);
	unlink(storetest_path("later/sepia-index"));
	unlink(storetest_path("later/sepia-segments"));
	rmdir(path);
}
END_TEST

START_TEST(two_programs_do_not_share)
{
	struct store_dir	 d = storetest_options();
	char			 why[256];

	ck_assert(!store_prepare(&d, why, sizeof why));
	ck_assert_ptr_nonnull(strstr(why, "in use"));
}
END_TEST

START_TEST(size_may_change)
{
	struct store_dir	 d = storetest_options();
	struct store_stats	 st;

	for (uint64_t n = 0; n < 40; n++)
		storetest_put(s, n, 1, 3000);
	store_close(&s);
	d.bytes *= _i ? 2 : 1;
	d.bytes /= _i ? 1 : 2;
	d.segment_bytes = 131072;		/* its own is kept */
	s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 2 });
	store_stat(s, 0, &st);
	ck_assert_uint_eq(st.segments, _i ? 64 : 16);
	ck_assert(st.on && st.rebuilding);
	storetest_keep(s, 1);
	for (uint64_t n = 0; n < 40; n++)
		ck_assert_int_eq(storetest_get(s, n), 1);
}
END_TEST

START_TEST(a_lost_front_is_put_right_from_the_index)
{
	static const char	 zeros[8192];
	int			 fd;

	storetest_put(s, 1, 1, 100);
	store_close(&s);
	fd = open(storetest_path("sepia-segments"), O_WRONLY);
	ck_assert_int_eq(pwrite(fd, zeros, sizeof zeros, 0), sizeof zeros);
	close(fd);
	s = storetest_open(2);
	ck_assert_int_eq(storetest_get(s, 1), 1);
}
END_TEST

/* ---- disks that are too small ---- */

enum { MB = 1 << 20 };
static uint64_t	 room;
static int	 room_error;

static int
told_room(const char *path, uint64_t *bytes)
{
	(void)path;
	*bytes = room;
	return room_error;
}

static uint64_t
opened_with(struct store_dir *d, unsigned n, uint64_t free_bytes, unsigned which)
{
	struct store_stats	 st;

	if (s != NULL)
		store_close(&s);
	room = free_bytes;
	s = store_open(&(struct store_options){ .dirs = d, .dirs_n = n, .slots = 2 });
	store_stat(s, which, &st);
	ck_assert(st.on);
	return (uint64_t)st.segments * st.segment_bytes / MB;
}

START_TEST(a_disk_that_is_too_small_is_used_as_it_is)
{
	struct store_dir	 d = storetest_options(), two[2];
	struct diskio		 small = diskio_system;
	char			 other[256];

	store_close(&s);
	storetest_clean();
	d.path = storetest_dir();
	d.bytes = 200 * MB;
	d.segment_bytes = 4 * MB;
	d.mean_object = 65536;
	small.room = told_room;
	diskio = &small;
	ck_assert_uint_eq(opened_with(&d, 1, 100 * MB, 0), 72);
	ck_assert_int_eq(storetest_put(s, 1, 1, 3000), STORE_STORED);
	/* it is what it is when the rest is free, or nothing is, or nobody knows */
	ck_assert_uint_eq(opened_with(&d, 1, 28 * MB, 0), 72);
	ck_assert_uint_eq(opened_with(&d, 1, 32 * MB, 0), 72);
	ck_assert_uint_eq(opened_with(&d, 1, 0, 0), 72);
	ck_assert_int_eq(storetest_get(s, 1), 1);
	ck_assert_uint_eq(opened_with(&d, 1, 60 * MB, 0), 100);
	/* more than can be, beside what it has */
	d.bytes = 120 * MB;
	ck_assert_uint_eq(opened_with(&d, 1, UINT64_MAX, 0), 120);
	d.bytes = 200 * MB;
	room_error = -1;
	ck_assert_uint_eq(opened_with(&d, 1, 0, 0), 200);
	room_error = 0;
	ck_assert_uint_eq(opened_with(&d, 1, 0, 0), 200);
	storetest_keep(s, 1);				/* its index is larger, and made anew */
	ck_assert_int_eq(storetest_get(s, 1), 1);
	snprintf(other, sizeof other, "%s/other", storetest_dir());
	mkdir(other, 0700);
	two[0] = two[1] = d;
	two[1].path = other;
	ck_assert_uint_eq(opened_with(two, 2, 100 * MB, 1), 72);
	ck_assert_uint_eq(opened_with(two, 2, 0, 0), 200);
	store_close(&s);
	unlink(storetest_path("other/sepia-index"));
	unlink(storetest_path("other/sepia-segments"));
	/* both are made: what the first will take is not there for the second */
	unlink(storetest_path("sepia-segments"));
	ck_assert_uint_lt(opened_with(two, 2, 305 * MB, 1), 80);
	store_close(&s);
	unlink(storetest_path("other/sepia-index"));
	unlink(storetest_path("other/sepia-segments"));
	/* next to nothing: it may soon be otherwise (here it is) */
	ck_assert_uint_eq(opened_with(two, 2, 80 * MB, 1), 200);
	store_close(&s);
	unlink(storetest_path("other/sepia-index"));
	unlink(storetest_path("other/sepia-segments"));
	rmdir(other);
}
END_TEST

START_TEST(several_dirs_by_size)
{
	struct store_dir	 d[2] = { storetest_options(), storetest_options() };
	char			 path[2][128];
	struct store_stats	 st[2];

	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof path[i], "%s/d%d", storetest_dir(), i);
		mkdir(path[i], 0700);
		d[i].path = path[i];
	}
	d[0].max_size = 1000;
	d[1].min_size = 500;
	s = store_open(&(struct store_options){ .dirs = d, .dirs_n = 2, .slots = 2 });
	for (uint64_t n = 0; n < 100; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, n * 20), STORE_STORED);
		ck_assert_int_eq(storetest_put(s, n, 2, (99 - n) * 20), STORE_STORED);
	}
	for (uint64_t n = 0; n < 100; n++)
		ck_assert_int_eq(storetest_get(s, n), 2);
	store_stat(s, 0, &st[0]);
	store_stat(s, 1, &st[1]);
	ck_assert(st[0].stored > 50 && st[1].stored > 90);
	ck_assert_uint_eq(store_count(s, 0) + store_count(s, 1), 100);
	store_close(&s);
	for (int i = 0; i < 2; i++) {
		char name[64];

		snprintf(name, sizeof name, "d%d/sepia-index", i);
		unlink(storetest_path(name));
		snprintf(name, sizeof name, "d%d/sepia-segments", i);
		unlink(storetest_path(name));
		rmdir(path[i]);
	}
}
END_TEST

int
main(void)
{
	TCase	*t = tcase_create("there"), *o = tcase_create("elsewhere");

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 60);
	tcase_set_timeout(o, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, two_programs_do_not_share);
	tcase_add_loop_test(t, size_may_change, 0, 2);
	tcase_add_test(t, a_lost_front_is_put_right_from_the_index);
	tcase_add_checked_fixture(o, NULL, end);
	tcase_add_loop_test(o, foreign_files_are_left_alone, 0, 2);
	tcase_add_test(o, missing_directory_comes_back);
	tcase_add_test(o, a_disk_that_is_too_small_is_used_as_it_is);
	tcase_add_test(o, several_dirs_by_size);
	return storesuite_run("store, opening", t, o);
}
