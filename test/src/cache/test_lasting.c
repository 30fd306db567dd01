/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies that go on in another where one ends early: what is passed over, what is too much or too
 * little, who is woken.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/must.h"
#include "cache/lasting.h"
#include "net/loop.h"

/* A body that offers some bytes at a time, and ends in one way or the other. */
struct piecewise {
	struct body	 body;
	struct span	 left;
	size_t		 each;		/* bytes a look: in two spans where there are two */
	enum body_state	 end;		/* MORE: it stays silent */
	struct span	 v[2];
};

static enum body_state
pw_peek(struct body *b, const struct span **v, unsigned *n)
{
	struct piecewise	*p = CONTAINER_OF(b, struct piecewise, body);
	size_t			 all = p->left.n < p->each ? p->left.n : p->each, half = all / 2;

	p->v[0] = span_at(p->left.p, half > 0 ? half : all);
	p->v[1] = span_at(p->left.p + half, all - half);
	*v = p->v;
	*n = all == 0 ? 0 : half > 0 ? 2 : 1;
	return all == p->left.n && (p->end != BODY_FAILED || all == 0) ? p->end : BODY_MORE;
}

static void
pw_took(struct body *b, size_t n)
{
	struct piecewise	*p = CONTAINER_OF(b, struct piecewise, body);

	p->left = span_at(p->left.p + n, p->left.n - n);
	b->taken += n;
}

static struct io *
pw_raw(struct body *b, uint64_t *n)
{
	(void)b;
	*n = 0;
	return NULL;
}

static void
pw_took_raw(struct body *b, uint64_t n, bool ended, bool failed)
{
	(void)b, (void)n, (void)ended, (void)failed;
}

static void
pw_stop(struct body *b)
{
	(void)b;
}

static int
pw_file(struct body *b, uint64_t *at, uint64_t *n)
{
	struct piecewise	*p = CONTAINER_OF(b, struct piecewise, body);

	*at = b->taken;
	*n = p->left.n;
	return p->left.n > 0 ? 7 : -1;
}

static const struct body_ops	 pw_ops = { pw_peek, pw_took, pw_raw, pw_took_raw, pw_stop,
    pw_file };

static void
piecewise(struct piecewise *p, const char *text, size_t each, enum body_state end)
{
	*p = (struct piecewise){ .body = { .ops = &pw_ops, .length = UINT64_MAX },
	    .left = span_of(text), .each = each, .end = end };
}

static struct lasting	 l;
static int		 lost, woken;
static bool		 there_is_another;

static bool
on_lost(struct lasting *which)
{
	ck_assert_ptr_eq(which, &l);
	lost++;
	return there_is_another;
}

static void
on_wake(void *arg)
{
	ck_assert_ptr_eq(arg, &l);
	woken++;
}

static void
begin(void)
{
	hash_seed();
	loop_init();
	lost = woken = 0;
	there_is_another = true;
	memset(&l, 0, sizeof l);
}

static void
end(void)
{
	lasting_end(&l);
	lasting_end(&l);
	loop_free();
}

static void
start(struct piecewise *p)
{
	lasting_init(&l, &p->body, on_lost);
	l.body.wake = on_wake;
	l.body.arg = &l;
}

/* Takes what there is, `most` bytes a time; answers the state at its end. */
static enum body_state
drain(char *to, size_t most)
{
	const struct span	*v;
	enum body_state		 state;
	unsigned		 n;
	size_t			 at = strlen(to), k;

	for (;;) {
		state = l.body.ops->peek(&l.body, &v, &n);
		if (n == 0)
			return state;
		k = v[0].n < most ? v[0].n : most;
		memcpy(to + at, v[0].p, k);
		at += k;
		to[at] = '\0';
		l.body.ops->took(&l.body, k);
		if (state == BODY_LAST && n == 1 && k == v[0].n)
			return BODY_LAST;
	}
}

START_TEST(one_that_is_whole)
{
	struct piecewise	 p;
	char			 got[64] = "";

	piecewise(&p, "0123456789", 3, BODY_LAST);
	start(&p);
	ck_assert_int_eq(drain(got, 2), BODY_LAST);
	ck_assert_str_eq(got, "0123456789");
	ck_assert_int_eq(lost, 0);
	ck_assert_uint_eq(l.body.taken, 10);
}
END_TEST

static const struct second {
	const char	*text;
	uint64_t	 skip, left;
	enum body_state	 end, state;
	const char	*got;
	int		 lost;
} seconds[] = {
	{ "456789", 0, 6, BODY_LAST, BODY_LAST, "0123456789", 1 },
	{ "456789", 0, UINT64_MAX, BODY_LAST, BODY_LAST, "0123456789", 1 },
	{ "0123456789", 4, 6, BODY_LAST, BODY_LAST, "0123456789", 1 },
	{ "0123456789", 4, UINT64_MAX, BODY_LAST, BODY_LAST, "0123456789", 1 },
	/* a range ends before it */
	{ "456789more", 0, 6, BODY_LAST, BODY_LAST, "0123456789", 1 },
	{ "0123456789more", 4, 6, BODY_MORE, BODY_LAST, "0123456789", 1 },
	/* shorter than was said */
	{ "4567", 0, 6, BODY_LAST, BODY_MORE, "01234567", 2 },
	{ "4567", 0, 6, BODY_FAILED, BODY_MORE, "01234567", 2 },
	{ "4567", 0, UINT64_MAX, BODY_FAILED, BODY_MORE, "01234567", 2 },
	{ "4567", 0, 6, BODY_MORE, BODY_MORE, "01234567", 1 },			/* silent for now */
	/* not even what was sent */
	{ "012", 4, 6, BODY_LAST, BODY_MORE, "0123", 2 },
	{ "012", 4, 6, BODY_FAILED, BODY_MORE, "0123", 2 },
	{ "012", 4, 6, BODY_MORE, BODY_MORE, "0123", 1 },
	{ "", 0, UINT64_MAX, BODY_LAST, BODY_LAST, "0123", 1 },
	{ "0123", 4, UINT64_MAX, BODY_LAST, BODY_LAST, "0123", 1 },
};

START_TEST(another_takes_over)
{
	const struct second	*s = &seconds[_i];
	struct piecewise	 p, q;
	char			 got[64] = "";

	for (size_t each = 1; each < 12; each++) {
		lost = woken = 0;
		got[0] = '\0';
		piecewise(&p, "0123", each, BODY_FAILED);
		start(&p);
		ck_assert_int_eq(drain(got, 3), BODY_MORE);
		ck_assert_str_eq(got, "0123");
		ck_assert_int_eq(lost, 1);
		ck_assert_ptr_null(p.body.wake);
		ck_assert_int_eq(l.body.ops->file(&l.body, &(uint64_t){ 0 }, &(uint64_t){ 0 }), -1);
		piecewise(&q, s->text, each, s->end);
		lasting_go_on(&l, &q.body, s->skip, s->left);
		ck_assert_int_eq(woken, 0);		/* never from inside */
		loop_round(0);
		ck_assert_int_eq(woken, 1);
		ck_assert_int_eq(drain(got, 3), s->state);
		ck_assert_str_eq(got, s->got);
		ck_assert_int_eq(lost, s->lost);
		ck_assert_uint_eq(l.body.taken, strlen(s->got));
		lasting_end(&l);
	}
}
END_TEST

START_TEST(there_is_none)
{
	struct piecewise	 p;
	char			 got[64] = "";

	there_is_another = false;
	piecewise(&p, "0123", 4, BODY_FAILED);
	start(&p);
	ck_assert_int_eq(drain(got, 4), BODY_FAILED);
	ck_assert_int_eq(drain(got, 4), BODY_FAILED);
	ck_assert_str_eq(got, "0123");
	ck_assert_int_eq(lost, 1);
}
END_TEST

START_TEST(none_comes)
{
	struct piecewise	 p;
	char			 got[64] = "";

	piecewise(&p, "", 4, BODY_FAILED);
	start(&p);
	ck_assert_int_eq(drain(got, 4), BODY_MORE);
	lasting_fail(&l);
	ck_assert_int_eq(woken, 0);
	loop_round(0);
	ck_assert_int_eq(woken, 1);
	ck_assert_int_eq(drain(got, 4), BODY_FAILED);
}
END_TEST

/* Very much that was sent already is passed over in several turns. */
START_TEST(a_long_way)
{
	static char		 text[1001];
	struct piecewise	 p, q;
	char			 got[64] = "";
	int			 turns;

	memset(text, 'x', 990);
	strcpy(text + 990, "0123456789");
	piecewise(&p, "", 4, BODY_FAILED);
	start(&p);
	ck_assert_int_eq(drain(got, 4), BODY_MORE);
	piecewise(&q, text, 10, BODY_LAST);
	lasting_go_on(&l, &q.body, 990, 10);
	for (turns = 0; drain(got, 4) != BODY_LAST; turns++) {
		int	 before = woken;

		ck_assert_str_eq(got, "");
		loop_round(0);
		ck_assert_int_gt(woken, before);
	}
	ck_assert_str_eq(got, "0123456789");
	ck_assert_int_gt(turns, 2);
}
END_TEST

START_TEST(files)
{
	struct piecewise	 p, q;
	char			 got[64] = "";
	uint64_t		 at, n;

	piecewise(&p, "01", 4, BODY_FAILED);
	start(&p);
	ck_assert_int_eq(l.body.ops->file(&l.body, &at, &n), 7);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(drain(got, 4), BODY_MORE);
	piecewise(&q, "0123456789", 1, BODY_LAST);
	lasting_go_on(&l, &q.body, 2, 5);
	/* what was sent is in front of it */
	ck_assert_int_eq(l.body.ops->file(&l.body, &at, &n), -1);
	ck_assert_int_eq(drain(got, 1), BODY_LAST);
	ck_assert_str_eq(got, "0123456");
	piecewise(&q, "23456789", 8, BODY_LAST);
	lasting_end(&l);
	piecewise(&p, "", 4, BODY_FAILED);
	start(&p);
	ck_assert_int_eq(drain(got, 4), BODY_MORE);
	lasting_go_on(&l, &q.body, 0, 5);
	ck_assert_int_eq(l.body.ops->file(&l.body, &at, &n), 7);
	ck_assert_uint_eq(n, 5);					/* no more than is wanted */
}
END_TEST

/* Its source wakes it, it wakes who reads; nobody is woken any more after the end. */
START_TEST(waking)
{
	struct piecewise	 p;

	piecewise(&p, "01", 4, BODY_LAST);
	start(&p);
	p.body.wake(p.body.arg);
	ck_assert_int_eq(woken, 1);
	lasting_fail(&l);
	lasting_end(&l);
	ck_assert_ptr_null(p.body.wake);
	loop_round(0);
	ck_assert_int_eq(woken, 1);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("lasting");
	TCase	*c = tcase_create("lasting");
	SRunner	*r;
	int	 failed;

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, one_that_is_whole);
	tcase_add_loop_test(c, another_takes_over, 0, sizeof seconds / sizeof *seconds);
	tcase_add_test(c, there_is_none);
	tcase_add_test(c, none_comes);
	tcase_add_test(c, a_long_way);
	tcase_add_test(c, files);
	tcase_add_test(c, waking);
	suite_add_tcase(suite, c);
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
