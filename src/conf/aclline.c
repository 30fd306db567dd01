/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl NAME TYPE values: words go to acl_add, whole files ("name", parameters("name")) to
 * acl_add_text, in the order in which they are written. Runs in the master.
 */
#include <errno.h>
#include <stdlib.h>

#include "conf/parsers.h"

struct acl_text {
	struct args		*a;
	struct span		 name, type;
	bool			 any;		/* something was given to the ACL */
	/* a file was given; what stands behind it was told */
	bool			 file, told;
	/* leading words that go with each file: options, the name of a header */
	size_t			 sticky;
};

/* Squid's types whose values are patterns: there "\ " is part of a word. */
static bool
takes_patterns(struct span type)
{
	static const char *const	 names[] = { "browser", "req_header", "rep_header",
	    "req_mime_type", "rep_mime_type", "referer_regex",
		"note", "user_cert", "ca_cert", "http_header" };

	if (span_ends(type, SPAN("_regex")))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_is(type, names[i]))
			return true;
	return false;
}

static bool
takes_name(struct span type)
{
	return span_is(type, "req_header") || span_is(type, "rep_header") ||
	    span_is(type, "note") || span_is(type, "has");
}

static bool
is_option(struct span w)
{
	return w.n >= 2 && (w.p[0] == '-' || w.p[0] == '+') && !(w.p[1] >= '0' && w.p[1] <= '9');
}

static void
flush_words(struct acl_text *t)
{
	struct loader	*l = t->a->l;

	if (l->n_words > t->sticky || !t->any)
		acl_add(l->s->acls, t->name, t->type, l->words, l->n_words, t->a->at, l->d);
	t->any = true;
}

static void
give_file(struct acl_text *t, struct span name, struct diag_place at)
{
	struct loader	*l = t->a->l;
	const char	*path = loader_str(l, name);
	size_t		 n;
	char		*bytes = loader_slurp(path, &n);

	if (bytes == NULL) {
		diag_error(l->d, at, "cannot read \"%s\", a list of acl %.*s: %s", path,
		    SPAN_ARG(t->name), strerror(errno));
		/* the name is known all the same: rules that use it are no further mistakes */
		n = 0;
	}
	/* words in front of the file are its options, or values of the same line */
	if (!acl_add_text(l->s->acls, t->name, t->type, l->words, l->n_words, bytes == NULL ?
	    SPAN_NONE : span_at(bytes, n), path,
	    t->a->at, l->d) && bytes != NULL) {
		if (loader_file_words(l, name, at))
			acl_add(l->s->acls, t->name, t->type, l->words, l->n_words, t->a->at, l->d);
	}
	free(bytes);
	t->any = true;
	l->n_words = t->sticky;
}

static void
tell_behind(struct acl_text *t, struct diag_place at)
{
	if (t->file && !t->told)
		diag_warn(t->a->l->d, at,
		    "acl %.*s: Squid reads nothing behind a file on its line; here it counts: is it meant to?",
		    SPAN_ARG(t->name));
	t->told |= t->file;
}

/* The values, file by file. */
static void
read_values(struct acl_text *t, enum lexer_mode mode)
{
	struct loader		*l = t->a->l;
	struct lexer_line	*line = t->a->line;
	struct lexer_word	 w;
	bool			 head = true;

	l->n_words = t->sticky = 0;
	for (;;)
		switch (lexer_word(line, mode, &l->s->arena, &w, l->d)) {
		case LEXER_BAD:
			return;
		case LEXER_END:
			flush_words(t);
			return;
		case LEXER_FILE:
			tell_behind(t, lexer_place(line, w.start));
			give_file(t, w.text, lexer_place(line, w.start));
			t->file = true;
			head = false;
			break;
		case LEXER_WORD:
		case LEXER_QUOTED:
			tell_behind(t, lexer_place(line, w.start));
			head = head &&
			    (is_option(w.text) || (l->n_words == 0 && takes_name(t->type)));
			loader_add_word(l, w.text, lexer_place(line, w.start), w.start);
			t->sticky += head;
			break;
		}
}

void
aclline_acl(struct args *a)
{
	struct lexer_word	 name, type;
	struct acl_text		 t = { .a = a };
	enum lexer_mode		 mode;

	if (lexer_word(a->line, LEXER_PLAIN, &a->l->s->arena, &name, a->l->d) != LEXER_WORD ||
	    lexer_word(a->line, LEXER_PLAIN, &a->l->s->arena, &type, a->l->d) != LEXER_WORD) {
		diag_error(a->l->d, a->at, "acl needs a name and a type");
		return;
	}
	t.name = name.text;
	t.type = type.text;
	a->at = lexer_place(a->line, name.start);
	mode = takes_patterns(t.type) ? LEXER_REGEX : LEXER_FILES;
	if (a->l->quoted_values) {
		if (mode == LEXER_REGEX) {
			diag_error(a->l->d, lexer_place(a->line, type.start),
			    "regular expressions cannot be read while "
			    "configuration_includes_quoted_values is on: turn it off around this line");
			return;
		}
		mode = LEXER_STRICT;
	}
	read_values(&t, mode);
}
