/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts from DNS for a transaction: at once, later, never; cancelled; blocking for a made-up
 * request.
 */
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/lookup.h"
#include "made.h"
#include "net/dns.h"
#include "net/loop.h"

static unsigned	 woken;

static void
wake(struct txn *t)
{
	(void)t;
	woken++;
}

/* Names come from a hosts file; the only server is a port where nobody answers. */
static void
start(struct made *m, char *path)
{
	static const char hosts[] = "192.0.2.55 host.test\n192.0.2.56 pc.test\n";
	static const char *const servers[] = { "127.0.0.1:9", NULL };
	int fd = mkstemp(path);
	struct dns_settings dns = { .servers = servers, .hosts_file = path, .timeout_ms = 300,
	    .retry_ms = 100, .positive_ttl_s = 60,
		.negative_ttl_s = 1, .entries = 64, .v6 = true, .port = 9 };

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, hosts, sizeof(hosts) - 1), (ssize_t)sizeof(hosts) - 1);
	close(fd);
	clock_tick();
	loop_init();
	ck_assert(dns_init(&dns));
	txn_wake = wake;
	woken = 0;
	made_start(m);
	acl_set_seal(m->s.acls, &m->d);
}

static void
end(struct made *m, const char *path)
{
	made_end(m);
	dns_free();
	loop_free();
	unlink(path);
}

static void
wait_for(unsigned n)
{
	for (int i = 0; i < 500 && woken < n; i++)
		loop_round(20);
	ck_assert_uint_eq(woken, n);
}

START_TEST(at_once)
{
	char path[] = "/tmp/test_lookup.XXXXXX", text[ADDR_TEXT];
	struct made m;

	start(&m, path);
	made_request(&m, "GET http://192.0.2.9:81/");
	ck_assert(lookup_fetch(m.t, LOOKUP_HOST_ADDRS));
	ck_assert_int_eq(m.t->host_addrs.state, LOOKUP_DONE);
	ck_assert_uint_eq(m.t->host_addrs.n, 1);
	ck_assert_str_eq(addr_print_port(&m.t->host_addrs.addrs[0], text), "192.0.2.9:81");
	made_request(&m, "GET http://host.test:82/");
	ck_assert(lookup_fetch(m.t, LOOKUP_HOST_ADDRS));
	ck_assert_int_eq(m.t->host_addrs.state, LOOKUP_DONE);
	ck_assert_str_eq(addr_print_port(&m.t->host_addrs.addrs[0], text), "192.0.2.55:82");
	ck_assert(lookup_fetch(m.t, LOOKUP_HOST_NAME));		/* it is a name already */
	ck_assert_int_eq(m.t->host_name.state, LOOKUP_FAILED);
	made_request(&m, "GET http://192.0.2.55/ src=192.0.2.56");
	ck_assert(lookup_fetch(m.t, LOOKUP_HOST_NAME));
	ck_assert(span_is(m.t->host_name.name, "host.test"));
	ck_assert(lookup_fetch(m.t, LOOKUP_CLIENT_NAME));
	ck_assert(span_is(m.t->f.client_name, "pc.test"));
	end(&m, path);
}
END_TEST

START_TEST(later)
{
	char path[] = "/tmp/test_lookup.XXXXXX";
	struct made m;

	start(&m, path);
	made_request(&m, "GET http://nobody.example/");
	ck_assert(!lookup_fetch(m.t, LOOKUP_HOST_ADDRS));
	ck_assert(!lookup_fetch(m.t, LOOKUP_HOST_ADDRS));
	ck_assert_int_eq(m.t->host_addrs.state, LOOKUP_WAITING);
	wait_for(1);
	ck_assert(lookup_fetch(m.t, LOOKUP_HOST_ADDRS));
	ck_assert_int_eq(m.t->host_addrs.state, LOOKUP_FAILED);
	end(&m, path);
}
END_TEST

START_TEST(cancelled)
{
	char path[] = "/tmp/test_lookup.XXXXXX";
	struct made m;

	start(&m, path);
	made_request(&m, "GET http://nobody.example/ src=203.0.113.9");
	ck_assert(!lookup_fetch(m.t, LOOKUP_HOST_ADDRS));
	ck_assert(!lookup_fetch(m.t, LOOKUP_CLIENT_NAME));
	lookup_cancel(m.t);
	txn_free(&m.t);
	for (int i = 0; i < 30; i++)
		loop_round(20);
	ck_assert_uint_eq(woken, 0);
	end(&m, path);
}
END_TEST

START_TEST(blocking)
{
	struct made m;

	made_start(&m);
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, "GET http://localhost/");
	m.t->dry = true;
	ck_assert(lookup_fetch(m.t, LOOKUP_HOST_ADDRS));
	ck_assert_int_eq(m.t->host_addrs.state, LOOKUP_DONE);
	ck_assert(addr_is_loopback(&m.t->host_addrs.addrs[0]));
	made_request(&m, "GET http://no-such-name.invalid/");
	m.t->dry = true;
	ck_assert(lookup_fetch(m.t, LOOKUP_HOST_ADDRS));
	ck_assert_int_eq(m.t->host_addrs.state, LOOKUP_FAILED);
	made_end(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lookup");
	TCase *c = tcase_create("lookup");
	SRunner *r;
	int failed;

	tcase_add_test(c, at_once);
	tcase_add_test(c, later);
	tcase_add_test(c, cancelled);
	tcase_add_test(c, blocking);
	tcase_set_timeout(c, 30);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
