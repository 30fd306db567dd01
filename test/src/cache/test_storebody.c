/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects and bodies out of a real store in a directory of its own, sent by outflow to a socket
 * pair and compared byte by byte: hot, cold, in parts, growing in another process, given up
 * half-way, to clients that take nothing. After each test no segment is pinned. Long, as a third of
 * it is what all tests need: the store, other processes, a client whose bytes are judged.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "cache/kept.h"
#include "cache/storebody.h"
#include "core/outflow.h"
#include "core/shared.h"
#include "net/loop.h"
#include "store/store_inner.h"
#include "storetest.h"

enum { SLOT_OTHER = 2, SLOTS = 4, FILE_BYTES = 64 << 20 };

/*
 * Segments that no large page spans are good for sendfile; of others bodies are read
 * (store_extent.sendable).
 */
static uint32_t	 segment_bytes = 4 << 20;

static int	 wakes[SLOTS];

static void
pass_on(void *arg, unsigned slot)
{
	(void)arg;
	MUST(eventfd_write(wakes[slot], 1) == 0);
}

static struct io	 wake_io;

static void
on_wake(struct io *io, unsigned events)
{
	eventfd_t	 n;

	(void)events;
	if (eventfd_read(io->fd, &n) == 0 && shared_store_woken != NULL)
		shared_store_woken();
}

static void
open_store(void)
{
	struct store_dir	 d = { .path = storetest_dir(), .bytes = FILE_BYTES,
	    .segment_bytes = segment_bytes, .inline_bytes = 65536,
	    .chunk_bytes = 262144 };

	shared.store = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = SLOTS,
	    .underway = 64 });
	MUST(shared.store != NULL);
	store_join(shared.store, 1);
	store_set_wake(shared.store, pass_on, NULL);
}

static void
begin(void)
{
	signal(SIGPIPE, SIG_IGN);
	clock_tick();
	loop_init();
	open_store();
	for (unsigned i = 0; i < SLOTS; i++)
		wakes[i] = eventfd(0, EFD_NONBLOCK);
	MUST(io_open(&wake_io, wakes[1], 0, on_wake));
	follow_init();
}

static void
begin_small(void)
{
	segment_bytes = 1 << 20;
	begin();
}

static void
no_pins(void)
{
	const struct volume	*v = &shared.store->dirs[0];

	for (uint32_t i = 0; i < v->segs->n; i++)
		ck_assert_msg(!segtab_pinned(v->segs, i), "segment %u is pinned", i);
}

static bool
any_pin(void)
{
	const struct volume	*v = &shared.store->dirs[0];

	for (uint32_t i = 0; i < v->segs->n; i++)
		if (segtab_pinned(v->segs, i))
			return true;
	return false;
}

/* Threads that still read for who has gone give back theirs soon. */
static void
no_pins_soon(void)
{
	for (int n = 0; n < 30000 && any_pin(); n++) {
		usleep(1000);
		loop_round(1);
	}
	no_pins();
}

static void
end(void)
{
	object_stop();
	no_pins();
	follow_free();
	io_release(&wake_io);
	for (unsigned i = 0; i < SLOTS; i++)
		close(wakes[i]);
	store_close(&shared.store);
	storetest_clean();
	loop_free();
	io_table_free();
}

/* ---- storing ---- */

static struct cachekey
key_of(uint64_t n)
{
	struct store_key	 s = storetest_key(n);
	struct cachekey		 k;

	memcpy(&k, &s, sizeof k);
	return k;
}

static struct store_meta
meta_of(uint64_t n, uint8_t attr[STOREDATTR_MAX], struct span head)
{
	struct storedattr	 at = { .date_s = (int64_t)n, .lifetime = 60, .modified_s = -1,
	    .swr = -1, .sie = -1, .status = 200, .etag = SPAN("\"x\"") };

	return (struct store_meta){ .attr = span_at((char *)attr, storedattr_write(&at, attr)),
	    .head = head };
}

static void
put_with(uint64_t n, uint64_t v, uint64_t len, struct span head)
{
	struct store_key	 k = storetest_key(n);
	uint8_t			 attr[STOREDATTR_MAX];
	struct store_meta	 m = meta_of(n, attr, head);
	char			*body = mem_alloc(len + 1);

	storetest_fill(body, n, v, 0, len);
	ck_assert_int_eq(store_put(shared.store, &k, &m, span_at(body, len)), STORE_STORED);
	free(body);
}

static void
put(uint64_t n, uint64_t v, uint64_t len)
{
	put_with(n, v, len, SPAN("HTTP/1.1 200 OK\r\n"));
}

/* Pages of the file that are in memory. */
static size_t
pages_of(int fd)
{
	static unsigned char	 in[FILE_BYTES / 4096 + 4096];
	off_t			 len = lseek(fd, 0, SEEK_END);
	size_t			 n = ((size_t)len + 4095) / 4096, some = 0;
	void			*p = mmap(NULL, (size_t)len, PROT_READ, MAP_SHARED, fd, 0);

	MUST(n <= sizeof in && p != MAP_FAILED && mincore(p, (size_t)len, in) == 0);
	munmap(p, (size_t)len);
	for (size_t i = 0; i < n; i++)
		some += in[i] & 1;
	return some;
}

/*
 * Nothing of what is stored is in memory any more. The system is asked until it does so: pages that
 * it is busy with it skips, and those that it is still reading (ahead) are not seen: an object may
 * turn out to be there nevertheless, if rarely.
 */
static void
chill(void)
{
	int	 fd = open(storetest_path("sepia-segments"), O_RDONLY);

	MUST(fd >= 0 && store_sync(shared.store) && fsync(fd) == 0);
	for (int i = 0, none = 0; i < 1000 && none < 2; i++) {
		usleep(2000);
		none = (pages_of(fd) == 0) ? none + 1 : 0;
		MUST(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	}
	ck_assert_uint_eq(pages_of(fd), 0);
	close(fd);
}

static void
reopen(void)
{
	store_leave(shared.store);
	store_close(&shared.store);
	open_store();
}

static void
read_done(void *arg, struct object *o)
{
	*(struct object **)arg = o;
	loop_stop();
}

static struct object *
find(uint64_t n)
{
	struct cachekey		 k = key_of(n);
	struct object		*o = NULL;

	switch (object_get(&k, &o)) {
	case STORE_HIT:
		ck_assert(!o->cold);
		break;
	case STORE_MISS:
		ck_assert_ptr_null(o);
		break;
	case STORE_WOULD_BLOCK:
		ck_assert_ptr_null(o);
		ck_assert_ptr_nonnull(object_read(&k, read_done, &o));
		loop_run();
		ck_assert(o == NULL || o->cold);
		break;
	}
	return o;
}

/* ---- a client ---- */

struct reader {
	struct io		 sink, drain;
	struct outflow		 out;
	struct task		 again;
	struct body		*body;
	enum outflow_result	 result;
	bool			 over, paused, all;	/* all: the client has seen the end */
	unsigned		 lasts, refuse;
	uint64_t		 last_total;
	struct sb		 got;
};

static void
run(struct reader *r)
{
	if (r->over)
		return;
	r->result = outflow_run(&r->out);
	if (r->result == OUTFLOW_AGAIN)
		task_later(&r->again);
	else if (r->result != OUTFLOW_WAIT) {
		r->over = true;
		io_shut_write(&r->sink);
	}
}

static void on_sink(struct io *io, unsigned e) { (void)e;
    run(CONTAINER_OF(io, struct reader, sink)); }
static void on_again(struct task *t) { run(CONTAINER_OF(t, struct reader, again)); }
static void on_body(void *arg) { task_later(&((struct reader *)arg)->again); }

static bool
on_last(void *arg, uint64_t total)
{
	struct reader	*r = arg;

	if (r->refuse > 0) {
		r->refuse--;
		task_later(&r->again);
		return false;
	}
	r->lasts++;
	r->last_total = total;
	return true;
}

static void
drain(struct reader *r)
{
	static char	 buf[65536];
	size_t		 n;

	while (!r->paused) {
		enum io_result	 how = io_read(&r->drain, buf, sizeof buf, &n);

		if (how == IO_AGAIN)
			return;
		if (how != IO_OK) {
			r->all = true;
			return;
		}
		sb_add(&r->got, buf, n);
	}
}

static void on_drain(struct io *io, unsigned e) { (void)e;
    drain(CONTAINER_OF(io, struct reader, drain)); }

static void
reader_begin(struct reader *r, struct body *b, bool chunked, int sndbuf)
{
	int	 pair[2];

	*r = (struct reader){ .body = b };
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	if (sndbuf > 0)
		MUST(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof sndbuf) == 0);
	MUST(io_open(&r->sink, pair[0], IO_WRITE, on_sink));
	MUST(io_open(&r->drain, pair[1], 0, on_drain));
	task_init(&r->again, on_again);
	sb_heap(&r->got, 64 << 20);
	outflow_init(&r->out, &r->sink, SPAN("HEAD"), b, chunked);
	r->out.last = on_last;
	r->out.arg = r;
	b->wake = on_body;
	b->arg = r;
}

static void
reader_end(struct reader *r)
{
	outflow_end(&r->out);
	task_drop(&r->again);
	io_close(&r->sink);
	io_close(&r->drain);
	sb_free(&r->got);
}

static void
reader_run(struct reader *r)
{
	for (run(r); !r->all;)
		loop_round(100);
	ck_assert(r->over);
}

/* What came is HEAD and this. */
static void
is_body(const struct reader *r, const char *want, uint64_t n)
{
	ck_assert_int_eq(r->result, OUTFLOW_DONE);
	ck_assert_uint_eq(r->got.n, n + 4);
	ck_assert_uint_eq(r->out.sent, n + 4);
	ck_assert(memcmp(r->got.p, "HEAD", 4) == 0 && memcmp(r->got.p + 4, want, n) == 0);
}

static void
is_version(const struct reader *r, uint64_t n, uint64_t v, uint64_t len)
{
	char	*want = mem_alloc(len + 1);

	storetest_fill(want, n, v, 0, len);
	is_body(r, want, len);
	free(want);
}

/* What came is right as far as it came. */
static void
is_beginning(const struct reader *r, uint64_t n, uint64_t v)
{
	for (size_t k = 4; k < r->got.n; k++)
		MUST((uint8_t)r->got.p[k] == storetest_byte(n, v, k - 4));
}

/* Takes the chunked coding off what came. */
static void
unchunk(struct reader *r)
{
	char	*from = r->got.p + 4, *to = from;

	sb_char(&r->got, '\0');
	for (;;) {
		char		*line_end;
		unsigned long	 n = strtoul(from, &line_end, 16);

		from = line_end + 2;
		if (n == 0)
			break;
		memmove(to, from, n);
		to += n;
		from += n + 2;
	}
	r->got.n = (size_t)(to - r->got.p);
	r->out.sent = r->got.n;
}

static void
send_whole(struct object *o, uint64_t n, uint64_t v, bool chunked, int sndbuf)
{
	struct storebody	 b;
	struct reader		 r;
	uint64_t		 len = o->hit.total;

	storebody_whole(&b, o);
	ck_assert_uint_eq(b.body.length, len);
	reader_begin(&r, &b.body, chunked, sndbuf);
	r.refuse = 1;
	reader_run(&r);
	if (chunked)
		unchunk(&r);
	else if (len > 0) {
		ck_assert_uint_ge(r.lasts, 1);
		ck_assert_uint_eq(r.last_total, len + 4);
	}
	is_version(&r, n, v, len);
	ck_assert_uint_eq(b.body.taken, len);
	reader_end(&r);
	storebody_end(&b);
	storebody_end(&b);
}

/* ---- objects ---- */

START_TEST(one_small_hit)
{
	struct object	*o, *none = NULL;
	char		 want[1000];

	put(1, 5, sizeof want);
	o = find(1);
	ck_assert_ptr_nonnull(o);
	ck_assert(!o->pinned && !o->growing && o->checked && !object_is_marker(o));
	ck_assert_int_eq(o->at.lifetime, 60);
	ck_assert(span_is(o->at.etag, "\"x\"") && span_is(o->head, "HTTP/1.1 200 OK\r\n"));
	storetest_fill(want, 1, 5, 0, sizeof want);
	ck_assert_uint_eq(o->hit.body.n, sizeof want);
	ck_assert(memcmp(o->hit.body.p, want, sizeof want) == 0);
	no_pins();
	object_free(&o);
	object_free(&none);
	ck_assert_ptr_null(find(2));
}
END_TEST

START_TEST(heads_of_any_length)
{
	static const size_t	 lengths[] = { 0, 1, 16000, 16384, 20000, STORE_HEAD_MAX };
	static char		 head[STORE_HEAD_MAX];
	unsigned		 colds = 0;

	memset(head, 'h', sizeof head);
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		put_with(i, 1, 3000, span_at(head, lengths[i]));
		for (int cold = 0; cold < 2; cold++) {
			struct object *o;

			if (cold)
				chill();
			o = find(i);
			ck_assert_ptr_nonnull(o);
			ck_assert(cold || !o->cold);
			colds += o->cold;
			ck_assert_uint_eq(o->head.n, lengths[i]);
			ck_assert(memcmp(o->head.p, head, lengths[i]) == 0);
			send_whole(o, i, 1, false, 0);
			object_free(&o);
		}
	}
	ck_assert_uint_gt(colds, 0);
}
END_TEST

START_TEST(markers_and_nonsense)
{
	struct store_key	 k = storetest_key(9);
	struct store_meta	 m = { .attr = SPAN("not what storedattr_write writes"),
	    .flags = OBJECT_MARKER };
	struct object		*o;

	ck_assert_int_eq(store_put(shared.store, &k, &m, SPAN_NONE), STORE_STORED);
	o = find(9);
	ck_assert(o != NULL && object_is_marker(o) && span_eq(o->hit.attr, m.attr));
	object_free(&o);
	m.flags = 0;
	ck_assert_int_eq(store_put(shared.store, &k, &m, SPAN_NONE), STORE_STORED);
	ck_assert_ptr_null(find(9));
	chill();
	ck_assert_ptr_null(find(9));
}
END_TEST

static void
never(void *arg, struct object *o)
{
	(void)arg, (void)o;
	ck_abort_msg("called after object_cancel");
}

START_TEST(a_read_given_up)
{
	struct cachekey		 k = key_of(1);
	struct object_wait	*w;

	put(1, 1, 100000);
	for (int i = 0; i < 3; i++) {
		chill();
		w = object_read(&k, never, NULL);
		ck_assert_ptr_nonnull(w);
		if (i > 0)
			usleep(2000);		/* read by now, more often than not, but nobody was
						 * told */
		object_cancel(&w);
		ck_assert_ptr_null(w);
		object_cancel(&w);
		for (int j = 0; j < 20; j++)
			loop_round(5);
		no_pins_soon();
	}
}
END_TEST

/* ---- bodies ---- */

static const uint64_t	 sizes[] = { 0, 1, 1000, 16000, 16384, 20000, 65535, 65536, 65537, 327680,
    327681, 700000 };

START_TEST(whole_bodies)
{
	bool	 chunked = _i & 1, reopened = _i & 2, cold = _i & 4;
	int	 sndbuf = (_i & 8) ? 5000 : 0;
	unsigned colds = 0;

	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		put(i, 3, sizes[i]);
	if (reopened)
		reopen();
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct object *o;

		if (cold && i % 3 != 2)
			continue;	/* making it cold takes long */
		if (cold)
			chill();
		o = find(i);
		ck_assert_ptr_nonnull(o);
		ck_assert(cold || !o->cold);
		colds += o->cold;
		ck_assert(storebody_there(o, sizes[i]));
		ck_assert(!storebody_there(o, sizes[i] + 1));
		send_whole(o, i, 3, chunked, sndbuf);
		no_pins();
		object_free(&o);
	}
	ck_assert_int_eq(colds > 0, cold);
}
END_TEST

/* What was served last is served again without the disk, but only while it is what is stored. */
START_TEST(kept_objects)
{
	struct cachekey	 k = key_of(1);
	struct object	*o, *other, *was;

	put(1, 1, 1000);
	o = find(1);
	ck_assert_ptr_nonnull(o);
	was = other = find(1);			/* a second one at the same time has its own */
	ck_assert(other != NULL && other != o);
	object_free(&other);
	object_free(&o);
	chill();
	ck_assert_int_eq(object_get(&k, &o), STORE_HIT);
	/* the one that was asked for not long after another */
	ck_assert_ptr_eq(o, was);
	ck_assert(!o->cold && !o->pinned);
	send_whole(o, 1, 1, false, 0);
	o->as_read = false;			/* changed: not for anybody else */
	object_free(&o);
	ck_assert_int_eq(object_get(&k, &o), STORE_WOULD_BLOCK);
	o = find(1);
	object_free(&o);
	put(1, 2, 500);
	o = find(1);
	ck_assert_uint_eq(o->hit.total, 500);
	send_whole(o, 1, 2, false, 0);
	object_free(&o);
	no_pins();
}
END_TEST

/*
 * A key has two sets of four places. Where both are full, the one that was put in first goes; one
 * that is there already is replaced; what is taken out is gone.
 */
START_TEST(kept_sets)
{
	static struct object	 o[10], same;

	for (unsigned i = 0; i < 10; i++) {
		o[i].key = (struct cachekey){ { 9, 1, 2, 3, 4 } };
		o[i].key.b[15] = (uint8_t)i;
	}
	ck_assert_ptr_null(kept_take(&o[0].key));
	for (unsigned i = 0; i < 8; i++)
		ck_assert_ptr_null(kept_put(&o[i]));
	ck_assert_ptr_eq(kept_put(&o[8]), &o[4]);
	ck_assert_ptr_eq(kept_take(&o[2].key), &o[2]);
	ck_assert_ptr_null(kept_take(&o[2].key));
	ck_assert_ptr_null(kept_put(&o[9]));		/* into the gap */
	same.key = o[7].key;
	ck_assert_ptr_eq(kept_put(&same), &o[7]);
	ck_assert_ptr_eq(kept_take(&o[7].key), &same);
	ck_assert_ptr_null(kept_take(&o[7].key));
	for (unsigned i = 0; i < 7; i++)
		ck_assert_ptr_nonnull(kept_take_any());
	ck_assert_ptr_null(kept_take_any());
}
END_TEST

/* What was looked up is known until four others were that stand where it stood. */
START_TEST(kept_lately)
{
	struct cachekey	 k = { { 9, 1, 2, 3, 4, 50 } }, other = k;

	ck_assert(!kept_comes_again(&k));
	ck_assert(kept_comes_again(&k));
	for (unsigned i = 0; i < 7; i++) {
		other.b[5] = (uint8_t)(51 + i);
		ck_assert(!kept_comes_again(&other));
		if (i == 2)
			ck_assert(kept_comes_again(&k));
	}
	ck_assert(!kept_comes_again(&k));
}
END_TEST

/* What is in the page cache goes by the file, and what is not never does. */
START_TEST(by_the_file)
{
	struct object		*o;
	struct storebody	 b;
	const struct span	*v;
	unsigned		 n;
	uint64_t		 at, len;

	put(1, 1, 500000);
	for (int cold = 0; cold < 2; cold++) {
		o = find(1);
		if (cold)
			chill();
		/* what was seen in memory is long ago */
		clock_fake(clock_us() + 5000000, clock_wall_us());
		storebody_whole(&b, o);
		ck_assert_int_eq(b.body.ops->file(&b.body, &at, &len) >= 0, !cold);
		if (!cold)
			/* what is in memory as well: it is not all */
			ck_assert_uint_eq(len, 65536);
		ck_assert_int_eq(b.body.ops->peek(&b.body, &v, &n), BODY_MORE);
		ck_assert_uint_eq(n, 1);
		ck_assert_int_eq(b.body.follows, !cold);
		b.body.ops->took(&b.body, v[0].n);
		ck_assert_int_eq(b.body.ops->file(&b.body, &at, &len) >= 0, !cold);
		if (!cold)
			ck_assert_uint_eq(len, 65536 - b.body.taken);
		storebody_end(&b);
		object_free(&o);
	}
}
END_TEST

/* As storebody_parts should send it. */
static void
expect_parts(struct sb *want, struct rangereply g, uint64_t n, uint64_t v)
{
	struct byterange	 p;
	static char		 bytes[1 << 20];

	sb_heap(want, 8 << 20);
	while (rangereply_next(&g, want, &p)) {
		storetest_fill(bytes, n, v, p.first, (size_t)(p.last - p.first + 1));
		sb_add(want, bytes, (size_t)(p.last - p.first + 1));
	}
	MUST(sb_ok(want));
}

static void
send_parts(struct object *o, uint64_t n, uint64_t v, const char *range, int sndbuf)
{
	static const uint8_t	 random[12] = { 1, 2, 3 };
	struct arena		 a;
	struct head		 h = { .status = 200 };
	struct byteranges	 ranges;
	struct rangereply	 g;
	struct storebody	 b;
	struct reader		 r;
	struct sb		 want;
	uint64_t		 length;

	arena_init(&a, 65536);
	ck_assert_int_eq(byterange_parse(span_of(range), o->hit.total, &ranges), BYTERANGE_PARTS);
	ck_assert(rangereply_head(&h, &ranges, o->hit.total, random, &a, &g, &length));
	expect_parts(&want, g, n, v);
	ck_assert_uint_eq(want.n, length);
	storebody_parts(&b, o, &g, length);
	reader_begin(&r, &b.body, false, sndbuf);
	reader_run(&r);
	is_body(&r, want.p, length);
	ck_assert_uint_eq(r.last_total, length + 4);
	reader_end(&r);
	storebody_end(&b);
	sb_free(&want);
	arena_reset(&a);
}

START_TEST(parts_of_bodies)
{
	static const char	*ranges[] = { "bytes=0-0", "bytes=5-20000", "bytes=65530-65540",
	    "bytes=300000-699999", "bytes=-1", "bytes=0-9,20-29", "bytes=699000-,0-100",
	    "bytes=65000-66000,10-70000,400000-400000",
	    "bytes=1-65535,100000-399999,500000-699998" };

	put(1, 2, 700000);
	if (_i & 1)
		reopen();
	for (size_t i = 0; i < COUNT_OF(ranges); i++) {
		struct object *o;

		if ((_i & 2) && i % 2 == 0)
			continue;
		if (_i & 2)
			chill();
		o = find(1);
		ck_assert_ptr_nonnull(o);
		send_parts(o, 1, 2, ranges[i], (_i & 4) ? 5000 : 0);
		object_free(&o);
	}
}
END_TEST

/* Nothing that makes it too long is sent. */
START_TEST(more_than_may_be)
{
	for (int chunked = 0; chunked < 2; chunked++) {
		struct object		*o;
		struct storebody	 b;
		struct reader		 r;

		put(1, 1, 300000);
		o = find(1);
		storebody_whole(&b, o);
		reader_begin(&r, &b.body, chunked, 0);
		r.out.most = 100000;
		reader_run(&r);
		ck_assert_int_eq(r.result, OUTFLOW_OVER);
		ck_assert_uint_le(r.out.sent, 100000 + 100);
		reader_end(&r);
		b.body.ops->stop(&b.body);
		object_free(&o);
	}
}
END_TEST

START_TEST(given_up_half_way)
{
	for (int rounds = 0; rounds < 12; rounds++) {
		struct object		*o;
		struct storebody	 b;
		struct reader		 r;

		put(1, 1, 700000);
		o = find(1);
		chill();
		storebody_whole(&b, o);
		reader_begin(&r, &b.body, rounds & 1, 5000);
		run(&r);
		for (int i = 0; i < rounds; i++)
			loop_round(1);
		reader_end(&r);
		storebody_end(&b);
		object_free(&o);
		no_pins_soon();
	}
}
END_TEST

/* ---- damage ---- */

static void
damage_body(uint64_t n, uint64_t v, uint64_t at)
{
	int	 fd = open(storetest_path("sepia-segments"), O_RDWR);
	char	 want[32], *all = mem_alloc(FILE_BYTES), *p;
	ssize_t	 len = pread(fd, all, FILE_BYTES, 0);

	storetest_fill(want, n, v, at, sizeof want);
	p = memmem(all, (size_t)len, want, sizeof want);
	MUST(p != NULL);
	MUST(pwrite(fd, "x", 1, p - all) == 1);
	close(fd);
	free(all);
}

/*
 * Of what stands in one record with the head nothing is promised that is not sound. _i & 1: not in
 * memory, & 2: of one that has chunks as well.
 */
START_TEST(damage_beside_the_head_costs_a_hit)
{
	static const uint64_t	 places[] = { 200, 15000, 17000, 40000, 64000 };

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		put(i, 1, (_i & 2) ? 700000 : 65000);
		damage_body(i, 1, places[i]);
		reopen();
		if (_i & 1)
			chill();
		ck_assert_ptr_null(find(i));
	}
}
END_TEST

START_TEST(a_damaged_part)
{
	static const uint64_t	 places[] = { 70000, 350000, 690000 };

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		struct object		*o;
		struct storebody	 b;
		struct reader		 r;

		put(i, 1, 700000);
		damage_body(i, 1, places[i]);
		reopen();
		if (_i & 1)
			chill();
		o = find(i);
		ck_assert_ptr_nonnull(o);
		storebody_whole(&b, o);
		reader_begin(&r, &b.body, _i & 2, 0);
		reader_run(&r);
		ck_assert_int_eq(r.result, OUTFLOW_SOURCE_FAILED);
		ck_assert_uint_le(r.got.n, places[i] + 200);
		if (!(_i & 2))
			is_beginning(&r, i, 1);
		reader_end(&r);
		storebody_end(&b);
		object_free(&o);
	}
}
END_TEST

/* ---- clients that take nothing ---- */

static void
pass_time(uint64_t ms)
{
	for (uint64_t i = 0; i < ms; i += 100) {
		clock_fake(clock_us() + 100000, clock_wall_us() + 100000);
		usleep(1000);		/* threads that read take real time */
		loop_round(0);
	}
}

/* Everything that is there is used up and written over. */
static void
use_up(void)
{
	struct store_stats	 st;
	uint64_t		 n = 1000;

	do {
		for (int i = 0; i < 8; i++)
			put(n++, 9, 100000);
		storetest_keep(shared.store, 1000);
		store_stat(shared.store, 0, &st);
	} while (n < 1000 + 2 * FILE_BYTES / 100000);
	ck_assert_uint_gt(st.dropped, 0);
}

/*
 * how: 0 nothing, 1 another head over the same body, 2 the object is replaced, 3 its segments serve
 * others.
 */
static void
meanwhile(int how)
{
	struct cachekey		 ck = key_of(1);
	uint8_t			 attr[STOREDATTR_MAX];
	struct store_meta	 m = meta_of(1, attr, SPAN("another, shorter"));
	struct object		*o;

	switch (how) {
	case 1:
		ck_assert_int_eq(object_get(&ck, &o), STORE_HIT);
		ck_assert_int_eq(store_update(shared.store, &o->hit, &m, STORE_NOWAIT),
		    STORE_STORED);
		object_free(&o);
		break;
	case 2:
		put(1, 77, 90000);
		break;
	case 3:
		use_up();
		break;
	default:
		break;
	}
}

static void
stall_at(uint64_t len, int sndbuf, int how, bool chunked, bool may_fail)
{
	struct object		*o;
	struct storebody	 b;
	struct reader		 r;

	put(1, 4, len);
	o = find(1);
	storebody_whole(&b, o);
	reader_begin(&r, &b.body, chunked, sndbuf);
	r.paused = true;
	run(&r);
	pass_time(3000);
	for (int i = 0; i < 5000 && any_pin(); i++)
		pass_time(100);
	no_pins();
	meanwhile(how);
	r.paused = false;
	for (drain(&r); !r.all;)
		loop_round(100);
	if (!may_fail || r.result == OUTFLOW_DONE) {
		if (chunked)
			unchunk(&r);
		is_version(&r, 1, 4, len);
	} else {
		ck_assert_int_eq(r.result, OUTFLOW_SOURCE_FAILED);
		is_beginning(&r, 1, 4);
	}
	reader_end(&r);
	storebody_end(&b);
	object_free(&o);
}

START_TEST(clients_that_stall)
{
	static const uint64_t	 lengths[] = { 1000, 40000, 65536, 400000, 700000 };

	clock_fake(clock_us(), clock_wall_us());
	for (size_t i = 0; i < COUNT_OF(lengths); i++)
		for (int how = 0; how < 3; how++)
			for (int sndbuf = 5000; sndbuf <= 80000; sndbuf += 75000)
				stall_at(lengths[i], sndbuf, how, _i, false);
}
END_TEST

/*
 * What the socket holds, and what was kept, is right whatever becomes of the segment; the rest is
 * right or not sent.
 */
START_TEST(segments_used_again)
{
	clock_fake(clock_us(), clock_wall_us());
	stall_at(60000, 5000, 3, false, false);
	stall_at(60000, 80000, 3, false, false);
	stall_at(700000, 80000, 3, false, true);
	stall_at(700000, 400000, 3, false, true);
}
END_TEST

/* ---- what grows ---- */

enum ending { COMMITS, ABORTS, DIES, CUT };

static int	 held_by;		/* who grows goes on when it is closed */

/*
 * In another process: stores piece by piece; announces itself by a byte on the pipe, and waits for
 * let_grow.
 */
static _Noreturn void
grow(uint64_t n, uint64_t len, bool say_total, size_t piece, enum ending how, int say,
    int hold)
{
	struct store_key	 k = storetest_key(n);
	struct store_claim	 c;
	struct store_follow	 f;
	struct store_object	*o;
	enum store_put		 why;
	uint8_t			 attr[STOREDATTR_MAX];
	struct store_meta	 m = meta_of(n, attr, SPAN("HTTP/1.1 200 OK\r\n"));
	char			*bytes = mem_alloc(piece);

	store_join(shared.store, SLOT_OTHER);
	MUST(store_claim(shared.store, &k, &c, &f) == STORE_CLAIMED);
	o = store_begin(shared.store, &k, &m, say_total ? len : STORE_UNKNOWN, &c, &why);
	MUST(o != NULL && write(say, "g", 1) == 1);
	MUST(read(hold, &(char){ 0 }, 1) == 0);
	for (uint64_t at = 0; at < len; at += piece) {
		size_t part = (len - at < piece) ? (size_t)(len - at) : piece;

		storetest_fill(bytes, n, 8, at, part);
		MUST(store_append(o, span_at(bytes, part)) == STORE_STORED);
		usleep(200);
		if (how == DIES && at > len / 2)
			raise(SIGKILL);
		if ((how == ABORTS || how == CUT) && at > len / 2)
			break;
	}
	if (how == COMMITS)
		MUST(store_commit(&o) == STORE_STORED);
	else if (how == CUT)
		MUST(store_commit_short(&o, OBJECT_PARTS) == STORE_STORED);
	else
		store_abort(&o);
	_exit(0);
}

/* NULL: it has grown up. */
static struct object *
follow(uint64_t n)
{
	struct store_key	 k = storetest_key(n);
	struct store_follow	 f;
	struct object		*o;

	if (!store_growing(shared.store, &k, &f) || object_follow(&f, &o) != STORE_HIT)
		return NULL;
	ck_assert(o->growing && span_is(o->head, "HTTP/1.1 200 OK\r\n") && o->at.lifetime == 60);
	return o;
}

static pid_t
start_growing(uint64_t n, uint64_t len, bool say_total, size_t piece, enum ending how)
{
	int	 say[2], hold[2];
	char	 byte;
	pid_t	 pid;

	MUST(pipe(say) == 0 && pipe(hold) == 0);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		close(hold[1]);
		grow(n, len, say_total, piece, how, say[1], hold[0]);
	}
	MUST(read(say[0], &byte, 1) == 1);
	close(say[0]);
	close(say[1]);
	close(hold[0]);
	held_by = hold[1];
	return pid;
}

static void
let_grow(void)
{
	close(held_by);
}

static pid_t	 growing_pid;

static void
on_reap(struct timer *t)
{
	if (waitpid(growing_pid, NULL, WNOHANG) == growing_pid)
		store_slot_died(shared.store, SLOT_OTHER);
	else
		timer_set(t, 10);
}

START_TEST(growing_elsewhere)
{
	static const struct { uint64_t len; size_t piece; } cases[] =
	    { { 0, 1 }, { 3000, 100 }, { 65536, 3000 }, { 400000, 7000 },
	    { 900000, 262144 } };
	bool	 say_total = _i & 1, chunked = _i & 2;
	int	 readers = (_i & 4) ? 5 : 1;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct object		*o[5];
		struct storebody	 b[5];
		struct reader		 r[5];
		pid_t			 pid = start_growing(i, cases[i].len, say_total,
		    cases[i].piece, COMMITS);

		let_grow();
		for (int k = 0; k < readers; k++) {
			o[k] = follow(i);
			/* complete just now: its length is known in any case */
			if (o[k] != NULL)
				ck_assert(o[k]->hit.total == cases[i].len ||
				    (!say_total && o[k]->hit.total == STORE_UNKNOWN));
			else
				o[k] = find(i);		/* complete already */
			ck_assert_ptr_nonnull(o[k]);
			storebody_whole(&b[k], o[k]);
			reader_begin(&r[k], &b[k].body, chunked, (k & 1) ? 5000 : 0);
			run(&r[k]);
		}
		for (int k = 0; k < readers; k++) {
			while (!r[k].all)
				loop_round(100);
			if (chunked)
				unchunk(&r[k]);
			is_version(&r[k], i, 8, cases[i].len);
			reader_end(&r[k]);
			storebody_end(&b[k]);
			object_free(&o[k]);
		}
		MUST(waitpid(pid, NULL, 0) == pid);
		store_slot_died(shared.store, SLOT_OTHER);
	}
}
END_TEST

START_TEST(growing_and_given_up)
{
	struct timer	 reap;

	for (int how = ABORTS; how <= DIES; how++) {
		struct object		*o;
		struct storebody	 b;
		struct reader		 r;

		growing_pid = start_growing(1, 300000, _i & 1, 2000, how);
		timer_init(&reap, on_reap);
		timer_set(&reap, 10);
		o = follow(1);
		let_grow();
		storebody_whole(&b, o);
		reader_begin(&r, &b.body, _i & 2, 0);
		reader_run(&r);
		ck_assert_int_eq(r.result, OUTFLOW_SOURCE_FAILED);
		while (timer_is_set(&reap))
			loop_round(20);
		reader_end(&r);
		storebody_end(&b);
		object_free(&o);
		object_stop();
	}
}
END_TEST

/*
 * It breaks off, and what came is kept: that is read to its end, also by who comes to it long
 * after.
 */
START_TEST(growing_and_kept_in_part)
{
	struct object		*o;
	struct storebody	 b;
	struct reader		 r;
	/* of it: without a chunk; with */
	uint64_t		 came = (_i & 4) ? 40000 : 200000;

	growing_pid = start_growing(1, 2 * came - 6000, true, 2000, CUT);
	o = follow(1);
	let_grow();
	storebody_whole(&b, o);
	reader_begin(&r, &b.body, false, 0);
	if (_i & 1)
		MUST(waitpid(growing_pid, NULL, 0) == growing_pid);
	reader_run(&r);
	ck_assert_int_eq(r.result, OUTFLOW_SOURCE_FAILED);
	if (!(_i & 1))
		MUST(waitpid(growing_pid, NULL, 0) == growing_pid);
	ck_assert_uint_eq(b.body.taken, came);
	ck_assert_uint_eq(storebody_lag(&b, UINT64_MAX), 0);	/* nobody else has to stop before */
	is_beginning(&r, 1, 8);
	reader_end(&r);
	storebody_end(&b);
	object_free(&o);
	store_slot_died(shared.store, SLOT_OTHER);
}
END_TEST

START_TEST(parts_of_what_grows)
{
	pid_t		 pid = start_growing(1, 700000, true, 30000, COMMITS);
	struct object	*o = follow(1);

	let_grow();
	ck_assert(storebody_there(o, 700000));
	ck_assert(!storebody_there(o, 700001));
	send_parts(o, 1, 8, "bytes=10-20,300000-400000,699990-", 0);
	object_free(&o);
	MUST(waitpid(pid, NULL, 0) == pid);
	store_slot_died(shared.store, SLOT_OTHER);
}
END_TEST

/*
 * Who fetches is told of others that read along, as long as they do; its own client that reads
 * behind is none.
 */
START_TEST(who_follows_counts)
{
	struct store_key	 k = storetest_key(1);
	uint8_t			 attr[STOREDATTR_MAX];
	struct store_meta	 m = meta_of(1, attr, SPAN("HTTP/1.1 200 OK\r\n"));
	struct store_claim	 c;
	struct store_follow	 f;
	struct store_object	*o;
	enum store_put		 why;
	struct object		*seen;
	struct storebody	 b;
	const struct span	*v;
	unsigned		 n;

	ck_assert_int_eq(store_claim(shared.store, &k, &c, &f), STORE_CLAIMED);
	o = store_begin(shared.store, &k, &m, STORE_UNKNOWN, &c, &why);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(store_append(o, SPAN("0123456789")), STORE_STORED);
	ck_assert_int_eq(object_follow(&f, &seen), STORE_HIT);
	/* who only asks does not */
	ck_assert_int_eq(store_claim(shared.store, &k, &c, &f), STORE_FOLLOW);
	ck_assert(store_growing(shared.store, &k, &f));
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			storebody_from(&b, seen, 5);
		else
			storebody_whole(&b, seen);
		ck_assert_int_eq(b.body.ops->peek(&b.body, &v, &n), BODY_MORE);
		ck_assert(n == 1 && span_is(v[0], i == 0 ? "56789" : "0123456789"));
		ck_assert_int_eq(store_followed(o, 60), i);
		storebody_end(&b);
	}
	/* one that takes nothing says that it stays */
	storebody_whole(&b, seen);
	ck_assert_int_eq(b.body.ops->peek(&b.body, &v, &n), BODY_MORE);
	for (uint64_t until = clock_ms() + 2500; clock_ms() < until; )
		loop_round(100);
	ck_assert(store_followed(o, 1));
	/*
	 * hidden: nobody else finds it; who follows gets what is there, and learns that nothing
	 * more comes
	 */
	store_hide(o);
	ck_assert(!store_growing(shared.store, &k, &(struct store_follow){ 0 }));
	ck_assert_int_eq(store_follow_look(shared.store, &f, false, &(uint64_t){ 0 }),
	    STORE_STOPPED);
	ck_assert_int_eq(b.body.ops->peek(&b.body, &v, &n), BODY_MORE);
	ck_assert(n == 1 && span_is(v[0], "0123456789"));
	b.body.ops->took(&b.body, 10);
	ck_assert_int_eq(b.body.ops->peek(&b.body, &v, &n), BODY_FAILED);
	storebody_end(&b);
	object_free(&seen);
	ck_assert_int_eq(store_claim(shared.store, &k, &c, &f), STORE_CLAIMED);
	store_abort(&o);
	ck_assert(store_growing(shared.store, &k, &f));		/* the other one's */
	store_claim_end(shared.store, &c);
	object_stop();
}
END_TEST

/* ---- waiting ---- */

struct counted {
	struct follow_waiter	 w;
	unsigned		 calls;
	bool			 more;
	struct counted		*drops;
};

static void
on_counted(struct follow_waiter *w)
{
	struct counted	*c = CONTAINER_OF(w, struct counted, w);

	c->calls++;
	if (c->more)
		follow_wait(w);
	if (c->drops != NULL)
		follow_drop(&c->drops->w);
}

START_TEST(each_waiter_once_a_wake)
{
	struct counted	 c[4] = { 0 };

	for (int i = 0; i < 4; i++) {
		follow_waiter(&c[i].w, on_counted);
		follow_wait(&c[i].w);
		follow_wait(&c[i].w);
	}
	c[0].more = true;
	c[1].drops = &c[2];
	shared_store_woken();
	ck_assert(c[0].calls == 1 && c[1].calls == 1 && c[2].calls == 0 && c[3].calls == 1);
	shared_store_woken();
	ck_assert(c[0].calls == 2 && c[1].calls == 1 && c[2].calls == 0 && c[3].calls == 1);
	follow_drop(&c[0].w);
	follow_drop(&c[0].w);
	shared_store_woken();
	ck_assert_uint_eq(c[0].calls, 2);
}
END_TEST

/* 10,000 who wait: a hundred wakes in a row are few walks, and nobody is forgotten. */
START_TEST(many_waiters)
{
	enum { MANY = 10000 };
	struct counted	*c = mem_zero(MANY * sizeof *c);

	clock_fake(clock_us(), clock_wall_us());
	for (int i = 0; i < MANY; i++) {
		c[i].more = true;
		follow_waiter(&c[i].w, on_counted);
		follow_wait(&c[i].w);
	}
	for (int i = 0; i < 100; i++)
		shared_store_woken();
	ck_assert_uint_eq(c[0].calls, 1);
	pass_time(200);
	for (int i = 0; i < MANY; i++) {
		ck_assert_uint_eq(c[i].calls, 2);
		follow_drop(&c[i].w);
	}
	free(c);
}
END_TEST

static TCase *
cases(const char *name, void (*before)(void))
{
	TCase	*tc = tcase_create(name);

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, before, end);
	tcase_add_loop_test(tc, whole_bodies, 0, 16);
	tcase_add_loop_test(tc, parts_of_bodies, 0, 8);
	tcase_add_test(tc, more_than_may_be);
	tcase_add_test(tc, given_up_half_way);
	tcase_add_loop_test(tc, damage_beside_the_head_costs_a_hit, 0, 4);
	tcase_add_loop_test(tc, a_damaged_part, 0, 4);
	tcase_add_loop_test(tc, clients_that_stall, 0, 2);
	tcase_add_test(tc, segments_used_again);
	return tc;
}

int
main(void)
{
	Suite	*s = suite_create("storebody");
	TCase	*tc = cases("by sendfile", begin);
	SRunner	*sr;
	int	 failed;

	tcase_add_test(tc, one_small_hit);
	tcase_add_test(tc, heads_of_any_length);
	tcase_add_test(tc, markers_and_nonsense);
	tcase_add_test(tc, a_read_given_up);
	tcase_add_test(tc, by_the_file);
	tcase_add_test(tc, kept_objects);
	tcase_add_test(tc, kept_sets);
	tcase_add_test(tc, kept_lately);
	tcase_add_loop_test(tc, growing_elsewhere, 0, 8);
	tcase_add_loop_test(tc, growing_and_given_up, 0, 4);
	tcase_add_loop_test(tc, growing_and_kept_in_part, 0, 8);
	tcase_add_test(tc, parts_of_what_grows);
	tcase_add_test(tc, who_follows_counts);
	tcase_add_test(tc, each_waiter_once_a_wake);
	tcase_add_test(tc, many_waiters);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, cases("by reading", begin_small));
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
