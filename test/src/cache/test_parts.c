/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that have parts of a representation (what they say of themselves, what they answer), and
 * bodies put together from one of them, in a real store, and an origin that a test plays: byte by
 * byte, in pieces of any size, ending too early, too late, failing.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "cache/joinbody.h"
#include "cache/parts.h"
#include "core/shared.h"
#include "net/loop.h"
#include "storetest.h"

static struct extents
extents(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct extents	 x = { .n = 0 };

	if (a < b)
		ck_assert(extents_add(&x, a, b));
	if (c < d)
		ck_assert(extents_add(&x, c, d));
	return x;
}

/* ---- extents end to end ---- */

START_TEST(extents_end_to_end)
{
	struct extents	 x = extents(10, 20, 50, 51), y;

	ck_assert_uint_eq(extents_total(&x), 11);
	ck_assert_uint_eq(extents_place(&x, 10), 0);
	ck_assert_uint_eq(extents_place(&x, 19), 9);
	ck_assert_uint_eq(extents_place(&x, 50), 10);
	for (uint64_t n = 0; n < 20; n++) {
		y = x;
		extents_clip(&y, n);
		ck_assert_uint_eq(extents_total(&y), n < 11 ? n : 11);
		ck_assert_uint_eq(y.n, n == 0 ? 0 : n <= 10 ? 1 : 2);
		ck_assert(extents_sane(&y, 51));
	}
}
END_TEST

/* ---- what an object says ---- */

static uint8_t	 attr[STOREDATTR_MAX + PARTS_BYTES];

static struct storedattr
attributes(void)
{
	return (struct storedattr){ .date_s = 1000, .response_s = 1000, .lifetime = 60,
	    .modified_s = -1, .swr = -1, .sie = -1, .status = 200, .etag = SPAN("\"x\"") };
}

static struct object
object(uint64_t size, const struct extents *x, uint64_t total)
{
	struct storedattr	 at = attributes();
	struct object		 o = { .hit = { .flags = OBJECT_PARTS, .total = total } };
	size_t			 n = storedattr_write(&at, attr);

	n += parts_write(size, x, attr + n);
	o.hit.attr = span_at((char *)attr, n);
	return o;
}

START_TEST(parts_there_and_back)
{
	struct extents	 x = extents(10, 20, 50, 60),
	    broken = { .n = 2, .e = { { 10, 20 }, { 15, 30 } } };
	struct object	 o = object(100, &x, 20);
	struct parts	 p;

	ck_assert(parts_read(&o, &p));
	ck_assert_uint_eq(p.size, 100);
	ck_assert_uint_eq(parts_size(&o), 100);
	ck_assert(p.there.n == 2 && extents_has(&p.there, 50, 60));
	o = object(100, &x, 13);		/* cut short */
	ck_assert(parts_read(&o, &p) && extents_has(&p.there, 50, 53) &&
	    extents_total(&p.there) == 13);
	o = object(100, NULL, 30);
	ck_assert(parts_read(&o, &p) && p.there.n == 1 && extents_has(&p.there, 0, 30) &&
	    extents_total(&p.there) == 30);
	/* what no parts_write wrote, for such a body */
	o = object(100, &x, 21);
	ck_assert(!parts_read(&o, &p) && parts_size(&o) == STORE_UNKNOWN);
	o = object(100, &x, 0);
	ck_assert(!parts_read(&o, &p));
	o = object(55, &x, 20);
	ck_assert(!parts_read(&o, &p));
	o = object(100, &broken, 20);
	ck_assert(!parts_read(&o, &p));
	o = object(100, NULL, STORE_UNKNOWN);
	ck_assert(!parts_read(&o, &p));
	o = object(100, &x, 20);
	for (size_t n = o.hit.attr.n - 1; n > 0; n--) {
		o.hit.attr.n = n;
		ck_assert(!parts_read(&o, &p) || (p.there.n == 1 && p.there.e[0].from == 0));
	}
	o = object(100, NULL, 100);
	o.hit.flags = 0;
	ck_assert_uint_eq(parts_size(&o), 100);
	ck_assert_uint_eq(parts_text(&o).n, 8);
}
END_TEST

static const struct asked {
	const char	*range, *condition;
	enum parts_have	 have;
	uint64_t	 from, to;	/* the gap */
	bool		 head;
} asked[] = {		/* [10, 20) and [50, 60) of 100 are there */
	{ NULL, NULL, PARTS_FEW, 0, 0, false },
	{ "bytes=10-19", NULL, PARTS_ALL, 0, 0, false },
	{ "bytes=10-19", NULL, PARTS_FEW, 0, 0, true },
	{ "bytes=12-13,51-52", NULL, PARTS_ALL, 0, 0, false },
	{ "bytes=12-13,61-62", NULL, PARTS_FEW, 0, 0, false },
	{ "bytes=10-20", NULL, PARTS_REST, 20, 21, false },
	{ "bytes=9-19", NULL, PARTS_REST, 9, 10, false },
	{ "bytes=9-20", NULL, PARTS_FEW, 0, 0, false },
	{ "bytes=15-55", NULL, PARTS_REST, 20, 50, false },
	{ "bytes=30-39", NULL, PARTS_REST, 30, 40, false },
	{ "bytes=55-", NULL, PARTS_REST, 60, 100, false },
	{ "bytes=-45", NULL, PARTS_REST, 60, 100, false },
	{ "bytes=100-", NULL, PARTS_ALL, 0, 0, false },
	{ "bytes=10-20", "If-None-Match: \"x\"", PARTS_FEW, 0, 0, false },
	{ "bytes=10-20", "If-None-Match: \"y\"", PARTS_REST, 20, 21, false },
	{ "bytes=10-19", "If-None-Match: \"x\"", PARTS_ALL, 0, 0, false },
	{ "bytes=10-19", "If-Range: \"x\"", PARTS_ALL, 0, 0, false },
	{ "bytes=10-19", "If-Range: \"y\"", PARTS_FEW, 0, 0, false },
	{ "lines=1", NULL, PARTS_FEW, 0, 0, false },
};

START_TEST(what_parts_answer)
{
	static const struct head_limits	 lim = { 65536, 65536, 100 };
	const struct asked	*a = &asked[_i];
	struct parts		 p = { .size = 100, .there = extents(10, 20, 50, 60) };
	struct storedattr	 at = attributes();
	struct byteranges	 ranges;
	struct extent		 gap = { 0, 0 };
	struct arena		 arena;
	struct head		 h;
	struct span		 text;

	arena_init(&arena, 100000);
	text = arena_printf(&arena, "%s / HTTP/1.1\r\nHost: x\r\n%s%s%s%s%s\r\n",
	    a->head ? "HEAD" : "GET", a->range != NULL ? "Range: " : "",
	    a->range != NULL ? a->range : "",
	    a->range != NULL ? "\r\n" : "", a->condition != NULL ? a->condition : "",
	    a->condition != NULL ? "\r\n" : "");
	ck_assert_int_eq(head_parse_request(&h, text.p, text.n, 0, &lim, &arena), HEAD_DONE);
	ck_assert_int_eq(parts_judge(&p, &h, &at, &ranges, &gap), a->have);
	if (a->have == PARTS_REST)
		ck_assert(gap.from == a->from && gap.to == a->to);
	arena_reset(&arena);
}
END_TEST

START_TEST(all_but_one_gap)
{
	static const struct head	 get = { .method = METHOD_GET };
	struct parts			 p = { .size = 100, .there = extents(0, 20, 50, 100) };
	struct storedattr		 at = attributes();
	struct byteranges		 ranges;
	struct extent			 gap;

	ck_assert_int_eq(parts_judge(&p, &get, &at, &ranges, &gap), PARTS_REST);
	ck_assert(ranges.n == 0 && gap.from == 20 && gap.to == 50);
}
END_TEST

/* ---- an origin ---- */

enum { SIZE = 300000 };

struct origin {
	struct body	 body;
	struct source	 source;
	/* of the representation; end: where it says that this is all */
	uint64_t	 at, end;
	size_t		 step;
	bool		 late;		/* says so only when all is taken */
	bool		 fails, dry;	/* at the end; dry: nothing now */
	unsigned	 ended;
	char		 piece[65536];
	struct span	 span;
};

static enum body_state
origin_peek(struct body *b, const struct span **v, unsigned *n)
{
	struct origin	*o = CONTAINER_OF(b, struct origin, body);
	size_t		 have = o->end - o->at < o->step ? (size_t)(o->end - o->at) : o->step;

	*v = &o->span;
	*n = 0;
	o->dry = !o->dry;
	if (o->dry)
		return BODY_MORE;
	storetest_fill(o->piece, 1, 1, o->at, have);
	o->span = span_at(o->piece, have);
	*n = have > 0;
	if (o->at + have < o->end)
		return BODY_MORE;
	if (o->fails)
		return BODY_FAILED;
	return o->late && have > 0 ? BODY_MORE : BODY_LAST;
}

static void
origin_took(struct body *b, size_t bytes)
{
	struct origin	*o = CONTAINER_OF(b, struct origin, body);

	o->at += bytes;
	b->taken += bytes;
}

static void
origin_end(struct source *s)
{
	CONTAINER_OF(s, struct origin, source)->ended++;
}

static const struct body_ops	 origin_ops = { .peek = origin_peek, .took = origin_took };

static struct origin	 origin;

static struct joinbody *
join(struct object *old, const struct extents *yield, const struct extents *there,
    struct extent gap)
{
	struct joinbody	*j;

	origin.body = (struct body){ .ops = &origin_ops };
	origin.source = (struct source){ .body = &origin.body, .end = origin_end };
	origin.at = gap.from;
	j = joinbody_new(&(struct joinbody_what){ .origin = &origin.body, .source = &origin.source,
	    .old = old });
	joinbody_aim(j, yield, there, &gap);
	return j;
}

/* ---- a store ---- */

static void
begin(void)
{
	struct store_dir	 d = { .path = storetest_dir(), .bytes = 64 << 20,
	    .segment_bytes = 4 << 20, .inline_bytes = 65536, .chunk_bytes = 131072 };

	clock_tick();
	loop_init();
	shared.store = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 2,
	    .underway = 16 });
	MUST(shared.store != NULL);
	store_join(shared.store, 1);
	memset(&origin, 0, sizeof origin);
}

static void
end(void)
{
	object_stop();
	store_close(&shared.store);
	storetest_clean();
	loop_free();
}

/*
 * Stores these extents of the representation, as parts or as the beginning that came of the whole.
 */
static void
put(const struct extents *x, bool cut)
{
	struct store_key	 k = storetest_key(1);
	struct storedattr	 at = attributes();
	uint8_t			 text[STOREDATTR_MAX + PARTS_BYTES];
	struct store_meta	 m = { .head = SPAN("HTTP/1.1 200 OK\r\n\r\n"),
	    .flags = cut ? 0 : OBJECT_PARTS };
	struct store_object	*o;
	enum store_put		 why;
	size_t			 n = storedattr_write(&at, text);
	char			*p = mem_alloc(SIZE + 1);

	n += parts_write(SIZE, cut ? NULL : x, text + n);
	m.attr = span_at((char *)text, n);
	o = store_begin(shared.store, &k, &m, cut ? SIZE : extents_total(x), NULL, &why);
	ck_assert_ptr_nonnull(o);
	for (unsigned i = 0; i < x->n; i++) {
		storetest_fill(p, 1, 1, x->e[i].from, x->e[i].to - x->e[i].from);
		ck_assert_int_eq(store_append(o, span_at(p, x->e[i].to - x->e[i].from)),
		    STORE_STORED);
	}
	ck_assert_int_eq(cut ? store_commit_short(&o, OBJECT_PARTS) : store_commit(&o),
	    STORE_STORED);
	free(p);
}

static struct object *
get(void)
{
	struct store_key	 k = storetest_key(1);
	struct cachekey		 ck;
	struct object		*o;

	memcpy(&ck, &k, sizeof ck);
	return object_get(&ck, &o) == STORE_HIT ? o : NULL;
}

/* Takes all of it in pieces of at most step; how it ends. */
static enum body_state
drink(struct body *b, size_t step, const struct extents *yield, uint64_t *took)
{
	const struct span	*v;
	enum body_state		 state;
	unsigned		 n, e = 0, dry = 0;
	uint64_t		 pos = yield->e[0].from;
	char			*want = mem_alloc(65536);

	for (*took = 0;;) {
		state = b->ops->peek(b, &v, &n);
		if (state == BODY_FAILED || (n == 0 && state == BODY_LAST))
			break;
		if (n == 0) {
			ck_assert_uint_lt(dry++, 1000);
			loop_round(1);
			continue;
		}
		dry = 0;
		size_t some = v[0].n < step ? v[0].n : step, left = yield->e[e].to - pos;

		some = some < left ? some : left;
		some = some < 65536 ? some : 65536;
		storetest_fill(want, 1, 1, pos, some);
		ck_assert_msg(memcmp(v[0].p, want, some) == 0, "other bytes at %lu",
		    (unsigned long)pos);
		bool last = state == BODY_LAST && n == 1 && some == v[0].n;
		b->ops->took(b, some);
		pos += some;
		*took += some;
		if (pos == yield->e[e].to && e + 1 < yield->n)
			pos = yield->e[++e].from;
		if (last)
			break;
	}
	free(want);
	return state;
}

static const struct joined {
	uint64_t	 have[4], gap[2], yield[4];
} joined[] = {
	{ { 0, 1000 }, { 1000, SIZE }, { 0, SIZE } },
	{ { 1000, SIZE }, { 0, 1000 }, { 0, SIZE } },
	{ { 0, 100000, 200000, SIZE }, { 100000, 200000 }, { 0, SIZE } },
	{ { 0, 100, 200, 300 }, { 100, 200 }, { 50, 250 } },
	{ { 0, 100, 200, 300 }, { 150, 160 }, { 150, 160 } },
	{ { 0, 100000, 200000, SIZE }, { 100000, 100001 }, { 0, 100001, 200000, SIZE } },
	{ { 0, 100000, 200000, SIZE }, { 199999, 200000 }, { 0, 100000, 199999, SIZE } },
	{ { 10, 20, 100, 70000 }, { 70000, 140000 }, { 10, 20, 100, 140000 } },
};

static struct extents
list(const uint64_t e[4])
{
	return extents(e[0], e[1], e[2], e[3]);
}

START_TEST(bodies_put_together)
{
	static const size_t	 steps[] = { 7919, 65536 };
	const struct joined	*c = &joined[_i / 4];
	struct extents		 have = list(c->have), yield = list(c->yield);
	struct extent		 gap = { c->gap[0], c->gap[1] };
	struct object		*old, *own;
	struct joinbody		*j;
	struct source		*s;
	uint64_t		 took;

	put(&have, false);
	old = get();
	ck_assert(old != NULL && object_is_parts(old));
	origin.step = steps[_i % 2];
	origin.late = _i % 4 >= 2;
	origin.end = gap.to;
	j = join(old, &yield, &have, gap);
	s = joinbody_source(j);
	ck_assert(origin.source.taken);
	ck_assert_uint_eq(s->body->length, extents_total(&yield));
	ck_assert_int_eq(drink(s->body, steps[1 - _i % 2], &yield, &took), BODY_LAST);
	ck_assert_uint_eq(took, s->body->length);
	ck_assert_uint_eq(s->body->taken, took);
	s->end(s);
	ck_assert_uint_eq(origin.ended, 1);
	object_free(&old);
	/* with an object of its own, aimed twice */
	old = get();
	own = get();
	origin.ended = 0;
	origin.body = (struct body){ .ops = &origin_ops };
	origin.source = (struct source){ .body = &origin.body, .end = origin_end };
	origin.at = gap.from;
	j = joinbody_new(&(struct joinbody_what){ .origin = &origin.body, .source = &origin.source,
	    .old = old });
	joinbody_keep(j, &own);
	ck_assert_ptr_null(own);
	joinbody_aim(j, &have, &have, &(struct extent){ SIZE, SIZE });
	object_free(&old);
	joinbody_aim(j, &yield, &have, &gap);
	s = joinbody_source(j);
	ck_assert_int_eq(drink(s->body, 65536, &yield, &took), BODY_LAST);
	ck_assert_uint_eq(took, extents_total(&yield));
	s->end(s);
	ck_assert_uint_eq(origin.ended, 1);
}
END_TEST

/* What the origin sends is not what it said. */
START_TEST(origins_that_lie)
{
	static const struct { uint64_t end; bool fails, late; uint64_t most; } lies[] = {
		{ 150000, false, false, 150000 }, { 150000, true, false, 150000 },
		{ 199999, false, true, 199999 }, { 200001, false, false, 200000 },
		{ 250000, false, true, 200000 }, { 100000, false, false, 100000 },
		{ 200000, true, false, 200000 },
	};
	struct extents		 have = extents(0, 100000, 200000, SIZE),
	    yield = extents(0, SIZE, 0, 0);
	struct object		*old;
	struct joinbody		*j;
	struct source		*s;
	uint64_t		 took;

	put(&have, false);
	old = get();
	origin.step = 9973;
	origin.end = lies[_i].end;
	origin.fails = lies[_i].fails;
	origin.late = lies[_i].late;
	j = join(old, &yield, &have, (struct extent){ 100000, 200000 });
	s = joinbody_source(j);
	ck_assert_int_eq(drink(s->body, 65536, &yield, &took), BODY_FAILED);
	ck_assert_uint_le(took, lies[_i].most);
	ck_assert_uint_ge(took, 100000);
	s->end(s);
	object_free(&old);
}
END_TEST

/* A body of known length that was cut short. */
START_TEST(cut_short)
{
	static const uint64_t	 cuts[] = { 1, 1000, 65535, 65536, 65537, 65536 + 131072, 250000,
	    SIZE - 1 };
	struct extents		 have = extents(0, cuts[_i], 0, 0), yield = extents(0, SIZE, 0, 0);
	struct object		*old;
	struct joinbody		*j;
	struct source		*s;
	struct parts		 p;
	uint64_t		 took;

	put(&have, true);
	old = get();
	ck_assert(old != NULL && object_is_parts(old) && parts_read(old, &p));
	ck_assert_uint_eq(p.size, SIZE);
	ck_assert(p.there.n == 1 && p.there.e[0].from == 0 && p.there.e[0].to == cuts[_i]);
	origin.step = 65536;
	origin.end = SIZE;
	j = join(old, &yield, &p.there, (struct extent){ cuts[_i], SIZE });
	s = joinbody_source(j);
	ck_assert_int_eq(drink(s->body, 65536, &yield, &took), BODY_LAST);
	ck_assert_uint_eq(took, SIZE);
	s->end(s);
	object_free(&old);
}
END_TEST

START_TEST(nothing_came)
{
	struct store_key	 k = storetest_key(1);
	struct store_object	*o;
	enum store_put		 why;

	o = store_begin(shared.store, &k, &(struct store_meta){ .head = SPAN("x") }, 1000, NULL,
	    &why);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(store_commit_short(&o, OBJECT_PARTS), STORE_GONE);
	ck_assert_ptr_null(o);
	ck_assert(!store_maybe(shared.store, &k));
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("parts");
	TCase	*pure = tcase_create("what they say"), *stored = tcase_create("put together");
	SRunner	*sr;
	int	 failed;

	tcase_add_test(pure, extents_end_to_end);
	tcase_add_test(pure, parts_there_and_back);
	tcase_add_loop_test(pure, what_parts_answer, 0, (int)COUNT_OF(asked));
	tcase_add_test(pure, all_but_one_gap);
	tcase_set_timeout(stored, 60);
	tcase_add_checked_fixture(stored, begin, end);
	tcase_add_loop_test(stored, bodies_put_together, 0, 4 * (int)COUNT_OF(joined));
	tcase_add_loop_test(stored, origins_that_lie, 0, 7);
	tcase_add_loop_test(stored, cut_short, 0, 8);
	tcase_add_test(stored, nothing_came);
	suite_add_tcase(s, pure);
	suite_add_tcase(s, stored);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
