/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, conditions and macros of squid.conf. One configuration is compiled by the master for all
 * workers, so what asks for the number of a process is answered for process 1, with a warning.
 * Runs in the master.
 */
#include "conf/reader.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>

#include "base/breath.h"
#include "base/mem.h"

enum { READER_DEPTH = 16, IF_DEPTH = 64 };

struct branch {
	struct diag_place	 at;	/* of the if */
	bool			 outer;	/* the lines around it count */
	bool			 taken;	/* one of its branches did */
	bool			 on;	/* this branch counts */
	bool			 last;	/* after else */
};

struct reading {
	struct loader		*l;
	unsigned		 depth;
	struct branch		 ifs[IF_DEPTH];
	unsigned		 n;
	/* a line after the macros */
	struct sb		 text;
	struct lexer_piece	*pieces;
	size_t			 n_pieces, cap;
};

static const struct { const char *name, *value; bool number; } macros[] = {
	{ "${process_number}", "1", true },
	{ "${process_name}", "sepia1", true },
	{ "${service_name}", "sepia", false },
};

static int
find_macro(struct span s)
{
	for (unsigned i = 0; i < sizeof macros / sizeof macros[0]; i++)
		if (span_starts(s, span_of(macros[i].name)))
			return (int)i;
	return -1;
}

static void
note_piece(struct reading *src, size_t at, struct diag_place p)
{
	src->pieces = mem_room(src->pieces, src->n_pieces, &src->cap, sizeof *src->pieces);
	src->pieces[src->n_pieces++] = (struct lexer_piece){ at, p.line, p.col };
}

/* Replaces the macros, keeping track of where what follows them was written. */
static void
expand(struct reading *src, struct lexer_line *line)
{
	size_t	 piece = 0;
	bool	 any = false;

	if (span_find(line->text, '$') < 0)
		return;
	sb_clear(&src->text);
	src->n_pieces = 0;
	for (size_t i = 0; i < line->text.n;) {
		int	 m = line->text.p[i] == '$' ? find_macro(span_at(line->text.p + i,
		    line->text.n - i)) : -1;

		if (piece < line->n_pieces && line->pieces[piece].at <= i) {
			note_piece(src, src->text.n, lexer_place(line, i));
			piece++;
		}
		if (m < 0) {
			sb_char(&src->text, line->text.p[i++]);
			continue;
		}
		if (macros[m].number && !src->l->warned_number) {
			src->l->warned_number = true;
			diag_warn(src->l->d, lexer_place(line, i),
			    "%s is that of the first worker everywhere: all workers share one "
			    "configuration", macros[m].name);
		}
		note_piece(src, src->text.n, lexer_place(line, i));
		sb_str(&src->text, macros[m].value);
		i += strlen(macros[m].name);
		note_piece(src, src->text.n, lexer_place(line, i));
		any = true;
	}
	if (!any)
		return;
	if (!sb_ok(&src->text)) {
		diag_error(src->l->d, lexer_place(line, 0), "this line is too long");
		line->text.n = 0;
		return;
	}
	line->text = sb_done(&src->text);
	line->pieces = src->pieces;
	line->n_pieces = src->n_pieces;
}

/* A statement: the word alone, or followed by a blank; *rest is what comes after it. */
static bool
statement(struct span text, const char *word, struct span *rest)
{
	size_t	 n = strlen(word);

	if (!span_starts(text, span_of(word)) ||
	    (text.n > n && text.p[n] != ' ' && text.p[n] != '\t'))
		return false;
	*rest = span_trim(span_at(text.p + n, text.n - n));
	return true;
}

static bool
integer(struct span s, long long *out)
{
	char	 text[24], *end;

	s = span_trim(s);
	if (s.n == 0 || s.n >= sizeof text)
		return false;
	*out = strtoll(span_copy(s, text, sizeof text), &end, 10);
	return *end == '\0';
}

static bool
evaluate(struct reading *src, struct span e, struct diag_place at)
{
	ptrdiff_t	 eq = span_find(e, '=');
	long long	 a, b;

	if (span_is(e, "true"))
		return true;
	if (span_is(e, "false"))
		return false;
	if (eq >= 0 && integer(span_at(e.p, (size_t)eq), &a) && integer(span_at(e.p + eq + 1,
	    e.n - (size_t)eq - 1), &b))
		return a == b;
	diag_error(src->l->d, at, "'%.*s' is no condition: true, false, or two integers with '=' "
	    "between them", SPAN_ARG(e));
	return false;
}

static bool
counts(const struct reading *src)
{
	return src->n == 0 || src->ifs[src->n - 1].on;
}

static void
open_if(struct reading *src, struct span e, struct diag_place at)
{
	bool	 outer = counts(src), on;

	if (src->n == IF_DEPTH) {
		diag_error(src->l->d, at, "'if' is nested too deeply (%d levels)", IF_DEPTH);
		return;
	}
	on = outer && evaluate(src, e, at);
	src->ifs[src->n++] = (struct branch){ at, outer, on, on, false };
}

/* elif and else. */
static void
other_branch(struct reading *src, struct span e, bool conditional, struct diag_place at)
{
	struct branch	*b;

	if (src->n == 0) {
		diag_error(src->l->d, at, "'%s' without 'if'", conditional ? "elif" : "else");
		return;
	}
	b = &src->ifs[src->n - 1];
	if (b->last)
		diag_error(src->l->d, at, "'%s' after 'else'", conditional ? "elif" : "else");
	if (!conditional && e.n > 0 && e.p[0] != '#')
		diag_error(src->l->d, at, "'else' takes nothing after it");
	b->on = b->outer && !b->taken && (!conditional || evaluate(src, e, at));
	b->taken |= b->on;
	b->last |= !conditional;
}

static void
close_if(struct reading *src, struct span rest, struct diag_place at)
{
	if (rest.n > 0 && rest.p[0] != '#')
		diag_error(src->l->d, at, "'endif' takes nothing after it");
	if (src->n == 0)
		diag_error(src->l->d, at, "'endif' without 'if'");
	else
		src->n--;
}

static bool
condition(struct reading *src, struct lexer_line *line)
{
	struct diag_place	 at = lexer_place(line, 0);
	struct span		 rest;

	if (statement(line->text, "if", &rest))
		open_if(src, rest, at);
	else if (statement(line->text, "elif", &rest))
		other_branch(src, rest, true, at);
	else if (statement(line->text, "else", &rest))
		other_branch(src, rest, false, at);
	else if (statement(line->text, "endif", &rest))
		close_if(src, rest, at);
	else
		return false;
	return true;
}

static void
include_pattern(struct loader *l, const char *pattern, unsigned depth, struct diag_place at)
{
	glob_t	 g;
	int	 r = glob(pattern, 0, NULL, &g);

	if (r != 0)
		diag_error(l->d, at, "cannot include %s: %s", pattern,
		    r == GLOB_NOMATCH ? "there is no such file" : r == GLOB_NOSPACE ?
		    "out of memory" : strerror(errno));
	for (size_t i = 0; r == 0 && i < g.gl_pathc; i++)
		reader_file(l, loader_str(l, span_of(g.gl_pathv[i])), depth + 1, at);
	if (r == 0)
		globfree(&g);
}

static bool
include(struct reading *src, struct lexer_line *line)
{
	struct lexer_word	 w;
	struct span		 rest;
	enum lexer_kind		 k;
	unsigned		 n = 0;

	if (!statement(line->text, "include", &rest))
		return false;
	line->at = strlen("include");
	for (; (k = lexer_word(line, LEXER_FILES, &src->l->s->arena, &w,
	    src->l->d)) == LEXER_WORD || k == LEXER_FILE; n++)
		include_pattern(src->l, loader_str(src->l, w.text), src->depth,
		    lexer_place(line, w.start));
	if (n == 0 && k != LEXER_BAD)
		diag_error(src->l->d, lexer_place(line, 0), "include needs a file name");
	return true;
}

void
reader_text(struct loader *l, const char *path, struct span text, unsigned depth)
{
	struct reading		*src = mem_zero(sizeof *src);
	struct lexer_file	 f;
	struct lexer_line	 line;

	src->l = l;
	src->depth = depth;
	sb_heap(&src->text, LEXER_LINE_MAX * 2);
	lexer_open(&f, path, text, l->d);
	while (lexer_line(&f, &line)) {
		breath_take();
		expand(src, &line);
		if (line.text.n > 0 && !condition(src, &line) && counts(src) &&
		    !include(src, &line))
			loader_line(l, &line);
	}
	while (src->n > 0)
		diag_error(l->d, src->ifs[--src->n].at, "'if' without 'endif' in this file");
	lexer_close(&f);
	sb_free(&src->text);
	free(src->pieces);
	free(src);
}

bool
reader_file(struct loader *l, const char *path, unsigned depth, struct diag_place at)
{
	size_t	 n;
	char	*bytes;

	if (depth > READER_DEPTH) {
		diag_error(l->d, at,
		    "cannot include %s: files are nested too deeply (more than %d)",
		    path, READER_DEPTH);
		return false;
	}
	bytes = loader_slurp(path, &n);
	if (bytes == NULL) {
		diag_error(l->d, at, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	reader_text(l, path, span_at(bytes, n), depth);
	free(bytes);
	return true;
}
