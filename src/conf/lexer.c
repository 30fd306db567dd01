/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer of squid.conf: lines and words, no meaning. Pure but for the diagnostics; runs in the
 * master (and in -k parse, explain). Its fuzz target is test/fuzz/fuzz_conf.c.
 */
#include "conf/lexer.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static size_t
skip_blanks(struct span s, size_t i)
{
	while (i < s.n && blank(s.p[i]))
		i++;
	return i;
}

void
lexer_open(struct lexer_file *f, const char *file, struct span bytes, struct diag *d)
{
	*f = (struct lexer_file){ .file = file, .rest = bytes, .d = d };
	sb_heap(&f->text, LEXER_LINE_MAX + 1);
	if (span_starts(f->rest, SPAN("\xef\xbb\xbf"))) {
		f->rest.p += 3;
		f->rest.n -= 3;
	}
}

void
lexer_close(struct lexer_file *f)
{
	sb_free(&f->text);
	free(f->pieces);
	*f = (struct lexer_file){ 0 };
}

/*
 * A line that Squid would read as something shorter than what is written is an error, and nothing
 * of it is used.
 */
static bool
sound(struct lexer_file *f, struct span s)
{
	struct diag_place	 at = { f->file, f->line, 1 };
	ptrdiff_t		 i;

	if (s.n > LEXER_LINE_MAX) {
		diag_error(f->d, at, "this line is longer than %d bytes", LEXER_LINE_MAX);
		return false;
	}
	if ((i = span_find(s, '\0')) >= 0) {
		at.col = (uint32_t)i + 1;
		diag_error(f->d, at, "a NUL byte (is this file UTF-16 or binary?)");
		return false;
	}
	if ((i = span_find(s, '\r')) >= 0) {
		at.col = (uint32_t)i + 1;
		diag_error(f->d, at, "a carriage return inside the line");
		return false;
	}
	return true;
}

/* The next physical line that counts, without its end and leading blanks. */
static bool
physical(struct lexer_file *f, struct span *out, uint32_t *col)
{
	struct span	 s;
	size_t		 i;

	while (f->rest.n > 0 && span_cut(&f->rest, '\n', &s)) {
		f->line++;
		if (s.n > 0 && s.p[s.n - 1] == '\r')
			s.n--;
		i = skip_blanks(s, 0);
		if (i == s.n || s.p[i] == '#')
			continue;
		if (!sound(f, s))
			continue;
		*col = (uint32_t)i + 1;
		*out = span_at(s.p + i, s.n - i);
		return true;
	}
	return false;
}

static void
add_piece(struct lexer_file *f, uint32_t col)
{
	f->pieces = mem_room(f->pieces, f->n_pieces, &f->cap, sizeof *f->pieces);
	f->pieces[f->n_pieces++] = (struct lexer_piece){ f->text.n, f->line, col };
}

/* Joins continued lines; false when there are no more lines. */
static bool
join(struct lexer_file *f)
{
	struct span	 s;
	uint32_t	 col;
	bool		 more = false;

	sb_clear(&f->text);
	f->n_pieces = 0;
	while (physical(f, &s, &col)) {
		add_piece(f, col);
		more = s.p[s.n - 1] == '\\';
		if (more)
			s.n--;
		sb_span(&f->text, s);
		if (!more)
			break;
	}
	if (more)
		diag_warn(f->d, (struct diag_place){ f->file, f->line, 0 },
		    "the last line ends in '\\': there is nothing to go on with");
	return f->n_pieces > 0;
}

bool
lexer_line(struct lexer_file *f, struct lexer_line *out)
{
	struct span	 text;

	while (join(f)) {
		if (!sb_ok(&f->text)) {
			diag_error(f->d, (struct diag_place){ f->file, f->pieces[0].line, 1 },
			    "with its continuations this line is longer than %d bytes",
			    LEXER_LINE_MAX);
			continue;
		}
		text = sb_done(&f->text);
		while (text.n > 0 && blank(text.p[text.n - 1]))
			text.n--;
		if (text.n == 0)
			continue;
		*out = (struct lexer_line){ f->file, text, f->pieces, f->n_pieces, 0 };
		return true;
	}
	return false;
}

struct diag_place
lexer_place(const struct lexer_line *l, size_t at)
{
	size_t	 i = 0;

	MUST(l->n_pieces > 0);
	while (i + 1 < l->n_pieces && l->pieces[i + 1].at <= at)
		i++;
	return (struct diag_place){ l->file, l->pieces[i].line,
	    l->pieces[i].col + (uint32_t)(at - l->pieces[i].at) };
}

static enum lexer_kind
bad(struct lexer_line *l, size_t at, struct diag *d, const char *text)
{
	diag_error(d, lexer_place(l, at), "%s", text);
	l->at = l->text.n;
	return LEXER_BAD;
}

/* The byte that "\c" stands for in a quoted value; 0 when there is no such escape. */
static char
unescape(char c)
{
	switch (c) {
	case 'r': return '\r';
	case 'n': return '\n';
	case 't': return '\t';
	case '\\': case '"': case '\'': return c;
	default: return 0;
	}
}

/* Where the quote that opens at text[i] is closed; t.n when it is not. */
static size_t
closing(struct span t, size_t i)
{
	char	 quote = t.p[i++];

	for (; i < t.n && t.p[i] != quote; i++)
		if (t.p[i] == '\\' && ++i == t.n)
			break;
	return i < t.n ? i : t.n;
}

/* A quoted value from l->at on, its quote. */
static enum lexer_kind
quoted(struct lexer_line *l, struct arena *a, struct lexer_word *w, struct diag *d)
{
	struct span	 t = l->text;
	size_t		 end = closing(t, l->at), n = 0;
	char		*dst;

	if (end == t.n)
		return bad(l, l->at, d, "the closing quote is missing");
	if (end + 1 < t.n && !blank(t.p[end + 1]) && t.p[end + 1] != ')')
		return bad(l, end + 1, d, "a blank is missing after the closing quote");
	dst = arena_get(a, end - l->at);
	MUST(dst != NULL);
	for (size_t i = l->at + 1; i < end; i++) {
		dst[n] = t.p[i];
		if (t.p[i] == '\\') {
			dst[n] = unescape(t.p[++i]);
			if (dst[n] == '\0')
				return bad(l, i - 1, d,
				    "unknown escape in a quoted value (known: \\\\ "
				    "\\\" \\' \\n \\r \\t)");
		}
		n++;
	}
	dst[n] = '\0';
	w->text = span_at(dst, n);
	l->at = end + 1;
	return LEXER_QUOTED;
}

/* "name" or 'name' as Squid's older syntax has it: no escapes, either quote ends it. */
static enum lexer_kind
file_name(struct lexer_line *l, struct lexer_word *w, struct diag *d)
{
	struct span	 t = l->text;
	size_t		 i = l->at + 1;

	while (i < t.n && t.p[i] != '"' && t.p[i] != '\'')
		i++;
	if (i == t.n)
		return bad(l, l->at, d, "the closing quote of this file name is missing");
	w->text = span_at(t.p + l->at + 1, i - l->at - 1);
	if (w->text.n == 0)
		return bad(l, l->at, d, "empty file name");
	i++;
	if (i < t.n && !blank(t.p[i]))
		return bad(l, i, d, "a blank is missing after the closing quote");
	l->at = i;
	return LEXER_FILE;
}

/* parameters("name"): l->at is at the parenthesis. */
static enum lexer_kind
parameters(struct lexer_line *l, struct arena *a, struct lexer_word *w, struct diag *d)
{
	size_t	 open = l->at;

	l->at = skip_blanks(l->text, l->at + 1);
	if (l->at == l->text.n || (l->text.p[l->at] != '"' && l->text.p[l->at] != '\''))
		return bad(l, l->at < l->text.n ? l->at : open, d,
		    "a quoted file name is expected in " "parameters(...)");
	if (quoted(l, a, w, d) == LEXER_BAD)
		return LEXER_BAD;
	l->at = skip_blanks(l->text, l->at);
	if (l->at == l->text.n || l->text.p[l->at] != ')')
		return bad(l, open, d, "')' is missing after the file name");
	l->at++;
	return w->text.n == 0 ? bad(l, open, d, "empty file name") : LEXER_FILE;
}

/* Squid's rule for unquoted words when quoted values are on. */
static bool
harmless(struct span s, size_t *where)
{
	bool	 number = true;
	size_t	 i;

	for (i = 0; i < s.n; i++) {
		char	 c = s.p[i];
		bool	 digit = c >= '0' && c <= '9', letter = (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z');

		if (!digit && !letter && strchr(".,()-=_/:+", c) == NULL && !(c == '%' && number &&
		    i + 1 == s.n)) {
			*where = i;
			return false;
		}
		number &= digit;
	}
	return true;
}

/*
 * A '(' ends a word where functions are; beyond strict mode only behind the one name that is a
 * function.
 */
static bool
calls(struct span t, size_t start, size_t i, enum lexer_mode mode)
{
	if (mode < LEXER_QUOTES || t.p[i] != '(' || i == start)
		return false;
	return mode == LEXER_STRICT || span_is(span_at(t.p + start, i - start), "parameters");
}

static size_t
word_end(struct span t, size_t i, enum lexer_mode mode)
{
	size_t	 start = i;

	for (; i < t.n && !calls(t, start, i, mode); i++)
		/* Squid looks at the byte before the blank only: "\\\\ " goes on as well */
		if (blank(t.p[i]) && !(mode == LEXER_REGEX && i > start && t.p[i - 1] == '\\'))
			break;
	return i;
}

enum lexer_kind
lexer_word(struct lexer_line *l, enum lexer_mode mode, struct arena *a, struct lexer_word *w,
    struct diag *d)
{
	struct span	 t = l->text;
	size_t		 start, where;

	l->at = start = w->start = skip_blanks(t, l->at);
	if (start == t.n || t.p[start] == '#') {
		l->at = t.n;
		return LEXER_END;
	}
	if (t.p[start] == '"' || t.p[start] == '\'') {
		if (mode >= LEXER_QUOTES)
			return quoted(l, a, w, d);
		if (mode != LEXER_PLAIN)
			return file_name(l, w, d);
	}
	l->at = word_end(t, start, mode);
	w->text = span_at(t.p + start, l->at - start);
	if (mode >= LEXER_QUOTES && l->at < t.n && t.p[l->at] == '(') {
		if (span_is(w->text, "parameters"))
			return parameters(l, a, w, d);
		return bad(l, start, d, "the only function is parameters(\"file\")");
	}
	if (mode == LEXER_STRICT && !harmless(w->text, &where))
		return bad(l, start + where, d, "this character needs quotes around the value "
		    "(configuration_includes_quoted_values is on)");
	return LEXER_WORD;
}

struct span
lexer_raw(struct lexer_line *l)
{
	size_t	 at = skip_blanks(l->text, l->at);

	l->at = l->text.n;
	return span_at(l->text.p + at, l->text.n - at);
}

struct span
lexer_rest(struct lexer_line *l, struct arena *a, struct diag *d)
{
	struct lexer_word	 w;
	size_t			 after;

	l->at = skip_blanks(l->text, l->at);
	if (l->at == l->text.n || (l->text.p[l->at] != '"' && l->text.p[l->at] != '\''))
		return lexer_raw(l);
	if (quoted(l, a, &w, d) == LEXER_BAD)
		return SPAN_NONE;
	after = skip_blanks(l->text, l->at);
	if (after < l->text.n && l->text.p[after] != '#')
		diag_warn(d, lexer_place(l, after), "ignored: text after the quoted value");
	l->at = l->text.n;
	return w.text;
}
