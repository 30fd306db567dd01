/* SPDX-License-Identifier: Apache-2.0 */
/*
 * squid.conf as text: bytes of one file -> logical lines -> words, each with its place. As Squid
 * 5 and 6 do it: leading blanks, blank lines and lines that begin with '#' do not count (inside a
 * continued line either); a line that ends in '\' goes on with the next one, whose leading blanks
 * are dropped; a word that begins with '#' ends the line. Beyond Squid: a byte order mark is
 * skipped, CRLF ends are taken, and NULs, bare carriage returns, lines over LEXER_LINE_MAX and a
 * '\' before the end of the file are told instead of cutting the text silently.
 */
#ifndef CONF_LEXER_H
#define CONF_LEXER_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/sb.h"

enum { LEXER_LINE_MAX = 65535 };	/* of a physical line and of a joined one */

/* From text[at] on the bytes stand at line:col and after it. */
struct lexer_piece {
	size_t		 at;
	uint32_t	 line, col;
};

/*
 * A logical line, without blanks at its ends, and how far it has been read. Borrows from the
 * file's buffers: valid until the next.
 */
struct lexer_line {
	const char		*file;
	struct span		 text;
	struct lexer_piece	*pieces;
	size_t			 n_pieces;
	size_t			 at;
};

struct lexer_file {
	const char		*file;		/* borrowed; places refer to it */
	struct span		 rest;		/* bytes not read yet */
	uint32_t		 line;		/* of the last physical line read */
	struct sb		 text;
	struct lexer_piece	*pieces;
	size_t			 n_pieces, cap;
	struct diag		*d;
};

/* `bytes` stay where they are until lexer_close. */
void		 lexer_open(struct lexer_file *f, const char *file, struct span bytes,
		    struct diag *d);
void		 lexer_close(struct lexer_file *f);
/* False at the end. */
bool		 lexer_line(struct lexer_file *f, struct lexer_line *out);

/* Where text[at] stands. */
struct diag_place lexer_place(const struct lexer_line *l, size_t at);

enum lexer_mode {
	LEXER_PLAIN,		/* words between blanks; quotes are bytes like others */
	LEXER_FILES,		/* the same, but "name" or 'name' is a file to read words from */
	LEXER_REGEX,		/* as LEXER_FILES, and "\ " does not end a word */
	/* "..." and '...' with \-escapes are one word; parameters("name") is a file */
	LEXER_QUOTES,
	/* as LEXER_QUOTES, and other words may hold only Squid's harmless characters */
	LEXER_STRICT,
};

enum lexer_kind { LEXER_END, LEXER_WORD, LEXER_QUOTED, LEXER_FILE, LEXER_BAD };

struct lexer_word {
	/* borrows from the line, or from the arena (unescaped) */
	struct span		 text;
	size_t			 start;		/* in the line's text */
};

/*
 * The next word; LEXER_BAD after an error told to d (the rest of the line is given up). For
 * LEXER_FILE, text is the name.
 */
enum lexer_kind	 lexer_word(struct lexer_line *l, enum lexer_mode mode, struct arena *a,
    struct lexer_word *w, struct diag *d);
/*
 * What is left of the line, without blanks at its ends; a value that begins with a quote is taken
 * as Squid does: unescaped, up to its closing quote. Empty when nothing is left, or after an
 * error told to d.
 */
struct span	 lexer_rest(struct lexer_line *l, struct arena *a, struct diag *d);
/* The same without looking at quotes. */
struct span	 lexer_raw(struct lexer_line *l);

#endif
