/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to one of several addresses, on loopback. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/deadaddr.h"
#include "net/dial.h"
#include "net/loop.h"
#include "test_net.h"

struct seen {
	int		 calls, error;
	bool		 connected;
	struct addr	 which;
	struct io	 io;
};

static const struct dial_options	 plain = { .timeout_ms = 2000, .each_ms = 1000,
    .delay_ms = 50 };
static int				 fds[8], n_fds;

static void
on_io(struct io *io, unsigned events)
{
	(void)io;
	(void)events;
}

static void
on_done(void *arg, struct io *io, const struct addr *which, int error)
{
	struct seen	*s = arg;

	s->calls++;
	s->error = error;
	s->connected = io != NULL;
	if (which != NULL)
		s->which = *which;
	if (io == NULL)
		return;
	io_move(&s->io, io, on_io);
}

static void
on_done_leave(void *arg, struct io *io, const struct addr *which, int error)
{
	(void)which;
	(void)error;
	ck_assert_ptr_nonnull(io);
	++*(int *)arg;
}

static struct addr
listener(const char *ip, int backlog)
{
	struct addr		 a;
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd;

	ck_assert(addr_parse(&a, span_of(ip)));
	len = addr_to_sock(&a, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	addr_from_sock(&a, (struct sockaddr *)&ss);
	fds[n_fds++] = fd;
	return a;
}

/* A port where nobody listens. */
static struct addr
refusing(const char *ip)
{
	struct addr	 a = listener(ip, 1);

	close(fds[--n_fds]);
	return a;
}

/* A listener whose queue is full: connections neither come up nor fail. */
static struct addr
silent(void)
{
	struct addr		 a = listener("127.0.0.1", 0);
	struct sockaddr_storage	 ss;
	socklen_t		 len = addr_to_sock(&a, &ss);

	for (int i = 0; i < 3; i++) {
		fds[n_fds] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[n_fds++], (struct sockaddr *)&ss, len);
	}
	return a;
}

static void
begin(void)
{
	net_begin();
	n_fds = 0;
}

static void
end(void)
{
	while (n_fds > 0)
		close(fds[--n_fds]);
	net_end();
}

static void
run(struct seen *s, const struct addr *list, size_t n, const struct dial_options *o)
{
	*s = (struct seen){ .io = { .fd = -1 } };
	ck_assert_ptr_nonnull(dial_start(list, n, o, on_done, s));
	ck_assert_int_eq(s->calls, 0);
	net_until(&s->calls, 1);
	net_spend(8);
	ck_assert_int_eq(s->calls, 1);
}

START_TEST(one_address)
{
	struct addr	 a = listener("127.0.0.1", 4);
	struct seen	 s;
	int		 on = 0;
	socklen_t	 len = sizeof on;

	run(&s, &a, 1, &plain);
	ck_assert(s.connected);
	ck_assert(addr_same(&s.which, &a));
	ck_assert_int_eq(getsockopt(s.io.fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	ck_assert_int_ne(on, 0);
	ck_assert(s.io.ready & IO_WRITE);
	io_close(&s.io);
}
END_TEST

START_TEST(nobody_takes_it)
{
	struct addr	 a = listener("127.0.0.1", 4);
	int		 calls = 0, fd;
	char		 c;

	dial_start(&a, 1, &plain, on_done_leave, &calls);
	net_until(&calls, 1);
	fd = accept(fds[0], NULL, NULL);
	ck_assert_int_eq(read(fd, &c, 1), 0);	/* closed again */
	close(fd);
}
END_TEST

START_TEST(refused)
{
	struct addr	 list[2] = { refusing("127.0.0.1"), refusing("127.0.0.2") };
	struct seen	 s;

	run(&s, list, 2, &plain);
	ck_assert(!s.connected);
	ck_assert_int_eq(s.error, ECONNREFUSED);
	ck_assert(addr_same(&s.which, &list[1]));	/* tried last */
}
END_TEST

START_TEST(refused_then_good_at_once)
{
	struct addr	 list[3] = { refusing("127.0.0.1"), refusing("127.0.0.2"),
	    listener("127.0.0.1", 4) };
	uint64_t	 from = clock_exact_us();
	struct seen	 s;

	run(&s, list, 3, &plain);
	ck_assert(s.connected);
	ck_assert(addr_same(&s.which, &list[2]));
	ck_assert_uint_lt(clock_exact_us() - from, 45000 * net_slow());
	io_close(&s.io);
}
END_TEST

START_TEST(fails_inside_connect)
{
	struct addr	 list[2] = { addr_from_v4(0xffffffff, 80), listener("127.0.0.1", 4) };
	struct seen	 s;

	run(&s, list, 2, &plain);
	ck_assert(s.connected);
	io_close(&s.io);
	run(&s, list, 1, &plain);
	ck_assert(!s.connected);
	ck_assert_int_ne(s.error, 0);
	run(&s, list, 0, &plain);
	ck_assert(!s.connected);
	ck_assert_int_eq(s.error, EHOSTUNREACH);
}
END_TEST

START_TEST(slow_one_is_overtaken)
{
	struct addr	 list[2] = { silent(), listener("127.0.0.2", 4) };
	uint64_t	 from = clock_exact_us();
	struct seen	 s;

	run(&s, list, 2, &plain);
	ck_assert(s.connected);
	ck_assert(addr_same(&s.which, &list[1]));
	ck_assert_uint_ge(clock_exact_us() - from, 50000);
	ck_assert_uint_lt(clock_exact_us() - from, 150000 * net_slow());
	io_close(&s.io);
}
END_TEST

START_TEST(silent_one_comes_last_the_next_time)
{
	struct addr	 list[3] = { silent(), listener("127.0.0.2", 4), listener("127.0.0.3", 4) };
	uint64_t	 from;
	struct seen	 s;

	run(&s, list, 2, &plain);
	ck_assert(deadaddr_is(&list[0]) && !deadaddr_is(&list[1]));
	io_close(&s.io);
	from = clock_exact_us();
	run(&s, list, 3, &plain);
	ck_assert(addr_same(&s.which, &list[1]));
	ck_assert_uint_lt(clock_exact_us() - from, 45000 * net_slow());
	io_close(&s.io);
	clock_us_ += (DEADADDR_MS + 1000) * UINT64_C(1000);	/* till the loop's next round */
	ck_assert(!deadaddr_is(&list[0]));
	clock_tick();
	deadaddr_note(&list[1]);
	run(&s, list, 1, &plain);				/* alone it is tried as ever */
	ck_assert(!s.connected);
	run(&s, list + 1, 1, &plain);
	ck_assert(s.connected);
	io_close(&s.io);
}
END_TEST

START_TEST(second_attempts_keep_their_distance)
{
	struct addr		 list[2] = { silent(), listener("127.0.0.1", 4) };
	struct dial_options	 o = plain;
	struct seen		 s;
	uint64_t		 from = clock_exact_us();

	o.delay_ms = 10;
	o.gap_ms = 300;
	for (int i = 0; i < 2; i++) {
		deadaddr_forget(&list[0]);
		run(&s, list, 2, &o);
		ck_assert(addr_same(&s.which, &list[1]));
		io_close(&s.io);
	}
	ck_assert_uint_ge(clock_exact_us() - from, 300000);
}
END_TEST

START_TEST(times_out)
{
	struct addr		 a = silent();
	struct dial_options	 o = plain;
	struct seen		 s;
	uint64_t		 from = clock_exact_us();

	*(_i == 0 ? &o.timeout_ms : &o.each_ms) = 100;
	run(&s, &a, 1, &o);
	ck_assert(!s.connected);
	ck_assert_int_eq(s.error, ETIMEDOUT);
	ck_assert_uint_ge(clock_exact_us() - from, 100000);
	ck_assert_uint_lt(clock_exact_us() - from, 300000 * net_slow());
}
END_TEST

START_TEST(families_take_turns)
{
	struct addr	 list[4] = { refusing("127.0.0.1"), refusing("127.0.0.2"),
	    refusing("127.0.0.3") };
	struct addr	 six;
	struct seen	 s;

	if (!addr_parse(&six, SPAN("::1")) || socket(AF_INET6, SOCK_STREAM, 0) < 0) {
		fputs("skipped: no IPv6 here\n", stderr);
		return;
	}
	list[3] = listener("::1", 4);
	list[0] = silent();
	run(&s, list, 4, &plain);
	ck_assert(addr_same(&s.which, &list[3]));
	io_close(&s.io);
}
END_TEST

START_TEST(source_address)
{
	struct addr		 a = listener("127.0.0.1", 4),
	    from = addr_from_v4(0x7f000005, 1234), got;
	struct dial_options	 o = plain;
	struct sockaddr_storage	 ss;
	socklen_t		 len = sizeof ss;
	struct seen		 s;
	int			 fd, tos = 0;

	o.bind4 = &from;
	o.tos = 0x20;
	o.mark = 7;			/* refused without privilege: said, and gone on */
	run(&s, &a, 1, &o);
	ck_assert(s.connected);
	fd = accept(fds[0], (struct sockaddr *)&ss, &len);
	ck_assert(addr_from_sock(&got, (struct sockaddr *)&ss));
	ck_assert(addr_same_ip(&got, &from));
	ck_assert_uint_ne(got.port, 1234);
	len = sizeof tos;
	getsockopt(s.io.fd, IPPROTO_IP, IP_TOS, &tos, &len);
	ck_assert_int_eq(tos, 0x20);
	close(fd);
	io_close(&s.io);
	from = addr_from_v4(0xc0000201, 0);	/* not ours */
	run(&s, &a, 1, &o);
	ck_assert(!s.connected);
	ck_assert_int_eq(s.error, EADDRNOTAVAIL);
}
END_TEST

START_TEST(cancelled)
{
	struct addr	 list[3] = { listener("127.0.0.1", 4), silent(),
	    addr_from_v4(0xffffffff, 80) };
	struct seen	 s = { .io = { .fd = -1 } };
	struct dial	*d = dial_start(&list[_i], 1, &plain, on_done, &s);

	dial_cancel(&d);
	ck_assert_ptr_null(d);
	dial_cancel(&d);
	net_spend(30);
	ck_assert_int_eq(s.calls, 0);
}
END_TEST

Suite *
dial_suite(void)
{
	Suite	*s = suite_create("dial");
	TCase	*t = tcase_create("dial");

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, one_address);
	tcase_add_test(t, nobody_takes_it);
	tcase_add_test(t, refused);
	tcase_add_test(t, refused_then_good_at_once);
	tcase_add_test(t, fails_inside_connect);
	tcase_add_test(t, slow_one_is_overtaken);
	tcase_add_test(t, silent_one_comes_last_the_next_time);
	tcase_add_test(t, second_attempts_keep_their_distance);
	tcase_add_loop_test(t, times_out, 0, 2);
	tcase_add_test(t, families_take_turns);
	tcase_add_test(t, source_address);
	tcase_add_loop_test(t, cancelled, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
