/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions: against glibc's regexec on made-up and on typical patterns; mistakes;
 * limits.
 */
#include "test_match.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "match/regset.h"

static bool
ours(const char *pattern, bool fold, const char *subject, bool *has)
{
	struct regset	*s = regset_new();
	char		 err[256];
	uint32_t	 mark = 0;
	bool		 ok = regset_add(s, span_of(pattern), fold, 7, err, sizeof(err));

	regset_seal(s);
	*has = ok && regset_has(s, span_of(subject), &mark);
	ck_assert(!*has || mark == 7);
	regset_free(&s);
	ck_assert_ptr_null(s);
	return ok;
}

static bool
theirs(const char *pattern, bool fold, const char *subject, bool *has)
{
	regex_t	 r;

	*has = false;
	if (regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB | (fold ? REG_ICASE : 0)) != 0)
		return false;
	*has = regexec(&r, subject, 0, NULL, 0) == 0;
	regfree(&r);
	return true;
}

static void
compare(const char *pattern, bool fold, const char *subject)
{
	bool	 a, b;
	bool	 a_ok = ours(pattern, fold, subject, &a), b_ok = theirs(pattern, fold, subject, &b);

	ck_assert_msg(a_ok == b_ok, "\"%s\" is %s here and %s with glibc", pattern,
	    a_ok ? "right" : "wrong", b_ok ? "right" : "wrong");
	ck_assert_msg(a == b, "\"%s\"%s on \"%s\": %d here, %d with glibc", pattern,
	    fold ? " -i" : "", subject, a, b);
}

static const char *const	 typical[] = {
	"", "|", "a|", "(|a)", "()", "a||b", "sex", "facebook\\.com", "^http://ads?\\.",
	    "\\.(gif|jpe?g|png)$", "\\.(exe|zip|rar)(\\?.*)?$",
	"(^|\\.)doubleclick\\.net", "^https?://([^/]*\\.)?example\\.(com|org)/",
	    ".*\\.youtube\\..*", "[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+",
	"/ad[sv]?/", "banner[0-9]*\\.", "w{3}\\.", "a{,3}b", "^a{,3}b", "a{2}{3}", "a**", "ba+?c",
	    "a)", "$*x", "\\**", "()*", "(^)*a", "a^b", "a$b",
	"[]a]", "[^]a]", "[a-]", "[a\\]b]", "[.]com", "[[:alpha:]]+[[:digit:]]", "[^[:space:]]ads",
	    "[[.-.]]", "[[=a=]]b", "\\<ads\\>", "\\bads\\b",
	"x\\Bads", "\\`http", "com\\'", "\\w+@\\w+", "\\W", "\\s", "\\S{4}", "(a)\\1", "(ab|a)\\1c",
	    "([a-z]+)-\\1", "a\\.b\\/c", "\\-", "}", "]", "a]b",
	"a{1,}", "a{,}", "(ads|banner|track(er|ing))[./]", "(porn|sex|xxx)", "foo.*bar",
	    "(foo|ba[rz])qux", "colou?r", "(abc)+", "(abc)?def", "(abc){2}",
	"(abc){2,3}x", "([0-9]{1,3}\\.){3}[0-9]{1,3}", "^[^:]*://[^/]*:[0-9]+/", "a|b|[cd]",
	    "[aA][dD][sS]", "ad[^a-z]", "[[:upper:]]x", "x[[:lower:]]",
	/* mistakes */
	"*foo", "a|*b", "(*b)", "^*a", "+", "?a", "{1}a", "a{", "a{x", "a{1", "a{1a}", "a{ 1}",
	    "a{1,2,3}", "a{-1}", "a{3,2}", "x{32768}", "(", "(a", "[a", "a\\",
	"[z-a]", "[[:foo:]]", "[[.hyphen.]]", "[a[:]b]", "[[:alpha:]", "[[:alpha:]-z]",
	    "[a-[:digit:]]", "[a-c-e]", "\\1", "(a)\\2", "(a\\1)", "\\b*", "\\<*", "^{2}",
	"|*a", "a|{1}", "({)", "{", "[--1]", "[a[.].]b]",
};

static const char *const	 subjects[] = {
	"", "a", "b", "aab", "aaaab", "aaaaaa", "abab", "abac", "aac", "aa", "ba", "bc", "bac",
	    "b}", "]", "a]b", "a)", "*", "x", "-", "n", "ads", "ADS", "xads", "x ads y", "my_ads",
	    "Ad1",
	"http://www.facebook.com/x", "http://ads.example.com/",
	    "http://ad.example.com/banner12.gif", "https://example.org/",
	    "http://10.20.30.40:8080/ad/x.jpeg",
	"http://www.example.net/ADS/Banner.GIF?x=1", "https://m.youtube.com/watch", "x@y",
	    "foo then bar", "fooqux bazqux", "color COLOUR", "abcabc", "abcabcx", "def",
	"tracker.example", "tracking/", "http://host:80/file.exe?download", "a.b/c", "word-word",
	    "ab-ab", "\tx", "doubleclick.net", "x.doubleclick.net", "sexy essex", "\200\377",
	"[a", "c]", "a\\", "zz\\zz", "x.com", "A", "Ax", "xA", "xa", "axx",
};

START_TEST(as_glibc)
{
	for (size_t i = 0; i < sizeof(typical) / sizeof(typical[0]); i++) {
		for (size_t k = 0; k < sizeof(subjects) / sizeof(subjects[0]); k++) {
			compare(typical[i], false, subjects[k]);
			compare(typical[i], true, subjects[k]);
		}
	}
}
END_TEST

static size_t	 make_pattern(uint64_t *seed, char *dst, unsigned depth);

static size_t
make_piece(uint64_t *seed, char *dst, unsigned depth)
{
	static const char *const	 atoms[] = {
		"a", "b", "ab", "abc", "bca", "c", ".", "[ab]", "[^a]", "[a-c]", "\\.", "A", "cab",
		    "-", "\\w", "\\b", "[[:alpha:]]", "aab", "[b-c-]"
	};
	static const char *const	 after[] = {
		"*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "{0}", "", "", "", "", "", "", "", ""
	};
	size_t				 n;

	if (depth > 0 && draw(seed, 4) == 0) {
		dst[0] = '(';
		n = 1 + make_pattern(seed, dst + 1, depth - 1);
		dst[n++] = ')';
	} else {
		const char	*atom = atoms[draw(seed, sizeof(atoms) / sizeof(atoms[0]))];

		n = (size_t)sprintf(dst, "%s", atom);
		if (strcmp(atom, "\\b") == 0)
			return n;
	}
	return n + (size_t)sprintf(dst + n, "%s",
	    after[draw(seed, sizeof(after) / sizeof(after[0]))]);
}

static size_t
make_pattern(uint64_t *seed, char *dst, unsigned depth)
{
	size_t	 n = 0;

	if (draw(seed, 12) == 0)
		dst[n++] = '^';
	for (unsigned pieces = 1 + draw(seed, 4); pieces > 0; pieces--) {
		n += make_piece(seed, dst + n, depth);
		if (draw(seed, 6) == 0)
			dst[n++] = '|';
	}
	if (dst[n - 1] == '|')
		n += make_piece(seed, dst + n, 0);
	if (draw(seed, 12) == 0)
		dst[n++] = '$';
	dst[n] = '\0';
	return n;
}

static void
make_subject(uint64_t *seed, char *dst)
{
	static const char	 letters[] = "aaabbbcccABC.-_ 1";
	size_t			 n = draw(seed, 14);

	for (size_t i = 0; i < n; i++)
		dst[i] = letters[draw(seed, sizeof(letters) - 1)];
	dst[n] = '\0';
}

/* Sets of random patterns at once: any of glibc's expressions matches exactly if the set does. */
START_TEST(random_sets)
{
	enum { PATTERNS = 4, SUBJECTS = 24 };
	uint64_t	 seed = (uint64_t)_i + 1;
	char		 text[4096], subject[32], err[256];
	bool		 fold = (_i & 1) != 0;

	for (unsigned round = 0; round < 60; round++) {
		struct regset	*s = regset_new();
		regex_t		 r[PATTERNS];
		char		 all[PATTERNS * 4096] = "";

		for (unsigned i = 0; i < PATTERNS; i++) {
			make_pattern(&seed, text, 2);
			ck_assert_msg(regset_add(s, span_of(text), fold, i, err, sizeof(err)),
			    "%s: %s", text, err);
			ck_assert_int_eq(regcomp(&r[i], text,
			    REG_EXTENDED | REG_NOSUB | (fold ? REG_ICASE : 0)), 0);
			strcat(strcat(all, "\n"), text);
		}
		regset_seal(s);
		for (unsigned k = 0; k < SUBJECTS; k++) {
			bool		 expected = false;
			uint32_t	 mark;

			make_subject(&seed, subject);
			for (unsigned i = 0; i < PATTERNS; i++)
				expected = regexec(&r[i], subject, 0, NULL, 0) == 0 || expected;
			ck_assert_msg(regset_has(s, span_of(subject), &mark) == expected,
			    "%d expected on \"%s\":%s", expected, subject, all);
			ck_assert(!expected || regexec(&r[mark], subject, 0, NULL, 0) == 0);
		}
		for (unsigned i = 0; i < PATTERNS; i++)
			regfree(&r[i]);
		regset_free(&s);
	}
}
END_TEST

/* Where we mean something else than glibc. */
START_TEST(differences)
{
	bool	 has;

	ck_assert(ours("^\\d+$", false, "123", &has) && has);
	ck_assert(ours("^\\d+$", false, "ddd", &has) && !has);
	ck_assert(ours("^\\D+$", false, "abc", &has) && has);
	ck_assert(ours("(?:ab)+c", false, "ababc", &has) && has);
	/* glibc loses an escaped letter when case is folded. */
	ck_assert(ours("\\n", true, "N", &has) && has);
	ck_assert(!ours("(?i)ab", false, "AB", &has));
	ck_assert(!ours("(?=ab)", false, "ab", &has));
}
END_TEST

START_TEST(errors_say_where)
{
	struct regset	*s = regset_new();
	char		 err[256], deep[1000];

	ck_assert(!regset_add(s, SPAN("abc(def"), false, 1, err, sizeof(err)));
	ck_assert_str_eq(err, "a \"(\" without its \")\", at character 4");
	ck_assert(!regset_add(s, SPAN("ab[z-a]"), false, 1, err, sizeof(err)));
	ck_assert_str_eq(err, "a range that ends before it begins, or is none, at character 4");
	memset(deep, '(', sizeof(deep));
	ck_assert(!regset_add(s, span_at(deep, sizeof(deep)), false, 1, err, sizeof(err)));
	deep[0] = 'a';
	memset(deep + 1, '*', sizeof(deep) - 1);
	ck_assert(!regset_add(s, span_at(deep, sizeof(deep)), false, 1, err, sizeof(err)));
	ck_assert(!regset_add(s, SPAN("((((a{1000}){1000}){1000}){1000})"), false, 1, err,
	    sizeof(err)));
	ck_assert_uint_eq(regset_count(s), 0);
	regset_seal(s);
	ck_assert(!regset_has(s, SPAN("abc"), NULL));
	regset_free(&s);
}
END_TEST

START_TEST(limits)
{
	struct regset	*s = regset_new();
	char		 err[256], subject[4096];
	uint64_t	 before = regset_limit_hits();

	ck_assert(regset_add(s, SPAN("^(a+)+(b+)+$"), false, 1, err, sizeof(err)));
	ck_assert(regset_add(s, SPAN("^(([a-z])+.)+[A-Z]([a-z])+$"), false, 2, err, sizeof(err)));
	regset_seal(s);
	memset(subject, 'a', sizeof(subject));
	ck_assert(!regset_has(s, span_at(subject, sizeof(subject)), NULL));
	ck_assert_uint_gt(regset_limit_hits(), before);
	ck_assert(regset_has(s, SPAN("aaabb"), NULL));
	regset_free(&s);
}
END_TEST

/*
 * Long subjects, a literal that occurs thousands of times, matches at both ends; and all of it
 * again in a child.
 */
START_TEST(survives_fork)
{
	struct regset	*s = regset_new();
	char		 err[256], subject[6000];
	pid_t		 child;
	int		 status;

	ck_assert(regset_add(s, SPAN("advert[0-9]+x$"), false, 1, err, sizeof(err)));
	ck_assert(regset_add(s, SPAN("^tracker"), true, 2, err, sizeof(err)));
	ck_assert(regset_add(s, SPAN("xyz"), true, 3, err, sizeof(err)));
	regset_seal(s);
	for (size_t i = 0; i < sizeof(subject); i++)
		subject[i] = "advert"[i % 6];
	child = fork();
	ck_assert_int_ge(child, 0);
	ck_assert(!regset_has(s, span_at(subject, sizeof(subject)), NULL));
	memcpy(subject + sizeof(subject) - 3, "XyZ", 3);
	ck_assert(regset_has(s, span_at(subject, sizeof(subject)), NULL));
	ck_assert(!regset_has(s, span_at(subject, sizeof(subject) - 1), NULL));
	memcpy(subject, "TRACKER", 7);
	ck_assert(regset_has(s, span_at(subject, sizeof(subject) - 1), NULL));
	regset_free(&s);
	if (child == 0)
		_exit(0);
	ck_assert(waitpid(child, &status, 0) == child && status == 0);
}
END_TEST

TCase *
test_regset(void)
{
	TCase	*t = tcase_create("regset");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, as_glibc);
	tcase_add_loop_test(t, random_sets, 0, 8);
	tcase_add_test(t, differences);
	tcase_add_test(t, errors_say_where);
	tcase_add_test(t, limits);
	tcase_add_test(t, survives_fork);
	return t;
}
