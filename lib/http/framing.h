/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a message's body is delimited (RFC 9112, 6). Ambiguity is an error, never resolved by
 * preference.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "http/head.h"

enum framing_kind {
	FRAMING_NONE,		/* no body at all */
	FRAMING_LENGTH,		/* length bytes; may be 0 */
	FRAMING_CHUNKED,
	FRAMING_CLOSE,		/* replies: until the connection closes */
	FRAMING_UPGRADED,	/* replies: 101, or 2xx to CONNECT: no message any more */
};

struct framing {
	enum framing_kind	 kind;
	uint64_t		 length;	/* FRAMING_LENGTH */
};

enum framing_result {
	FRAMING_OK,
	FRAMING_BOTH,		/* Content-Length and Transfer-Encoding */
	FRAMING_LENGTHS_DIFFER,
	FRAMING_BAD_LENGTH,	/* not digits, too large, empty, list of unequal values */
	FRAMING_NOT_LAST,	/* chunked not last, or twice */
	FRAMING_UNKNOWN_CODING,	/* 501: a transfer coding other than chunked */
	FRAMING_OLD_CODING,	/* Transfer-Encoding in an HTTP/1.0 message */
};

/* A list of equal Content-Lengths counts as one value (RFC 9110, 8.6). */
enum framing_result framing_request(const struct head *h, struct framing *out);

/*
 * `method` is that of the request answered. 1xx, 204, 304 and answers to HEAD have no body
 * whatever their fields say.
 */
enum framing_result framing_reply(const struct head *h, enum method method, struct framing *out);

/* The length that Content-Length tells, whether a body follows or not; false: none, or not one. */
bool		 framing_length(const struct head *h, uint64_t *out);

unsigned	 framing_status(enum framing_result r);	/* 400 or 501 for a request; 0 for OK */
const char	*framing_text(enum framing_result r);

/*
 * Whether the sender of this message keeps the connection open after it (RFC 9112, 9.3).
 * Proxy-Connection counts for requests of HTTP/1.0 clients as Squid has it.
 */
bool		 framing_persistent(const struct head *h);

#endif
