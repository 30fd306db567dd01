/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads: whole and in pieces give the same verdict; all spans lie in the input; what is written
 * from a parsed head parses to the same again; the readers of fields cope with whatever came
 * through.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"
#include "base/sb.h"
#include "http/cachectl.h"
#include "http/date.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/media.h"
#include "http/target.h"
#include "http/tokens.h"

static const struct head_limits limits = { .head = 4096, .start_line = 1024, .fields = 64 };

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef enum head_result parse_fn(struct head *, const char *, size_t, size_t,
    const struct head_limits *, struct arena *);

static void
check_inside(struct span s, const char *p, size_t n)
{
	MUST(s.p == NULL || (s.p >= p && s.p + s.n <= p + n));
}

static void
check_head(const struct head *h, const char *p, size_t n)
{
	MUST(h->length <= n && h->length >= 4);
	check_inside(h->method_text, p, n);
	check_inside(h->target, p, n);
	check_inside(h->reason, p, n);
	for (unsigned i = 0; i < h->n; i++) {
		const struct head_field	*f = &h->fields[i];

		check_inside(f->name, p, n);
		check_inside(f->value, p, n);
		MUST(tokens_is_token(f->name));
		MUST(memchr(f->value.p, '\n', f->value.n) == NULL &&
		    memchr(f->value.p, '\r', f->value.n) == NULL);
		MUST(f->id == field_lookup(f->name));
	}
}

static void
write_head(struct sb *b, const struct head *h)
{
	if (h->request) {
		sb_span(b, h->method_text);
		sb_char(b, ' ');
		sb_span(b, h->target);
		sb_str(b, h->minor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
	} else {
		sb_printf(b, "HTTP/1.%u %03u ", h->minor, h->status);
		sb_span(b, h->reason);
		SB_LIT(b, "\r\n");
	}
	for (unsigned i = 0; i < h->n; i++) {
		if (h->fields[i].gone)
			continue;
		sb_span(b, h->fields[i].name);
		SB_LIT(b, ": ");
		sb_span(b, h->fields[i].value);
		SB_LIT(b, "\r\n");
	}
	SB_LIT(b, "\r\n");
}

/* Everything that reads fields. */
static void
read_values(struct head *h, struct arena *a)
{
	struct framing	 f;
	struct cachectl	 cc;
	struct target	 t;
	int64_t		 date;

	if (h->request)
		(void)framing_request(h, &f);
	else
		(void)framing_reply(h, METHOD_GET, &f);
	(void)framing_persistent(h);
	cachectl_parse(&cc, h);
	for (unsigned i = 0; i < h->n; i++) {
		struct span	 v = h->fields[i].value, item;

		(void)date_parse(v, 1700000000, &date);
		(void)media_type(v);
		MUST(media_quality(v, SPAN("text/html")) <= 1000);
		(void)head_joined(h, h->fields[i].name, a);
		while (tokens_next(&v, &item))
			(void)tokens_unescape(item, a);
	}
	(void)target_parse(&t, h->target, h->method == METHOD_CONNECT, a);
	(void)target_parse_host(&t, head_value(h, FIELD_HOST), 80, a);
	head_remove_hop(h);
	MUST(head_get(h, FIELD_CONNECTION) == NULL && head_get(h, FIELD_TRANSFER_ENCODING) == NULL);
}

static void
check_again(struct head *h, parse_fn *parse, struct arena *a)
{
	static const struct head_limits	 wide = { 1 << 20, 1 << 20, 1000 };
	struct head			 again;
	struct sb			 b;

	sb_heap(&b, 1 << 20);
	write_head(&b, h);
	MUST(sb_ok(&b));
	MUST(parse(&again, b.p, b.n, 0, &wide, a) == HEAD_DONE);
	MUST(again.n == h->n && again.length == b.n && again.status == h->status);
	for (unsigned i = 0; i < h->n; i++)
		MUST(span_eq(again.fields[i].value, h->fields[i].value) &&
		    again.fields[i].next == h->fields[i].next);
	sb_free(&b);
}

static void
try(parse_fn *parse, const char *p, size_t n, size_t step)
{
	struct head		 h, pieces;
	struct arena		 a;
	enum head_result	 r, r2 = HEAD_MORE;
	size_t			 seen = 0, have;

	arena_init(&a, 1 << 20);
	r = parse(&h, p, n, 0, &limits, &a);
	while (r2 == HEAD_MORE && seen < n) {
		char	*copy;

		have = seen + step < n ? seen + step : n;
		/* exactly so long: the sanitizer sees each byte read too far */
		copy = malloc(have);
		MUST(copy != NULL);
		memcpy(copy, p, have);
		r2 = parse(&pieces, copy, have, seen, &limits, &a);
		free(copy);
		seen = have;
	}
	if (r == HEAD_MANY_FIELDS && r2 == HEAD_MORE)	/* pieces are counted when all are there */
		r2 = r;
	MUST((r > HEAD_MORE) == (r2 > HEAD_MORE) && (r == HEAD_DONE) == (r2 == HEAD_DONE));
	if (r == HEAD_DONE) {
		MUST(pieces.length == h.length && pieces.n == h.n);
		check_head(&h, p, n);
		check_again(&h, parse, &a);
		read_values(&h, &a);
	}
	arena_reset(&a);
}

static void
try_section(const char *p, size_t n)
{
	struct arena		 a;
	struct head		 h;

	arena_init(&a, 1 << 20);
	if (head_parse_fields(&h, p, n, &limits, &a) == HEAD_DONE)
		MUST(h.length <= n);
	arena_reset(&a);
}

/* The first byte: kind and size of the pieces. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char	*p = (const char *)data + 1;

	if (n < 1)
		return 0;
	try(data[0] & 1 ? head_parse_reply : head_parse_request, p, n - 1,
	    (size_t)(data[0] >> 2) + 1);
	if (data[0] & 2)
		try_section(p, n - 1);
	return 0;
}
