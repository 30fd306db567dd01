/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives each line to the parser of its directive, with its words; memory and texts for the
 * parsers. Runs in the master.
 */
#include "conf/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "conf/conf.h"
#include "conf/values.h"

/*
 * Bytes of a configuration or list file; of one whose size cannot be known beforehand (a pipe, a
 * device).
 */
enum { FILE_MAX = 1 << 30, STREAM_MAX = 16 << 20 };

void *
loader_get(struct loader *l, size_t n)
{
	void	*p = arena_zero(&l->s->arena, n);

	MUST(p != NULL);
	return p;
}

const char *
loader_str(struct loader *l, struct span s)
{
	struct span	 copy = arena_span(&l->s->arena, s);

	MUST(copy.p != NULL);
	return copy.p;
}

void *
loader_more(struct loader *l, void **array, size_t *n, size_t each)
{
	if ((*n & (*n - 1)) == 0) {		/* a power of two, or none: full */
		void	*grown = loader_get(l, (*n == 0 ? 1 : *n * 2) * each);

		if (*n > 0)
			memcpy(grown, *array, *n * each);
		*array = grown;
	}
	return (char *)*array + each * (*n)++;
}

enum lexer_mode
loader_mode(const struct loader *l, enum lexer_mode usual)
{
	if (!l->quoted_values)
		return usual;
	return usual == LEXER_QUOTES ? LEXER_QUOTES : LEXER_STRICT;
}

/* To the end; NULL after setting errno. */
static char *
read_all(int fd, size_t cap, size_t most, size_t *n)
{
	char	*p = mem_alloc(cap);
	ssize_t	 got;

	while ((got = read(fd, p + *n, cap - *n)) > 0) {
		*n += (size_t)got;
		if (*n > most) {
			errno = EFBIG;
			got = -1;
			break;
		}
		if (*n == cap)
			p = mem_grow(p, cap *= 2);
	}
	if (got == 0)
		return p;
	free(p);
	return NULL;
}

char *
loader_slurp(const char *path, size_t *n)
{
	int		 fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error;
	struct stat	 st;
	char		*p = NULL;

	*n = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			errno = EISDIR;
		else if (S_ISREG(st.st_mode) && st.st_size > FILE_MAX)
			errno = EFBIG;
		else if (S_ISREG(st.st_mode))
			p = read_all(fd, (size_t)st.st_size + 1, FILE_MAX, n);
		else
			p = read_all(fd, 1 << 16, STREAM_MAX, n);
	}
	error = errno;
	close(fd);
	errno = error;
	return p;
}

void
loader_add_word(struct loader *l, struct span text, struct diag_place at, size_t start)
{
	size_t	 n = l->n_words;

	l->words = mem_room(l->words, n, &l->cap_words, sizeof *l->words);
	l->starts = mem_room(l->starts, n, &l->cap_starts, sizeof *l->starts);
	l->words[n] = (struct acl_word){ text, at };
	l->starts[n] = start;
	l->n_words++;
}

/*
 * A line of a list file as Squid takes it: without blanks at its ends and without what follows a
 * '#' that begins a word.
 */
static struct span
list_entry(struct span s)
{
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	s = span_trim(s);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '#' && (i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
			return span_trim(span_at(s.p, i));
	return s;
}

bool
loader_file_words(struct loader *l, struct span name, struct diag_place at)
{
	const char	*path = loader_str(l, name);
	size_t		 n;
	char		*bytes = loader_slurp(path, &n);
	struct span	 rest, s;

	if (bytes == NULL) {
		diag_error(l->d, at, "cannot read \"%s\": %s", path, strerror(errno));
		return false;
	}
	rest = arena_span(&l->s->arena, span_at(bytes, n));
	free(bytes);
	MUST(rest.p != NULL);
	for (uint32_t line = 1; span_cut(&rest, '\n', &s); line++) {
		s = list_entry(s);
		if (s.n > 0)
			loader_add_word(l, s, (struct diag_place){ path, line, 1 }, SIZE_MAX);
	}
	return true;
}

static bool
split(struct loader *l, struct lexer_line *line, enum lexer_mode mode)
{
	struct lexer_line	 at = *line;
	struct lexer_word	 w;

	l->n_words = 0;
	for (;;)
		switch (lexer_word(&at, mode, &l->s->arena, &w, l->d)) {
		case LEXER_END:
			return true;
		case LEXER_BAD:
			return false;
		case LEXER_WORD:
		case LEXER_QUOTED:
			loader_add_word(l, w.text, lexer_place(line, w.start), w.start);
			break;
		case LEXER_FILE:
			if (!loader_file_words(l, w.text, lexer_place(line, w.start)))
				return false;
			break;
		}
}

struct acl_word
args_peek(const struct args *a)
{
	if (a->i < a->n)
		return a->w[a->i];
	return (struct acl_word){ SPAN_NONE, lexer_place(a->line, a->line->text.n) };
}

struct acl_word
args_next(struct args *a)
{
	struct acl_word	 w = args_peek(a);

	a->i += a->i < a->n;
	return w;
}

bool
args_more(const struct args *a)
{
	return a->i < a->n;
}

bool
args_take(struct args *a, const char *word)
{
	if (!args_more(a) || !span_is(a->w[a->i].text, word))
		return false;
	a->i++;
	return true;
}

struct span
args_rest(struct args *a)
{
	if (a->i >= a->n)
		return SPAN_NONE;
	MUST(a->l->starts[a->i] != SIZE_MAX);
	a->line->at = a->l->starts[a->i];
	a->i = a->n;
	return lexer_rest(a->line, &a->l->s->arena, a->l->d);
}

const struct acl_word *
args_list(struct args *a, size_t *n)
{
	const struct acl_word	*w = a->w + a->i;

	*n = a->n - a->i;
	a->i = a->n;
	return w;
}

bool
args_error(const struct args *a, const char *fmt, ...)
{
	char	 text[1024];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	diag_error(a->l->d, args_peek(a).at, "%s", text);
	return false;
}

void
args_warn(const struct args *a, const char *fmt, ...)
{
	char	 text[1024];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	diag_warn(a->l->d, args_peek(a).at, "%s", text);
}

void
args_end(struct args *a)
{
	if (args_more(a) && a->l->d->errors == a->errors)
		args_warn(a, "ignored: '%.*s' and what follows it (%s takes less)",
		    SPAN_ARG(a->w[a->i].text), a->row->name);
	a->i = a->n;
}

void
loader_tell(struct loader *l, const struct directive *row, struct diag_place at,
    enum directive_level level, const char *text)
{
	size_t	 i = directives_index(row);

	if (level == TELL_NOTHING || l->told[i])
		return;
	l->told[i] = true;
	if (level == TELL_WARNING)
		diag_warn(l->d, at, "%s", text);
	else
		diag_note(l->d, at, "%s", text);
}

static void
unknown(struct loader *l, struct span name, struct diag_place at)
{
	const char	*likely = conf_likely(name);

	if (likely != NULL)
		diag_error(l->d, at, "unknown directive '%.*s'; did you mean '%s'?", SPAN_ARG(name),
		    likely);
	else
		diag_error(l->d, at, "unknown directive '%.*s'", SPAN_ARG(name));
}

/* Keeps the text for the dump. */
static void
remember(struct loader *l, const struct directive *row, struct lexer_line *line)
{
	struct settings_line	*w = LOADER_ADD(l, l->s->lines, l->s->n_lines);
	struct lexer_line	 at = *line;

	w->row = (unsigned)directives_index(row);
	w->text = row->secret ? "********" : loader_str(l, lexer_raw(&at));
}

/* Is this word all that the line says? */
static bool
says(const struct args *a, const char *word)
{
	struct lexer_line	 at = *a->line;

	return span_is(span_trim(lexer_raw(&at)), word);
}

static void
run(struct args *a)
{
	const struct directive	*r = a->row;
	char			 text[512];

	if (!a->l->defaults) {
		size_t	 i = directives_index(r);

		if (!a->l->seen[i])
			a->l->first[i] = a->at;
		a->l->seen[i] = true;
		a->l->s->places[i] = a->at;
		snprintf(text, sizeof text, "%.*s%s: %s", SPAN_ARG(a->name), r->idle ?
		    " has no effect here" : "", r->doc);
		if (r->kept == NULL || !says(a, r->kept))
			loader_tell(a->l, r, a->at, r->tell, text);
	}
	if (r->type == DIR_IDLE)
		return;
	remember(a->l, r, a->line);
	if (!r->raw) {
		if (!split(a->l, a->line, r->rest ? LEXER_PLAIN : loader_mode(a->l, r->mode)))
			return;
		a->w = a->l->words;
		a->n = a->l->n_words;
	}
	if (r->type == DIR_OWN)
		r->parse(a);
	else
		values_parse(a);
}

void
loader_line(struct loader *l, struct lexer_line *line)
{
	struct lexer_word	 name;
	struct args		 a = { .l = l, .line = line, .errors = l->d->errors };

	if (lexer_word(line, LEXER_PLAIN, &l->s->arena, &name, l->d) != LEXER_WORD)
		return;
	a.at = lexer_place(line, name.start);
	a.name = name.text;
	a.row = directives_find(name.text);
	if (a.row != NULL && a.row->type == DIR_ALIAS) {
		if (a.row->tell != TELL_NOTHING)
			loader_tell(l, a.row, a.at, a.row->tell, a.row->doc);
		a.row = directives_find(span_of(a.row->unit));
		MUST(a.row != NULL);
	}
	if (a.row == NULL)
		unknown(l, name.text, a.at);
	else
		run(&a);
}

void
loader_text(struct loader *l, const char *from, struct span text)
{
	struct lexer_file	 f;
	struct lexer_line	 line;

	lexer_open(&f, from, text, l->d);
	while (lexer_line(&f, &line))
		loader_line(l, &line);
	lexer_close(&f);
}
