/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The object store among processes that are forked and killed: slots, segments, pins and
 * announcements come back after each death, followers are woken, children have the descriptors they
 * need and no others are missing.
 */
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/must.h"
#include "core/shared.h"
#include "proc/limits.h"
#include "proc/storage.h"

enum { SLOTS = 8, KEEPER = SLOTS - 1, BUF = STORE_ATTR_MAX + STORE_HEAD_MAX + 8192, PAUSE_MS = 50 };

static char		 dir[64], cache[80];
static struct store_dir	 one;
static struct settings	 s;

static void
begin(void)
{
	strcpy(dir, "/tmp/sepia-storage.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(cache, sizeof cache, "%s/cache", dir);
	one = (struct store_dir){ .path = cache, .bytes = 4 << 20, .segment_bytes = 1 << 18,
	    .inline_bytes = 4096, .chunk_bytes = 16384 };
	s = (struct settings){ .cache_dirs = &one, .n_cache_dirs = 1 };
	clock_tick();
}

static void
end(void)
{
	char	 path[128];

	storage_close();
	snprintf(path, sizeof path, "%s/sepia-segments", cache);
	unlink(path);
	snprintf(path, sizeof path, "%s/sepia-index", cache);
	unlink(path);
	rmdir(cache);
	rmdir(dir);
}

static struct store_key
key(uint64_t n)
{
	return (struct store_key){ { n * 0x9e3779b97f4a7c15, n * 0xbf58476d1ce4e5b9 + 1 } };
}

/*
 * In a child of that slot; the answer is its exit status, or 128 + signal. The master sweeps after
 * it.
 */
static int
in_child(unsigned slot, int (*what)(uint64_t), uint64_t arg)
{
	int	 status;
	pid_t	 pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		storage_join(slot);
		_exit(what(arg));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	storage_died(slot);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
keep(uint64_t now_s)
{
	while (store_keep(shared.store, now_s) == 0)
		;
	return 0;
}

static int
put(uint64_t n)
{
	struct store_key	 k = key(n);
	struct store_meta	 m = { .head = span_of("head") };

	return (int)store_put(shared.store, &k, &m, span_of("body"));
}

static int
get(uint64_t n)
{
	static uint64_t		 buf[BUF / 8];
	struct store_key	 k = key(n);
	struct store_hit	 h;

	if (store_get(shared.store, &k, STORE_BLOCK, buf, sizeof buf, &h) != STORE_HIT)
		return 1;
	return span_is(h.head, "head") && span_is(h.body, "body") ? 0 : 2;
}

static void
open_made(void)
{
	storage_open(&s, SLOTS);
	ck_assert_ptr_nonnull(shared.store);
	if (!storage_is_on())
		ck_assert_int_eq(in_child(KEEPER, keep, 1), 0);
	ck_assert(storage_is_on());
}

START_TEST(without_a_cache_dir_nothing_happens)
{
	int	 fds[STORAGE_FDS_MAX];

	s.n_cache_dirs = 0;
	storage_open(&s, SLOTS);
	ck_assert_ptr_null(shared.store);
	ck_assert(storage_is_on());
	ck_assert(storage_same(&s));
	ck_assert_uint_eq(storage_descriptors(fds), 0);
	storage_join(1);
	storage_died(1);
}
END_TEST

START_TEST(the_keeper_makes_what_is_missing)
{
	struct stat	 st;
	char		 path[128];

	storage_open(&s, SLOTS);
	snprintf(path, sizeof path, "%s/sepia-segments", cache);
	ck_assert_int_eq(stat(cache, &st), 0);
	ck_assert_int_ne(stat(path, &st), 0);
	ck_assert(!storage_is_on());
	ck_assert_int_eq(in_child(1, put, 1), STORE_OFF);
	ck_assert_int_eq(in_child(KEEPER, keep, 1), 0);
	ck_assert(storage_is_on());
	ck_assert_int_eq(in_child(1, put, 1), STORE_STORED);
	ck_assert_int_eq(in_child(2, get, 1), 0);
	storage_close();
	/* The next start finds it made, and the master opens it itself. */
	storage_open(&s, SLOTS);
	ck_assert(storage_is_on());
	ck_assert_int_eq(in_child(2, get, 1), 0);
}
END_TEST

/* Dies with a segment open, a pin, an object under way, and one that is complete. */
static int
die_busy(uint64_t n)
{
	static uint64_t		 buf[BUF / 8];
	struct store_key	 k = key(1), mine = key(n), shared_key = key(2);
	struct store_meta	 m = { .head = span_of("head") };
	struct store_claim	 c;
	struct store_follow	 f;
	struct store_hit	 h;
	enum store_put		 why;
	struct store_object	*o;

	if (put(n) != STORE_STORED)
		return 1;
	if (get(n) != 0 || store_get(shared.store, &k, STORE_BLOCK, buf, sizeof buf,
	    &h) != STORE_HIT)
		return 2;
	if (store_claim(shared.store, &shared_key, &c, &f) != STORE_CLAIMED)
		return 3;
	o = store_begin(shared.store, &shared_key, &m, STORE_UNKNOWN, &c, &why);
	if (o == NULL || store_append(o, span_of("some")) != STORE_STORED)
		return 4;
	if (store_claim(shared.store, &mine, &c, &f) != STORE_CLAIMED)
		return 5;
	kill(getpid(), SIGKILL);
	return 6;
}

START_TEST(a_thousand_deaths)
{
	struct store_stats	 st;

	open_made();
	ck_assert_int_eq(in_child(0, put, 1), STORE_STORED);
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert_int_eq(in_child(i % KEEPER, die_busy, 100 + i), 128 + SIGKILL);
		ck_assert_int_eq(in_child(KEEPER, keep, i), 0);
	}
	ck_assert_int_eq(in_child(KEEPER, keep, 2000), 0);
	store_stat(shared.store, 0, &st);
	ck_assert(st.on);
	ck_assert_uint_eq(st.open, 0);
	/* into which the last keeper merged what was hardly begun */
	ck_assert_uint_le(st.full, 1);
	ck_assert_uint_gt(st.free, 0);
	ck_assert_uint_eq(st.no_room, 0);
	ck_assert_int_eq(in_child(0, get, 1), 0);
	ck_assert_int_eq(in_child(0, get, 1099), 0);
}
END_TEST

/* Two at once: the first announces and waits to be killed, the second follows. */
static pid_t
begin_and_wait(unsigned slot, int pipe_fd)
{
	struct store_key	 k = key(7);
	struct store_meta	 m = { .head = span_of("head") };
	struct store_claim	 c;
	struct store_follow	 f;
	enum store_put		 why;
	pid_t			 pid = fork();

	if (pid != 0)
		return pid;
	storage_join(slot);
	if (store_claim(shared.store, &k, &c, &f) == STORE_CLAIMED &&
	    store_begin(shared.store, &k, &m, 100, &c, &why) != NULL &&
	    write(pipe_fd, "x", 1) == 1)
		pause();
	_exit(1);
}

static int
follow(uint64_t killed)
{
	struct store_key	 k = key(7);
	struct store_claim	 c;
	struct store_follow	 f;
	uint64_t		 length;
	struct pollfd		 p = { .fd = storage_wake_fd(), .events = POLLIN };

	if (store_claim(shared.store, &k, &c, &f) != STORE_FOLLOW)
		return 1;
	if (store_follow_look(shared.store, &f, true, &length) != STORE_GROWING ||
	    poll(&p, 1, PAUSE_MS) != 0)
		return 2;
	if (kill((pid_t)killed, SIGKILL) != 0 || poll(&p, 1, 10000) != 1)
		return 3;
	return store_follow_look(shared.store, &f, true, &length) == STORE_ENDED ? 0 : 4;
}

START_TEST(followers_are_woken_by_a_death)
{
	int	 ends[2], status;
	char	 c;
	pid_t	 writer, follower;

	open_made();
	ck_assert_int_eq(pipe(ends), 0);
	writer = begin_and_wait(3, ends[1]);
	ck_assert_int_eq(read(ends[0], &c, 1), 1);
	follower = fork();
	if (follower == 0) {
		storage_join(4);
		_exit(follow((uint64_t)writer));
	}
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert(WIFSIGNALED(status));
	storage_died(3);
	ck_assert_int_eq(waitpid(follower, &status, 0), follower);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	storage_died(4);
	ck_assert_int_eq(in_child(3, put, 7), STORE_STORED);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static int
without_other_descriptors(uint64_t n)
{
	int	 fds[STORAGE_FDS_MAX];
	size_t	 kept = storage_descriptors(fds);

	if (kept != SLOTS + 1 + 2)
		return 100;
	limits_close_others(fds, kept);
	return put(n) == STORE_STORED && get(n) == 0 ? 0 : 1;
}

START_TEST(children_keep_what_they_need)
{
	open_made();
	storage_close();
	open_made();		/* now by the master: two files are open */
	ck_assert_int_eq(in_child(1, without_other_descriptors, 5), 0);
	ck_assert_int_eq(in_child(2, get, 5), 0);
}
END_TEST

START_TEST(a_changed_list_is_seen)
{
	struct store_dir	 two[2];
	struct settings		 other = { .cache_dirs = two };

	open_made();
	two[0] = one;
	two[1] = one;
	other.n_cache_dirs = 2;
	ck_assert(!storage_same(&other));
	other.n_cache_dirs = 0;
	ck_assert(!storage_same(&other));
	other.n_cache_dirs = 1;
	ck_assert(storage_same(&other));
	two[0].max_size = 1;
	ck_assert(!storage_same(&other));
	two[0] = one;
	two[0].path = "/elsewhere";
	ck_assert(!storage_same(&other));
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("storage");
	TCase	*t = tcase_create("processes");
	SRunner	*r;
	int	 failed;

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, without_a_cache_dir_nothing_happens);
	tcase_add_test(t, the_keeper_makes_what_is_missing);
	tcase_add_test(t, a_thousand_deaths);
	tcase_add_test(t, followers_are_woken_by_a_death);
	tcase_add_test(t, children_keep_what_they_need);
	tcase_add_test(t, a_changed_list_is_seen);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
