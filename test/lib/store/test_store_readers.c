/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who reads a body slowly has all of it, however fast the store is written over and whatever
 * becomes of the object; up to half of the cache_dir. And what keepers that were killed leave
 * behind.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "store/catalog.h"
#include "store/diskio.h"
#include "store/store_inner.h"
#include "storesuite.h"
#include "storetest.h"

enum { SEGMENT = 65536, SEGMENTS = 32, BODY = 200000, SLOT = 1 };

static struct store	*s;
static uint64_t		 next = 1000;		/* keys of objects that nobody asks for again */

/* The machine does not fail here: nothing needs to be on the disk. */
static int
sync_nothing(int fd)
{
	(void)fd;
	return 0;
}

static void
begin(void)
{
	static struct diskio	 fast;

	fast = diskio_system;
	fast.sync = sync_nothing;
	diskio = &fast;
	s = storetest_open(4);
	store_join(s, SLOT);
}

static void
end(void)
{
	for (uint32_t i = 0; i < s->dirs[0].segs->n; i++)
		ck_assert_msg(!segtab_pinned(s->dirs[0].segs, i), "segment %u is pinned", i);
	ck_assert(readers_none(s->readers));
	store_close(&s);
	storetest_clean();
}

/* So many bytes of other objects; the keeper keeps up. */
static void
write_other(uint64_t bytes)
{
	for (uint64_t done = 0; done < bytes; done += 30000) {
		ck_assert_int_eq(storetest_put(s, next++, 1, 30000), STORE_STORED);
		storetest_keep(s, 1);
	}
}

static void
write_over(void)
{
	write_other(3ULL * SEGMENT * SEGMENTS);
}

/* A reader of n from `from` on: its hit, nothing pinned. */
static struct store_reader
reader(uint64_t n, uint64_t from, struct store_hit *h)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(n);
	struct store_reader	 r;

	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, h), STORE_HIT);
	ck_assert(store_reader_begin(s, &r, h, from, h->total, NULL));
	store_release(s, h);
	return r;
}

/* Bytes from pos on that are there, all of them right. */
static uint64_t
readable(const struct store_hit *h, uint64_t n, uint64_t v, uint64_t pos)
{
	static char		 p[1 << 20];
	struct store_extent	 e;
	uint64_t		 from = pos;
	size_t			 got;

	for (; pos < h->total && store_extent(s, h, pos, STORE_BLOCK, &e) == STORE_HIT;
	    pos += got) {
		ck_assert_int_eq(store_check(s, &e, STORE_BLOCK), STORE_HIT);
		ck_assert_int_eq(store_read(s, &e, pos, p, sizeof p, STORE_BLOCK, &got), STORE_HIT);
		store_extent_done(s, &e);
		for (size_t i = 0; i < got; i++)
			MUST((uint8_t)p[i] == storetest_byte(n, v, pos + i));
	}
	return pos - from;
}

enum fate { STAYS, IS_REPLACED, IS_DELETED, LOSES_THE_INDEX_WORD, FATES };

START_TEST(slow_readers)
{
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct store_reader	 r;

	ck_assert_int_eq(storetest_put(s, 1, 1, BODY), STORE_STORED);
	r = reader(1, 0, &h);
	switch ((enum fate)_i) {
	case STAYS: case FATES:
		break;
	case IS_REPLACED:
		ck_assert_int_eq(storetest_put(s, 1, 2, 5000), STORE_STORED);
		break;
	case IS_DELETED:
		store_delete(s, &k);
		break;
	case LOSES_THE_INDEX_WORD:
		catalog_forget(&s->dirs[0], k);
		break;
	}
	for (int round = 0; round < 4; round++) {
		write_over();
		ck_assert_uint_eq(readable(&h, 1, 1, h.base), BODY - h.base);
	}
	store_reader_end(s, &r);
}
END_TEST

/* The same object, but nobody reads it. */
START_TEST(no_reader)
{
	struct store_hit	 h;
	struct store_reader	 r;

	ck_assert_int_eq(storetest_put(s, 1, 1, BODY), STORE_STORED);
	r = reader(1, 0, &h);
	store_reader_end(s, &r);
	write_over();
	ck_assert_uint_eq(readable(&h, 1, 1, h.base), 0);
	ck_assert(!store_reader_begin(s, &r, &h, 0, h.total, NULL));
}
END_TEST

/* What was read, or is not asked for, goes. */
START_TEST(only_what_is_wanted)
{
	struct store_hit	 h;
	struct store_reader	 r;

	ck_assert_int_eq(storetest_put(s, 1, 1, BODY), STORE_STORED);
	r = reader(1, 0, &h);
	if (_i == 0)
		store_reader_at(s, &r, 100000);
	else
		store_reader_narrow(s, &r, 100000, 120000);
	write_over();
	write_over();
	write_over();
	ck_assert_uint_eq(readable(&h, 1, 1, h.base), 0);
	if (_i == 0) {
		ck_assert_uint_eq(readable(&h, 1, 1, 100000), BODY - 100000);
	} else {
		ck_assert_uint_ge(readable(&h, 1, 1, 100000), 20000);
		ck_assert_uint_le(readable(&h, 1, 1, 100000), 20000 + 2 * 16384);
	}
	store_reader_end(s, &r);
	/* nothing but the head's record: nobody reads */
	ck_assert_int_eq(storetest_put(s, 2, 1, 4096), STORE_STORED);
	r = reader(2, 0, &h);
	ck_assert_uint_eq(r.entry, 0);
	store_reader_end(s, &r);
}
END_TEST

/*
 * More than half of the cache_dir is wanted: who began first has his, the last ones may be cut, and
 * storing goes on.
 */
START_TEST(more_than_half)
{
	enum { MANY = 10, LONG = 150000 };
	struct store_hit	 h[MANY];
	struct store_reader	 r[MANY];
	unsigned		 whole = 0;

	for (uint64_t i = 0; i < MANY; i++) {
		ck_assert_int_eq(storetest_put(s, i, 1, LONG), STORE_STORED);
		r[i] = reader(i, 0, &h[i]);
		storetest_keep(s, 1);
	}
	write_over();
	write_over();
	for (uint64_t i = 0; i < MANY; i++) {
		bool all = readable(&h[i], i, 1, h[i].base) == LONG - h[i].base;

		ck_assert_msg(all || i >= 5, "reader %u of %u was cut", (unsigned)i, MANY);
		whole += all;
	}
	ck_assert_uint_lt(whole, MANY);
	for (uint64_t i = 0; i < MANY; i++)
		store_reader_end(s, &r[i]);
}
END_TEST

/* Of a process that died nothing is kept, once that is known. */
START_TEST(dead_readers)
{
	struct store_hit	 h;
	struct store_reader	 r;
	pid_t			 pid;

	ck_assert_int_eq(storetest_put(s, 1, 1, BODY), STORE_STORED);
	r = reader(1, 0, &h);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		store_join(s, 2);
		(void)reader(1, 0, &h);
		raise(SIGKILL);
	}
	MUST(waitpid(pid, NULL, 0) == pid);
	store_reader_end(s, &r);
	if (_i == 0)
		store_slot_died(s, 2);
	ck_assert(readers_none(s->readers) == (_i == 0));
	write_over();
	ck_assert_uint_eq(readable(&h, 1, 1, h.base), (_i == 0) ? 0 : BODY - h.base);
	store_slot_died(s, 2);
}
END_TEST

static struct store_object *
grow(uint64_t n, uint64_t total, struct store_follow *f)
{
	struct store_key	 k = storetest_key(n);
	struct store_claim	 c;
	enum store_put		 why;
	struct store_object	*o;

	ck_assert_int_eq(store_claim(s, &k, &c, f), STORE_CLAIMED);
	o = store_begin(s, &k, &(struct store_meta){ .head = SPAN("head") }, total, &c, &why);
	ck_assert_ptr_nonnull(o);
	return o;
}

static void
append(struct store_object *o, uint64_t n, uint64_t bytes)
{
	char	*p = mem_alloc(bytes);

	storetest_fill(p, n, 1, store_length(o), bytes);
	ck_assert_int_eq(store_append(o, span_at(p, bytes)), STORE_STORED);
	free(p);
}

/*
 * Grows while the store is written over, then is complete, deleted, written over: who follows has
 * it, head and all. _i & 1: the length is not known before.
 */
START_TEST(followers)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	static char		 p[BODY];
	struct store_key	 k = storetest_key(1);
	uint64_t		 total, said = (_i & 1) ? STORE_UNKNOWN : BODY;
	struct store_follow	 f;
	struct store_object	*o = grow(1, said, &f);
	struct store_reader	 r, late;
	struct store_hit	 h;
	size_t			 got;

	append(o, 1, 70000);
	ck_assert_int_eq(store_follow_head(s, &f, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(store_reader_begin(s, &r, &h, 0, h.total, &f));
	write_over();
	ck_assert_int_eq(store_follow_read(s, &f, 30000, p, 10, STORE_BLOCK, &got), STORE_HIT);
	ck_assert_uint_eq(got, 10);
	append(o, 1, BODY - 70000);
	ck_assert(!store_reader_total(s, &r, &total));
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	ck_assert(store_reader_total(s, &r, &total));
	ck_assert_uint_eq(total, BODY);
	ck_assert(!store_reader_begin(s, &late, &h, 0, h.total, &f));	/* too late to follow */
	store_delete(s, &k);
	h.total = total;
	for (int round = 0; round < 4; round++) {
		write_over();
		/* the head's record is pinned */
		ck_assert_uint_eq(readable(&h, 1, 1, 0), BODY);
	}
	store_release(s, &h);
	store_reader_end(s, &r);
}
END_TEST

/*
 * What is there of it stays while it grows, though nobody reads it: whoever comes next has all,
 * before it is complete and after.
 */
START_TEST(what_grows_stays)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_follow	 f;
	struct store_object	*o = grow(1, BODY, &f);
	struct store_reader	 r;
	struct store_hit	 h;

	append(o, 1, BODY - 1000);
	write_over();
	write_over();
	ck_assert_int_eq(store_follow_head(s, &f, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(store_reader_begin(s, &r, &h, 0, h.total, &f));
	store_reader_end(s, &r);
	/* some of it is gone all the same */
	catalog_forget(&s->dirs[0], record_chunk_key(h.key, h.body_id, 3));
	ck_assert(!store_reader_begin(s, &r, &h, 0, h.total, &f));
	ck_assert(store_reader_begin(s, &r, &h, 100000, h.total, &f));
	store_reader_end(s, &r);
	store_release(s, &h);
	store_abort(&o);
	ck_assert(!store_reader_begin(s, &r, &h, 0, h.total, &f));
}
END_TEST

/* Given up: nobody is told a length. */
START_TEST(followers_of_nothing)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_follow	 f;
	struct store_object	*o = grow(1, STORE_UNKNOWN, &f);
	struct store_reader	 r;
	struct store_hit	 h;
	uint64_t		 total;

	append(o, 1, 50000);
	ck_assert_int_eq(store_follow_head(s, &f, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(store_reader_begin(s, &r, &h, 0, h.total, &f));
	store_abort(&o);
	ck_assert(!store_reader_total(s, &r, &total));
	store_reader_end(s, &r);
	store_release(s, &h);
}
END_TEST

/* ---- the table ---- */

static const struct {
	struct readers_new	 n[4];
	uint64_t		 most;
	struct readers_body	 want[3];
} lists[] = {
	{ { { 0 } }, 100, { { 0, 0, 0 } } },
	{ { { 7, 0, 100, 1, 0, false } }, 100, { { 7, 0, 100 } } },
	{ { { 7, 0, 101, 1, 0, false } }, 100, { { 0, 0, 0 } } },
	{ { { 7, 50, 50, 1, 0, false } }, 100, { { 0, 0, 0 } } },
	/* another cache_dir's */
	{ { { 7, 0, 100, 1, 1, false } }, 100, { { 0, 0, 0 } } },
	/* once */
	{ { { 7, 10, 90, 1, 0, false }, { 7, 0, 50, 2, 0, false } }, 90, { { 7, 0, 90 } } },
	/* the first */
	{ { { 9, 0, 60, 2, 0, false }, { 7, 0, 60, 1, 0, false } }, 100, { { 7, 0, 60 } } },
	{ { { 9, 0, 60, 2, 0, false }, { 7, 0, 60, 1, 0, false }, { 8, 0, 40, 3, 0, false } }, 100,
	    { { 7, 0, 60 }, { 8, 0, 40 } } },
	/* what is there */
	{ { { 7, 0, STORE_UNKNOWN, 2, 0, false }, { 7, 0, 80, 1, 0, true } }, 100,
	    { { 7, 0, 80 } } },
	/* not all, but what is read */
	{ { { 7, 900, STORE_UNKNOWN, 2, 0, false }, { 7, 0, 1000, 1, 0, true } }, 100,
	    { { 7, 900, 1000 } } },
};

START_TEST(what_is_wanted)
{
	void			*memory = mem_zero(readers_size(2, 8));
	struct readers_list	 l;
	struct readers		 r;
	uint32_t		 ids[4] = { 0 };
	size_t			 n = 0;

	ck_assert(readers_make(&r, memory, 2, 8));
	for (unsigned i = 0; i < 4 && lists[_i].n[i].body_id != 0; i++) {
		readers_join(&r, i % 2);
		ids[i] = readers_begin(&r, &lists[_i].n[i]);
		ck_assert_uint_ne(ids[i], 0);
	}
	readers_list(&r, 0, lists[_i].most, &l);
	for (; n < 3 && lists[_i].want[n].body_id != 0; n++) {
		const struct readers_body *b = &lists[_i].want[n];

		ck_assert_uint_lt(n, l.n);
		ck_assert(l.body[n].body_id == b->body_id && l.body[n].from == b->from &&
		    l.body[n].to == b->to);
		ck_assert(readers_listed(&l, b->body_id, b->from, b->from + 1) &&
		    readers_listed(&l, b->body_id, b->to - 1, UINT64_MAX));
		ck_assert(!readers_listed(&l, b->body_id, b->to, UINT64_MAX) &&
		    !readers_listed(&l, b->body_id, 0, b->from));
		ck_assert(!readers_listed(&l, b->body_id + 10, b->from, b->to));
	}
	ck_assert_uint_eq(l.n, n);
	free(l.body);
	readers_free(&r);
	free(memory);
}
END_TEST

/* The last of those who read the same, unless he is too far behind. */
START_TEST(who_is_behind)
{
	static const struct readers_new	 all[] = { { 7, 900, 1000, 1, 0, false },
	    { 7, 700, 1000, 1, 0, false }, { 7, 100, 1000, 1, 0, false },
	    { 8, 600, 1000, 1, 0, false }, { 7, 1200, 1300, 1, 0, false } };
	void		*memory = mem_zero(readers_size(2, 8));
	struct readers	 r;

	ck_assert(readers_make(&r, memory, 2, 8));
	ck_assert_uint_eq(readers_lag(&r, 7, 1000, 500), 0);
	for (unsigned i = 0; i < COUNT_OF(all); i++) {
		readers_join(&r, i % 2);
		ck_assert_uint_ne(readers_begin(&r, &all[i]), 0);
	}
	ck_assert_uint_eq(readers_lag(&r, 7, 1000, 500), 300);
	ck_assert_uint_eq(readers_lag(&r, 7, 1000, 300), 300);
	ck_assert_uint_eq(readers_lag(&r, 7, 1000, 299), 100);
	ck_assert_uint_eq(readers_lag(&r, 7, 1000, UINT64_MAX), 900);
	ck_assert_uint_eq(readers_lag(&r, 7, 100, UINT64_MAX), 0);
	ck_assert_uint_eq(readers_lag(&r, 8, 1000, 500), 400);
	ck_assert_uint_eq(readers_lag(&r, 9, 1000, 500), 0);
	readers_free(&r);
	free(memory);
}
END_TEST

START_TEST(a_full_table)
{
	void			*memory = mem_zero(readers_size(1, 3));
	struct readers_new	 n = { 1, 0, 10, 1, 0, false };
	struct readers		 r;

	ck_assert(readers_make(&r, memory, 1, 3));
	readers_join(&r, 0);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 1; i <= 3; i++)
			ck_assert_uint_ne(readers_begin(&r, &n), 0);
		ck_assert_uint_eq(readers_begin(&r, &n), 0);
		ck_assert(!readers_none(&r) && readers_want(&r, 1, 9, 20, 1) &&
		    !readers_want(&r, 1, 10, 20, 0) && !readers_want(&r, 2, 0, 10, 0) &&
		    !readers_want(&r, 1, 0, 10, 2));
		for (uint32_t i = 1; i <= 3; i++)
			readers_end(&r, i);
		ck_assert(readers_none(&r) && !readers_want(&r, 1, 0, 10, 0));
	}
	readers_free(&r);
	free(memory);
}
END_TEST

/* ---- killed again and again ---- */

/*
 * Everything ends without a word and begins again, each time after a few objects: what is stored
 * stays as long as there is room for it.
 */
START_TEST(killed_again_and_again)
{
	enum { LIVES = 100, EACH = 3, BYTES = 1500 };
	uint64_t		 n = 0;
	unsigned		 there = 0;

	for (int life = 0; life < LIVES; life++) {
		for (int i = 0; i < EACH; i++)
			ck_assert_int_eq(storetest_put(s, n++, 1, BYTES), STORE_STORED);
		store_keep(s, 1);
		store_close(&s);
		s = storetest_open(4);
		store_join(s, SLOT);
		if (_i == 1 || life % 5 == 4)
			storetest_keep(s, 1);
	}
	for (uint64_t i = 0; i < n; i++)
		there += storetest_get(s, i) == 1;
	ck_assert_msg(there == n, "%u of %u", there, (unsigned)n);
}
END_TEST

int
main(void)
{
	TCase	*t = tcase_create("readers");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, slow_readers, 0, FATES);
	tcase_add_test(t, no_reader);
	tcase_add_loop_test(t, only_what_is_wanted, 0, 2);
	tcase_add_test(t, more_than_half);
	tcase_add_loop_test(t, dead_readers, 0, 2);
	tcase_add_loop_test(t, followers, 0, 2);
	tcase_add_test(t, what_grows_stays);
	tcase_add_test(t, followers_of_nothing);
	tcase_add_loop_test(t, what_is_wanted, 0, COUNT_OF(lists));
	tcase_add_test(t, who_is_behind);
	tcase_add_test(t, a_full_table);
	tcase_add_loop_test(t, killed_again_and_again, 0, 2);
	return storesuite_run("store, readers", t, NULL);
}
