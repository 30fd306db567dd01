/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PAC file: what is refused, and what its script answers in pacparser (its library is opened if
 * it is there).
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/pac.h"
#include "base/must.h"
#include "test_admin.h"

enum { WORDS = 16 };

static struct arena	 arena;
static struct diag	 diag;

static size_t
split(const char *line, struct acl_word w[WORDS])
{
	struct span	 rest = span_of(line), item;
	size_t		 n = 0;

	for (; line[0] != '\0' && span_cut(&rest, ' ', &item); n++)
		w[n] = (struct acl_word){ .text = item,
		    .at = { "sepia.conf", 9, (uint32_t)n + 1 } };
	return n;
}

static struct span
build(const char *proxies, const char *direct, const char *failover)
{
	static struct acl_word	 p[WORDS], d[WORDS];
	struct pac_input	 in = { .proxies = p, .direct = d,
	    .failover = { .text = span_of(failover) } };

	in.n_proxies = split(proxies, p);
	in.n_direct = split(direct, d);
	in.fallback = SPAN("own.example:3128");
	return pac_build(&in, &arena, &diag);
}

static void
begin(void)
{
	arena_init(&arena, 64 << 20);
	diag_init(&diag);
}

static void
end(void)
{
	arena_reset(&arena);
	diag_free(&diag);
}

START_TEST(mistakes)
{
	static const struct { const char *proxies, *direct, *failover; } bad[] = {
		{ "proxy", "", "" }, { "proxy:0", "", "" }, { "proxy:99999", "", "" },
		{ "PROXY", "", "" }, { "gopher://p:1", "", "" },
		{ "a\"b:1", "", "" }, { "p:1;", "", "" }, { "user:pw@p:1", "", "" },
		{ "p:1", "10.0.0.0/33", "" }, { "p:1", "10.0.0.0/255.0.255.0", "" },
		{ "p:1", "fd00::/129", "" }, { "p:1", "fd00::/255.0.0.0", "" },
		{ "p:1", "exa\"mple.com", "" }, { "p:1", "</script>", "" }, { "p:1", "..x", "" },
		{ "p:1", "host/8", "" }, { "p:1", "", "maybe" },
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		begin();
		ck_assert_msg(build(bad[i].proxies, bad[i].direct, bad[i].failover).p == NULL,
		    "%s|%s|%s", bad[i].proxies, bad[i].direct, bad[i].failover);
		ck_assert_uint_ge(diag.errors, 1);
		end();
	}
}
END_TEST

START_TEST(places)
{
	begin();
	build("p:1 q", ".ok.example b@d", "");
	ck_assert_uint_eq(diag.errors, 2);
	ck_assert_str_eq(diag.entries[0].file, "sepia.conf");
	ck_assert_uint_eq(diag.entries[0].col, 2);
	ck_assert_uint_eq(diag.entries[1].col, 2);
	end();
}
END_TEST

START_TEST(same_bytes)
{
	struct span	 a, b;

	begin();
	a = build("p:1", ".b.example .a.example a.example 10.0.0.0/8", "direct");
	b = build("p:1", ".a.example .b.example 10.1.2.3/8", "on");
	ck_assert_ptr_nonnull(a.p);
	ck_assert(span_eq(a, b));
	ck_assert_ptr_null(strstr(a.p, "dnsResolve"));
	ck_assert_ptr_null(strstr(a.p, "isInNet"));
	end();
}
END_TEST

/* pacparser's library, if this machine has it. */
static struct {
	int	 (*init)(void);
	int	 (*parse)(const char *);
	char	*(*find)(const char *, const char *);
	void	 (*cleanup)(void);
} js;

static bool
open_js(void)
{
	void	*lib = dlopen("libpacparser.so.1", RTLD_NOW | RTLD_LOCAL);

	if (lib == NULL)
		return false;
	*(void **)&js.init = dlsym(lib, "pacparser_init");
	*(void **)&js.parse = dlsym(lib, "pacparser_parse_pac_string");
	*(void **)&js.find = dlsym(lib, "pacparser_find_proxy");
	*(void **)&js.cleanup = dlsym(lib, "pacparser_cleanup");
	return js.init != NULL && js.parse != NULL && js.find != NULL && js.cleanup != NULL;
}

/* The old JavaScript engine in that library leaks; ours must not. */
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libpacparser";
}

#define DIRECT_LIST ".example.com only.example.net *.below.example.org constructor.example 10.0.0.0/8 192.168.7.9 172.16.0.0/255.240.0.0 fd00::/8 " \
	"2001:db8:1:2::/63 2001:db8::5 xn--bcher-kva.example"

static const struct {
	const char	*proxies, *direct, *failover, *host, *answer;
} finds[] = {
	{ "p.example:3128", "", "", "www.example.org", "PROXY p.example:3128" },
	{ "", "", "", "www.example.org", "PROXY own.example:3128" },
	{ "p:1 q:2", "", "direct", "www.example.org", "PROXY p:1; PROXY q:2; DIRECT" },
	{ "HTTPS p:443 SOCKS5 [2001:db8::1]:1080 http://q:3128/ DIRECT", "", "none",
	    "www.example.org", "HTTPS p:443; SOCKS5 [2001:db8::1]:1080; PROXY q:3128; DIRECT" },
	{ "p:1", "", "", "localhost", "DIRECT" }, { "p:1", "", "", "intranet", "DIRECT" },
	{ "p:1", "", "", "a.localhost", "DIRECT" }, { "p:1", "", "", "127.8.9.1", "DIRECT" },
	{ "p:1", "", "", "::1", "DIRECT" }, { "p:1", "", "", "[::1]", "DIRECT" },
	{ "p:1", "", "", "127.example.com", "PROXY p:1" },
	{ "p:1", "", "", "10.1.2.3", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "example.com", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "EXAMPLE.com.", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "a.b.example.com", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "badexample.com", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "example.com.evil.test", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "only.example.net", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "x.only.example.net", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "below.example.org", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "x.below.example.org", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "constructor.example", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "x.constructor", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "x.toString", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "10.255.0.1", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "11.0.0.1", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "10.1.2.3.example.net", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "10.1.2.300", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "192.168.7.9", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "192.168.7.8", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "172.31.255.255", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "172.32.0.0", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "fd12::1", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "[FDFF:1:2:3:4:5:6:7]", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "fc00::1", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "2001:db8:1:3::9", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "2001:db8:1:4::9", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "2001:db8::5", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "2001:db8::0.0.0.5", "DIRECT" },
	{ "p:1", DIRECT_LIST, "", "2001:db8::6", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "fd00:::", "PROXY p:1" },
	{ "p:1", DIRECT_LIST, "", "fd00:1", "PROXY p:1" },
	{ "p:1", "0.0.0.0/0", "", "200.1.2.3", "DIRECT" },
	{ "p:1", "0.0.0.0/0", "", "a.example", "PROXY p:1" },
	{ "p:1", "::/0", "", "2001::1", "DIRECT" },
	{ "p:1", "b\xc3\xbc" "cher.example", "", "xn--bcher-kva.example", "DIRECT" },
};

START_TEST(finding)
{
	char		 url[256];
	const char	*got;
	struct span	 text;

	if (!open_js())
		return;
	begin();
	text = build(finds[_i].proxies, finds[_i].direct, finds[_i].failover);
	ck_assert_ptr_nonnull(text.p);
	ck_assert_int_eq(js.init(), 1);
	ck_assert_int_eq(js.parse(text.p), 1);
	snprintf(url, sizeof url, "http://%s/", finds[_i].host);
	got = js.find(url, finds[_i].host);
	ck_assert_ptr_nonnull(got);
	ck_assert_msg(strcmp(got, finds[_i].answer) == 0, "%s: %s, not %s", finds[_i].host, got,
	    finds[_i].answer);
	js.cleanup();
	end();
}
END_TEST

/*
 * A machine whose name is no host name: a warning and no file, not a configuration that is refused.
 */
START_TEST(odd_fallback)
{
	struct pac_input	 in = { .fallback = SPAN("my machine:3128") };

	begin();
	ck_assert_ptr_null(pac_build(&in, &arena, &diag).p);
	ck_assert_uint_eq(diag.errors, 0);
	ck_assert_uint_eq(diag.warnings, 1);
	in.fallback = SPAN_NONE;
	ck_assert_ptr_null(pac_build(&in, &arena, &diag).p);
	ck_assert_uint_eq(diag.n, 1);
	end();
}
END_TEST

TCase *
test_pac(void)
{
	TCase	*c = tcase_create("pac");

	tcase_add_test(c, mistakes);
	tcase_add_test(c, places);
	tcase_add_test(c, same_bytes);
	tcase_add_test(c, odd_fallback);
	tcase_add_loop_test(c, finding, 0, (int)COUNT_OF(finds));
	return c;
}
