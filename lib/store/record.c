/* SPDX-License-Identifier: Apache-2.0 */
/* Making and judging records. */
#include "store/record.h"

#include "store/crc32c.h"

#define MAGIC	0x73726563U	/* "srec" */

enum { CRC_FROM = 8 };
_Static_assert(offsetof(struct record, nonce) == CRC_FROM, "the checksum begins behind itself");

uint64_t
record_room(uint64_t attr_len, uint64_t head_len, uint64_t body_len)
{
	uint64_t n = sizeof(struct record) + attr_len + head_len + body_len;

	return (n + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
}

static uint32_t
crc_of(const struct record *r)
{
	struct record	 as;

	if (r->kind != RECORD_GROWING)
		return crc32c_more(0, (const char *)r + CRC_FROM, sizeof *r - CRC_FROM);
	as = *r;
	as.kind = RECORD_OBJECT;
	return crc32c_more(0, (const char *)&as + CRC_FROM, sizeof as - CRC_FROM);
}

void
record_seal(struct record *r, struct span attr, struct span head)
{
	uint32_t	 crc;

	r->magic = MAGIC;
	r->attr_len = (uint16_t)attr.n;
	r->head_len = (uint32_t)head.n;
	crc = crc_of(r);
	crc = crc32c_more(crc, attr.p, attr.n);
	r->head_crc = crc32c_more(crc, head.p, head.n);
}

bool
record_plausible(const struct record *r, uint64_t nonce, uint64_t room)
{
	return r->magic == MAGIC && r->nonce == nonce && nonce != 0 && r->kind >= RECORD_OBJECT &&
	    r->kind <= RECORD_GROWING && r->head_len <= STORE_HEAD_MAX &&
	    r->attr_len <= STORE_ATTR_MAX &&
	    record_room(r->attr_len, r->head_len, r->body_len) <= room;
}

bool
record_intact(const struct record *r)
{
	uint32_t at = record_body_at(r);

	if (r->kind != RECORD_GROWING)		/* in one go */
		return crc32c_more(0, (const char *)r + CRC_FROM, at - CRC_FROM) == r->head_crc;
	return crc32c_more(crc_of(r), (const char *)(r + 1), at - sizeof *r) == r->head_crc;
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128 p = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15) *
	    (b ^ 0xd1b54a32d192ed03);

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

struct store_key
record_chunk_key(struct store_key k, uint64_t body_id, uint32_t number)
{
	uint64_t n = mix(body_id, number);

	return (struct store_key){ { k.w[0] ^ mix(k.w[1], n), k.w[1] ^ mix(k.w[0], ~n) } };
}

struct store_key
record_index_key(const struct record *r)
{
	return (r->kind == RECORD_CHUNK) ? record_chunk_key(r->key, r->body_id, r->number) : r->key;
}
