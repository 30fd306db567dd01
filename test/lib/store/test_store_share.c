/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What processes and parts of one process have of each other: who is fetching, followers at home,
 * two writers of one key.
 */
#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/must.h"
#include "storesuite.h"
#include "storetest.h"

static struct store	*s;

static void
begin(void)
{
	s = storetest_open(4);
}

static void
end(void)
{
	if (s != NULL)
		store_close(&s);
	storetest_clean();
}

/* ---- claims ---- */

START_TEST(growing_is_seen_without_a_claim)
{
	struct store_key	 k = storetest_key(1), other = storetest_key(2);
	struct store_claim	 c;
	struct store_follow	 f, seen;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;
	uint64_t		 length;

	ck_assert(!store_growing(s, &k, &seen));
	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	ck_assert(store_growing(s, &k, &seen) && !store_growing(s, &other, &f));
	ck_assert_int_eq(store_follow_look(s, &seen, false, &length), STORE_ASKED);
	o = store_begin(s, &k, &m, STORE_UNKNOWN, &c, &why);
	ck_assert_int_eq(store_append(o, SPAN("abc")), STORE_STORED);
	ck_assert(store_growing(s, &k, &f));
	ck_assert_int_eq(store_follow_look(s, &seen, false, &length), STORE_GROWING);
	ck_assert_uint_eq(length, 3);
	ck_assert_int_eq(store_follow_look(s, &f, false, &length), STORE_GROWING);
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	ck_assert(!store_growing(s, &k, &f));
	ck_assert_int_eq(store_follow_look(s, &seen, false, &length), STORE_ENDED);
	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	store_slot_died(s, 0);
	ck_assert(!store_growing(s, &k, &f));
}
END_TEST

/* The second of two that are looked for in the same place is announced all the same. */
START_TEST(two_at_one_home)
{
	struct store_key	 k[3] = { { { 77, 2 } }, { { 77, 4 } }, { { 77, 6 } } };
	struct store_claim	 c[2], other;
	struct store_follow	 f;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(store_claim(s, &k[i], &c[i], &f), STORE_CLAIMED);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(store_claim(s, &k[i], &other, &f), STORE_FOLLOW);
	ck_assert_int_eq(store_claim(s, &k[2], &other, &f), STORE_ALONE);
	store_claim_end(s, &c[0]);
	ck_assert_int_eq(store_claim(s, &k[1], &other, &f), STORE_FOLLOW);
	ck_assert_int_eq(store_claim(s, &k[2], &c[0], &f), STORE_CLAIMED);
	for (int i = 0; i < 2; i++)
		store_claim_end(s, &c[i]);
}
END_TEST

/*
 * One that is not stored any more: followers learn it at once, and may read what is there; nobody
 * new finds it.
 */
START_TEST(one_that_stopped)
{
	struct store_key	 k = storetest_key(5);
	struct store_claim	 c;
	struct store_follow	 f, seen;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;
	uint64_t		 length;
	char			 buf[16];
	size_t			 got;

	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	o = store_begin(s, &k, &m, STORE_UNKNOWN, &c, &why);
	ck_assert_int_eq(store_append(o, SPAN("abc")), STORE_STORED);
	ck_assert_int_eq(store_follow_look(s, &f, true, &length), STORE_GROWING);
	store_hide(o);
	ck_assert(!store_growing(s, &k, &seen));
	ck_assert_int_eq(store_follow_look(s, &f, false, &length), STORE_STOPPED);
	ck_assert_uint_eq(length, 3);
	ck_assert_int_eq(store_follow_read(s, &f, 0, buf, sizeof buf, STORE_BLOCK, &got),
	    STORE_HIT);
	ck_assert(got == 3 && memcmp(buf, "abc", 3) == 0);
	store_abort(&o);
	ck_assert_int_eq(store_follow_look(s, &f, false, &length), STORE_ENDED);
	/* the next one in its place has not */
	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	o = store_begin(s, &k, &m, STORE_UNKNOWN, &c, &why);
	ck_assert_int_eq(store_follow_look(s, &f, false, &length), STORE_GROWING);
	store_abort(&o);
}
END_TEST

/* Attributes changed under way: who follows sees the old ones, who finds it the new ones. */
START_TEST(other_attributes_at_the_end)
{
	struct store_key	 k = storetest_key(6);
	struct store_claim	 c;
	struct store_follow	 f;
	struct store_meta	 m = { .head = SPAN("head"), .attr = SPAN("attr") };
	enum store_put		 why;
	struct store_object	*o;
	struct store_hit	 h;
	static _Alignas(8) char	 buf[STORE_ATTR_MAX + STORE_HEAD_MAX + 4096];
	size_t			 n;
	char			*attr;

	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	o = store_begin(s, &k, &m, 3, &c, &why);
	ck_assert_int_eq(store_append(o, SPAN("abc")), STORE_STORED);
	attr = store_attr(o, &n);
	ck_assert(n == 4 && memcmp(attr, "attr", 4) == 0);
	memcpy(attr, "ATTR", 4);
	ck_assert_int_eq(store_follow_head(s, &f, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(span_eq(h.attr, SPAN("attr")) && span_eq(h.head, SPAN("head")));
	store_release(s, &h);
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(span_eq(h.attr, SPAN("ATTR")) && span_eq(h.head, SPAN("head")) &&
	    span_eq(h.body, SPAN("abc")));
	store_release(s, &h);
}
END_TEST

static unsigned	 woken[4];

static void
wake(void *arg, unsigned slot)
{
	(void)arg;
	woken[slot]++;
}

static unsigned
woken_since(unsigned slot)
{
	unsigned n = woken[slot];

	woken[slot] = 0;
	return n;
}

/*
 * A follower in the writer's own process is woken by each change, once for each time that it said
 * it waits.
 */
START_TEST(followers_at_home_are_woken)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_claim	 c;
	struct store_follow	 f;
	struct store_hit	 h;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;
	uint64_t		 length;
	char			 piece[64];
	size_t			 got;

	store_join(s, 2);
	store_set_wake(s, wake, NULL);
	store_claim(s, &k, &c, &f);
	ck_assert(store_growing(s, &k, &f));
	ck_assert_int_eq(store_follow_look(s, &f, true, &length), STORE_ASKED);
	ck_assert_uint_eq(woken_since(2), 0);
	o = store_begin(s, &k, &m, 6, &c, &why);
	ck_assert_uint_eq(woken_since(2), 1);
	ck_assert_int_eq(store_append(o, SPAN("abc")), STORE_STORED);
	ck_assert_uint_eq(woken_since(2), 0);		/* did not say it waits */
	ck_assert_int_eq(store_follow_look(s, &f, true, &length), STORE_GROWING);
	ck_assert_int_eq(store_follow_head(s, &f, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(span_is(h.head, "head") && h.total == 6);
	store_release(s, &h);
	ck_assert_int_eq(store_append(o, SPAN("def")), STORE_STORED);
	ck_assert_uint_eq(woken_since(2), 1);
	ck_assert_int_eq(store_follow_read(s, &f, 1, piece, sizeof piece, STORE_NOWAIT, &got),
	    STORE_HIT);
	ck_assert(got == 5 && memcmp(piece, "bcdef", 5) == 0);
	store_follow_look(s, &f, true, &length);
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	ck_assert_uint_eq(woken_since(2), 1);
	ck_assert_int_eq(store_follow_look(s, &f, true, &length), STORE_ENDED);
	ck_assert_uint_eq(woken[0] + woken[1] + woken[3], 0);
}
END_TEST

/*
 * An answer that turns out to have variants: who followed the first key is led to the second and
 * reads along there.
 */
START_TEST(from_the_first_key_to_the_variant)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 first = storetest_key(1), variant = storetest_key(2);
	struct store_claim	 c1, c2;
	struct store_follow	 f1, f2;
	struct store_hit	 h;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;
	uint64_t		 length;

	store_set_wake(s, wake, NULL);
	ck_assert_int_eq(store_claim(s, &first, &c1, &f1), STORE_CLAIMED);
	ck_assert(store_growing(s, &first, &f1));
	store_follow_look(s, &f1, true, &length);
	ck_assert_int_eq(store_claim(s, &variant, &c2, &f2), STORE_CLAIMED);
	o = store_begin(s, &variant, &m, 3, &c2, &why);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(store_put(s, &first, &m, SPAN("")), STORE_STORED);
	woken_since(0);
	store_claim_end(s, &c1);
	ck_assert_uint_eq(woken_since(0), 1);
	ck_assert_int_eq(store_follow_look(s, &f1, true, &length), STORE_ENDED);
	ck_assert_int_eq(store_get(s, &first, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	store_release(s, &h);
	ck_assert(store_growing(s, &variant, &f2));
	ck_assert_int_eq(store_follow_look(s, &f2, true, &length), STORE_GROWING);
	ck_assert_int_eq(store_follow_head(s, &f2, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	store_release(s, &h);
	store_append(o, SPAN("abc"));
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
}
END_TEST

START_TEST(a_full_table_of_claims)
{
	struct store_claim	 c[80];
	struct store_follow	 f;
	struct store_key	 k;
	unsigned		 claimed = 0, alone = 0;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;

	/* storetest_open: 64 for each slot */
	for (uint64_t n = 0; n < COUNT_OF(c); n++) {
		k = storetest_key(n);
		switch (store_claim(s, &k, &c[n], &f)) {
		case STORE_CLAIMED:
			claimed++;
			break;
		case STORE_ALONE:
			alone++;
			break;
		case STORE_FOLLOW:
			ck_abort();
		}
	}
	ck_assert(claimed > 50 && claimed <= 64 && claimed + alone == COUNT_OF(c));
	k = storetest_key(79);
	/* unannounced it works all the same */
	o = store_begin(s, &k, &m, 3, NULL, &why);
	store_append(o, SPAN("abc"));
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	store_slot_died(s, 0);
	k = storetest_key(78);
	ck_assert_int_eq(store_claim(s, &k, &c[0], &f), STORE_CLAIMED);
}
END_TEST

/* ---- two writers ---- */

enum { RACES = 400 };
struct race {
	_Atomic unsigned	 ready, stored[2];
	_Atomic uint64_t	 begun;
};

static void
store_at_once(struct race *r, unsigned who, bool grown)
{
	store_join(s, who + 1);
	for (unsigned n = 0; n < RACES; n++) {
		struct store_key k = storetest_key(n);
		char body[8] = { (char)('a' + who) };
		struct store_meta m = { .head = SPAN("head") };
		enum store_put how;

		r->ready++;
		while (r->ready < 2 * (n + 1))
			sched_yield();
		if (grown) {
			struct store_object *o = store_begin(s, &k, &m, sizeof body, NULL, &how);

			if (o == NULL ||
			    store_append(o, span_at(body, sizeof body)) != STORE_STORED ||
			    store_commit(&o) != STORE_STORED)
				break;
		} else if (store_put(s, &k, &m, span_at(body, sizeof body)) != STORE_STORED) {
			break;
		}
		r->stored[who]++;
	}
	_exit(0);
}

/*
 * One of them remains, whoever comes later; never both words, of which the older one might show
 * itself when the newer is dropped.
 */
START_TEST(two_writers_of_one_key)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct race		*r = mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct store_hit	 h;
	pid_t			 pids[2];

	for (unsigned who = 0; who < 2; who++) {
		pids[who] = fork();
		if (pids[who] == 0)
			store_at_once(r, who, _i == 1);
	}
	for (unsigned who = 0; who < 2; who++)
		ck_assert(waitpid(pids[who], NULL, 0) == pids[who]);
	ck_assert(r->stored[0] == RACES && r->stored[1] == RACES);
	ck_assert_uint_eq(store_count(s, 0), RACES);
	for (unsigned n = 0; n < RACES; n++) {
		struct store_key k = storetest_key(n);

		ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
		store_release(s, &h);
	}
	munmap(r, sizeof *r);
}
END_TEST

int
main(void)
{
	TCase	*t = tcase_create("claims");

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, growing_is_seen_without_a_claim);
	tcase_add_test(t, two_at_one_home);
	tcase_add_test(t, one_that_stopped);
	tcase_add_test(t, other_attributes_at_the_end);
	tcase_add_test(t, followers_at_home_are_woken);
	tcase_add_test(t, from_the_first_key_to_the_variant);
	tcase_add_test(t, a_full_table_of_claims);
	tcase_add_loop_test(t, two_writers_of_one_key, 0, 2);
	return storesuite_run("store, shared", t, NULL);
}
