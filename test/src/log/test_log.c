/* SPDX-License-Identifier: Apache-2.0 */
/* The log step: which places get a line, `none`, log_access, full rings (waiting, dropping, no line twice), tunnels, cut lines. */
#include "log/log.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl/rules.h"
#include "base/clock.h"
#include "base/msg.h"
#include "core/format.h"
#include "core/settings.h"
#include "core/shared.h"
#include "log/logdest.h"
#include "net/loop.h"
#include "shm/ring.h"

static struct settings	 s;
static struct txn	 t;
static struct log_place	 places[4];
static struct logformat	*format;
static uint64_t		 at;
static char		 all[1 << 20];

static void
setup(void)
{
	struct diag	 d;

	setenv("TZ", "UTC", 1);
	msg_fd(open("/dev/null", O_WRONLY));
	clock_fake(5000000, 1700000000000000);
	memset(&s, 0, sizeof s);
	memset(&t, 0, sizeof t);
	memset(places, 0, sizeof places);
	diag_init(&d);
	format = format_compile("t", SPAN("%ru"), (struct diag_place){ 0 }, &d);
	diag_free(&d);
	for (unsigned i = 0; i < 4; i++)
		places[i] = (struct log_place){ .kind = LOG_FILE, .path = "x", .format = format, .access = true, .dest = i };
	s.logs = places;
	s.n_logs = 1;
	t.tag = TXN_TAG;
	t.s = &s;
	t.f.number = 1;
	t.f.started = 1699999999000000;
	t.f.url = SPAN("http://a/");
	t.f.user = SPAN("alice");
	shared.ring = ring_anonymous(RING_SIZE_MIN);
	shared.logger_wake = -1;
	at = ring_tail(shared.ring);
	loop_init();
	log_start(&s);
}

static void
teardown(void)
{
	log_cancel(&t);
	format_free(&format);
	ring_close(&shared.ring);
	loop_free();
}

/* What is new in the ring: "dest:bytes" each (per-user: with the file name), freed. */
static const char *
records(void)
{
	uint16_t	 dest, kind;
	const void	*p;
	size_t		 n, used = 0;

	all[0] = '\0';
	while (ring_next(shared.ring, &at, &dest, &kind, &p, &n)) {
		const char	*bytes = p;

		if (kind == LOGREC_USER)
			used += (size_t)sprintf(all + used, "%u:[%.*s]%.*s", dest, bytes[0], bytes + 1, (int)n - 1 - bytes[0], bytes + 1 + bytes[0]);
		else
			used += (size_t)sprintf(all + used, "%u:%.*s", dest, (int)n, bytes);
	}
	ring_free_to(shared.ring, at);
	return all;
}

static void
fill(void)
{
	static char	 big[RING_RECORD_MAX];

	while (ring_put(shared.ring, 9, LOGREC_LINE, big, 60000))
		;
}

START_TEST(places_get_lines)
{
	s.n_logs = 3;
	places[1].kind = LOG_PER_USER;
	places[2].access = false;
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_str_eq(records(), "0:http://a/\n1:[alice.2023-11-14]http://a/\n");
	ck_assert_uint_eq(t.f.ended, 1700000000000000);
	ck_assert_uint_eq(t.f.duration, 1000000);
	t.f.user = SPAN_NONE;
	t.f.indirect = addr_from_v4(0x0a000007, 0);
	t.f.client = addr_from_v4(0x7f000001, 5);
	s.log_uses_indirect_client = true;
	log_request(&t);
	ck_assert_str_eq(records(), "0:http://a/\n1:[10.0.0.7.2023-11-14]http://a/\n");
	places[0].kind = LOG_NONE;
	log_request(&t);
	ck_assert_str_eq(records(), "");
	s.n_logs = 0;
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
}
END_TEST

START_TEST(log_access_rules)
{
	struct acl_set	*set = acl_set_new();
	struct rules	*r = rules_new("log_access", true, true);
	struct acl_word	 w = { SPAN("all"), { "f", 1, 1 } };
	struct diag	 d;

	diag_init(&d);
	ck_assert(rules_add(r, set, false, &w, 1, w.at, &d));
	s.log_access = r;
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_str_eq(records(), "");
	rules_free(&r);
	acl_set_free(&set);
	diag_free(&d);
}
END_TEST

static unsigned	 woken;

static void
wake(struct txn *which)
{
	woken++;
	ck_assert_ptr_eq(which, &t);
	log_request(which);
}

/* Each place once, although the ring was full between two of them. */
START_TEST(full_ring_waits)
{
	static char	 big[30000];

	txn_wake = wake;
	woken = 0;
	s.n_logs = 2;
	fill();
	while (ring_room(shared.ring) >= RING_RECORD_MAX)
		ck_assert(ring_put(shared.ring, 9, LOGREC_LINE, big, sizeof big));
	ck_assert_int_eq(log_request(&t), STEP_WAIT);
	clock_fake(5100000, 1700000000100000);
	loop_round(0);
	ck_assert_uint_eq(woken, 0);
	records();
	for (uint64_t us = 5200000; woken == 0 && us < 6000000; us += 10000) {
		clock_fake(us, 1700000000100000);
		loop_round(0);
	}
	ck_assert_uint_eq(woken, 1);
	ck_assert_str_eq(records(), "0:http://a/\n1:http://a/\n");
	ck_assert_uint_eq(t.f.ended, 1700000000000000);	/* not when it could be logged */
	loop_round(0);
	ck_assert_uint_eq(woken, 1);
}
END_TEST

START_TEST(between_places)
{
	static char	 big[RING_RECORD_MAX];
	size_t		 cost = ring_cost(10);

	s.n_logs = 2;		/* room for the first only */
	while (ring_room(shared.ring) >= 2 * RING_RECORD_MAX)
		ck_assert(ring_put(shared.ring, 9, LOGREC_LINE, big, 1000));
	while (ring_room(shared.ring) - cost >= RING_RECORD_MAX)
		ck_assert(ring_put(shared.ring, 9, LOGREC_LINE, big, 8));
	ck_assert_int_eq(log_request(&t), STEP_WAIT);
	records();
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_str_eq(records(), "1:http://a/\n");
}
END_TEST

START_TEST(dropping)
{
	s.n_logs = 1;
	places[0].drop = true;
	fill();
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_uint_eq(log_dropped(), 1);
}
END_TEST

START_TEST(tunnels)
{
	t.f.interim = 1;
	ck_assert(log_tunnel(&t));
	ck_assert_uint_eq(t.f.ended, 0);
	ck_assert_str_eq(records(), "0:http://a/\n");
	fill();
	t.f.interim = 2;
	ck_assert(!log_tunnel(&t));
	records();
	ck_assert(log_tunnel(&t));
	ck_assert_str_eq(records(), "0:http://a/\n");
	t.f.interim = 0;
	ck_assert(log_tunnel(&t));
	ck_assert_uint_eq(t.f.ended, 1700000000000000);
	ck_assert_str_eq(records(), "0:http://a/\n");
}
END_TEST

START_TEST(absurd_lines)
{
	static char	 url[60000];
	struct diag	 d;

	format_free(&format);
	diag_init(&d);
	format = format_compile("t", SPAN("%#ru %#ru %#ru %#ru end"), (struct diag_place){ 0 }, &d);
	diag_free(&d);
	places[0].format = format;
	memset(url, '<', sizeof url);
	t.f.url = span_at(url, sizeof url);
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	records();
	ck_assert_uint_eq(strlen(all), 2 + 4 * (256 * 3 + 1) + 4);	/* each cut to 256 bytes */
	ck_assert_ptr_eq(strchr(all, '\n'), all + strlen(all) - 1);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("log");
	TCase	*c = tcase_create("log");
	SRunner	*r;
	int	 failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, places_get_lines);
	tcase_add_test(c, log_access_rules);
	tcase_add_test(c, full_ring_waits);
	tcase_add_test(c, between_places);
	tcase_add_test(c, dropping);
	tcase_add_test(c, tunnels);
	tcase_add_test(c, absurd_lines);
	suite_add_tcase(suite, c);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
