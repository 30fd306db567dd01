/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked transfer coding (RFC 9112, 7.1). The decoder keeps no bytes: it is fed from the
 * connection's buffer and hands out spans of it. Strict: CRLF line ends only, sizes of at most 15
 * hex digits without white space around them, extensions parsed (token[=token|quoted-string]) and
 * dropped, bounded in length.
 */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "base/span.h"

struct chunked {
	uint8_t		 state;
	uint8_t		 wrong;		/* why BAD */
	uint8_t		 digits;	/* of the size being read */
	/* bytes of the current chunk's data not yet handed out; 0 outside of data */
	uint64_t	 left;
	uint64_t	 size;		/* being read */
	/* bytes of the current line so far (limits); of the trailer: those judged */
	size_t		 line;
	/* extensions received beyond what the data received makes tolerable */
	size_t		 waste;
};

enum chunked_event {
	CHUNKED_MORE,		/* *used may be > 0; feed more */
	CHUNKED_DATA,		/* *data: decoded bytes inside p..p+*used */
	/*
	 * *data: the trailer section, field lines with their CRLFs and without the empty line;
	 * often empty
	 */
	CHUNKED_END,
	CHUNKED_BAD,
};

/*
 * CHUNKED_WASTE_MAX: a sender that wraps each byte in a long extension makes others work for
 * nothing; so many bytes of extensions beyond 16 bytes and twice its data for each chunk are
 * borne with.
 */
enum { CHUNKED_EXT_MAX = 4096, CHUNKED_TRAILER_MAX = 16384, CHUNKED_WASTE_MAX = 65536 };

void		 chunked_init(struct chunked *c);

/*
 * Takes what it can of p[0..n): *used says how many bytes are done with. The trailer section is
 * handed out whole: until its empty line is there the call answers MORE with *used behind what
 * precedes it, so the buffer must hold CHUNKED_TRAILER_MAX bytes, and the next call gets the same
 * bytes and more. Its lines are judged as strictly as those of a head. After END and BAD do not
 * call it again.
 */
enum chunked_event chunked_next(struct chunked *c, const char *p, size_t n, size_t *used,
    struct span *data);

/*
 * When the decoder stands inside chunk data (left > 0): the caller moved k <= left bytes of data
 * past the decoder itself (splice).
 */
void		 chunked_skip(struct chunked *c, uint64_t k);

const char	*chunked_text(const struct chunked *c);	/* what was wrong, after CHUNKED_BAD */

enum { CHUNKED_LINE = 20 };
/* Writes "SIZE\r\n" for a chunk of n > 0 bytes to dst (CHUNKED_LINE bytes); returns its length. */
size_t		 chunked_line(uint64_t n, char *dst);

#endif
