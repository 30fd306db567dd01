/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encodings of logformat: how bytes from the network are made safe inside a line, each exactly
 * as Squid does it.
 */
#ifndef CORE_FORMATQUOTE_H
#define CORE_FORMATQUOTE_H

#include "base/sb.h"

enum format_quote {
	QUOTE_DEFAULT,	/* the code's own: raw, or PASS */
	QUOTE_QUOTES,	/* %" : \" \\ \r \n \t */
	QUOTE_MIME,	/* %[ : %, [, ], and all outside of 32..126 as %xx (lower case); \\ \r \n */
	QUOTE_URL,	/* %# : RFC 1738 unsafe bytes and % as %XX */
	QUOTE_SHELL,	/* %/ : \" \\ \r \n, quotes around values with a space */
	QUOTE_RAW,	/* %' : as is */
	QUOTE_PASS,	/* as URL, but % itself is left alone: the default of many codes */
	/* only what no address has: controls, blanks, what is not ASCII (the default of %ru) */
	QUOTE_ADDRESS,
	QUOTE_COUNT
};

/*
 * Appends s encoded. No encoding lets CR, LF or NUL through: where Squid would, they become %0D,
 * %0A, %00, because a line of a log is a line and a field of a head is a field.
 */
void		 formatquote_put(enum format_quote how, struct span s, struct sb *out);

#endif
