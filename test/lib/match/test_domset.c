/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domain sets: a table of meanings, mistakes, files of lines, and random sets against a naive list.
 */
#include "test_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "match/domset.h"

static struct domset *
set_of(const char *const *entries, size_t n)
{
	struct domset	*s = domset_new();
	const char	*why;

	for (size_t i = 0; i < n; i++)
		ck_assert_msg(domset_add(s, span_of(entries[i]), (uint32_t)i, &why), "%s: %s",
		    entries[i], why);
	domset_seal(s);
	return s;
}

START_TEST(meanings)
{
	static const char *const	 entries[] = {
		".example.com", "exact.org", "UPPER.Net.", ".a", "10.0.0.1", "[2001:DB8::1]",
		    "2001:db8:0:0::2", "www.deep.example.com", "_x.y-z.info"
	};
	static const struct {
		const char	*host;
		int		 mark;		/* -1: no match */
	} cases[] = {
		{ "example.com", 0 }, { "www.example.com", 0 }, { "a.b.c.d.example.com", 0 },
		{ "wexample.com", -1 }, { "com", -1 }, { "exact.org", 1 }, { "www.exact.org", -1 },
		{ "upper.net", 2 }, { "x.upper.net", -1 }, { "a", 3 }, { "b.a", 3 }, { "ab", -1 },
		{ "10.0.0.1", 4 }, { "10.0.0.10", -1 }, { "2001:db8::1", 5 },
		{ "[2001:db8::1]", 5 }, { "[2001:db8::2]", 6 }, { "2001:db8::3", -1 },
		{ "www.deep.example.com", 7 }, { "x.www.deep.example.com", 0 },
		{ "_x.y-z.info", 8 }, { "", -1 }, { ".", -1 }, { "example.com.", -1 },
	};
	struct domset			*s = set_of(entries, sizeof(entries) / sizeof(entries[0]));

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t	 mark = 99;
		bool		 has = domset_has(s, span_of(cases[i].host), &mark);

		ck_assert_msg(has == (cases[i].mark >= 0) && (!has || (int)mark == cases[i].mark),
		    "%s: %d, mark %u", cases[i].host, has, mark);
		ck_assert(domset_has(s, span_of(cases[i].host), NULL) == has);
	}
	ck_assert_uint_eq(domset_count(s), 9);
	domset_free(&s);
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(mistakes)
{
	static const char *const	 bad[] = {
		"", ".", "..", "a..b", "..a", "a..", "*.example.com", "ex ample.com", "http://x/",
		    "example.com/", "m\303\274ller.de", "a:80", "[::1", "[x]", "::g", "a\001b",
		"0123456789012345678901234567890123456789012345678901234567890123.com",
		    ".0123456789012345678901234567890123456789012345678901234567890123",
	};
	struct domset			*s = domset_new();
	char				 name[300];
	const char			*why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		ck_assert_msg(!domset_add(s, span_of(bad[i]), 1, &why), "%s", bad[i]);
		ck_assert_ptr_nonnull(why);
	}
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = (i % 2 == 0) ? 'a' : '.';
	ck_assert(!domset_add(s, span_at(name, 255), 1, &why));
	ck_assert(domset_add(s, span_at(name, 253), 1, &why));
	domset_seal(s);
	ck_assert(domset_has(s, span_at(name, 253), NULL));
	ck_assert(!domset_has(s, span_at(name, 299), NULL));
	ck_assert(!domset_has(s, span_at(name, 251), NULL));
	domset_free(&s);
}
END_TEST

START_TEST(empty)
{
	struct domset	*s = domset_new();

	ck_assert_uint_eq(domset_add_lines(s, SPAN("\n# nothing\n\n  \t\r\n"), NULL, NULL), 0);
	domset_seal(s);
	ck_assert(!domset_has(s, SPAN("a.b"), NULL));
	ck_assert_uint_eq(domset_covered(s, 1, NULL, NULL), 0);
	domset_free(&s);
	domset_free(&s);
}
END_TEST

static void
note_bad(void *arg, uint32_t line, struct span entry, const char *why)
{
	char	*text = arg;

	ck_assert_ptr_nonnull(why);
	sprintf(text + strlen(text), "%u:%.*s ", line, SPAN_ARG(entry));
}

START_TEST(lines)
{
	struct domset	*s = domset_new();
	char		 bad[200] = "";
	uint32_t	 mark;

	ck_assert_uint_eq(domset_add_lines(s, SPAN(
	    "# a list\r\n.one.com\r\n\n  two.com # why\n*.three.com\nfour.com five.com\n\tsix.com\t\n.a..b\nlast.com"), note_bad, bad), 6);
	ck_assert_str_eq(bad, "5:*.three.com 8:.a..b ");
	domset_seal(s);
	ck_assert(domset_has(s, SPAN("www.one.com"), &mark) && mark == 2);
	ck_assert(domset_has(s, SPAN("two.com"), &mark) && mark == 4);
	ck_assert(domset_has(s, SPAN("five.com"), &mark) && mark == 6);
	ck_assert(domset_has(s, SPAN("six.com"), &mark) && mark == 7);
	ck_assert(domset_has(s, SPAN("last.com"), &mark) && mark == 9);
	ck_assert(!domset_has(s, SPAN("three.com"), NULL));
	domset_free(&s);
}
END_TEST

static void
note_covered(void *arg, struct span entry, uint32_t mark, struct span by, uint32_t by_mark)
{
	char	*text = arg;

	sprintf(text + strlen(text), "%.*s(%u)<%.*s(%u) ", SPAN_ARG(entry), mark, SPAN_ARG(by),
	    by_mark);
}

START_TEST(covered)
{
	static const char *const	 entries[] = {
		"www.a.com", ".a.com", "b.com", "b.com", ".c.com", "c.com", "d.com", ".d.com",
		    "x.d.com", ".e.com", ".e.com", "f.com", "x.f.com", ".y.x.a.com"
	};
	struct domset			*s = set_of(entries, sizeof(entries) / sizeof(entries[0]));
	char				 told[500] = "";
	uint32_t			 mark;

	ck_assert_uint_eq(domset_covered(s, 100, note_covered, told), 7);
	ck_assert_str_eq(told,
	    "www.a.com(0)<.a.com(1) b.com(3)<b.com(2) c.com(5)<.c.com(4) d.com(6)<.d.com(7) "
	    "x.d.com(8)<.d.com(7) .e.com(10)<.e.com(9) .y.x.a.com(13)<.a.com(1) ");
	told[0] = '\0';
	ck_assert_uint_eq(domset_covered(s, 1, note_covered, told), 7);
	ck_assert_str_eq(told, "www.a.com(0)<.a.com(1) ");
	ck_assert(domset_has(s, SPAN("d.com"), &mark) && mark == 7);
	domset_free(&s);
}
END_TEST

/* Short names over a small alphabet: full of duplicates, parents and names that end like others. */
static size_t
make_name(uint64_t *seed, char *dst)
{
	static const char *const	 labels[] = { "a", "b", "com", "net", "co", "uk", "www",
	    "ab", "x1", "-", "example", "th-er_e", "a-very-long-label-of-some-kind" };
	size_t				 n = 0;

	for (unsigned left = 1 + draw(seed, 4); left > 0; left--) {
		if (n > 0)
			dst[n++] = '.';
		n += (size_t)sprintf(dst + n, "%s",
		    labels[draw(seed, sizeof(labels) / sizeof(labels[0]))]);
	}
	return n;
}

struct naive {
	char	 text[200];
	bool	 wide;
};

static bool
naive_has(const struct naive *v, size_t n, const char *host)
{
	size_t	 len = strlen(host);

	for (size_t i = 0; i < n; i++) {
		size_t	 k = strlen(v[i].text);

		if (strcmp(v[i].text, host) == 0)
			return true;
		if (v[i].wide && len > k && host[len - k - 1] == '.' &&
		    strcmp(host + len - k, v[i].text) == 0)
			return true;
	}
	return false;
}

START_TEST(against_a_list)
{
	uint64_t	 seed = (uint64_t)_i * 77 + 5;

	for (unsigned round = 0; round < 40; round++) {
		size_t		 n = draw(&seed, round % 4 == 0 ? 2000 : 60);
		struct naive	*v = calloc(n + 1, sizeof(*v));
		struct domset	*s = domset_new();
		char		 entry[210], host[200];
		const char	*why;

		for (size_t i = 0; i < n; i++) {
			make_name(&seed, v[i].text);
			v[i].wide = draw(&seed, 3) == 0;
			snprintf(entry, sizeof(entry), "%s%s", v[i].wide ? "." : "", v[i].text);
			ck_assert(domset_add(s, span_of(entry),
			    draw(&seed, 4) == 0 ? draw(&seed, UINT32_MAX) : (uint32_t)i, &why));
		}
		domset_seal(s);
		for (unsigned k = 0; k < 300; k++) {
			make_name(&seed, host);
			ck_assert_msg(domset_has(s, span_of(host), NULL) == naive_has(v, n, host),
			    "%s", host);
		}
		domset_free(&s);
		free(v);
	}
}
END_TEST

/*
 * The input may go away; every entry of a large set is found with its own mark, its neighbours are
 * not; size per entry.
 */
START_TEST(large)
{
	enum { N = 400000, EACH = 16 };		/* on large pages too */
	char		*text = mmap(NULL, (size_t)N * EACH, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct domset	*s = domset_new();
	char		 host[40];
	uint32_t	 mark;

	ck_assert(text != MAP_FAILED);
	for (size_t i = 0; i < N; i++) {
		char	 line[EACH + 1];

		snprintf(line, sizeof(line), "%cs%08zx.info\n", (i % 2 == 0) ? '.' : 'w',
		    i * 2654435761u & 0xffffffff);
		memcpy(text + i * EACH, line, EACH);
	}
	ck_assert_uint_eq(domset_add_lines(s, span_at(text, (size_t)N * EACH), NULL, NULL), N);
	munmap(text, (size_t)N * EACH);
	domset_seal(s);
	for (size_t i = 0; i < N; i++) {
		snprintf(host, sizeof(host), "%ss%08zx.info", (i % 2 == 0) ? "" : "w",
		    i * 2654435761u & 0xffffffff);
		HOLDS(domset_has(s, span_of(host), &mark) && mark == i + 1);
		snprintf(host, sizeof(host), "x.%ss%08zx.info", (i % 2 == 0) ? "" : "w",
		    i * 2654435761u & 0xffffffff);
		HOLDS(domset_has(s, span_of(host), NULL) == (i % 2 == 0));
		host[0] = 'y';
		host[1] = 'y';
		HOLDS(!domset_has(s, span_of(host), NULL));
	}
	ck_assert_uint_lt(domset_bytes(s), (size_t)N * 24);
	domset_free(&s);
}
END_TEST

TCase *
test_domset(void)
{
	TCase	*t = tcase_create("domset");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, meanings);
	tcase_add_test(t, mistakes);
	tcase_add_test(t, empty);
	tcase_add_test(t, lines);
	tcase_add_test(t, covered);
	tcase_add_loop_test(t, against_a_list, 0, 4);
	tcase_add_test(t, large);
	return t;
}
