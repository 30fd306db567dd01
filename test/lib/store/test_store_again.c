/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this process keeps of what it read (store_get_again) while another one changes the store:
 * good exactly as long as the key's record is the one that was read.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/must.h"
#include "storesuite.h"
#include "storetest.h"
#include "store/diskio.h"
#include "store/store_inner.h"

enum { MINE = 1, OTHER, KEEPER, SLOTS, LENGTH = 1000, KEY = 7 };

static struct store	*s;
_Alignas(8) static char	 kept[STORETEST_BUF], now[STORETEST_BUF];
static struct store_hit	 was;

static void
begin(void)
{
	s = storetest_open(SLOTS);
	store_join(s, MINE);
	store_guard();
}

static void
end(void)
{
	diskio = &diskio_system;
	store_close(&s);
	storetest_clean();
}

/*
 * In a process of its own, which ends as a worker does when it is told to, or as one that is
 * killed.
 */
static void
elsewhere(unsigned slot, void (*act)(void), bool leaves)
{
	int	 status;
	pid_t	 pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		store_join(s, slot);
		act();
		if (leaves)
			store_leave(s);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	store_slot_died(s, slot);
}

static struct store_key	key(void) { return storetest_key(KEY); }

static enum store_got
read_now(struct store_hit *h, enum store_how how)
{
	struct store_key	 k = key();
	enum store_got		 got = store_get(s, &k, how, now, sizeof now, h);

	if (got == STORE_HIT)
		store_release(s, h);
	return got;
}

static void
store_it(void)
{
	MUST(storetest_put(s, KEY, 1, LENGTH) == STORE_STORED);
}

/* Stored by another process: not in this one's open segment, which stays. */
static void
remember(void)
{
	struct store_key	 k = key();

	elsewhere(OTHER, store_it, true);
	MUST(store_get(s, &k, STORE_BLOCK, kept, sizeof kept, &was) == STORE_HIT &&
	    was.body.n == LENGTH && was.extent.checked);
	store_release(s, &was);
}

/* Whether it says so; then it is what stands in the file and its segment is pinned. */
static bool
is_good(void)
{
	static struct store_key	 k;
	struct store_hit	 h;
	char			 body[LENGTH];
	size_t			 got;

	k = key();
	if (!store_get_again(s, &k, &was))
		return false;
	ck_assert_int_eq(read_now(&h, STORE_BLOCK), STORE_HIT);
	ck_assert(h.stamp == was.stamp && h.expires == was.expires && h.total == LENGTH);
	ck_assert(span_eq(h.attr, was.attr) && span_eq(h.head, was.head) &&
	    span_eq(h.body, was.body));
	ck_assert_int_eq(store_read(s, &was.extent, 0, body, sizeof body, STORE_BLOCK, &got),
	    STORE_HIT);
	ck_assert(got == LENGTH && memcmp(body, was.body.p, LENGTH) == 0);
	store_release(s, &was);
	return true;
}

/* ---- what others do ---- */

static void
only_read(void)
{
	MUST(storetest_get(s, KEY) == 1 && storetest_get(s, KEY + 1) == -1);
}

static void
store_beside(void)
{
	MUST(storetest_put(s, KEY + 1, 1, 3000) == STORE_STORED);
}

static void
change_others(void)
{
	struct store_key	 k = storetest_key(KEY + 1);

	store_beside();
	MUST(store_delete(s, &k));
}

static void
replace(void)
{
	MUST(storetest_put(s, KEY, 2, LENGTH / 2) == STORE_STORED);
}

static void
forget(void)
{
	struct store_key	 k = key();

	MUST(store_delete(s, &k));
}

static void
forget_and_put(void)
{
	forget();
	store_it();
}

static void
update(void)
{
	struct store_hit	 h;
	struct store_meta	 m = { .attr = SPAN("newer"), .head = SPAN("7 1 1000"),
	    .expires = 99, .stored = 3, .flags = 7 };

	MUST(read_now(&h, STORE_BLOCK) == STORE_HIT &&
	    store_update(s, &h, &m, STORE_BLOCK) == STORE_STORED);
}

static struct store_object *
grow(void)
{
	struct store_key	 k = key();
	struct store_meta	 m = { .attr = SPAN("attributes"), .head = SPAN("7 3 3"),
	    .expires = 3 };
	enum store_put		 why;
	struct store_object	*o = store_begin(s, &k, &m, STORE_UNKNOWN, NULL, &why);

	MUST(o != NULL && store_append(o, SPAN("abc")) == STORE_STORED);
	return o;
}

static void
grow_and_commit(void)
{
	struct store_object	*o = grow();

	MUST(store_commit(&o) == STORE_STORED);
}

static void
grow_and_give_up(void)
{
	struct store_object	*o = grow();

	store_abort(&o);
}

/* The segment of what was read is taken again, all of them several times over. */
static void
fill_all(void)
{
	for (uint64_t n = 1000; n < 4000; n++) {
		storetest_put(s, n, 1, 3000);
		storetest_keep(s, 1);
	}
}

static void
seal(void)
{
	for (uint64_t n = 1000; n < 1030; n++) {
		storetest_put(s, n, 1, 3000);
		storetest_keep(s, 1);
	}
}

static const struct change {
	const char	*name;
	unsigned	 slot;
	void		(*act)(void);
	bool		 good;			/* afterwards */
	enum store_got	 got;			/* what a look-up then finds */
	uint64_t	 expires;
} changes[] = {
	{ "reads", OTHER, only_read, true, STORE_HIT, 1 },
	{ "other keys", OTHER, change_others, true, STORE_HIT, 1 },
	{ "growing, given up", OTHER, grow_and_give_up, true, STORE_HIT, 1 },
	{ "sealed", KEEPER, seal, true, STORE_HIT, 1 },
	{ "replaced", OTHER, replace, false, STORE_HIT, 2 },
	{ "replaced by the same", OTHER, store_it, false, STORE_HIT, 1 },
	{ "grown", OTHER, grow_and_commit, false, STORE_HIT, 3 },
	{ "304", OTHER, update, false, STORE_HIT, 99 },
	{ "PURGE", OTHER, forget, false, STORE_MISS, 0 },
	{ "PURGE and stored again", OTHER, forget_and_put, false, STORE_HIT, 1 },
	{ "carried on", KEEPER, fill_all, false, STORE_HIT, 1 },
};

START_TEST(by_another_process)
{
	const struct change	*c = &changes[_i / 2];
	struct store_hit	 h;

	remember();
	if (c->act != fill_all)			/* what was asked for is carried on */
		ck_assert(is_good());
	elsewhere(c->slot, c->act, _i % 2 == 0);
	ck_assert_msg(is_good() == c->good, "%s", c->name);
	ck_assert_msg(is_good() == c->good, "%s, asked twice", c->name);
	ck_assert_msg(read_now(&h, STORE_BLOCK) == c->got, "%s", c->name);
	if (c->got == STORE_HIT)
		ck_assert_uint_eq(h.expires, c->expires);
}
END_TEST

/*
 * Each process begins a segment with it: sooner or later the same one, at the same place, with the
 * same word in the index.
 */
START_TEST(the_same_place_in_another_life)
{
	struct store_hit	 h;
	uint64_t		 place;
	bool			 same = false;

	remember();
	place = was.extent.at;
	for (int i = 0; i < 200 && !same; i++) {
		elsewhere(OTHER, store_it, true);
		ck_assert(!is_good());
		ck_assert_int_eq(read_now(&h, STORE_BLOCK), STORE_HIT);
		same = h.extent.at == place;
		elsewhere(KEEPER, seal, true);
	}
	ck_assert(same);
}
END_TEST

static unsigned
uses(void)
{
	struct bucket_match	 m[BUCKET_MATCHES];

	ck_assert_uint_eq(bucket_find(&s->dirs[0].index, key(), m), 1);
	return bucket_use(m[0].word);
}

/* As a look-up does: also after others have counted theirs, which is no change of the record. */
START_TEST(it_counts_as_a_use)
{
	struct store_stats	 before, after;

	remember();
	store_stat(s, 0, &before);
	for (unsigned i = 1; i <= BUCKET_USE_MAX + 1; i++) {
		struct store_key	 k = key();

		ck_assert_uint_eq(uses(), (i < BUCKET_USE_MAX) ? i : BUCKET_USE_MAX);
		ck_assert(store_get_again(s, &k, &was));
		store_release(s, &was);
	}
	elsewhere(OTHER, only_read, true);
	ck_assert(is_good());
	store_stat(s, 0, &after);
	ck_assert_uint_eq(after.hits, before.hits + BUCKET_USE_MAX + 1 + 3);
}
END_TEST

/* ---- the store goes off, and what it stands in ---- */

static struct diskio	 failing;

static ssize_t
no_write(int fd, const struct iovec *v, int n, off_t at)
{
	(void)fd; (void)v; (void)n; (void)at;
	errno = EIO;
	return -1;
}

static void
fail_to_write(void)
{
	failing = diskio_system;
	failing.writev = no_write;
	diskio = &failing;
	storetest_put(s, KEY + 1, 1, 3000);
}

static void
keep_for_long(void)
{
	for (uint64_t t = 1000; t < 3000; t += 20)
		storetest_keep(s, t);
}

START_TEST(off_and_on)
{
	struct store_hit	 h;
	struct store_stats	 st;

	remember();
	elsewhere(OTHER, fail_to_write, false);
	store_stat(s, 0, &st);
	ck_assert(!st.on);
	ck_assert(!is_good());
	elsewhere(KEEPER, keep_for_long, true);
	store_stat(s, 0, &st);
	ck_assert(st.on);
	ck_assert(is_good() == (read_now(&h, STORE_BLOCK) == STORE_HIT));
	ck_assert_int_eq(storetest_put(s, KEY, 5, LENGTH), STORE_STORED);
	ck_assert(!is_good());
}
END_TEST

enum outside { NO_SEGMENTS, CUT_INDEX, EMPTY_INDEX, NO_INDEX };

/*
 * Files removed or cut. The segments are those that were opened first as long as the store is open.
 */
START_TEST(files_change)
{
	struct store_hit	 h;

	remember();
	switch ((enum outside)_i) {
	case NO_SEGMENTS:
		ck_assert_int_eq(unlink(storetest_path("sepia-segments")), 0);
		ck_assert(is_good());
		elsewhere(OTHER, fail_to_write, false);
		break;
	case CUT_INDEX:
		ck_assert_int_eq(truncate(storetest_path("sepia-index"), 4096), 0);
		break;
	case EMPTY_INDEX:
		ck_assert_int_eq(truncate(storetest_path("sepia-index"), 0), 0);
		break;
	case NO_INDEX:
		ck_assert_int_eq(unlink(storetest_path("sepia-index")), 0);
		break;
	}
	if (_i != NO_INDEX)
		ck_assert(!is_good());
	elsewhere(KEEPER, keep_for_long, true);
	if (_i == NO_SEGMENTS || _i == NO_INDEX)
		ck_assert(is_good());
	else
		ck_assert(is_good() == (read_now(&h, STORE_BLOCK) == STORE_HIT));	/* in again from the segments, or not */
	elsewhere(OTHER, store_it, true);
	ck_assert(!is_good());
	ck_assert_int_eq(read_now(&h, STORE_BLOCK), STORE_HIT);
	elsewhere(OTHER, forget, true);
	ck_assert(!is_good());
	ck_assert_int_eq(read_now(&h, STORE_BLOCK), STORE_MISS);
}
END_TEST

int
main(void)
{
	TCase	*t = tcase_create("again");

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, by_another_process, 0, 2 * (int)(sizeof changes / sizeof *changes));
	tcase_add_test(t, the_same_place_in_another_life);
	tcase_add_test(t, it_counts_as_a_use);
	tcase_add_test(t, off_and_on);
	tcase_add_loop_test(t, files_change, 0, 4);
	return storesuite_run("store, again", t, NULL);
}
