/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer of squid.conf: whatever the bytes, lines hold no control characters that were told,
 * words lie inside their line and in its order, and places never go backwards. Every way of
 * reading a line is tried.
 */
#include <stdlib.h>

#include "base/must.h"
#include "conf/lexer.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_words(struct lexer_line line, enum lexer_mode mode, struct arena *a, struct diag *d)
{
	struct lexer_word	 w;
	struct diag_place	 last = lexer_place(&line, 0), at;
	unsigned		 errors = d->errors;
	size_t			 before = 0;
	enum lexer_kind		 k;

	while ((k = lexer_word(&line, mode, a, &w, d)) != LEXER_END && k != LEXER_BAD) {
		MUST(w.start >= before && w.start < line.text.n && line.at <= line.text.n &&
		    line.at > w.start);
		before = w.start;
		at = lexer_place(&line, w.start);
		MUST(at.line > last.line || (at.line == last.line && at.col >= last.col));
		last = at;
		MUST(w.text.n <= line.text.n);
		MUST(k != LEXER_WORD || w.text.n > 0);
		MUST(k != LEXER_QUOTED || mode >= LEXER_QUOTES);
		MUST(k != LEXER_FILE || (mode != LEXER_PLAIN && w.text.n > 0));
	}
	MUST((k == LEXER_BAD) == (d->errors > errors));
	MUST(line.at == line.text.n);
}

static void
check_rest(struct lexer_line line, struct arena *a, struct diag *d)
{
	struct lexer_word	 w;
	struct span		 rest;

	if (lexer_word(&line, LEXER_PLAIN, a, &w, d) != LEXER_WORD)
		return;
	rest = lexer_rest(&line, a, d);
	MUST(rest.n <= line.text.n && line.at == line.text.n);
	MUST(rest.n == 0 || rest.p != NULL);
}

static void
check_line(const struct lexer_line *line, struct arena *a, struct diag *d)
{
	MUST(line->text.n > 0 && line->text.n <= LEXER_LINE_MAX + 1 && line->n_pieces > 0);
	for (size_t i = 0; i < line->text.n; i++)
		MUST(line->text.p[i] != '\n' && line->text.p[i] != '\0' && line->text.p[i] != '\r');
	for (int mode = LEXER_PLAIN; mode <= LEXER_STRICT; mode++)
		check_words(*line, (enum lexer_mode)mode, a, d);
	check_rest(*line, a, d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct lexer_file	 f;
	struct lexer_line	 line;
	struct arena		 a;
	struct diag		 d;
	uint32_t		 last = 0;
	char			*copy;

	copy = malloc(n == 0 ? 1 : n);
	if (copy == NULL)
		return 0;
	if (n > 0)
		memcpy(copy, data, n);
	arena_init(&a, 64 << 20);
	diag_init(&d);
	lexer_open(&f, "fuzz", span_at(copy, n), &d);
	while (d.n < 1000 && lexer_line(&f, &line)) {
		MUST(lexer_place(&line, 0).line > last);
		last = f.line;
		check_line(&line, &a, &d);
		arena_reset(&a);
	}
	lexer_close(&f);
	diag_free(&d);
	arena_reset(&a);
	free(copy);
	return 0;
}
