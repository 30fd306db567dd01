/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of bytes in HTTP and URIs: one table of flags, asked inline by the parsers of this
 * folder.
 */
#ifndef HTTP_CHARCLASS_H
#define HTTP_CHARCLASS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CHAR_TOKEN	= 1 << 0,	/* tchar (RFC 9110, 5.6.2) */
	/* HTAB, SP, VCHAR, obs-text: what a field value and a reason phrase hold */
	CHAR_VALUE	= 1 << 1,
	/* VCHAR: what a request target may hold; see target.c for the stricter parts */
	CHAR_TARGET	= 1 << 2,
	/* letters, digits, '-', '_', '.': a name in the DNS as it is used */
	CHAR_HOST	= 1 << 3,
	CHAR_USERINFO	= 1 << 4,	/* unreserved, sub-delims, ':' and '%' (RFC 3986, 3.2.1) */
	CHAR_SCHEME	= 1 << 5,	/* letters, digits, '+', '-', '.' (RFC 3986, 3.1) */
	CHAR_ALPHA	= 1 << 6,
	CHAR_DIGIT	= 1 << 7,
};

extern const uint8_t	 charclass_table[256];
extern const int8_t	 charclass_hex[256];	/* value of a hexadecimal digit, or -1 */

static inline bool
charclass_is(unsigned char c, unsigned classes)
{
	return (charclass_table[c] & classes) != 0;
}

#endif
