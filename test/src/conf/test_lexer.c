/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and words of squid.conf. */
#include "test_conf.h"

#include <stdlib.h>

#include "base/must.h"
#include "conf/lexer.h"

static struct arena		 arena;
static struct diag		 diag;

static void
set_up(void)
{
	arena_init(&arena, 1 << 20);
	diag_init(&diag);
}

static void
tear_down(void)
{
	arena_reset(&arena);
	diag_free(&diag);
}

static const struct {
	const char	*bytes;
	const char	*lines;		/* joined by '|', each with its line:col in front */
} line_cases[] = {
	{ "", "" },
	{ "\n\n#c\n", "" },
	{ "a b\n", "1:1 a b" },
	{ "a b", "1:1 a b" },
	{ "  a b  \t\r\n", "1:3 a b" },
	{ "\xef\xbb\xbf" "a\n", "1:1 a" },
	{ "a\n#x\n  # y\n b\n", "1:1 a|4:2 b" },
	{ "a \\\n  b\n", "1:1 a b" },
	{ "a\\\n  b\n", "1:1 ab" },
	{ "a \\\n# not in the way\n\n b\nc\n", "1:1 a b|5:1 c" },
	{ "# a comment does not go on \\\nb\n", "2:1 b" },
	{ "a\\\\\nb\n", "1:1 a\\b" },
	{ "\\\n\\\n", "" },
	{ "a # stays in the line\n", "1:1 a # stays in the line" },
};

START_TEST(lines)
{
	char			 got[512] = "", *p = got;
	struct lexer_file	 f;
	struct lexer_line	 l;

	lexer_open(&f, "t", span_of(line_cases[_i].bytes), &diag);
	while (lexer_line(&f, &l)) {
		struct diag_place	 at = lexer_place(&l, 0);

		p += snprintf(p, (size_t)(got + sizeof got - p), "%s%u:%u %.*s",
		    p == got ? "" : "|", at.line, at.col, SPAN_ARG(l.text));
	}
	lexer_close(&f);
	ck_assert_str_eq(got, line_cases[_i].lines);
	ck_assert_uint_eq(diag.errors, 0);
}
END_TEST

START_TEST(bad_lines)
{
	static const struct { const char *bytes; size_t n; unsigned line, col; } cases[] = {
		{ "a\nb\0c\nd\n", 8, 2, 2 },
		{ "a\rb\n", 4, 1, 2 },
		{ "\xff\xfe" "a\0b\0", 6, 1, 4 },
	};
	struct lexer_file	 f;
	struct lexer_line	 l;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned	 before = diag.errors;

		lexer_open(&f, "t", span_at(cases[i].bytes, cases[i].n), &diag);
		while (lexer_line(&f, &l))
			ck_assert(span_find(l.text, '\0') < 0);
		lexer_close(&f);
		ck_assert_uint_eq(diag.errors, before + 1);
		ck_assert_uint_eq(diag.entries[diag.n - 1].line, cases[i].line);
		ck_assert_uint_eq(diag.entries[diag.n - 1].col, cases[i].col);
	}
}
END_TEST

START_TEST(long_lines)
{
	size_t			 n = LEXER_LINE_MAX + 1;
	char			*text = malloc(2 * n + 16);
	struct lexer_file	 f;
	struct lexer_line	 l;

	memset(text, 'a', n);
	memcpy(text + n, "\nb\n", 3);
	lexer_open(&f, "t", span_at(text, n + 3), &diag);
	ck_assert(lexer_line(&f, &l));
	ck_assert(span_is(l.text, "b"));
	lexer_close(&f);
	ck_assert_uint_eq(diag.errors, 1);

	/* joined */
	memset(text, 'a', 2 * n);
	text[n - 10] = '\\';
	text[n - 9] = '\n';
	text[2 * n - 20] = '\n';
	lexer_open(&f, "t", span_at(text, 2 * n - 19), &diag);
	ck_assert(!lexer_line(&f, &l));
	lexer_close(&f);
	ck_assert_uint_eq(diag.errors, 2);
	free(text);
}
END_TEST

/* Words as KIND:text, joined by '|'. W word, Q quoted, F file, ! error. */
static const struct {
	enum lexer_mode	 mode;
	const char	*line, *words;
} word_cases[] = {
	{ LEXER_PLAIN, "a  b\tc", "W:a|W:b|W:c" },
	{ LEXER_PLAIN, "a b#c #d e", "W:a|W:b#c" },
	{ LEXER_PLAIN, "a \"b c\" 'd'", "W:a|W:\"b|W:c\"|W:'d'" },
	{ LEXER_PLAIN, "a\\ b", "W:a\\|W:b" },
	{ LEXER_FILES, "a \"/b c\" d", "W:a|F:/b c|W:d" },
	{ LEXER_FILES, "'/b'", "F:/b" },
	{ LEXER_FILES, "a\"b\"", "W:a\"b\"" },
	{ LEXER_FILES, "a \"b", "W:a|!" },
	{ LEXER_FILES, "a \"\"", "W:a|!" },
	{ LEXER_REGEX, "a\\ b c", "W:a\\ b|W:c" },
	{ LEXER_REGEX, "\\.x$ (a|b)", "W:\\.x$|W:(a|b)" },
	{ LEXER_REGEX, "a\\\\ b", "W:a\\\\ b" },
	{ LEXER_QUOTES, "a \"b c\" 'd\"e'", "W:a|Q:b c|Q:d\"e" },
	{ LEXER_QUOTES, "\"a\\\"b\\\\c\\td\"", "Q:a\"b\\c\td" },
	{ LEXER_QUOTES, "\"\"", "Q:" },
	{ LEXER_QUOTES, "\"a", "!" },
	{ LEXER_QUOTES, "\"a\\", "!" },
	{ LEXER_QUOTES, "\"a\\x\"", "!" },
	{ LEXER_QUOTES, "\"a\"b", "!" },
	{ LEXER_QUOTES, "parameters(\"/x y\") z", "F:/x y|W:z" },
	{ LEXER_QUOTES, "parameters( '/x' )", "F:/x" },
	{ LEXER_QUOTES, "parameters(/x)", "!" },
	{ LEXER_QUOTES, "parameters(\"/x\"", "!" },
	{ LEXER_QUOTES, "other(/x) (y)", "W:other(/x)|W:(y)" },
	{ LEXER_STRICT, "other(\"/x\")", "!" },
	{ LEXER_STRICT, "a-b.c/1:2+3=4,(5)", "!" },
	{ LEXER_STRICT, "20% 5", "W:20%|W:5" },
	{ LEXER_STRICT, "a%", "!" },
	{ LEXER_STRICT, "a;b", "!" },
};

START_TEST(words)
{
	char			 got[512] = "", *p = got;
	struct lexer_piece	 piece = { 0, 1, 1 };
	struct lexer_line	 l = { "t", span_of(word_cases[_i].line), &piece, 1, 0 };
	struct lexer_word	 w;
	enum lexer_kind		 k;

	while ((k = lexer_word(&l, word_cases[_i].mode, &arena, &w, &diag)) != LEXER_END) {
		p += snprintf(p, (size_t)(got + sizeof got - p), "%s", p == got ? "" : "|");
		if (k == LEXER_BAD) {
			snprintf(p, (size_t)(got + sizeof got - p), "!");
			break;
		}
		p += snprintf(p, (size_t)(got + sizeof got - p), "%c:%.*s", k == LEXER_WORD ? 'W' :
		    k == LEXER_FILE ? 'F' : 'Q', SPAN_ARG(w.text));
	}
	ck_assert_str_eq(got, word_cases[_i].words);
}
END_TEST

START_TEST(rest)
{
	static const struct { const char *line, *rest; } cases[] = {
		{ "a  b # c ", "b # c " },
		{ "a \"b \\\"c\" ", "b \"c" },
		{ "a", "" },
		{ "a 'x y'", "x y" },
		{ "a %>a \"b\"", "%>a \"b\"" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct lexer_piece	 piece = { 0, 1, 1 };
		struct lexer_line	 l = { "t", span_of(cases[i].line), &piece, 1, 0 };
		struct lexer_word	 w;

		ck_assert(lexer_word(&l, LEXER_PLAIN, &arena, &w, &diag) == LEXER_WORD);
		ck_assert(span_is(lexer_rest(&l, &arena, &diag), cases[i].rest));
	}
}
END_TEST

/* Each word knows where it was written, also behind a continuation. */
START_TEST(places)
{
	struct lexer_file	 f;
	struct lexer_line	 l;
	struct lexer_word	 w;
	static const unsigned	 want[][2] = { { 2, 3 }, { 2, 7 }, { 3, 5 }, { 3, 8 } };

	lexer_open(&f, "t", SPAN("\n  one two \\\n    3  four\n"), &diag);
	ck_assert(lexer_line(&f, &l));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		struct diag_place	 at;

		ck_assert(lexer_word(&l, LEXER_PLAIN, &arena, &w, &diag) == LEXER_WORD);
		at = lexer_place(&l, w.start);
		ck_assert_uint_eq(at.line, want[i][0]);
		ck_assert_uint_eq(at.col, want[i][1]);
	}
	lexer_close(&f);
}
END_TEST

TCase *
test_lexer(void)
{
	TCase	*tc = tcase_create("lexer");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, lines, 0, COUNT_OF(line_cases));
	tcase_add_test(tc, bad_lines);
	tcase_add_test(tc, long_lines);
	tcase_add_loop_test(tc, words, 0, COUNT_OF(word_cases));
	tcase_add_test(tc, rest);
	tcase_add_test(tc, places);
	return tc;
}
