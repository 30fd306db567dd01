/* SPDX-License-Identifier: Apache-2.0 */
/* Range and If-Range on a representation of known length (RFC 9110, 13.1.5 and 14). */
#ifndef CACHE_BYTERANGE_H
#define CACHE_BYTERANGE_H

#include "cache/storedattr.h"

enum { BYTERANGE_MAX = 32 };	/* parts of an answer; who asks for more gets the whole */

struct byterange {
	uint64_t	 first, last;	/* both inclusive */
};

struct byteranges {
	struct byterange	 r[BYTERANGE_MAX];
	unsigned		 n;
};

enum byterange_result {
	/*
	 * no Range, one that is to be ignored, or one that asks for everything in an odd way: 200
	 */
	BYTERANGE_WHOLE,
	BYTERANGE_PARTS,		/* 206 */
	BYTERANGE_UNSATISFIABLE,	/* 416 */
};

/*
 * The value of Range on `size` bytes. Ranges that overlap or touch are made one, in the order asked
 * for; more than two that overlap, more than BYTERANGE_MAX, another unit or any malformed part make
 * it ignored (RFC 9110, 14.2).
 */
enum byterange_result byterange_parse(struct span value, uint64_t size, struct byteranges *out);

/*
 * For a request: GET only, one Range field only, If-Range judged on the stored response (strong
 * comparison, exact date), which is a 200 or parts of one (206; the caller sees whether they hold
 * what is asked for).
 */
enum byterange_result byterange_request(const struct head *req, const struct storedattr *at,
    uint64_t size, struct byteranges *out);

/* If-Range holds, or there is none (RFC 9110, 13.1.5). */
bool		 byterange_if_range(const struct head *req, const struct storedattr *at);

/*
 * Where the first byte asked for stands, without knowing the size (range_offset_limit): UINT64_MAX
 * for suffixes and what is malformed.
 */
uint64_t	 byterange_first(struct span value);

/* All bytes of all ranges. */
uint64_t	 byterange_total(const struct byteranges *b);

#endif
