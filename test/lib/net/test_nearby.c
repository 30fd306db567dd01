/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets leave the system's congestion control, and that a listening one passes that on. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/nearby.h"
#include "test_net.h"

static void
control_of(int fd, char name[16])
{
	socklen_t	 n = 16;

	memset(name, 0, 16);
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &n), 0);
}

static int
stream(void)
{
	int	 fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(by_address)
{
	static const struct {
		const char	*addr;
		bool		 near;
	} cases[] = {
		{ "127.0.0.1", true }, { "127.9.9.9", true }, { "::1", true },
		{ "::ffff:127.0.0.1", true }, { "0.0.0.0", false }, { "192.0.2.1", false },
		{ "::", false }, { "2001:db8::1", false }, { "128.0.0.1", false },
	};
	char		 usual[16], now[16];
	struct addr	 a;
	int		 fd = stream();

	/* one that is no system's choice marks what was left alone, where the kernel has it */
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) != 0)
		setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "bbr", 3);
	control_of(fd, usual);
	ck_assert(addr_parse(&a, span_of(cases[_i].addr)));
	nearby_tune(fd, &a);
	control_of(fd, now);
	ck_assert_str_eq(now, cases[_i].near ? "reno" : usual);
	close(fd);
}
END_TEST

START_TEST(is_inherited)
{
	struct sockaddr_in	 sa = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		 n = sizeof sa;
	int			 listening = stream(), there = stream(), here;
	struct addr		 a;
	char			 name[16];

	ck_assert(addr_parse(&a, SPAN("127.0.0.1")));
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&sa, sizeof sa), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	nearby_tune(listening, &a);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&sa, &n), 0);
	ck_assert_int_eq(connect(there, (struct sockaddr *)&sa, sizeof sa), 0);
	here = accept(listening, NULL, NULL);
	ck_assert_int_ge(here, 0);
	control_of(here, name);
	ck_assert_str_eq(name, "reno");
	close(here);
	close(there);
	close(listening);
}
END_TEST

Suite *
nearby_suite(void)
{
	Suite	*s = suite_create("nearby");
	TCase	*t = tcase_create("nearby");

	tcase_add_loop_test(t, by_address, 0, 9);
	tcase_add_test(t, is_inherited);
	suite_add_tcase(s, t);
	return s;
}
