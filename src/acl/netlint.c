/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Covered networks: sorts by first address, wider first; then each is covered or not by the last
 * one kept. Master only.
 */
#include "acl/netlint.h"

#include <stdlib.h>

#include "base/mem.h"

enum { TOLD = 10 };

struct netlint_item {
	struct addr		 net;
	uint32_t		 bits;
	struct diag_place	 at;
};

static bool
take_bits(struct span text, bool v4, unsigned *bits)
{
	unsigned most = v4 ? 32 : 128;
	struct addr mask;
	uint64_t n;

	if (span_u64(text, most, &n)) {
		*bits = (unsigned)n + (v4 ? 96 : 0);
		return true;
	}
	if (!v4 || !addr_parse(&mask, text) || !addr_is_v4(&mask))
		return false;
	for (*bits = 96; *bits < 128 && (addr_v4(&mask) << (*bits - 96) & 0x80000000u) != 0; )
		(*bits)++;
	return true;
}

void
netlint_add(struct netlint *v, struct span text, struct diag_place at)
{
	struct netlint_item it = { .at = at, .bits = 128 };
	struct span head;

	if (!span_cut(&text, '/', &head) || !addr_parse(&it.net, head))
		return;
	if (text.p != NULL && !take_bits(text, addr_is_v4(&it.net), &it.bits))
		return;
	addr_mask(&it.net, it.bits);
	v->list = mem_room(v->list, v->n, &v->cap, sizeof(*v->list));
	v->list[v->n++] = it;
}

static int
compare(const void *pa, const void *pb)
{
	const struct netlint_item *a = pa, *b = pb;
	int r = memcmp(a->net.ip, b->net.ip, sizeof(a->net.ip));

	if (r != 0)
		return r;
	if (a->bits != b->bits)
		return (a->bits < b->bits) ? -1 : 1;
	return (a->at.line > b->at.line) - (a->at.line < b->at.line);
}

static char *
print(const struct netlint_item *it, char *dst, size_t cap)
{
	char text[ADDR_TEXT];
	bool v4 = addr_is_v4(&it->net) && it->bits >= 96;

	snprintf(dst, cap, "%s/%u", addr_print(&it->net, text), v4 ? it->bits - 96 : it->bits);
	return dst;
}

static bool
covers(const struct netlint_item *wide, const struct netlint_item *it)
{
	struct addr x = it->net;

	if (wide->bits > it->bits)
		return false;
	addr_mask(&x, wide->bits);
	return memcmp(x.ip, wide->net.ip, sizeof(x.ip)) == 0;
}

void
netlint_tell(struct netlint *v, const char *acl, bool quiet, struct diag *d)
{
	const struct netlint_item *wide = NULL;
	char a[ADDR_TEXT + 8], b[ADDR_TEXT + 8];
	size_t told = 0;

	if (v->n > 1 && !quiet)
		qsort(v->list, v->n, sizeof(*v->list), compare);
	for (size_t i = 0; i < v->n && !quiet; i++) {
		const struct netlint_item *it = &v->list[i];

		if (wide == NULL || !covers(wide, it)) {
			wide = it;
			continue;
		}
		if (told++ < TOLD)
			diag_warn(d, it->at, "acl %s: %s is covered by %s (line %u)", acl,
			    print(it, a, sizeof(a)), print(wide, b, sizeof(b)), wide->at.line);
	}
	if (told > TOLD)
		diag_warn(d, wide->at, "acl %s: %zu more values are covered by others", acl,
		    told - TOLD);
	netlint_free(v);
}

void
netlint_free(struct netlint *v)
{
	free(v->list);
	*v = (struct netlint){ 0 };
}
