/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of one acl line, or the lines of a file: options are taken off, values go to the type.
 * Master.
 */
#include "acl/acl_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMPLAINTS_TOLD = 10 };

static bool
take_delimiters(struct acl *a, struct acl_line *l, struct span list, struct diag_place at)
{
	for (size_t i = 0; i < list.n; i++) {
		unsigned char c = (unsigned char)list.p[i];

		if (c <= ' ' || c >= 0x7f || (c >= '0' && c <= '9') ||
		    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) {
			diag_error(l->d, at,
			    "-m: delimiters are punctuation marks, neither letters nor digits");
			return true;
		}
	}
	free(a->delimiters);
	a->delimiters = (list.n > 0) ? span_dup(list) : NULL;
	return true;
}

/* True: the word was an option. */
static bool
take_option(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	unsigned flags = a->type->flags;
	struct span s = w->text;

	if ((flags & ACLT_I) != 0 && (span_is(s, "-i") || span_is(s, "+i"))) {
		l->fold = (s.p[0] == '-');
		return true;
	}
	if (l->options_done || s.n < 2 || s.p[0] != '-')
		return false;
	if (span_is(s, "--")) {
		l->options_done = true;
		return true;
	}
	if ((flags & ACLT_N) != 0 && span_is(s, "-n"))
		return a->no_lookup = true;
	if ((flags & ACLT_S) != 0 && span_is(s, "-s"))
		return a->strict = true;
	if ((flags & ACLT_M) != 0 && (span_is(s, "-m") || span_starts(s, SPAN("-m=")))) {
		a->list = true;
		return (s.n > 3) ? take_delimiters(a, l, span_at(s.p + 3, s.n - 3), w->at) : true;
	}
	if (span_is(s, "-i") || span_is(s, "+i") || span_is(s, "-n")) {
		diag_warn(l->d, w->at, "acl %s: %.*s has no meaning for the type %s", a->name,
		    SPAN_ARG(s), a->type->name);
		return true;
	}
	return false;
}

void
acl_line_word(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	if (a->type->flags & ACLT_ANSWERS_ALL)
		return;
	if (take_option(a, l, w))
		return;
	if ((a->type->flags & ACLT_NAMED) && !l->named) {
		l->named = true;
		l->name = w->text;
		return;
	}
	l->options_done = true;
	l->values++;
	a->type->value(a, l, w);
}

void
acl_line_end(struct acl *a, struct acl_line *l)
{
	if (l->complaints > COMPLAINTS_TOLD)
		diag_warn(l->d, l->at, "acl %s: %u more values of this line are like that", a->name,
		    l->complaints - COMPLAINTS_TOLD);
	if ((a->type->flags & ACLT_NAMED) && !l->named)
		diag_error(l->d, l->at, "acl %s: the type %s needs a name first", a->name,
		    a->type->name);
	if (a->type->line_end != NULL)
		a->type->line_end(a, l);
}

/*
 * Without blanks at its ends and without what follows a '#' that begins a word, as Squid reads
 * lists.
 */
static struct span
without_comment(struct span line)
{
	line = span_trim(line);
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' && (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			return span_trim(span_at(line.p, i));
	return line;
}

/* Calls acl_line_word for the values of one line of a file; line numbers are the marks' places. */
static void
take_text_line(struct acl *a, struct acl_line *l, struct span line, struct diag_place at)
{
	struct acl_word w = { .at = at };

	line = without_comment(line);
	if (line.n == 0)
		return;
	if (a->type->flags & ACLT_WHOLE) {
		w.text = line;
		w.at.col = 1;
		acl_line_word(a, l, &w);
		return;
	}
	while (line.n > 0) {
		size_t i = 0;

		while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t')
			i++;
		w.text = span_at(line.p, i);
		acl_line_word(a, l, &w);
		line = span_trim(span_at(line.p + i, line.n - i));
	}
}

void
acl_line_text(struct acl *a, struct acl_line *l, struct span text, const char *path)
{
	struct diag_place at = { path, 0, 0 };
	struct span line;

	if (a->type->text != NULL) {
		a->type->text(a, l, text, path);
		return;
	}
	while (span_cut(&text, '\n', &line)) {
		at.line++;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		take_text_line(a, l, line, at);
	}
}

void
acl_line_complain(struct acl_line *l, struct diag_place at, bool error, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (!error && l->complaints++ >= COMPLAINTS_TOLD)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (error)
		diag_error(l->d, at, "%s", text);
	else
		diag_warn(l->d, at, "%s", text);
}
