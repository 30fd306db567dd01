/* SPDX-License-Identifier: Apache-2.0 */
/* String builder. */
#include "base/sb.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void
sb_heap(struct sb *b, size_t max)
{
	*b = (struct sb){ .max = max, .heap = true };
}

void
sb_free(struct sb *b)
{
	if (b->heap) {
		free(b->p);
		sb_heap(b, b->max);
	}
}

void
sb_clear(struct sb *b)
{
	b->n = 0;
	b->failed = false;
}

bool
sb_room(struct sb *b, size_t n)
{
	size_t	 want;

	if (b->failed)
		return false;
	if (n <= b->cap - b->n)
		return true;
	if (!b->heap || n > b->max - b->n) {
		b->failed = true;
		return false;
	}
	want = b->cap < 128 ? 128 : b->cap * 2;
	while (want < b->n + n)
		want *= 2;
	if (want > b->max)
		want = b->max;
	b->p = mem_grow(b->p, want);
	b->cap = want;
	return true;
}

static inline unsigned
digits_of(uint64_t v)
{
	unsigned	 n = 0;

	for (; v >= 100000; v /= 100000)
		n += 5;
	if (v < 100)
		return n + (v < 10 ? 1 : 2);
	return n + (v < 1000 ? 3 : v < 10000 ? 4 : 5);
}

void
sb_u64(struct sb *b, uint64_t v)
{
	static const char	 pairs[] =
	    "00010203040506070809101112131415161718192021222324"
	    "25262728293031323334353637383940414243444546474849"
	    "50515253545556575859606162636465666768697071727374"
	    "75767778798081828384858687888990919293949596979899";
	unsigned		 n = digits_of(v);
	char			*to = sb_more(b, n);
	uint32_t		 low;		/* dividing it costs half as much */

	if (to == NULL)
		return;
	for (to += n; v > UINT32_MAX; v /= 100) {
		to -= 2;
		memcpy(to, pairs + v % 100 * 2, 2);
	}
	for (low = (uint32_t)v; low >= 100; low /= 100) {
		to -= 2;
		memcpy(to, pairs + low % 100 * 2, 2);
	}
	if (low >= 10)
		memcpy(to - 2, pairs + low * 2, 2);
	else
		to[-1] = (char)('0' + low);
}

void
sb_hex(struct sb *b, uint64_t v)
{
	char	 digits[16];
	size_t	 i = sizeof digits;

	do {
		digits[--i] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v != 0);
	sb_add(b, digits + i, sizeof digits - i);
}

void
sb_printf(struct sb *b, const char *fmt, ...)
{
	va_list	 ap;
	char	 small[256];
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if ((size_t)n < sizeof small) {
		sb_add(b, small, (size_t)n);
		return;
	}
	{
		char	*big = mem_alloc((size_t)n + 1);

		va_start(ap, fmt);
		vsnprintf(big, (size_t)n + 1, fmt, ap);
		va_end(ap);
		sb_add(b, big, (size_t)n);
		free(big);
	}
}

const char *
sb_cstr(struct sb *b)
{
	if (!sb_room(b, 1))
		return "";
	b->p[b->n] = '\0';
	return b->p;
}
