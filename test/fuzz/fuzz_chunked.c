/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked decoder: however the bytes are cut, the same data, trailer and verdict; what it
 * says of itself is true.
 */
#include <stdlib.h>

#include "base/must.h"
#include "base/sb.h"
#include "http/chunked.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct outcome {
	struct sb		 data, trailer;
	enum chunked_event	 last;
	size_t			 used;
};

static enum chunked_event
drain(struct chunked *c, struct outcome *o, const char *p, size_t n)
{
	enum chunked_event	 e;
	struct span		 data;
	size_t			 at = 0, used;

	do {
		e = chunked_next(c, p + at, n - at, &used, &data);
		MUST(used <= n - at);
		MUST(data.n == 0 || (data.p >= p + at && data.p + data.n <= p + at + used));
		at += used;
		if (e == CHUNKED_DATA) {
			MUST(data.n > 0);
			sb_span(&o->data, data);
		} else if (e == CHUNKED_END) {
			sb_span(&o->trailer, data);
		}
	} while (e == CHUNKED_DATA);
	o->used += at;
	return e;
}

static void
decode(struct outcome *o, const char *p, size_t n, size_t step)
{
	struct chunked	 c;
	size_t		 have = 0;

	*o = (struct outcome){ .last = CHUNKED_MORE };
	sb_heap(&o->data, 1 << 20);
	sb_heap(&o->trailer, 1 << 20);
	chunked_init(&c);
	while (o->last == CHUNKED_MORE && have < n) {
		char	*copy;
		size_t	 k;

		have = have + step < n ? have + step : n;
		k = have - o->used;
		copy = malloc(k);
		MUST(copy != NULL);
		memcpy(copy, p + o->used, k);
		o->last = drain(&c, o, copy, k);
		free(copy);
	}
	MUST(sb_ok(&o->data) && sb_ok(&o->trailer));
	MUST(chunked_text(&c) != NULL);
}

static void
round_trip(struct span body)
{
	struct outcome	 o;
	struct sb	 b;
	char		 line[CHUNKED_LINE];

	sb_heap(&b, 1 << 20);
	if (body.n > 0) {
		sb_add(&b, line, chunked_line(body.n, line));
		sb_span(&b, body);
		SB_LIT(&b, "\r\n");
	}
	SB_LIT(&b, "0\r\n\r\n");
	decode(&o, b.p, b.n, 7);
	MUST(o.last == CHUNKED_END && span_eq(sb_done(&o.data), body) && o.used == b.n);
	sb_free(&o.data);
	sb_free(&o.trailer);
	sb_free(&b);
}

/* The first byte: size of the pieces. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char	*p = (const char *)data + 1;
	struct outcome	 whole, pieces;

	if (n < 1)
		return 0;
	decode(&whole, p, n - 1, n);
	decode(&pieces, p, n - 1, (size_t)data[0] + 1);
	MUST(whole.last == pieces.last);
	MUST(span_eq(sb_done(&whole.data), sb_done(&pieces.data)));
	MUST(span_eq(sb_done(&whole.trailer), sb_done(&pieces.trailer)));
	MUST(whole.last != CHUNKED_END || whole.used == pieces.used);
	round_trip(sb_done(&whole.data));
	sb_free(&whole.data);
	sb_free(&whole.trailer);
	sb_free(&pieces.data);
	sb_free(&pieces.trailer);
	return 0;
}
