/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflow and outflow together: bytes written to one socket pair in pieces of every size come out of
 * another, re-framed. Each case runs with several piece sizes, with a pinned head in front, and
 * with a sink that takes little at a time.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/sb.h"
#include "core/inflow.h"
#include "core/outflow.h"
#include "net/loop.h"

struct way {
	struct conn		 source;
	struct io		 sink;
	struct inflow		 in;
	struct outflow		 out;
	int			 feed, drain;
	enum outflow_result	 result;
	bool			 over;
	struct task		 again;
};

static void
go(struct way *w)
{
	if (w->over)
		return;
	w->result = outflow_run(&w->out);
	switch (w->result) {
	case OUTFLOW_WAIT:
		return;
	case OUTFLOW_AGAIN:
		task_later(&w->again);
		return;
	case OUTFLOW_DONE:
	case OUTFLOW_SOURCE_FAILED:
	case OUTFLOW_OVER:
	case OUTFLOW_SINK_FAILED:
		w->over = true;
	}
}

static void on_source(struct io *io, unsigned e) { (void)e;
    go(CONTAINER_OF(io, struct way, source.io)); }
static void on_sink(struct io *io, unsigned e) { (void)e; go(CONTAINER_OF(io, struct way, sink)); }
static void on_again(struct task *t) { go(CONTAINER_OF(t, struct way, again)); }

struct shape {
	struct framing	 framing;
	bool		 chunked;	/* out */
	size_t		 piece;		/* bytes fed at a time */
	uint32_t	 pinned;	/* head bytes in the source's buffer */
	bool		 close;		/* the source ends after the bytes */
	int		 sndbuf;	/* of the sink; 0: as it is */
};

static void
pair(int fd[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
}

static void
collect(struct way *w, struct sb *got)
{
	char	 part[65536];
	ssize_t	 n;

	while ((n = read(w->drain, part, sizeof part)) > 0)
		sb_add(got, part, (size_t)n);
}

/* Sends `wire` through; what comes out is in *got. */
static enum outflow_result
through(const struct shape *s, struct span wire, struct sb *got, struct inflow *state)
{
	struct way	 w = { .over = false };
	int		 a[2], b[2];
	size_t		 fed = 0;
	bool		 closed = false;

	pair(a);
	pair(b);
	if (s->sndbuf > 0)
		setsockopt(b[0], SOL_SOCKET, SO_SNDBUF, &s->sndbuf, sizeof s->sndbuf);
	w.feed = a[1];
	w.drain = b[1];
	task_init(&w.again, on_again);
	ck_assert(io_open(&w.source.io, a[0], 0, on_source));
	ck_assert(io_open(&w.sink, b[0], IO_WRITE, on_sink));
	if (s->pinned > 0) {
		buf_need(&w.source.in, BUF_SMALL);
		memset(w.source.in.p, 'h', s->pinned);
		w.source.in.floor = w.source.in.from = w.source.in.to = s->pinned;
	}
	inflow_init(&w.in, &w.source, &s->framing);
	outflow_init(&w.out, &w.sink, SPAN("HEAD\n"), &w.in.body, s->chunked);
	go(&w);
	for (unsigned i = 0; i < 200000 && !w.over; i++) {
		if (fed < wire.n) {
			size_t	 n = wire.n - fed < s->piece ? wire.n - fed : s->piece;
			ssize_t	 put = write(w.feed, wire.p + fed, n);

			if (put > 0)
				fed += (size_t)put;
		} else if (s->close && !closed) {
			shutdown(w.feed, SHUT_WR);
			closed = true;
		}
		loop_round(0);
		collect(&w, got);
		if (fed == wire.n && !s->close && i > 100000)
			break;
	}
	collect(&w, got);
	for (uint32_t i = 0; i < s->pinned; i++)
		ck_assert_int_eq(w.source.in.p[i], 'h');
	outflow_end(&w.out);
	inflow_end(&w.in);
	*state = w.in;
	buf_drop(&w.source.in);
	task_drop(&w.again);
	io_close(&w.source.io);
	io_close(&w.sink);
	close(a[1]);
	close(b[1]);
	return w.over ? w.result : OUTFLOW_WAIT;
}

static char *
noise(size_t n)
{
	char		*p = mem_alloc(n + 1);
	uint32_t	 x = 12345;

	for (size_t i = 0; i < n; i++) {
		x = x * 1103515245 + 12345;
		p[i] = (char)('a' + (x >> 16) % 26);
	}
	p[n] = '\0';
	return p;
}

static const size_t	 pieces[] = { 1, 2, 7, 1000, 4096, 70000 };
static const uint32_t	 pins[] = { 0, 100, 4000, 4096 };

static void
setup(void)
{
	loop_init();
}

static void
teardown(void)
{
	loop_free();
}

START_TEST(test_length_is_passed_exactly)
{
	static const size_t	 sizes[] = { 1, 100, 5000, 40000, 300000 };
	size_t			 n = sizes[(size_t)_i / COUNT_OF(pieces) % COUNT_OF(sizes)];
	char			*body = noise(n + 10);

	for (unsigned p = 0; p < COUNT_OF(pins); p++) {
		struct shape	 s = { { FRAMING_LENGTH, n }, false,
		    pieces[(size_t)_i % COUNT_OF(pieces)], pins[p], false, 4096 };
		struct sb	 got;
		struct inflow	 in;

		if (s.piece < 100 && n > 6000)
			continue;
		sb_heap(&got, 1 << 22);
		ck_assert_int_eq(through(&s, span_at(body, n), &got, &in), OUTFLOW_DONE);
		ck_assert(inflow_complete(&in));
		ck_assert_uint_eq(got.n, n + 5);
		ck_assert(memcmp(got.p, "HEAD\n", 5) == 0 && memcmp(got.p + 5, body, n) == 0);
		ck_assert_uint_eq(in.received, n);
		sb_free(&got);
	}
	free(body);
}
END_TEST

/* Takes the chunked coding off, strictly; false if it is not complete. */
static bool
unchunk(struct span s, struct sb *plain, struct sb *trailers)
{
	struct chunked	 c;

	chunked_init(&c);
	for (;;) {
		size_t			 used;
		struct span		 data;
		enum chunked_event	 e = chunked_next(&c, s.p, s.n, &used, &data);

		s.p += used;
		s.n -= used;
		if (e == CHUNKED_DATA)
			sb_span(plain, data);
		if (e == CHUNKED_END) {
			sb_span(trailers, data);
			return s.n == 0;
		}
		if (e == CHUNKED_BAD || (e == CHUNKED_MORE && used == 0))
			return false;
	}
}

static void
chunk_up(struct span body, size_t each, const char *trailers, struct sb *wire)
{
	for (size_t at = 0; at < body.n; at += each) {
		size_t	 n = body.n - at < each ? body.n - at : each;

		sb_printf(wire, "%zx\r\n", n);
		sb_add(wire, body.p + at, n);
		SB_LIT(wire, "\r\n");
	}
	sb_printf(wire, "0\r\n%s\r\n", trailers);
}

START_TEST(test_chunked_is_reframed)
{
	static const size_t	 chunks[] = { 1, 3, 500, 9000, 100000 };
	size_t			 each = chunks[(size_t)_i / COUNT_OF(pieces) % COUNT_OF(chunks)];
	size_t			 n = each < 10 ? 2000 : 250000;
	char			*body = noise(n);

	for (unsigned p = 0; p < COUNT_OF(pins); p++) {
		struct shape	 s = { { FRAMING_CHUNKED, 0 }, true,
		    pieces[(size_t)_i % COUNT_OF(pieces)], pins[p], false, 8192 };
		struct sb	 wire, got, plain, trailers;
		struct inflow	 in;

		if (s.piece < 100 && n > 6000)
			continue;
		sb_heap(&wire, 1 << 22);
		sb_heap(&got, 1 << 22);
		sb_heap(&plain, 1 << 22);
		sb_heap(&trailers, 1 << 16);
		chunk_up(span_at(body, n), each, "X-Sum: 1\r\nContent-Length: 5\r\n", &wire);
		ck_assert_int_eq(through(&s, sb_done(&wire), &got, &in), OUTFLOW_DONE);
		ck_assert(inflow_complete(&in));
		ck_assert_uint_eq(in.received, wire.n);
		ck_assert(unchunk(span_at(got.p + 5, got.n - 5), &plain, &trailers));
		ck_assert(span_eq(sb_done(&plain), span_at(body, n)));
		/* RFC 9110, 6.5.1: no framing from a trailer */
		ck_assert(span_is(sb_done(&trailers), "X-Sum: 1\r\n"));
		sb_free(&wire);
		sb_free(&got);
		sb_free(&plain);
		sb_free(&trailers);
	}
	free(body);
}
END_TEST

START_TEST(test_close_delimited_ends_with_the_connection)
{
	char	*body = noise(200000);

	for (unsigned c = 0; c < 2; c++) {
		struct shape	 s = { { FRAMING_CLOSE, 0 }, c == 1, pieces[3 + _i % 3], 50, true,
		    0 };
		struct sb	 got, plain, trailers;
		struct inflow	 in;

		sb_heap(&got, 1 << 22);
		sb_heap(&plain, 1 << 22);
		sb_heap(&trailers, 1 << 16);
		ck_assert_int_eq(through(&s, span_at(body, 200000), &got, &in), OUTFLOW_DONE);
		if (c == 1)
			ck_assert(unchunk(span_at(got.p + 5, got.n - 5), &plain, &trailers));
		else
			sb_add(&plain, got.p + 5, got.n - 5);
		ck_assert(span_eq(sb_done(&plain), span_at(body, 200000)));
		sb_free(&got);
		sb_free(&plain);
		sb_free(&trailers);
	}
	free(body);
}
END_TEST

static const struct {
	struct framing	 framing;
	const char	*wire;
	bool		 close;
} broken[] = {
	{ { FRAMING_LENGTH, 10 }, "123456789", true },
	{ { FRAMING_CHUNKED, 0 }, "5\r\nhello\r\n", true },
	{ { FRAMING_CHUNKED, 0 }, "5\r\nhel", true },
	{ { FRAMING_CHUNKED, 0 }, "5\r\nhello\r\n0\r\n", true },
	{ { FRAMING_CHUNKED, 0 }, "5\r\nhelloX\r\n", false },
	{ { FRAMING_CHUNKED, 0 }, "zz\r\n", false },
	{ { FRAMING_CHUNKED, 0 }, "ffffffffffffffff1\r\n", false },
};

START_TEST(test_a_body_cut_short_is_never_complete)
{
	for (unsigned c = 0; c < 2; c++) {
		struct shape	 s = { broken[_i].framing, c == 1, 3, 0, broken[_i].close, 0 };
		struct sb	 got, plain, trailers;
		struct inflow	 in;

		sb_heap(&got, 1 << 20);
		sb_heap(&plain, 1 << 20);
		sb_heap(&trailers, 1 << 16);
		ck_assert_int_eq(through(&s, span_of(broken[_i].wire), &got, &in),
		    OUTFLOW_SOURCE_FAILED);
		ck_assert(!inflow_complete(&in));
		if (c == 1 && got.n > 5)
			ck_assert(!unchunk(span_at(got.p + 5, got.n - 5), &plain, &trailers));
		sb_free(&got);
		sb_free(&plain);
		sb_free(&trailers);
	}
}
END_TEST

/* What follows a body belongs to the next message and stays in the connection's buffer. */
START_TEST(test_bytes_behind_the_body_stay)
{
	static const struct {
		struct framing	 framing;
		const char	*wire;
	}			 cases[] = {
		{ { FRAMING_LENGTH, 5 }, "helloGET /next" },
		{ { FRAMING_CHUNKED, 0 }, "5\r\nhello\r\n0\r\n\r\nGET /next" },
	};
	struct conn		 c = { .bytes_in = 0 };
	struct inflow		 f;
	int			 fd[2];

	pair(fd);
	ck_assert(io_open(&c.io, fd[0], IO_READ, on_source));
	ck_assert(write(fd[1], cases[_i].wire, strlen(cases[_i].wire)) > 0);
	inflow_init(&f, &c, &cases[_i].framing);
	ck_assert(inflow_discard(&f));
	ck_assert(inflow_complete(&f));
	inflow_end(&f);
	ck_assert(span_is(buf_span(&c.in), "GET /next"));
	buf_drop(&c.in);
	io_close(&c.io);
	close(fd[1]);
}
END_TEST

START_TEST(test_a_sink_that_is_gone_is_told)
{
	struct way		 w = { .over = false };
	struct body_memory	 m;
	int			 b[2];
	char			*body = noise(100000);

	pair(b);
	close(b[1]);
	ck_assert(io_open(&w.sink, b[0], IO_WRITE, on_sink));
	body_memory(&m, span_at(body, 100000));
	outflow_init(&w.out, &w.sink, SPAN("HEAD\n"), &m.body, false);
	ck_assert_int_eq(outflow_run(&w.out), OUTFLOW_SINK_FAILED);
	ck_assert_int_eq(errno, EPIPE);
	outflow_end(&w.out);
	io_close(&w.sink);
	free(body);
}
END_TEST

static const struct {
	uint64_t		 announced;
	bool			 chunked;
	enum outflow_result	 result;
	const char		*sent;
} lies[] = {
	{ 5, false, OUTFLOW_DONE, "HEAD\nhello" },
	{ 6, false, OUTFLOW_SOURCE_FAILED, "HEAD\nhello" },
	{ 1000000, false, OUTFLOW_SOURCE_FAILED, "HEAD\nhello" },
	{ 4, false, OUTFLOW_SOURCE_FAILED, "" },
	{ 0, false, OUTFLOW_SOURCE_FAILED, "" },
	{ UINT64_MAX, false, OUTFLOW_DONE, "HEAD\nhello" },
	{ 6, true, OUTFLOW_DONE, "HEAD\n5\r\nhello\r\n0\r\n\r\n" },
};

/* What follows would be taken for the rest of this body, or this body's rest for what follows. */
START_TEST(test_a_body_of_another_length_than_announced_fails)
{
	struct way		 w = { .over = false };
	struct body_memory	 m;
	enum outflow_result	 r;
	struct sb		 got;
	int			 b[2];

	pair(b);
	w.drain = b[1];
	ck_assert(io_open(&w.sink, b[0], IO_WRITE, on_sink));
	body_memory(&m, SPAN("hello"));
	m.body.length = lies[_i].announced;
	outflow_init(&w.out, &w.sink, SPAN("HEAD\n"), &m.body, lies[_i].chunked);
	while ((r = outflow_run(&w.out)) == OUTFLOW_AGAIN)
		continue;
	ck_assert_int_eq(r, lies[_i].result);
	sb_heap(&got, 1000);
	collect(&w, &got);
	ck_assert(span_eq(sb_done(&got), span_of(lies[_i].sent)));
	sb_free(&got);
	outflow_end(&w.out);
	io_close(&w.sink);
	close(b[1]);
}
END_TEST

struct gate {
	bool		 open;
	unsigned	 asked;
	uint64_t	 total;
};

static bool
may_end(void *arg, uint64_t all)
{
	struct gate	*g = arg;

	g->asked++;
	g->total = all;
	return g->open;
}

/*
 * Until `last` lets it, the write that completes a message is not made; before that one it is not
 * asked.
 */
static void
gated(bool chunked, size_t n, struct span end)
{
	struct way	 w = { .over = false };
	struct framing	 framing = { chunked ? FRAMING_CHUNKED : FRAMING_LENGTH, n };
	struct gate	 gate = { .open = false };
	struct sb	 got, wire;
	int		 a[2], b[2];
	char		*body = noise(n);
	size_t		 first = n / 2;

	pair(a);
	pair(b);
	w.drain = b[1];
	task_init(&w.again, on_again);
	ck_assert(io_open(&w.source.io, a[0], 0, on_source));
	ck_assert(io_open(&w.sink, b[0], IO_WRITE, on_sink));
	inflow_init(&w.in, &w.source, &framing);
	outflow_init(&w.out, &w.sink, SPAN("HEAD\n"), &w.in.body, chunked);
	w.out.last = may_end;
	w.out.arg = &gate;
	sb_heap(&wire, 1 << 20);
	if (chunked)
		sb_printf(&wire, "%zx\r\n", n);
	sb_add(&wire, body, n);
	sb_span(&wire, end);
	sb_heap(&got, 1 << 20);
	go(&w);
	ck_assert_int_eq(write(a[1], wire.p, first), (ssize_t)first);
	for (int i = 0; i < 20; i++) {
		loop_round(0);
		collect(&w, &got);
	}
	ck_assert_uint_eq(gate.asked, 0);
	ck_assert_uint_gt(got.n, 5);
	ck_assert_int_eq(write(a[1], wire.p + first, wire.n - first), (ssize_t)(wire.n - first));
	for (int i = 0; i < 20; i++) {
		loop_round(0);
		collect(&w, &got);
	}
	ck_assert_uint_gt(gate.asked, 0);
	ck_assert_int_eq(w.result, OUTFLOW_WAIT);
	ck_assert_uint_lt(got.n, gate.total);
	gate.open = true;
	go(&w);
	collect(&w, &got);
	ck_assert_int_eq(w.result, OUTFLOW_DONE);
	ck_assert_uint_eq(got.n, gate.total);
	ck_assert_uint_eq(w.out.sent, gate.total);
	outflow_end(&w.out);
	inflow_end(&w.in);
	buf_drop(&w.source.in);
	io_close(&w.source.io);
	io_close(&w.sink);
	close(a[1]);
	close(b[1]);
	sb_free(&got);
	sb_free(&wire);
	free(body);
}

START_TEST(test_the_last_write_waits_until_it_may)
{
	gated(false, 1000, SPAN_NONE);
	gated(false, 150000, SPAN_NONE);	/* most of it is spliced */
	gated(true, 1000, SPAN("\r\n0\r\n\r\n"));
	gated(true, 150000, SPAN("\r\n0\r\nTrailer: x\r\n\r\n"));
}
END_TEST

/* A body of n bytes, of which `come` are there, on its way as a splice. */
static struct way *
splicing(size_t n, size_t come, int a[2], int b[2])
{
	const struct framing	 framing = { FRAMING_LENGTH, n };
	struct way		*w = mem_zero(sizeof *w);
	char			*body = noise(come);

	pair(a);
	pair(b);
	w->drain = b[1];
	task_init(&w->again, on_again);
	ck_assert(io_open(&w->source.io, a[0], 0, on_source));
	ck_assert(io_open(&w->sink, b[0], IO_WRITE, on_sink));
	inflow_init(&w->in, &w->source, &framing);
	outflow_init(&w->out, &w->sink, SPAN("HEAD\n"), &w->in.body, false);
	go(w);
	ck_assert_int_eq(write(a[1], body, come), (ssize_t)come);
	for (int i = 0; i < 20; i++)
		loop_round(0);
	ck_assert(w->out.pumping);
	free(body);
	return w;
}

static void
end_splicing(struct way *w, const int a[2], const int b[2])
{
	inflow_end(&w->in);
	buf_drop(&w->source.in);
	task_drop(&w->again);
	io_close(&w->source.io);
	io_close(&w->sink);
	close(a[1]);
	close(b[1]);
	free(w);
}

/*
 * Whoever reads the rest of the body later must know how much of it is gone; and what was sent is
 * sent.
 */
START_TEST(test_a_splice_that_is_broken_off_is_counted)
{
	int		 a[2], b[2];
	struct way	*w = splicing(200000, 50000, a, b);
	struct sb	 got;

	sb_heap(&got, 1 << 20);
	collect(w, &got);
	ck_assert_uint_eq(got.n, 5 + 50000);
	ck_assert_uint_eq(outflow_sent(&w->out), 5 + 50000);
	ck_assert_uint_eq(outflow_spliced(&w->out) + w->in.received, 50000);
	outflow_end(&w->out);
	ck_assert_uint_eq(w->out.sent, 5 + 50000);
	ck_assert_uint_eq(w->in.received, 50000);
	ck_assert_uint_eq(w->in.left, 150000);
	ck_assert(!inflow_complete(&w->in));
	sb_free(&got);
	end_splicing(w, a, b);
}
END_TEST

/* A timer of the source's owner gives the body up while it is spliced: that has to be noticed. */
START_TEST(test_a_source_that_is_given_up_ends_a_splice)
{
	int		 a[2], b[2];
	struct way	*w = splicing(200000, 50000, a, b);

	ck_assert_int_eq(outflow_run(&w->out), OUTFLOW_WAIT);
	w->in.fault = INFLOW_BROKEN;
	ck_assert_int_eq(outflow_run(&w->out), OUTFLOW_SOURCE_FAILED);
	ck_assert_uint_eq(w->out.sent, 5 + 50000);
	outflow_end(&w->out);
	end_splicing(w, a, b);
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("flow");
	TCase	*tc = tcase_create("flow");
	SRunner	*r;
	int	 failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_length_is_passed_exactly, 0, 30);
	tcase_add_loop_test(tc, test_chunked_is_reframed, 0, 30);
	tcase_add_loop_test(tc, test_close_delimited_ends_with_the_connection, 0, 3);
	tcase_add_loop_test(tc, test_a_body_cut_short_is_never_complete, 0, (int)COUNT_OF(broken));
	tcase_add_loop_test(tc, test_bytes_behind_the_body_stay, 0, 2);
	tcase_add_test(tc, test_a_sink_that_is_gone_is_told);
	tcase_add_loop_test(tc, test_a_body_of_another_length_than_announced_fails, 0,
	    (int)COUNT_OF(lies));
	tcase_add_test(tc, test_the_last_write_waits_until_it_may);
	tcase_add_test(tc, test_a_splice_that_is_broken_off_is_counted);
	tcase_add_test(tc, test_a_source_that_is_given_up_ends_a_splice);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
