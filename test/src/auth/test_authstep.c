/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The auth step with a made-up request, a real loop, real hashing threads and small helper
 * programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "auth/auth.h"
#include "auth/htpasswd.h"
#include "base/clock.h"
#include "base/hash.h"
#include "core/settings.h"
#include "core/shared.h"
#include "net/loop.h"
#include "shm/credcache.h"
#include "test_auth.h"

#define BCRYPT	"$2y$05$Z.YarwpaT9dIpRqgjtF.C.p9pBZG5o6pf4BYX7W9jNwlvrUSEMk0y"
#define GOOD	"Basic YW5uYTpjb3JyZWN0IGhvcnNl"	/* anna:correct horse */
#define WRONG	"Basic YW5uYTp3cm9uZw=="		/* anna:wrong */
#define NOBODY	"Basic bm9ib2R5OmNvcnJlY3QgaG9yc2U="	/* nobody:correct horse */

enum { MOST = 600 };

static struct settings	 s;
static struct txn	*txns[MOST];
static char		*heads[MOST];
static unsigned		 woken;
static void		*cache;
static const char	*program[] = { "/bin/sh", "-c", NULL, NULL };

static void
count_wake(struct txn *t)
{
	(void)t;
	woken++;
}

static struct txn *
request(unsigned i, const char *credentials)
{
	static const struct head_limits	 lim = { 65536, 8192, 100 };
	struct txn			*t = txn_new(&s);

	if (asprintf(&heads[i], "GET http://x/ HTTP/1.1\r\nHost: x\r\n%s%s%s\r\n",
	    credentials == NULL ? "" : "Proxy-Authorization: ",
	    credentials == NULL ? "" : credentials, credentials == NULL ? "" : "\r\n") < 0)
		abort();
	ck_assert_int_eq(head_parse_request(&t->req, heads[i], strlen(heads[i]), 0, &lim,
	    &t->arena), HEAD_DONE);
	t->after_auth = STEP_ACCESS;
	txns[i] = t;
	return t;
}

static void
drop(unsigned i)
{
	auth_cancel(txns[i]);
	txn_free(&txns[i]);
	free(heads[i]);
}

/* One request to its verdict. */
static enum auth_state
verdict_of(const char *credentials)
{
	struct txn	*t = request(0, credentials);
	enum step	 next = auth_check(t);
	enum auth_state	 state;

	for (woken = 0; next == STEP_WAIT && woken == 0;)
		loop_round(1000);
	if (next == STEP_WAIT)
		next = auth_check(t);
	ck_assert_int_eq(next, STEP_ACCESS);
	ck_assert_ptr_null(strstr(heads[0], "YW5u"));		/* the bytes are gone */
	ck_assert_ptr_null(head_get(&t->req, FIELD_PROXY_AUTHORIZATION));
	state = t->auth;
	ck_assert_int_eq(state == AUTH_GOOD, t->f.user.n > 0);
	drop(0);
	return state;
}

static void
begin(void)
{
	txn_wake = count_wake;
	loop_init();
	hash_seed();
	clock_tick();
	memset(&s, 0, sizeof s);
	s.txn_memory_max = 1 << 20;
	s.visible_hostname = "proxy.test";
	s.authenticate_ttl_s = 86400;
	s.basic = (struct auth_basic){ .on = true, .realm = "a \"realm\"",
	    .credentials_ttl_s = 7200, .case_sensitive = true,
	    .utf8 = true, .children = 1, .queue = 100 };
	memset(shared.secret, 7, sizeof shared.secret);
	cache = mmap(NULL, credcache_size(64), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	shared.credentials = credcache_make(cache, 64);
}

static void
use_file(const char *text)
{
	struct diag	 d;

	diag_init(&d);
	s.basic.file = "users";
	s.htpasswd = htpasswd_parse("users", span_of(text), (struct diag_place){ "c", 1, 1 }, &d);
	diag_free(&d);
	auth_start(&s);
}

static void
use_program(const char *script)
{
	program[2] = script;
	s.basic.program = program;
	auth_start(&s);
}

static void
end(void)
{
	auth_stop();
	loop_round(0);
	loop_free();
	htpasswd_free(&s.htpasswd);
	munmap(cache, credcache_size(64));
	shared.credentials = NULL;
}

START_TEST(by_file)
{
	begin();
	use_file("anna:" BCRYPT "\n");
	ck_assert_int_eq(verdict_of(NULL), AUTH_MISSING);
	ck_assert_int_eq(verdict_of("Digest x=y"), AUTH_MISSING);
	ck_assert_int_eq(verdict_of("Basic !!!"), AUTH_REFUSED);
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	ck_assert_uint_eq(woken, 1);
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	ck_assert_uint_eq(woken, 0);				/* from the cache */
	ck_assert_int_eq(verdict_of(WRONG), AUTH_REFUSED);
	ck_assert_uint_eq(woken, 1);
	ck_assert_int_eq(verdict_of(WRONG), AUTH_REFUSED);
	ck_assert_uint_eq(woken, 0);				/* remembered for a moment */
	ck_assert_int_eq(verdict_of(NOBODY), AUTH_REFUSED);
	/* takes as long as for one who is known */
	ck_assert_uint_eq(woken, 1);
	end();
}
END_TEST

START_TEST(ends_with_ttl)
{
	begin();
	clock_fake(1000000, 1000000);
	use_file("anna:" BCRYPT "\n");
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	clock_fake(7200 * 1000000ULL, 1000000);
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	ck_assert_uint_eq(woken, 0);
	clock_fake(7202 * 1000000ULL, 1000000);
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	ck_assert_uint_eq(woken, 1);
	end();
}
END_TEST

/*
 * Another generation of workers with another hash for the user: what was remembered is worthless.
 */
START_TEST(changed_line)
{
	begin();
	use_file("anna:" BCRYPT "\n");
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	auth_stop();
	htpasswd_free(&s.htpasswd);
	use_file("anna:{SHA}ZmFsc2VmYWxzZWZhbHNlZmFsc2U=\n");
	ck_assert_int_eq(verdict_of(GOOD), AUTH_REFUSED);
	auth_stop();
	htpasswd_free(&s.htpasswd);
	use_file("bob:" BCRYPT "\nanna:" BCRYPT "\n");
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	ck_assert_uint_eq(woken, 0);
	end();
}
END_TEST

START_TEST(joined)
{
	begin();
	use_file("anna:" BCRYPT "\n");
	for (unsigned i = 0; i < MOST; i++)
		ck_assert_int_eq(auth_check(request(i, i % 2 ? GOOD : WRONG)), STEP_WAIT);
	drop(0);				/* one goes away meanwhile */
	woken = 0;
	while (woken < MOST - 1)
		loop_round(1000);
	for (unsigned i = 1; i < MOST; i++) {
		ck_assert_int_eq(auth_check(txns[i]), STEP_ACCESS);
		ck_assert_int_eq(txns[i]->auth, i % 2 ? AUTH_GOOD : AUTH_REFUSED);
		ck_assert(span_is(i % 2 ? txns[i]->f.user : txns[i]->f.user_claimed, "anna"));
		drop(i);
	}
	end();
}
END_TEST

static void
encode(unsigned n, char dst[40])
{
	/* "anna:NNN" and then base64 of it: 8 bytes, one padding. */
	static const char	 digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char			 raw[16];
	unsigned		 o = 6;

	snprintf(raw, sizeof raw, "anna:%04u", n);
	strcpy(dst, "Basic ");
	for (unsigned i = 0; i < 9; i += 3) {
		unsigned	 v = (unsigned)raw[i] << 16 | (unsigned)raw[i + 1] << 8 |
		    (unsigned)raw[i + 2];

		for (int k = 18; k >= 0; k -= 6)
			dst[o++] = digits[v >> k & 63];
	}
	dst[o] = '\0';
}

/*
 * A flood of different passwords from one address: bounded, and refused as "cannot check", not as
 * wrong.
 */
START_TEST(flood)
{
	unsigned	 waits = 0, broken = 0;
	char		 value[40];

	begin();
	use_file("anna:" BCRYPT "\n");
	for (unsigned i = 0; i < 300; i++) {
		encode(i, value);
		waits += auth_check(request(i, value)) == STEP_WAIT;
		broken += txns[i]->auth == AUTH_BROKEN;
	}
	ck_assert_uint_eq(waits, 128);
	ck_assert_uint_eq(broken, 300 - 128);
	ck_assert(span_starts(txns[299]->auth_message, SPAN("too many")));
	for (unsigned i = 0; i < 300; i++)
		drop(i);
	end();		/* with jobs in the queue */
}
END_TEST

START_TEST(by_helper)
{
	begin();
	use_program("while read -r u p; do case $u.$p in anna.correct%20horse) echo 'OK tag=blue group=staff';; anna.*) echo 'ERR message=\"not you\"';;"
	    " *) echo BH message=down;; esac; done");
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	ck_assert_int_eq(verdict_of(WRONG), AUTH_REFUSED);
	ck_assert_int_eq(verdict_of(NOBODY), AUTH_BROKEN);
	{
		struct txn	*t = request(0, GOOD);

		ck_assert_int_eq(auth_check(t), STEP_ACCESS);	/* with its extras, from memory */
		ck_assert(span_is(t->f.tag, "blue") && span_is(t->f.notes, "group=staff\n") &&
		    span_is(t->f.user, "anna"));
		drop(0);
		t = request(0, WRONG);
		ck_assert_int_eq(auth_check(t), STEP_ACCESS);
		ck_assert(span_is(t->auth_message, "not you") &&
		    span_is(t->f.user_claimed, "anna") && t->f.user.n == 0);
		drop(0);
	}
	end();
}
END_TEST

START_TEST(helper_names)
{
	begin();
	use_program("while read -r u p; do echo OK user=Anna%20S. ttl=5; done");
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	ck_assert(span_is(request(0, GOOD)->f.user, ""));
	ck_assert_int_eq(auth_check(txns[0]), STEP_ACCESS);
	ck_assert(span_is(txns[0]->f.user, "Anna S."));
	drop(0);
	end();
}
END_TEST

START_TEST(helper_dies)
{
	begin();
	use_program("read -r u p; exit 1");
	ck_assert_int_eq(verdict_of(GOOD), AUTH_BROKEN);
	end();
}
END_TEST

START_TEST(odd_requests)
{
	static struct port	 port;
	static struct peer	 peer = { .auth = PEER_AUTH_PASSTHRU };
	struct txn		*t;

	begin();
	use_file("anna:" BCRYPT "\n");
	ck_assert_int_eq(verdict_of(GOOD), AUTH_GOOD);
	/* two fields: neither is believed, both are wiped */
	t = request(0, GOOD "\r\nProxy-Authorization: " GOOD);
	ck_assert_int_eq(auth_check(t), STEP_ACCESS);
	ck_assert_int_eq(t->auth, AUTH_REFUSED);
	ck_assert_ptr_null(strstr(heads[0], "YW5u"));
	drop(0);
	/* a client that does not know of the proxy is not asked */
	port.intercept = true;
	t = request(0, GOOD);
	t->port = &port;
	ck_assert_int_eq(auth_check(t), STEP_ACCESS);
	ck_assert_int_eq(t->auth, AUTH_MISSING);
	drop(0);
	/* in front of a server it is the other field */
	port = (struct port){ .accel = true };
	t = request(0, GOOD);
	t->port = &port;
	ck_assert_int_eq(auth_check(t), STEP_ACCESS);
	ck_assert_int_eq(t->auth, AUTH_MISSING);
	drop(0);
	/* a parent is to get them */
	s.peers = &peer;
	s.n_peers = 1;
	t = request(0, GOOD);
	ck_assert_int_eq(auth_check(t), STEP_ACCESS);
	ck_assert_int_eq(t->auth, AUTH_GOOD);
	ck_assert(span_is(head_value(&t->req, FIELD_PROXY_AUTHORIZATION), GOOD));
	drop(0);
	end();
}
END_TEST

START_TEST(challenges)
{
	struct txn	*t;

	begin();
	use_file("");
	t = request(0, NULL);
	auth_challenge(t);
	ck_assert(span_is(head_value(&t->reply, FIELD_PROXY_AUTHENTICATE),
	    "Basic realm=\"a \\\"realm\\\"\", charset=\"UTF-8\""));
	drop(0);
	s.basic.utf8 = false;
	t = request(0, NULL);
	auth_challenge(t);
	ck_assert(span_is(head_value(&t->reply, FIELD_PROXY_AUTHENTICATE),
	    "Basic realm=\"a \\\"realm\\\"\""));
	drop(0);
	end();
}
END_TEST

TCase *
test_authstep(void)
{
	TCase	*c = tcase_create("step");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, by_file);
	tcase_add_test(c, ends_with_ttl);
	tcase_add_test(c, changed_line);
	tcase_add_test(c, joined);
	tcase_add_test(c, flood);
	tcase_add_test(c, by_helper);
	tcase_add_test(c, helper_names);
	tcase_add_test(c, helper_dies);
	tcase_add_test(c, odd_requests);
	tcase_add_test(c, challenges);
	return c;
}
