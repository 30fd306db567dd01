/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log step: which places get a line, `none`, log_access, full rings (waiting before and after
 * the answer, dropping, no line twice), tunnels, cut lines.
 */
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
static uint64_t		 at, now_us;
static char		 all[1 << 20];

static void
setup(void)
{
	struct diag	 d;

	setenv("TZ", "UTC", 1);
	msg_fd(open("/dev/null", O_WRONLY));
	now_us = 5000000;
	clock_fake(now_us, 1700000000000000);
	memset(&s, 0, sizeof s);
	memset(&t, 0, sizeof t);
	memset(places, 0, sizeof places);
	diag_init(&d);
	format = format_compile("t", SPAN("%ru"), (struct diag_place){ 0 }, &d);
	diag_free(&d);
	for (unsigned i = 0; i < 4; i++)
		places[i] = (struct log_place){ .kind = LOG_FILE, .path = "x", .format = format,
		    .access = true, .dest = i };
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
			used += (size_t)sprintf(all + used, "%u:[%.*s]%.*s", dest, bytes[0],
			    bytes + 1, (int)n - 1 - bytes[0], bytes + 1 + bytes[0]);
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

/* Lets the loop turn for so long. */
static void
pass(unsigned ms)
{
	for (uint64_t end = now_us + ms * 1000; now_us < end;) {
		now_us += 4000;
		clock_fake(now_us, 1700000000000000 + now_us - 5000000);
		loop_round(0);
	}
}

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
	pass(100);
	ck_assert_uint_eq(woken, 0);
	ck_assert_uint_eq(log_waiting(), 1);
	records();
	pass(40);
	ck_assert_uint_eq(woken, 1);
	ck_assert_uint_eq(log_waiting(), 0);
	ck_assert_str_eq(records(), "0:http://a/\n1:http://a/\n");
	ck_assert_uint_eq(t.f.ended, 1700000000000000);	/* not when it could be logged */
	pass(40);
	ck_assert_uint_eq(woken, 1);
}
END_TEST

/* What a crash at this moment would leave in the log. */
static const char *
after_a_crash(void)
{
	ring_settle(shared.ring);
	return records();
}

START_TEST(ahead_is_hidden)
{
	s.n_logs = 2;
	ck_assert(log_ahead(&t));
	ck_assert_str_eq(records(), "");
	log_forget(&t);
	ck_assert_uint_eq(t.f.ended, 0);
	ck_assert_str_eq(after_a_crash(), "");
	ck_assert(log_ahead(&t));
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_str_eq(records(), "0:http://a/\n1:http://a/\n");
	ck_assert(log_ahead(&t));
	ck_assert_str_eq(after_a_crash(), "0:http://a/\n1:http://a/\n");
}
END_TEST

static void
wake_ahead(struct txn *which)
{
	woken++;
	ck_assert(log_ahead(which));
}

/* Without room the answer must not go out; with it, all lines are there before it does. */
START_TEST(ahead_waits)
{
	txn_wake = wake_ahead;
	woken = 0;
	s.n_logs = 2;
	fill();
	ck_assert(!log_ahead(&t));
	ck_assert(!log_ahead(&t));	/* an event of the client's */
	ck_assert_uint_eq(log_waiting(), 1);
	ck_assert_uint_eq(t.f.ended, 0);
	pass(100);
	ck_assert_uint_eq(woken, 0);
	after_a_crash();
	ck_assert_ptr_eq(strstr(all, "http://a/"), NULL);
	pass(40);
	ck_assert_uint_eq(woken, 1);
	ck_assert_uint_eq(log_waiting(), 0);
	ck_assert_uint_gt(t.f.ended, 1700000000100000);
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_str_eq(records(), "0:http://a/\n1:http://a/\n");
}
END_TEST

/* The client went away meanwhile: the same wait goes on, for the record of that. */
START_TEST(ahead_then_aborted)
{
	txn_wake = wake;
	woken = 0;
	fill();
	ck_assert(!log_ahead(&t));
	log_forget(&t);
	ck_assert_int_eq(log_request(&t), STEP_WAIT);
	ck_assert_uint_eq(log_waiting(), 1);
	records();
	log_hurry();
	pass(8);
	ck_assert_uint_eq(woken, 1);
	ck_assert_uint_eq(log_waiting(), 0);
	ck_assert_str_eq(records(), "0:http://a/\n");
}
END_TEST

/* A place that may drop loses its line only when the answer really goes without it. */
START_TEST(ahead_dropping)
{
	uint64_t	 before = log_dropped();

	txn_wake = wake_ahead;
	s.n_logs = 2;
	places[0].drop = true;
	fill();
	ck_assert(!log_ahead(&t));
	ck_assert_uint_eq(log_dropped(), before);
	records();
	pass(40);
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_uint_eq(log_dropped(), before);
	ck_assert_str_eq(records(), "0:http://a/\n1:http://a/\n");
	places[1].drop = true;
	fill();
	ck_assert(log_ahead(&t));
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_uint_eq(log_dropped(), before + 2);
	ck_assert_uint_eq(log_waiting(), 0);
}
END_TEST

/* Lines that would never fit all at once are cut rather than waited for without end. */
START_TEST(ahead_never_fits)
{
	static char		 url[8000];
	static struct log_place	 many[6];
	struct diag		 d;

	format_free(&format);
	diag_init(&d);
	format = format_compile("t", SPAN("%#ru %#ru"), (struct diag_place){ 0 }, &d);
	diag_free(&d);
	memset(url, '<', sizeof url);
	t.f.url = span_at(url, sizeof url);
	for (unsigned i = 0; i < 6; i++) {
		many[i] = places[0];
		many[i].format = format;
	}
	s.logs = many;
	s.n_logs = 5;
	ck_assert(log_ahead(&t));
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_uint_eq(strlen(records()), 5 * (2 + 2 * 8000 * 3 + 1 + 1));
	s.n_logs = 6;
	ck_assert(log_ahead(&t));
	ck_assert_uint_eq(log_waiting(), 0);
	ck_assert_int_eq(log_request(&t), STEP_NEXT);
	ck_assert_uint_eq(strlen(records()), 6 * (2 + 2 * 256 * 3 + 1 + 1));
}
END_TEST

enum { CROWD = 1000 };

static struct txn	 crowd[CROWD];

static void
wake_one(struct txn *which)
{
	woken++;
	ck_assert_int_eq(log_request(which), STEP_NEXT);
}

/* In their order, some at a time, each once. */
START_TEST(a_crowd_waits)
{
	static char	 urls[CROWD][8], expect[CROWD * 8];
	size_t		 n = 0;

	txn_wake = wake_one;
	woken = 0;
	fill();
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = t;
		crowd[i].f.url = span_at(urls[i], (size_t)sprintf(urls[i], "%d", i));
		n += (size_t)sprintf(expect + n, "0:%d\n", i);
		ck_assert_int_eq(log_request(&crowd[i]), STEP_WAIT);
	}
	ck_assert_uint_eq(log_waiting(), CROWD);
	records();
	pass(24);
	ck_assert_uint_gt(woken, 0);
	ck_assert_uint_lt(woken, CROWD);
	pass(100);
	ck_assert_uint_eq(woken, CROWD);
	ck_assert_uint_eq(log_waiting(), 0);
	ck_assert_str_eq(records(), expect);
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

static void
no_room_for_it(struct logwait *w)
{
	(void)w;
	ck_abort_msg("nothing waits");
}

START_TEST(tunnels)
{
	struct logwait	 w = { .room = no_room_for_it };

	t.f.interim = 1;
	ck_assert(log_tunnel(&t, &w));
	ck_assert_uint_eq(t.f.ended, 0);
	ck_assert_str_eq(records(), "0:http://a/\n");
	t.f.interim = 0;
	ck_assert(log_tunnel(&t, &w));
	ck_assert_uint_eq(t.f.ended, 1700000000000000);
	ck_assert_str_eq(records(), "0:http://a/\n");
	pass(40);
}
END_TEST

static void
room_for_it(struct logwait *w)
{
	woken++;
	ck_assert(log_tunnel(&t, w));
	ck_assert(!logwait_is_set(w));
}

/*
 * An interim record is asked for again until it is there; the final one takes the place of one that
 * still waits.
 */
START_TEST(tunnels_wait)
{
	struct logwait	 w = { .room = room_for_it };

	woken = 0;
	fill();
	t.f.interim = 1;
	ck_assert(!log_tunnel(&t, &w));
	ck_assert_uint_eq(t.f.ended, 0);
	pass(100);
	ck_assert_uint_eq(woken, 0);
	records();
	pass(40);
	ck_assert_uint_eq(woken, 1);
	ck_assert_str_eq(records(), "0:http://a/\n");
	fill();
	t.f.interim = 2;
	ck_assert(!log_tunnel(&t, &w));
	t.f.interim = 0;
	ck_assert(!log_tunnel(&t, &w));
	ck_assert_uint_eq(log_waiting(), 1);
	records();
	pass(40);
	ck_assert_uint_eq(woken, 2);
	ck_assert_str_eq(records(), "0:http://a/\n");
	ck_assert_uint_eq(log_waiting(), 0);
}
END_TEST

/* The place that has its line of an interim record gets the final one too. */
START_TEST(tunnels_between_places)
{
	static char	 big[RING_RECORD_MAX];
	struct logwait	 w = { .room = room_for_it };

	s.n_logs = 2;
	while (ring_room(shared.ring) >= 2 * RING_RECORD_MAX)
		ck_assert(ring_put(shared.ring, 9, LOGREC_LINE, big, 1000));
	while (ring_room(shared.ring) - ring_cost(10) >= RING_RECORD_MAX)
		ck_assert(ring_put(shared.ring, 9, LOGREC_LINE, big, 8));
	t.f.interim = 1;
	ck_assert(!log_tunnel(&t, &w));
	ck_assert_uint_eq(w.place, 1);
	records();
	t.f.interim = 0;
	ck_assert(log_tunnel(&t, &w));
	ck_assert_str_eq(records(), "0:http://a/\n1:http://a/\n");
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
	tcase_add_test(c, ahead_is_hidden);
	tcase_add_test(c, ahead_waits);
	tcase_add_test(c, ahead_then_aborted);
	tcase_add_test(c, ahead_dropping);
	tcase_add_test(c, ahead_never_fits);
	tcase_add_test(c, a_crowd_waits);
	tcase_add_test(c, between_places);
	tcase_add_test(c, dropping);
	tcase_add_test(c, tunnels);
	tcase_add_test(c, tunnels_wait);
	tcase_add_test(c, tunnels_between_places);
	tcase_add_test(c, absurd_lines);
	suite_add_tcase(suite, c);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
