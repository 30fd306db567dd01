/* SPDX-License-Identifier: Apache-2.0 */
/* A value put into a line: encoding, width, precision, as Squid does it. */
#include "core/formatput.h"

static void
pad(struct sb *out, char with, size_t have, int want)
{
	for (size_t i = have; want > 0 && i < (size_t)want; i++)
		sb_char(out, with);
}

/* Decimal, with leading zeros up to width. */
static void
zeros(struct sb *b, uint64_t v, int width)
{
	char	 room[20];
	size_t	 i = sizeof room;

	do {
		room[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	pad(b, '0', sizeof room - i, width);
	sb_add(b, room + i, sizeof room - i);
}

void
formatput_number(const struct format_op *op, const struct format_value *v, struct sb *out)
{
	char		 room[FORMATPUT_WIDTH * 2 + 32];
	int		 width = op->zero && op->min > 0 ? op->min : 0, precision = op->max;
	struct sb	 b;

	sb_fixed(&b, room, sizeof room);
	if (v->kind == VALUE_INT) {
		zeros(&b, v->number, width);
	} else if (v->kind == VALUE_MSEC && precision < 0) {
		zeros(&b, v->number / 1000, width);
	} else if (v->kind == VALUE_MSEC) {
		zeros(&b, v->number / 1000, width - precision - 1);
		sb_char(&b, '.');
		zeros(&b, v->number % 1000 * (1000 / op->divisor), precision);
	} else {
		precision = precision >= 0 ? precision : 3;
		zeros(&b, v->number / 1000000, width - precision - 1);
		sb_char(&b, '.');
		zeros(&b, v->number % 1000000 / op->divisor, precision);
	}
	if (!op->left)
		pad(out, ' ', b.n, op->min);
	sb_span(out, sb_done(&b));
	if (op->left)
		pad(out, ' ', b.n, op->min);
}

void
formatput_text(const struct format_op *op, struct span s, size_t clip, struct sb *out)
{
	size_t	 from = out->n, n;

	if (s.n > clip)
		s.n = clip;
	if (op->min < 0 && op->max < 0) {
		formatquote_put((enum format_quote)op->quote, s, out);
		return;
	}
	formatquote_put((enum format_quote)op->quote, s, out);
	n = out->n - from;
	if (op->max >= 0 && n > (size_t)op->max) {
		out->n = from + (size_t)op->max;
		n = (size_t)op->max;
	}
	if (op->min < 0 || n >= (size_t)op->min)
		return;
	pad(out, ' ', n, op->min);
	if (!op->left && sb_ok(out)) {
		memmove(out->p + from + ((size_t)op->min - n), out->p + from, n);
		memset(out->p + from, ' ', (size_t)op->min - n);
	}
}
