/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs over the bytes of one class, sixteen at a time where the machine can. Inline: the parsers of
 * this folder spend their time here. Reads no byte outside what it is given.
 */
#ifndef HTTP_SCAN_H
#define HTTP_SCAN_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "http/charclass.h"

/* The first byte that is a control (HTAB too), or end. */
static inline const char *
scan_text(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i	 space = _mm_set1_epi8(0x20), del = _mm_set1_epi8(0x7f);

	for (; end - p >= 16; p += 16) {
		__m128i	 v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i	 fine = _mm_andnot_si128(_mm_cmpeq_epi8(v, del),
		    _mm_cmpeq_epi8(_mm_max_epu8(v, space), v));
		unsigned mask = (unsigned)_mm_movemask_epi8(fine) ^ 0xffff;

		if (mask != 0)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && *p != '\t' && charclass_is((unsigned char)*p, CHAR_VALUE))
		p++;
	return p;
}

/* The first byte that is not a visible ASCII character, or end. */
static inline const char *
scan_visible(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i	 space = _mm_set1_epi8(0x20), del = _mm_set1_epi8(0x7f);
	const char	*begin = p;

	while (p < end && end - begin >= 16) {
		__m128i	 v, fine;
		unsigned mask;

		if (end - p < 16)
			p = end - 16;		/* the last ones: some of them a second time, and
						 * fine */
		v = _mm_loadu_si128((const __m128i *)(const void *)p);
		fine = _mm_andnot_si128(_mm_cmpeq_epi8(v, del), _mm_cmpgt_epi8(v, space));
		mask = (unsigned)_mm_movemask_epi8(fine) ^ 0xffff;
		if (mask != 0)
			return p + __builtin_ctz(mask);
		p += 16;
	}
#endif
	while (p < end && charclass_is((unsigned char)*p, CHAR_TARGET))
		p++;
	return p;
}

#endif
