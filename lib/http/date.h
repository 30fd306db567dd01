/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP dates (RFC 9110, 5.6.7). */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include "base/span.h"

enum { DATE_TEXT = 30 };	/* IMF-fixdate and its NUL */

/*
 * IMF-fixdate, RFC 850 and asctime forms; the two-digit year by the 50-year rule relative to
 * now_s. False: not a date.
 */
bool		 date_parse(struct span text, int64_t now_s, int64_t *out);

/*
 * "Sun, 06 Nov 1994 08:49:37 GMT" into dst (DATE_TEXT bytes); returns dst. Cheap for the second
 * it was last asked for.
 */
char		*date_print(int64_t unix_s, char *dst);

#endif
