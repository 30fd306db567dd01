/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C. The instruction takes three cycles but starts anew each cycle, so long inputs are done
 * as three streams side by side, whose values are joined by "appending zeros" with a table (Mark
 * Adler's way). Tables are made before main, so any thread may call.
 */
#include "store/crc32c.h"

#include <stdbool.h>
#include <string.h>

enum { LONG = 4096, SHORT = 256, TINY = 64 };
#define POLY	0x82f63b78U

static uint32_t	 bytes_table[8][256];

static void
make_bytes_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = (c & 1) ? c >> 1 ^ POLY : c >> 1;
		bytes_table[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			bytes_table[k][i] = bytes_table[k - 1][i] >> 8 ^
			    bytes_table[0][bytes_table[k - 1][i] & 0xff];
}

static inline uint64_t
little(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64(w);
#else
	return w;
#endif
}

uint32_t
crc32c_table(uint32_t crc, const void *data, size_t n)
{
	const uint8_t	*p = data;
	uint64_t	 w;

	crc = ~crc;
	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		w = little(w) ^ crc;
		crc = bytes_table[7][w & 0xff] ^ bytes_table[6][w >> 8 & 0xff] ^
		    bytes_table[5][w >> 16 & 0xff] ^ bytes_table[4][w >> 24 & 0xff] ^
		    bytes_table[3][w >> 32 & 0xff] ^ bytes_table[2][w >> 40 & 0xff] ^
		    bytes_table[1][w >> 48 & 0xff] ^ bytes_table[0][w >> 56];
	}
	for (; n > 0; p++, n--)
		crc = crc >> 8 ^ bytes_table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

#if defined(__x86_64__)

#include <nmmintrin.h>

/* what so many zero bytes make of a crc, byte by byte */
static uint32_t	 long_shift[4][256], short_shift[4][256], tiny_shift[4][256];
static bool	 has_instruction;

/* A crc is a polynomial; appending zeros is a linear map, so that of each bit is enough. */
static void
make_shift(uint32_t shift[4][256], size_t zeros)
{
	uint32_t	 of_bit[32];

	for (int bit = 0; bit < 32; bit++) {
		uint32_t c = 1U << bit;

		for (size_t i = 0; i < zeros; i++)
			c = c >> 8 ^ bytes_table[0][c & 0xff];
		of_bit[bit] = c;
	}
	for (int k = 0; k < 4; k++) {
		for (uint32_t v = 0; v < 256; v++) {
			shift[k][v] = 0;
			for (int bit = 0; bit < 8; bit++)
				if (v >> bit & 1)
					shift[k][v] ^= of_bit[8 * k + bit];
		}
	}
}

static inline uint32_t
shifted(uint32_t shift[4][256], uint32_t c)
{
	return shift[0][c & 0xff] ^ shift[1][c >> 8 & 0xff] ^ shift[2][c >> 16 & 0xff] ^
	    shift[3][c >> 24];
}

__attribute__((target("sse4.2"))) static inline uint64_t
word(uint64_t crc, const uint8_t *p)
{
	uint64_t	 w;

	memcpy(&w, p, 8);
	return _mm_crc32_u64(crc, w);
}

/* Blocks of three times `each` bytes; returns the bytes done. */
__attribute__((target("sse4.2"))) static size_t
three_streams(uint64_t *crc, const uint8_t *p, size_t n, size_t each, uint32_t shift[4][256])
{
	size_t	 done = 0;

	for (; n - done >= 3 * each; done += 3 * each) {
		uint64_t a = *crc, b = 0, c = 0;

		for (size_t i = done; i < done + each; i += 8) {
			a = word(a, p + i);
			b = word(b, p + i + each);
			c = word(c, p + i + 2 * each);
		}
		a = shifted(shift, (uint32_t)a) ^ b;
		*crc = shifted(shift, (uint32_t)a) ^ c;
	}
	return done;
}

__attribute__((target("sse4.2"))) static uint32_t
by_instruction(uint32_t start, const uint8_t *p, size_t n)
{
	uint64_t	 crc = ~start;
	size_t		 done;

	done = three_streams(&crc, p, n, LONG, long_shift);
	p += done;
	n -= done;
	done = three_streams(&crc, p, n, SHORT, short_shift);
	p += done;
	n -= done;
	done = three_streams(&crc, p, n, TINY, tiny_shift);
	p += done;
	n -= done;
	for (; n >= 8; p += 8, n -= 8)
		crc = word(crc, p);
	for (; n > 0; p++, n--)
		crc = _mm_crc32_u8((uint32_t)crc, *p);
	return ~(uint32_t)crc;
}

__attribute__((constructor)) static void
make_tables(void)
{
	make_bytes_table();
	make_shift(long_shift, LONG);
	make_shift(short_shift, SHORT);
	make_shift(tiny_shift, TINY);
	__builtin_cpu_init();
	has_instruction = __builtin_cpu_supports("sse4.2");
}

uint32_t
crc32c_more(uint32_t crc, const void *p, size_t n)
{
	if (n == 0)
		return crc;
	return has_instruction ? by_instruction(crc, p, n) : crc32c_table(crc, p, n);
}

#else

__attribute__((constructor)) static void
make_tables(void)
{
	make_bytes_table();
}

uint32_t
crc32c_more(uint32_t crc, const void *p, size_t n)
{
	if (n == 0)
		return crc;
	return crc32c_table(crc, p, n);
}

#endif
