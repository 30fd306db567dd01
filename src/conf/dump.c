/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The effective configuration as text, and the list of directives for the manual page. Runs in
 * the master and in sepia -k.
 */
#include <inttypes.h>

#include "base/must.h"
#include "conf/conf.h"
#include "conf/directives.h"

static const void *
member(const struct settings *s, const struct directive *r)
{
	return (const char *)s + r->at;
}

static void
number(FILE *to, const struct directive *r, uint64_t v, const char *unit)
{
	if (v == UINT64_MAX)
		fprintf(to, "%s -1\n", r->name);
	else
		fprintf(to, "%s %" PRIu64 "%s\n", r->name, v, unit);
}

/* In quotes where the value would not be one word otherwise. */
static void
text(FILE *to, const struct directive *r, const char *v)
{
	if (v == NULL)
		return;
	fprintf(to, "%s ", r->name);
	if (v[0] != '\0' && strpbrk(v, " \t\"'\\#") == NULL) {
		fprintf(to, "%s\n", v);
		return;
	}
	fputc('"', to);
	for (; *v != '\0'; v++) {
		if (*v == '"' || *v == '\\')
			fputc('\\', to);
		fputc(*v, to);
	}
	fputs("\"\n", to);
}

static void
words(FILE *to, const struct directive *r, const char *const *list)
{
	if (list == NULL || list[0] == NULL)
		return;
	fprintf(to, "%s", r->name);
	for (; *list != NULL; list++)
		fprintf(to, " %s", *list);
	fputc('\n', to);
}

static void
choice(FILE *to, const struct directive *r, int v)
{
	struct span	 rest = span_of(r->unit), one = SPAN_NONE;

	for (int i = 0; i <= v; i++)
		if (!span_cut(&rest, '|', &one))
			return;
	fprintf(to, "%s %.*s\n", r->name, SPAN_ARG(one));
}

static void
value(FILE *to, const struct settings *s, const struct directive *r)
{
	switch (r->type) {
	case DIR_BOOL:
		fprintf(to, "%s %s\n", r->name, *(const bool *)member(s, r) ? "on" : "off");
		break;
	case DIR_NUMBER:
		number(to, r, *(const uint64_t *)member(s, r), "");
		break;
	case DIR_SIZE:
		number(to, r, *(const uint64_t *)member(s, r), " bytes");
		break;
	case DIR_MS:
		number(to, r, *(const uint64_t *)member(s, r) == UINT64_MAX ? 0 :
		    *(const uint64_t *)member(s, r), " milliseconds");
		break;
	case DIR_S:
		number(to, r, *(const uint64_t *)member(s, r), " seconds");
		break;
	case DIR_TEXT:
		text(to, r, *(const char *const *)member(s, r));
		break;
	case DIR_WORDS:
		words(to, r, *(const char *const *const *)member(s, r));
		break;
	case DIR_CHOICE:
		choice(to, r, *(const int *)member(s, r));
		break;
	case DIR_OWN:
	case DIR_ALIAS:
	case DIR_IDLE:
		break;
	}
}

/* A line as it was written, without the password of a peer. */
static void
line(FILE *to, const struct directive *r, struct span text)
{
	static const char	 login[] = "login=";
	const char		*at = memmem(text.p, text.n, login, sizeof login - 1);
	size_t			 n;

	fprintf(to, "%s ", r->name);
	if (at == NULL || strcmp(r->name, "cache_peer") != 0) {
		fprintf(to, "%.*s\n", SPAN_ARG(text));
		return;
	}
	n = (size_t)(at - text.p) + sizeof login - 1;
	fprintf(to, "%.*s********", (int)n, text.p);
	while (n < text.n && text.p[n] != ' ' && text.p[n] != '\t')
		n++;
	fprintf(to, "%.*s\n", (int)(text.n - n), text.p + n);
}

void
conf_dump(const struct settings *s, FILE *to)
{
	for (size_t i = 0; i < directives_count; i++)
		if (directives[i].at >= 0 && !directives[i].idle)
			value(to, s, &directives[i]);
	/* these in their own order: formats and ACLs stand before what uses them */
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct directive	*r = &directives[s->lines[i].row];

		if (r->type == DIR_OWN && !r->idle)
			line(to, r, span_of(s->lines[i].text));
	}
}

/* mdoc takes a leading '.' or ''' for a request, and '\' for an escape. */
static void
escaped(FILE *to, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", to);
	for (; *text != '\0'; text++)
		if (*text == '\\')
			fputs("\\e", to);
		else
			fputc(*text, to);
}

/*
 * A default with the directories of a usual installation, so that the page does not depend on
 * where this one was built for.
 */
static void
usual(FILE *to, const char *text)
{
	/* first: it may be below the other */
	static const struct { const char *built, *usual; } dirs[] = { { RUNSTATEDIR, "/run" },
	    { LOCALSTATEDIR, "/var" } };

	for (const char *p = text; *p != '\0'; p++) {
		size_t	 n = 0;

		for (size_t i = 0; i < COUNT_OF(dirs) && n == 0; i++)
			if (strncmp(p, dirs[i].built, strlen(dirs[i].built)) == 0 &&
			    p[strlen(dirs[i].built)] == '/') {
				fputs(dirs[i].usual, to);
				n = strlen(dirs[i].built);
			}
		p += n;
		fputc(*p, to);
	}
}

static void
paragraph(FILE *to, const struct directive *r)
{
	fprintf(to, ".It Ic %s", r->name);
	if (r->syntax != NULL && !r->idle) {
		fputs(" Ar \"", to);
		for (const char *p = r->syntax; *p != '\0'; p++)
			if (*p == '"')
				fputs("\\(dq", to);
			else
				fputc(*p, to);
		fputc('"', to);
	}
	fputc('\n', to);
	fputs(r->idle ? "No effect here: " : r->tell != TELL_NOTHING ? "This is " : "", to);
	escaped(to, r->doc);
	fputs(r->tell != TELL_NOTHING ? ".\n" : "\n", to);
	if (r->value != NULL && !r->idle) {
		fputs("Default: ", to);
		usual(to, r->value);
		fputs(".\n", to);
	}
	if (r->many && !r->idle)
		fputs("May be repeated.\n", to);
}

void
conf_list(FILE *to, bool mdoc)
{
	size_t			 n;
	const char *const	*names = conf_names(&n);

	for (size_t i = 0; i < n; i++) {
		const struct directive	*r = directives_find(span_of(names[i]));

		MUST(r != NULL);
		if (!mdoc)
			fprintf(to, "%s\t%s\t%s\n", r->name, r->syntax == NULL ? "" : r->syntax,
			    r->doc == NULL ? r->unit : r->doc);
		else if (r->type == DIR_ALIAS)
			fprintf(to, ".It Ic %s\nOlder name of\n.Ic %s .\n", r->name, r->unit);
		else
			paragraph(to, r);
	}
}
