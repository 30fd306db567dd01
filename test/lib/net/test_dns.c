/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups against a server on loopback. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "nameserver.h"
#include "net/dns.h"
#include "net/dnshosts.h"
#include "test_net.h"

struct seen {
	int		 calls;
	enum dns_result	 result;
	unsigned	 n;
	char		 text[512];	/* the addresses, or the name */
	bool		 cached;
	uint32_t	 took_ms;
};

static char		 server[32];
static char		 hosts_path[] = "/tmp/sepia-hosts-XXXXXX";
static const char	*servers[3];
static struct dns_settings	 base;

static void
on_answer(void *arg, const struct dns_answer *a)
{
	struct seen	*s = arg;
	char		 text[ADDR_TEXT];

	s->calls++;
	s->result = a->result;
	s->n = a->n;
	s->cached = a->cached;
	s->took_ms = a->took_ms;
	snprintf(s->text, sizeof s->text, "%.*s", SPAN_ARG(a->name));
	for (unsigned i = 0; i < a->n; i++) {
		size_t	 at = strlen(s->text);

		snprintf(s->text + at, sizeof s->text - at, "%s%s", i > 0 ? " " : "",
		    addr_print(&a->addrs[i], text));
	}
}

static void
write_hosts(const char *text)
{
	FILE	*f = fopen(hosts_path, "w");

	fputs(text, f);
	fclose(f);
}

static void
begin(void)
{
	net_begin();
	snprintf(server, sizeof server, "127.0.0.1:%u", nameserver_start());
	servers[0] = server;
	servers[1] = NULL;
	strcpy(hosts_path, "/tmp/sepia-hosts-XXXXXX");
	close(mkstemp(hosts_path));
	write_hosts("127.0.0.1 localhost\n192.0.2.7  Alpha alpha.example. # beta\n2001:db8::7 alpha\n\n"
	    "bad line\n192.0.2.8\n192.0.2.9 gamma\r\n192.0.2.7 alpha");
	base = (struct dns_settings){ .servers = servers, .hosts_file = hosts_path,
	    .timeout_ms = 1000, .retry_ms = 300, .positive_ttl_s = 3600, .negative_ttl_s = 60,
	    .entries = 100, .v6 = true };
}

static void
end(void)
{
	dns_free();
	nameserver_stop();
	unlink(hosts_path);
	net_end();
}

static struct seen
look_up(const char *name)
{
	struct seen	 s = { 0 };

	ck_assert_ptr_nonnull(dns_ask(span_of(name), on_answer, &s));
	ck_assert_int_eq(s.calls, 0);
	net_until(&s.calls, 1);
	return s;
}

static const struct {
	const char	*name;
	enum dns_result	 result;
	const char	*v4, *v6;	/* what is in the answer, in whatever order */
} answers[] = {
	{ "both.test", DNS_OK, "192.0.2.1", "2001:db8::1" },
	{ "BOTH.test.", DNS_OK, "192.0.2.1", "2001:db8::1" },
	{ "four.test", DNS_OK, "192.0.2.1", NULL },
	{ "six.test", DNS_OK, NULL, "2001:db8::1" },
	{ "alias.test", DNS_OK, "192.0.2.1", "2001:db8::1" },
	{ "none.test", DNS_NO_NAME, NULL, NULL },
	{ "empty.test", DNS_NO_NAME, NULL, NULL },
	{ "fail.test", DNS_FAILED, NULL, NULL },
	{ "junk.test", DNS_FAILED, NULL, NULL },
	{ "alpha", DNS_OK, "192.0.2.7", "2001:db8::7" },
	{ "alpha.example", DNS_OK, "192.0.2.7", NULL },
	{ "gamma", DNS_OK, "192.0.2.9", NULL },
	{ "localhost", DNS_OK, "127.0.0.1", NULL },
	{ "www.localhost", DNS_OK, "127.0.0.1", "::1" },
};

START_TEST(answers_are_as_the_server_says)
{
	struct seen	 s;

	ck_assert(dns_init(&base));
	s = look_up(answers[_i].name);
	ck_assert_int_eq(s.result, answers[_i].result);
	ck_assert_uint_eq(s.n, (unsigned)(answers[_i].v4 != NULL) +
	    (unsigned)(answers[_i].v6 != NULL));
	if (answers[_i].v4 != NULL)
		ck_assert_ptr_nonnull(strstr(s.text, answers[_i].v4));
	if (answers[_i].v6 != NULL)
		ck_assert_ptr_nonnull(strstr(s.text, answers[_i].v6));
}
END_TEST

START_TEST(names_that_cannot_exist_are_not_asked_for)
{
	static const char *const	 bad[] = { "", ".", "..", "a..b", ".a", "a\\b.test",
	    "a b.test", "caf\xc3\xa9.test",
		"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234.test" };
	char				 longest[300];
	struct seen			 s;

	ck_assert(dns_init(&base));
	s = look_up(bad[_i % 9]);
	ck_assert_int_eq(s.result, DNS_NO_NAME);
	for (int i = 0; i < 299; i++)
		longest[i] = i % 10 == 9 ? '.' : 'x';
	longest[_i == 0 ? 299 : 254] = '\0';
	s = look_up(longest);
	ck_assert_int_eq(s.result, DNS_NO_NAME);
	ck_assert_int_eq(nameserver_asked, 0);
}
END_TEST

START_TEST(second_time_comes_from_the_cache)
{
	struct dns_answer	 a;
	struct seen		 s;

	ck_assert(dns_init(&base));
	ck_assert(!dns_cached(SPAN("both.test"), &a));
	look_up("both.test");
	ck_assert_int_eq(nameserver_asked, 2);
	ck_assert(dns_cached(SPAN("Both.Test."), &a));
	ck_assert(a.cached);
	ck_assert_uint_eq(a.n, 2);
	s = look_up("both.test");
	ck_assert(s.cached);
	look_up("none.test");
	s = look_up("none.test");
	ck_assert(s.cached);
	ck_assert_int_eq(s.result, DNS_NO_NAME);
	ck_assert_int_eq(nameserver_asked, 4);
}
END_TEST

START_TEST(ttl_is_honoured)
{
	struct dns_answer	 a;
	uint64_t		 t, from = clock_exact_us();	/* the answers come in between */

	ck_assert(dns_init(&base));
	look_up("short.test");
	look_up("both.test");
	look_up("none.test");
	t = clock_us();
	clock_fake(from + 900000, 0);
	ck_assert(dns_cached(SPAN("short.test"), &a));
	clock_fake(t + 1100000, 0);
	ck_assert(!dns_cached(SPAN("short.test"), &a));
	clock_fake(from + 59000000, 0);
	ck_assert(dns_cached(SPAN("both.test"), &a));
	ck_assert(dns_cached(SPAN("none.test"), &a));
	clock_fake(t + 61000000, 0);
	ck_assert(!dns_cached(SPAN("both.test"), &a));
	ck_assert(!dns_cached(SPAN("none.test"), &a));
}
END_TEST

START_TEST(concurrent_look_ups_are_one)
{
	struct seen		 s = { 0 };
	struct dns_query	*q[5];

	ck_assert(dns_init(&base));
	for (int i = 0; i < 5; i++)
		q[i] = dns_ask(i % 2 ? SPAN("both.test") : SPAN("BOTH.TEST"), on_answer, &s);
	dns_cancel(&q[1]);
	ck_assert_ptr_null(q[1]);
	net_until(&s.calls, 4);
	net_spend(20);
	ck_assert_int_eq(s.calls, 4);
	ck_assert_int_eq(nameserver_asked, 2);
}
END_TEST

static struct dns_query	*held[3];
static int		 held_calls;

static void
cancel_the_others(void *arg, const struct dns_answer *a)
{
	(void)arg;
	(void)a;
	held_calls++;
	for (int i = 0; i < 3; i++)
		dns_cancel(&held[i]);
	held[0] = dns_ask(SPAN("four.test"), on_answer, arg);
}

START_TEST(cancel_inside_a_callback)
{
	struct seen	 s = { 0 };
	const char	*name = _i == 0 ? "both.test" : "alpha";

	held_calls = 0;
	ck_assert(dns_init(&base));
	for (int i = 0; i < 3; i++)
		held[i] = dns_ask(span_of(name), cancel_the_others, &s);
	net_until(&s.calls, 1);
	net_spend(20);
	ck_assert_int_eq(held_calls, 1);
	ck_assert_str_eq(s.text, "192.0.2.1");
}
END_TEST

START_TEST(cancelled_look_up_still_fills_the_cache)
{
	struct seen		 s = { 0 };
	struct dns_query	*q;
	struct dns_answer	 a;

	ck_assert(dns_init(&base));
	q = dns_ask(SPAN("both.test"), on_answer, &s);
	dns_cancel(&q);
	net_spend(60);
	ck_assert_int_eq(s.calls, 0);
	ck_assert(dns_cached(SPAN("both.test"), &a));
}
END_TEST

START_TEST(slow_family_is_not_waited_for)
{
	struct dns_answer	 a;
	struct seen		 s;

	ck_assert(dns_init(&base));
	s = look_up("slow6.test");
	ck_assert_str_eq(s.text, "192.0.2.1");
	ck_assert_uint_ge(s.took_ms, 45);
	ck_assert_uint_lt(s.took_ms, 140 * net_slow());
	net_spend(200);
	ck_assert(dns_cached(SPAN("slow6.test"), &a));
	ck_assert_uint_eq(a.n, 2);
}
END_TEST

START_TEST(ipv4_is_worth_some_patience)
{
	struct seen	 s;

	ck_assert(dns_init(&base));
	s = look_up("slow4.test");
	ck_assert_uint_eq(s.n, 2);
}
END_TEST

START_TEST(family_that_never_answers)
{
	struct seen	 s;

	ck_assert(dns_init(&base));
	s = look_up("mute6.test");
	ck_assert_int_eq(s.result, DNS_OK);
	ck_assert_uint_lt(s.took_ms, 200 * net_slow());
	net_spend(1500);		/* until c-ares gives up: the entry stays */
	s = look_up("mute6.test");
	ck_assert(s.cached);
	ck_assert_str_eq(s.text, "192.0.2.1");
}
END_TEST

START_TEST(no_answer_is_a_time_out)
{
	struct seen	 s;

	ck_assert(dns_init(&base));
	s = look_up("mute.test");
	ck_assert_int_eq(s.result, DNS_TIMEOUT);
	ck_assert_uint_ge(s.took_ms, 900);
	ck_assert_uint_lt(s.took_ms, 1500 * net_slow());
	ck_assert_int_ge(nameserver_asked, 4);	/* asked again */
}
END_TEST

/* A server that swallows everything: a bound socket that nobody reads. */
static int
black_hole(char *dst, size_t cap)
{
	struct addr		 a = addr_from_v4(INADDR_LOOPBACK, 0);
	struct sockaddr_storage	 ss;
	socklen_t		 len = addr_to_sock(&a, &ss);
	int			 fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss, len), 0);
	getsockname(fd, (struct sockaddr *)&ss, &len);
	addr_from_sock(&a, (struct sockaddr *)&ss);
	snprintf(dst, cap, "127.0.0.1:%u", a.port);
	return fd;
}

START_TEST(dead_first_server_costs_once)
{
	char		 dead[32];
	int		 fd = black_hole(dead, sizeof dead);
	struct seen	 s;

	servers[0] = dead;
	servers[1] = server;
	ck_assert(dns_init(&base));
	s = look_up("both.test");
	ck_assert_int_eq(s.result, DNS_OK);
	ck_assert_uint_ge(s.took_ms, 290);	/* the retransmission goes to the next server */
	s = look_up("four.test");
	ck_assert_int_eq(s.result, DNS_OK);
	/* which is the first to be asked from now on */
	ck_assert_uint_lt(s.took_ms, 250 * net_slow());
	close(fd);
	servers[1] = NULL;
}
END_TEST

/*
 * Questions that the hole swallowed since the last time; the last one is answered: the name does
 * not exist.
 */
static int
swallowed(int fd)
{
	unsigned char		 p[512], last[512];
	struct sockaddr_storage	 from;
	socklen_t		 len;
	ssize_t			 n, size = 0;
	int			 count = 0;

	while (len = sizeof from,
	    (n = recvfrom(fd, p, sizeof p, MSG_DONTWAIT, (struct sockaddr *)&from, &len)) > 12) {
		count++;
		memcpy(last, p, (size_t)(size = n));
	}
	if (count > 0) {
		last[2] |= 0x80;
		last[3] = 0x83;
		ck_assert_int_eq(sendto(fd, last, (size_t)size, 0, (struct sockaddr *)&from, len),
		    size);
	}
	return count;
}

/* Whether a dead server is back is found out with questions that nobody waits for. */
START_TEST(first_server_comes_back)
{
	struct dns_settings	 s = base;
	char			 dead[32], name[32];
	int			 fd = black_hole(dead, sizeof dead), n = 0;
	struct seen		 seen;

	servers[0] = dead;
	servers[1] = server;
	s.probe_ms = 200;
	ck_assert(dns_init(&s));
	look_up("both.test");
	swallowed(fd);
	for (int i = 0; i < 6; i++) {
		usleep(100000);
		snprintf(name, sizeof name, "four.n%d.test", i);
		seen = look_up(name);
		ck_assert_int_eq(seen.result, DNS_OK);
		ck_assert_msg(seen.took_ms < 250 * net_slow(), "%u ms", seen.took_ms);
	}
	n = swallowed(fd);
	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, 6);
	/*
	 * Once its answer is heard it is asked first again, which shows: it is as dumb as before.
	 */
	for (n = 0; n < 20 && seen.took_ms < 290; n++) {
		usleep(100000);
		snprintf(name, sizeof name, "four.m%d.test", n);
		seen = look_up(name);
		swallowed(fd);
	}
	ck_assert_int_lt(n, 20);
	close(fd);
	servers[1] = NULL;
}
END_TEST

START_TEST(refusing_server_is_left_at_once)
{
	char		 dead[32];
	struct seen	 s;

	close(black_hole(dead, sizeof dead));
	servers[0] = dead;
	servers[1] = _i == 0 ? server : NULL;
	ck_assert(dns_init(&base));
	s = look_up("both.test");
	if (_i == 0) {
		ck_assert_int_eq(s.result, DNS_OK);
		ck_assert_uint_lt(s.took_ms, 250 * net_slow());
	} else
		ck_assert_int_ne(s.result, DNS_OK);
	servers[1] = NULL;
}
END_TEST

START_TEST(truncated_answer_is_fetched_over_tcp)
{
	struct seen	 s;

	ck_assert(dns_init(&base));
	s = look_up("big.test");
	ck_assert_int_eq(s.result, DNS_OK);
	ck_assert_uint_eq(s.n, 30);
}
END_TEST

START_TEST(cache_is_bounded)
{
	struct dns_answer	 a;
	char			 name[32];

	ck_assert(dns_init(&base));
	for (int i = 0; i < 130; i++) {
		snprintf(name, sizeof name, "n%d.test", i);
		look_up(name);
		ck_assert(dns_cached(SPAN("n0.test"), &a));	/* in use, so it stays */
	}
	ck_assert(!dns_cached(SPAN("n1.test"), &a));
	ck_assert(!dns_cached(SPAN("n30.test"), &a));
	ck_assert(dns_cached(SPAN("n31.test"), &a));
	ck_assert(dns_cached(SPAN("n129.test"), &a));
}
END_TEST

START_TEST(blamed_address_goes_last)
{
	struct dns_answer	 a;
	struct addr		 first;

	ck_assert(dns_init(&base));
	look_up("big.test");
	ck_assert(dns_cached(SPAN("big.test"), &a));
	first = a.addrs[0];
	dns_blame(SPAN("big.test"), &first);
	ck_assert(dns_cached(SPAN("big.test"), &a));
	ck_assert_uint_eq(a.n, 30);
	ck_assert(addr_same_ip(&a.addrs[29], &first));
	dns_blame(SPAN("unknown.test"), &first);
	first = addr_from_v4(1, 0);
	dns_blame(SPAN("big.test"), &first);
}
END_TEST

START_TEST(names_of_addresses)
{
	struct seen	 s = { 0 };
	struct addr	 a = addr_from_v4(0xc0000263, 0), b;

	ck_assert(dns_init(&base));
	dns_ask_name(&a, on_answer, &s);
	net_until(&s.calls, 1);
	ck_assert_str_eq(s.text, "host.example");
	dns_ask_name(&a, on_answer, &s);
	net_until(&s.calls, 2);
	ck_assert(s.cached);
	ck_assert_int_eq(nameserver_asked, 1);
	ck_assert(addr_parse(&b, SPAN("2001:db8::99")));
	dns_ask_name(&b, on_answer, &s);
	net_until(&s.calls, 3);
	ck_assert_str_eq(s.text, "host.example");
	a = addr_from_v4(0xc0000207, 0);
	dns_ask_name(&a, on_answer, &s);
	net_until(&s.calls, 4);
	ck_assert_str_eq(s.text, "Alpha");
	ck_assert_int_eq(nameserver_asked, 2);
}
END_TEST

START_TEST(hosts_file_is_read_again)
{
	struct seen	 s;

	ck_assert(dns_init(&base));
	ck_assert_str_eq(look_up("gamma").text, "192.0.2.9");
	write_hosts("192.0.2.55 gamma\n");
	clock_fake(clock_us() + 6000000, 0);
	s = look_up("gamma");
	ck_assert_str_eq(s.text, "192.0.2.55");
	unlink(hosts_path);
	clock_fake(clock_us() + 6000000, 0);
	ck_assert_ptr_null(dnshosts_find(SPAN("gamma")));
}
END_TEST

START_TEST(search_domains)
{
	struct seen	 s;

	setenv("LOCALDOMAIN", "none.invalid sub.test", 1);
	base.defnames = _i == 0;
	ck_assert(dns_init(&base));
	s = look_up("printer");
	ck_assert_int_eq(s.result, DNS_OK);
	/*
	 * The first label is "printer" either way, which the server knows; with the domains it is
	 * asked for under the first.
	 */
	ck_assert_int_eq(nameserver_asked, 2);
	s = look_up("none");
	ck_assert_int_eq(s.result, DNS_NO_NAME);
	ck_assert_int_eq(nameserver_asked, _i == 0 ? 8 : 4);
}
END_TEST

START_TEST(without_ipv6_only_a_is_asked)
{
	struct seen	 s;

	base.v6 = false;
	ck_assert(dns_init(&base));
	s = look_up("both.test");
	ck_assert_str_eq(s.text, "192.0.2.1");
	ck_assert_int_eq(nameserver_asked, 1);
	ck_assert_str_eq(look_up("alpha").text, "192.0.2.7");
	ck_assert_str_eq(look_up("localhost").text, "127.0.0.1");
}
END_TEST

static unsigned
distinct_ports(void)
{
	unsigned	 n = 0;

	for (int i = 0, j; i < nameserver_asked; i++) {
		for (j = 0; j < i && nameserver_from[j] != nameserver_from[i]; j++)
			;
		n += j == i;
	}
	return n;
}

/*
 * One question after the other, while another is under way all the time: no two ports are the same
 * but by chance.
 */
START_TEST(each_question_has_a_port_of_its_own)
{
	struct seen	 mute = { 0 };
	char		 name[32];

	base.v6 = false;
	base.retry_ms = base.timeout_ms = 10000;
	ck_assert(dns_init(&base));
	ck_assert_ptr_nonnull(dns_ask(SPAN("mute.test"), on_answer, &mute));
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "four.n%d.test", i);
		ck_assert_int_eq(look_up(name).result, DNS_OK);
	}
	ck_assert_int_eq(nameserver_asked, 41);
	ck_assert_uint_ge(distinct_ports(), 38);
	ck_assert_int_eq(mute.calls, 0);
}
END_TEST

/*
 * As many at once as there are channels, and many more: none is lost, and they do not come from one
 * port.
 */
START_TEST(many_questions_share_ports)
{
	static struct seen	 s[100];
	char			 name[32];

	memset(s, 0, sizeof s);
	base.entries = 1000;
	ck_assert(dns_init(&base));
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100; i++) {
			snprintf(name, sizeof name, "both.r%dn%d.test", round, i);
			ck_assert_ptr_nonnull(dns_ask(span_of(name), on_answer, &s[i]));
		}
		for (int i = 0; i < 100; i++) {
			net_until(&s[i].calls, round + 1);
			ck_assert_int_eq(s[i].result, DNS_OK);
			ck_assert_uint_eq(s[i].n, 2);
		}
		ck_assert_uint_ge(distinct_ports(), 24);
		if (round == 0)
			ck_assert_int_ge(nameserver_asked, 200);
		nameserver_asked = 0;
	}
}
END_TEST

START_TEST(free_while_asking)
{
	struct seen	 s = { 0 };

	ck_assert(dns_init(&base));
	dns_ask(SPAN("mute.test"), on_answer, &s);
	dns_ask(SPAN("both.test"), on_answer, &s);
	dns_ask(SPAN("alpha"), on_answer, &s);
	dns_free();
	net_spend(20);
	ck_assert_int_eq(s.calls, 0);
	ck_assert_int_eq(look_up("both.test").result, DNS_FAILED);
}
END_TEST

Suite *
dns_suite(void)
{
	Suite	*s = suite_create("dns");
	TCase	*t = tcase_create("dns");

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 20);
	tcase_add_loop_test(t, answers_are_as_the_server_says, 0,
	    (int)(sizeof answers / sizeof answers[0]));
	tcase_add_loop_test(t, names_that_cannot_exist_are_not_asked_for, 0, 9);
	tcase_add_test(t, second_time_comes_from_the_cache);
	tcase_add_test(t, ttl_is_honoured);
	tcase_add_test(t, concurrent_look_ups_are_one);
	tcase_add_loop_test(t, cancel_inside_a_callback, 0, 2);
	tcase_add_test(t, cancelled_look_up_still_fills_the_cache);
	tcase_add_test(t, slow_family_is_not_waited_for);
	tcase_add_test(t, ipv4_is_worth_some_patience);
	tcase_add_test(t, family_that_never_answers);
	tcase_add_test(t, no_answer_is_a_time_out);
	tcase_add_test(t, dead_first_server_costs_once);
	tcase_add_test(t, first_server_comes_back);
	tcase_add_loop_test(t, refusing_server_is_left_at_once, 0, 2);
	tcase_add_test(t, truncated_answer_is_fetched_over_tcp);
	tcase_add_test(t, cache_is_bounded);
	tcase_add_test(t, blamed_address_goes_last);
	tcase_add_test(t, names_of_addresses);
	tcase_add_test(t, hosts_file_is_read_again);
	tcase_add_loop_test(t, search_domains, 0, 2);
	tcase_add_test(t, without_ipv6_only_a_is_asked);
	tcase_add_test(t, each_question_has_a_port_of_its_own);
	tcase_add_test(t, many_questions_share_ports);
	tcase_add_test(t, free_while_asking);
	suite_add_tcase(s, t);
	return s;
}
