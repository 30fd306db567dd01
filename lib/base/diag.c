/* SPDX-License-Identifier: Apache-2.0 */
/* Collected diagnostics of a configuration. */
#include "base/diag.h"

#include <stdlib.h>

#include "base/mem.h"

void
diag_init(struct diag *d)
{
	*d = (struct diag){ 0 };
}

void
diag_free(struct diag *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->entries[i].file);
		free(d->entries[i].text);
	}
	free(d->entries);
	diag_init(d);
}

static void
add(struct diag *d, enum diag_level level, struct diag_place at, const char *fmt, va_list ap)
{
	struct diag_entry	*e;
	char			*text;

	if (vasprintf(&text, fmt, ap) < 0)
		text = mem_str("(out of memory)");
	d->entries = mem_room(d->entries, d->n, &d->cap, sizeof *d->entries);
	e = &d->entries[d->n++];
	*e = (struct diag_entry){ mem_str(at.file == NULL ? "-" : at.file), at.line, at.col, level,
	    text };
	d->errors += level == DIAG_ERROR;
	d->warnings += level == DIAG_WARNING;
}

#define FORWARD(level) \
	do { va_list ap; va_start(ap, fmt); add(d, level, at, fmt, ap); va_end(ap); } while (0)

void
diag_error(struct diag *d, struct diag_place at, const char *fmt, ...)
{
	FORWARD(DIAG_ERROR);
}

void
diag_warn(struct diag *d, struct diag_place at, const char *fmt, ...)
{
	FORWARD(DIAG_WARNING);
}

void
diag_note(struct diag *d, struct diag_place at, const char *fmt, ...)
{
	FORWARD(DIAG_NOTE);
}

char *
diag_line(const struct diag_entry *e, char *dst, size_t cap)
{
	static const char *const	 words[] = { "note", "warning", "error" };

	if (e->line == 0)
		snprintf(dst, cap, "%s: %s: %s", e->file, words[e->level], e->text);
	else
		snprintf(dst, cap, "%s:%u:%u: %s: %s", e->file, e->line, e->col == 0 ? 1 : e->col,
		    words[e->level], e->text);
	return dst;
}

void
diag_print(const struct diag *d, FILE *to)
{
	char	 line[4096];

	for (size_t i = 0; i < d->n; i++)
		fprintf(to, "%s\n", diag_line(&d->entries[i], line, sizeof line));
}
