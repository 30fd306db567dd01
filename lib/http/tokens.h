/* SPDX-License-Identifier: Apache-2.0 */
/* Comma-separated lists, parameters, quoted strings, tokens (RFC 9110, 5.6). */
#ifndef HTTP_TOKENS_H
#define HTTP_TOKENS_H

#include "base/arena.h"
#include "base/span.h"

bool		 tokens_is_tchar(unsigned char c);
bool		 tokens_is_token(struct span s);	/* not empty, tchars only */

/*
 * Next element of a list; commas inside quoted strings do not separate; empty elements are
 * skipped; trimmed.
 */
bool		 tokens_next(struct span *rest, struct span *item);

/*
 * Splits "name[=value]" of a directive; value {NULL,0} when absent; a quoted value comes without
 * its quotes, still escaped, and *quoted says so. False if it is not of that form.
 */
bool		 tokens_directive(struct span item, struct span *name, struct span *value,
		    bool *quoted);

/*
 * Next ";"-separated parameter of an element such as a media type or a transfer coding; the first
 * call yields the part before the first ';'.
 */
bool		 tokens_parameter(struct span *rest, struct span *item);

/* Undoes backslashes of a quoted-string's inside; the arena only where there are any. */
struct span	 tokens_unescape(struct span inside, struct arena *a);

#endif
