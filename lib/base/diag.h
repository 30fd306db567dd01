/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics about a configuration: each with file, line and column, collected (not only the
 * first), printed as "file:line:column: error|warning|note: text".
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct diag_place {
	const char	*file;		/* lives as long as the settings made from it */
	uint32_t	 line, col;	/* from 1; 0: the whole file or line */
};

enum diag_level { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

struct diag_entry {
	char			*file;	/* own copy */
	uint32_t		 line, col;
	enum diag_level		 level;
	char			*text;
};

struct diag {
	struct diag_entry	*entries;
	size_t			 n, cap;
	unsigned		 errors, warnings;
};

void	 diag_init(struct diag *d);
void	 diag_free(struct diag *d);
void	 diag_error(struct diag *d, struct diag_place at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
void	 diag_warn(struct diag *d, struct diag_place at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* An accepted thing that has no effect here, and why. */
void	 diag_note(struct diag *d, struct diag_place at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* One entry as a line without newline into dst; returns dst. */
char	*diag_line(const struct diag_entry *e, char *dst, size_t cap);
void	 diag_print(const struct diag *d, FILE *to);

#endif
