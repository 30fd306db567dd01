/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts: the table as data, names of Squid's codes, and the packed form in which a long tunnel
 * keeps them.
 */
#include "core/facts.h"

#include "base/mem.h"
#include "base/must.h"

const struct fact_row fact_rows[] = {
#define FACT(member, type, key, what) { #member, key, what, FACT_##type, offsetof(struct facts, member) },
	FACT_TABLE(FACT)
#undef FACT
};
const unsigned fact_count = COUNT_OF(fact_rows);
_Static_assert(sizeof(fact_rows) / sizeof(fact_rows[0]) < 256,
    "a packed fact has its row in a byte");

const char *
facts_result_name(uint64_t result)
{
	static const char *const names[] = {
#define R(symbol, text) text,
		FACTS_RESULT_TABLE(R)
#undef R
	};

	return result < COUNT_OF(names) ? names[result] : "NONE";
}

const char *
facts_route_name(uint64_t route)
{
	static const char *const names[] = {
#define R(symbol, text) text,
		FACTS_ROUTE_TABLE(R)
#undef R
	};

	return route < COUNT_OF(names) ? names[route] : "HIER_NONE";
}

static const void *
member(const struct facts *f, const struct fact_row *row)
{
	return (const char *)f + row->offset;
}

/* Seven bits a byte, the lowest first. */
static unsigned char *
put_number(unsigned char *to, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*to++ = (unsigned char)(v | 0x80);
	*to++ = (unsigned char)v;
	return to;
}

static bool
get_number(const unsigned char **at, const unsigned char *end, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		unsigned char	 c = *(*at)++;

		*v |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return true;
	}
	return false;
}

static bool
no_addr(const struct addr *a)
{
	static const struct addr	 none;

	return memcmp(a, &none, sizeof none) == 0;
}

/* A first byte says how many bytes of the address follow (4 or 16), then port and scope. */
static unsigned char *
put_addr(unsigned char *to, const struct addr *a)
{
	unsigned	 n = addr_is_v4(a) ? 4 : 16;

	*to++ = (unsigned char)n;
	memcpy(to, a->ip + 16 - n, n);
	to = put_number(to + n, a->port);
	return put_number(to, a->scope);
}

static bool
get_addr(const unsigned char **at, const unsigned char *end, struct addr *a)
{
	uint64_t	 port, scope;
	unsigned	 n;

	if (*at == end)
		return false;
	n = *(*at)++;
	if ((n != 4 && n != 16) || (size_t)(end - *at) < n)
		return false;
	*a = addr_from_v4(0, 0);
	memcpy(a->ip + 16 - n, *at, n);
	*at += n;
	if (!get_number(at, end, &port) || !get_number(at, end, &scope))
		return false;
	a->port = (uint16_t)port;
	a->scope = (uint16_t)scope;
	return true;
}

/* The most that one fact can take. */
static size_t
bound(const struct facts *f, const struct fact_row *row)
{
	switch (row->type) {
	case FACT_TEXT:
		return 1 + 10 + ((const struct span *)member(f, row))->n;
	case FACT_ADDR:
		return 1 + 1 + 16 + 3 + 3;
	case FACT_U64: case FACT_TIME: case FACT_DUR: case FACT_ENUM:
		break;
	}
	return 1 + 10;
}

static unsigned char *
pack_one(unsigned char *to, const struct facts *f, unsigned i)
{
	const struct fact_row	*row = &fact_rows[i];
	const void		*m = member(f, row);
	const struct span	*text = m;

	switch (row->type) {
	case FACT_TEXT:
		if (text->n == 0)
			return to;
		*to++ = (unsigned char)i;
		to = put_number(to, text->n);
		memcpy(to, text->p, text->n);
		return to + text->n;
	case FACT_ADDR:
		if (no_addr(m))
			return to;
		*to++ = (unsigned char)i;
		return put_addr(to, m);
	case FACT_U64: case FACT_TIME: case FACT_DUR: case FACT_ENUM:
		break;
	}
	if (*(const uint64_t *)m == 0)
		return to;
	*to++ = (unsigned char)i;
	return put_number(to, *(const uint64_t *)m);
}

void *
facts_pack(const struct facts *f, size_t *size)
{
	unsigned char	*block, *to;
	size_t		 most = 1;

	for (unsigned i = 0; i < fact_count; i++)
		most += bound(f, &fact_rows[i]);
	block = to = mem_alloc(most);
	for (unsigned i = 0; i < fact_count; i++)
		to = pack_one(to, f, i);
	*size = (size_t)(to - block);
	return mem_grow(block, *size > 0 ? *size : 1);
}

static bool
unpack_one(const unsigned char **at, const unsigned char *end, struct facts *f)
{
	const struct fact_row	*row;
	uint64_t		 v;
	void			*m;

	if (**at >= fact_count)
		return false;
	row = &fact_rows[*(*at)++];
	m = (char *)f + row->offset;
	if (row->type == FACT_ADDR)
		return get_addr(at, end, m);
	if (!get_number(at, end, &v))
		return false;
	if (row->type != FACT_TEXT) {
		*(uint64_t *)m = v;
		return true;
	}
	if (v > (size_t)(end - *at))
		return false;
	*(struct span *)m = span_at((const char *)*at, (size_t)v);
	*at += v;
	return true;
}

void
facts_unpack(const void *block, size_t size, struct facts *f)
{
	const unsigned char	*at = block, *end = size > 0 ? at + size : at;

	*f = (struct facts){ 0 };
	while (at < end)
		if (!unpack_one(&at, end, f))
			return;
}
