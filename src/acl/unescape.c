/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent-decoding into one buffer that a process keeps: no allocation once it is as large as the
 * longest URL.
 */
#include "acl/unescape.h"

#include "base/mem.h"
#include "http/charclass.h"

static char	*room;
static size_t	 room_size;

static int
decode(const char *p)
{
	int hi = charclass_hex[(unsigned char)p[0]], lo = charclass_hex[(unsigned char)p[1]];

	return (hi < 0 || lo < 0) ? -1 : hi * 16 + lo;
}

struct span
unescape(struct span text)
{
	const char *from = text.p, *end = text.p + text.n;
	char *to;

	if (text.n == 0 || memchr(text.p, '%', text.n) == NULL)
		return text;
	if (room_size < text.n) {
		room_size = text.n * 2;
		room = mem_grow(room, room_size);
	}
	for (to = room; from < end; from++) {
		int byte = (*from == '%' && end - from > 2) ? decode(from + 1) : -1;

		*to++ = (byte > 0) ? (char)byte : *from;
		if (byte > 0)
			from += 2;
		else if (*from == '%' && end - from > 1 && from[1] == '%')
			from++;
	}
	return span_at(room, (size_t)(to - room));
}
