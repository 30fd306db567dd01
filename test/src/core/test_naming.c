/* SPDX-License-Identifier: Apache-2.0 */
/* What settings make of hosts, and the counts of connections to peers. */
#include <check.h>
#include <stdlib.h>

#include "base/must.h"
#include "core/naming.h"
#include "core/peerload.h"

static const char	*aliases[] = { "cache.alias", "other", NULL };
static struct port	 ports[] = { { .addr.port = 3128 }, { .addr.port = 80, .accel = true },
    { .addr.port = 81, .intercept = true } };

static struct settings
make(void)
{
	return (struct settings){ .visible_hostname = "Proxy.example",
	    .unique_hostname = "one.example", .hostname_aliases = aliases,
	    .append_domain = ".lan.example", .allow_underscore = true, .ports = ports,
	    .n_ports = COUNT_OF(ports) };
}

static const struct { const char *host, *want; } appended[] = {
	{ "www", "www.lan.example" }, { "WWW", "www.lan.example" },
	{ "localhost", "localhost.lan.example" }, { "www.example", "www.example" },
	{ "10.1.2.3", "10.1.2.3" }, { "[::1]", "::1" }, { "0x7f000001", "127.0.0.1" },
};

START_TEST(append)
{
	struct settings	 s = make();
	struct arena	 a;
	struct target	 g;

	arena_init(&a, 1 << 16);
	ck_assert_int_eq(target_parse_host(&g, span_of(appended[_i].host), 80, &a), TARGET_OK);
	ck_assert_int_eq(naming_complete(&s, &g, &a), TARGET_OK);
	ck_assert_msg(span_is(g.host, appended[_i].want), "%.*s", SPAN_ARG(g.host));
	arena_reset(&a);
}
END_TEST

START_TEST(append_limits)
{
	struct settings	 s = make();
	struct target	 g = { .host = SPAN("www") };
	char		 domain[254];
	struct arena	 a;

	arena_init(&a, 1 << 16);
	memset(domain, 'a', sizeof domain - 1);
	domain[0] = '.';
	domain[251] = '\0';
	s.append_domain = domain;
	ck_assert_int_eq(naming_complete(&s, &g, &a), TARGET_BAD_HOST);
	domain[250] = '\0';
	ck_assert_int_eq(naming_complete(&s, &g, &a), TARGET_OK);
	ck_assert_uint_eq(g.host.n, 253);
	arena_reset(&a);
	g.host = SPAN("www");
	s.append_domain = NULL;
	ck_assert_int_eq(naming_complete(&s, &g, &a), TARGET_OK);
	ck_assert(span_is(g.host, "www"));
}
END_TEST

static const struct { const char *host; uint16_t port; bool want; } selves[] = {
	{ "proxy.example", 3128, true }, { "ONE.example", 3128, true },
	{ "cache.alias", 3128, true }, { "other", 3128, true },
	{ "proxy.example", 3129, false }, { "proxy.example", 80, false },
	{ "proxy.example", 81, false }, { "www.example", 3128, false },
	{ "", 3128, false },
};

START_TEST(self)
{
	struct settings	 s = make();
	struct target	 g = { .host = span_of(selves[_i].host), .port = selves[_i].port };

	ck_assert_int_eq(naming_is_self(&s, &g), selves[_i].want);
	g.is_addr = true;
	ck_assert(!naming_is_self(&s, &g));
}
END_TEST

static const struct { bool check, underscore; const char *host; bool fault; } names[] = {
	{ false, false, "a_b.example", false }, { true, true, "a_b.example", false },
	{ true, false, "a_b.example", true }, { true, false, "a-b.example", false },
};

START_TEST(fault)
{
	struct settings	 s = make();
	struct target	 g = { .host = span_of(names[_i].host) };

	s.check_hostnames = names[_i].check;
	s.allow_underscore = names[_i].underscore;
	ck_assert_int_eq(naming_fault(&s, &g) != NULL, names[_i].fault);
}
END_TEST

START_TEST(load)
{
	struct peer	 one = { .index = 0 }, nine = { .index = 9 };

	ck_assert_uint_eq(peerload_of(&nine), 0);
	peerload_take(NULL);
	peerload_leave(NULL);
	peerload_take(&nine);
	peerload_take(&nine);
	peerload_take(&one);
	ck_assert_uint_eq(peerload_of(&nine), 2);
	peerload_leave(&nine);
	ck_assert_uint_eq(peerload_of(&nine), 1);
	ck_assert_uint_eq(peerload_of(&one), 1);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("naming");
	TCase	*tc = tcase_create("naming");
	SRunner	*runner;
	int	 failed;

	tcase_add_loop_test(tc, append, 0, COUNT_OF(appended));
	tcase_add_test(tc, append_limits);
	tcase_add_loop_test(tc, self, 0, COUNT_OF(selves));
	tcase_add_loop_test(tc, fault, 0, COUNT_OF(names));
	tcase_add_test(tc, load);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
