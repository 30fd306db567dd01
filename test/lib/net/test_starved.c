/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel can watch no more descriptors (fs.epoll.max_user_watches): everything that opens one
 * fails in its own orderly way, and works again when there is room. The kernel's answer is played
 * by an epoll_ctl of this program's own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nameserver.h"
#include "net/child.h"
#include "net/dial.h"
#include "net/dns.h"
#include "net/helper.h"
#include "net/io.h"
#include "test_net.h"

static int	 starved;		/* the errno of every new registration; 0: none */

int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	if (starved != 0 && op == EPOLL_CTL_ADD) {
		errno = starved;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, epfd, op, fd, ev);
}

static void
begin(void)
{
	starved = 0;
	net_begin();
}

static void
count_event(struct io *io, unsigned events)
{
	(void)io;
	(void)events;
}

START_TEST(io_open_says_so)
{
	static const int	 errors[] = { ENOSPC, ENOMEM };
	struct io		 io;
	int			 fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	starved = errors[_i];
	ck_assert(!io_open(&io, fd[0], 0, count_event));
	ck_assert_int_eq(errno, errors[_i]);
	ck_assert(io_starved(errno));
	ck_assert(!io_is_open(&io));
	ck_assert_int_eq(write(fd[0], "x", 1), 1);	/* still the caller's */
	starved = 0;
	ck_assert(io_open(&io, fd[0], 0, count_event));
	ck_assert_int_eq(write(fd[1], "y", 1), 1);
	net_spend(10);
	ck_assert(io.ready & IO_READ);
	io_close(&io);
	close(fd[1]);
	ck_assert(!io_starved(ECONNREFUSED) && !io_starved(ETIMEDOUT) && io_starved(EMFILE) &&
	    io_starved(ENFILE));
}
END_TEST

struct dialled {
	int	 calls, error;
	bool	 connected;
};

static void
on_dialled(void *arg, struct io *io, const struct addr *which, int error)
{
	struct dialled	*d = arg;

	(void)which;
	d->calls++;
	d->error = error;
	d->connected = io != NULL;
}

START_TEST(dialling_fails)
{
	static const struct dial_options	 o = { .timeout_ms = 2000, .each_ms = 1000,
	    .delay_ms = 50 };
	struct dialled				 d = { 0 };
	struct sockaddr_storage			 ss;
	struct addr				 a = addr_from_v4(0x7f000001, 0);
	socklen_t				 len = addr_to_sock(&a, &ss);
	int					 fd = socket(AF_INET, SOCK_STREAM, 0),
	    before = dup(fd), after;

	close(before);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)&ss, &len);
	addr_from_sock(&a, (struct sockaddr *)&ss);
	starved = ENOSPC;
	dial_start(&a, 1, &o, on_dialled, &d);
	net_until(&d.calls, 1);
	ck_assert(!d.connected);
	ck_assert_int_eq(d.error, ENOSPC);
	after = dup(fd);
	ck_assert_int_eq(after, before);		/* nothing stays open */
	close(after);
	starved = 0;
	dial_start(&a, 1, &o, on_dialled, &d);
	net_until(&d.calls, 2);
	ck_assert(d.connected);
	close(fd);
}
END_TEST

static void
on_line(void *arg, enum helper_result r, struct span line)
{
	(void)line;
	*(int *)arg = r == HELPER_ANSWER ? 1 : 2;
}

START_TEST(helpers_fail)
{
	static const char *const	 argv[] = { "/bin/sh", "-c",
	    "while read -r l; do echo \"OK $l\"; done", NULL };
	struct helper_settings		 set = { .name = "test", .argv = argv, .children = 1,
	    .queue = 10, .timeout_ms = 60000 };
	struct helper_pool		*pool = helper_pool_new(&set);
	int				 got = 0;
	siginfo_t			 left;

	starved = ENOSPC;
	if (helper_ask(pool, SPAN("a"), on_line, &got) != NULL) {
		net_until(&got, 1);
		ck_assert_int_eq(got, 2);
	}
	helper_pool_free(&pool);
	starved = 0;
	/* the child is ended and reaped, by the timer; whoever is left is not taken away here */
	for (int i = 0; i < 600 && waitid(P_ALL, 0, &left, WEXITED | WNOWAIT | WNOHANG) == 0; i++)
		net_spend(50);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	pool = helper_pool_new(&set);
	got = 0;
	ck_assert_ptr_nonnull(helper_ask(pool, SPAN("a"), on_line, &got));
	net_until(&got, 1);
	ck_assert_int_eq(got, 1);
	helper_pool_free(&pool);
	net_spend(30);
}
END_TEST

static void
on_death(void *arg, int status)
{
	(void)status;
	++*(int *)arg;
}

START_TEST(children_are_asked_for)
{
	static const char *const	 argv[] = { "/bin/sh", "-c", "exit 3", NULL };
	struct child			 c;
	int				 died = 0;

	starved = ENOSPC;
	ck_assert(child_start(&c, argv));
	child_watch(&c, on_death, &died);
	net_until(&died, 1);
	close(c.fd);
}
END_TEST

static void
on_answer(void *arg, const struct dns_answer *a)
{
	*(int *)arg = 1 + (int)a->result;
}

START_TEST(names_fail)
{
	char			 server[32];
	const char		*servers[] = { server, NULL };
	struct dns_settings	 s = { .servers = servers, .timeout_ms = 1000, .retry_ms = 300,
	    .positive_ttl_s = 3600, .entries = 100, .v6 = true };
	int			 got = 0;

	snprintf(server, sizeof server, "127.0.0.1:%u", nameserver_start());
	ck_assert(dns_init(&s));
	starved = ENOSPC;
	ck_assert_ptr_nonnull(dns_ask(SPAN("four.test"), on_answer, &got));
	net_until(&got, 1);
	ck_assert_int_ne(got, 1 + DNS_OK);
	ck_assert_int_eq(nameserver_asked, 0);
	starved = 0;
	got = 0;
	ck_assert_ptr_nonnull(dns_ask(SPAN("both.test"), on_answer, &got));
	net_until(&got, 1);
	ck_assert_int_eq(got, 1 + DNS_OK);
	dns_free();
	nameserver_stop();
}
END_TEST

Suite *
starved_suite(void)
{
	Suite	*s = suite_create("starved");
	TCase	*t = tcase_create("starved");

	tcase_add_checked_fixture(t, begin, net_end);
	tcase_set_timeout(t, 20);
	tcase_add_loop_test(t, io_open_says_so, 0, 2);
	tcase_add_test(t, dialling_fails);
	tcase_add_test(t, helpers_fail);
	tcase_add_test(t, children_are_asked_for);
	tcase_add_test(t, names_fail);
	suite_add_tcase(s, t);
	return s;
}
