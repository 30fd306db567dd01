/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the answer section of a DNS packet (RFC 1035, 4.1). The bytes are a stranger's: every
 * length is tested, compression may only point backwards, records that do not belong to the
 * question's name are not looked at. Allocates nothing.
 */
#include "net/dnsreply.h"

#include <string.h>

enum {
	HEADER = 12, WIRE_NAME = 255, CHAIN_MOST = 16,
	/* as many as there are labels: pointers to pointers would make work for each record anew */
	POINTERS_MOST = WIRE_NAME / 2,
};

struct wire {			/* a name, uncompressed and lower case, with its final zero label */
	unsigned char	 b[WIRE_NAME];
	size_t		 n;
};

struct packet {
	const unsigned char	*p;
	size_t			 n, at;
	bool			 bad;
};

struct record {
	struct wire	 owner;
	unsigned	 type, class;
	uint32_t	 ttl;
	size_t		 data, len;	/* inside the packet */
};

static unsigned
u16(struct packet *k)
{
	if (k->bad || k->n - k->at < 2) {
		k->bad = true;
		return 0;
	}
	k->at += 2;
	return (unsigned)k->p[k->at - 2] << 8 | k->p[k->at - 1];
}

static uint32_t
u32(struct packet *k)
{
	uint32_t	 high = u16(k);

	return high << 16 | u16(k);
}

static bool
add_label(struct wire *w, const unsigned char *p, size_t len)
{
	if (w->n + 1 + len + (len > 0) > WIRE_NAME)	/* room for the final zero */
		return false;
	w->b[w->n++] = (unsigned char)len;
	for (size_t i = 0; i < len; i++)
		w->b[w->n++] = (unsigned char)ascii_lower((char)p[i]);
	return true;
}

/*
 * The name at k->at, which moves behind it. Each pointer goes below the one before, and there are
 * few: so there is an end, and soon.
 */
static void
name(struct packet *k, struct wire *w)
{
	size_t	 at = k->at, limit = k->at, len;
	unsigned pointers = 0;

	w->n = 0;
	for (;;) {
		if (k->bad || at >= k->n)
			goto bad;
		len = k->p[at++];
		if (len < 64) {
			if (len > k->n - at || !add_label(w, k->p + at, len))
				goto bad;
			at += len;
			if (len > 0)
				continue;
			if (pointers == 0)
				k->at = at;
			return;
		}
		if (len < 0xc0 || at >= k->n)
			goto bad;
		len = (len & 0x3f) << 8 | k->p[at++];
		if (pointers++ == 0)
			k->at = at;
		if (len >= limit || pointers > POINTERS_MOST)
			goto bad;
		limit = at = len;
	}
bad:
	k->bad = true;
}

static bool
record(struct packet *k, struct record *r)
{
	name(k, &r->owner);
	r->type = u16(k);
	r->class = u16(k);
	r->ttl = u32(k);
	r->len = u16(k);
	if (k->bad || r->len > k->n - k->at)
		return false;
	r->data = k->at;
	k->at += r->len;
	if (r->ttl > INT32_MAX)		/* RFC 2181, 8 */
		r->ttl = 0;
	return true;
}

static bool
is_host_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* As text, if it could be a host's name. */
static bool
print(const struct wire *w, struct dnsreply *out)
{
	size_t	 n = 0;

	for (size_t i = 0; w->b[i] != 0; i += 1u + w->b[i]) {
		if (n > 0)
			out->name[n++] = '.';
		for (size_t j = 1; j <= w->b[i]; j++) {
			if (!is_host_byte(w->b[i + j]))
				return false;
			out->name[n++] = (char)w->b[i + j];
		}
	}
	out->name_n = (uint16_t)n;
	return n > 0;
}

/* Takes what a record of the right owner and type holds; false when it is of no use. */
static bool
take(const struct packet *k, const struct record *r, enum dnsreply_type type, struct dnsreply *out)
{
	struct packet	 inside = { k->p, r->data + r->len, r->data, false };
	struct addr	*a = &out->addrs[out->n];
	struct wire	 w;

	if (type == DNSREPLY_PTR) {
		if (out->name_n > 0)
			return false;
		name(&inside, &w);
		return !inside.bad && print(&w, out);
	}
	if (out->n == DNSREPLY_ADDRS || r->len != (type == DNSREPLY_A ? 4 : 16))
		return false;
	*a = addr_from_v4(0, 0);
	memcpy(type == DNSREPLY_A ? a->ip + 12 : a->ip, k->p + r->data, r->len);
	/*
	 * A mapped address in an AAAA is nothing that a network carries (and would be IPv4 in
	 * disguise).
	 */
	if (type == DNSREPLY_AAAA && addr_is_v4(a))
		return false;
	out->n++;
	return true;
}

/* One walk over the answers: takes what belongs to *want; true when a CNAME led *want elsewhere. */
static bool
walk(struct packet k, unsigned answers, enum dnsreply_type type, struct wire *want,
    struct dnsreply *out)
{
	struct record	 r;
	struct packet	 inside;
	bool		 moved = false;

	while (answers-- > 0) {
		if (!record(&k, &r)) {
			out->result = DNS_FAILED;
			return false;
		}
		if (r.class != 1 || r.owner.n != want->n ||
		    memcmp(r.owner.b, want->b, want->n) != 0)
			continue;
		if (r.type == (unsigned)type) {
			if (!take(&k, &r, type, out))
				continue;
		} else if (r.type == DNSREPLY_CNAME) {
			inside = (struct packet){ k.p, r.data + r.len, r.data, false };
			name(&inside, want);
			if (inside.bad) {
				out->result = DNS_FAILED;
				return false;
			}
			moved = true;
		} else
			continue;
		if (r.ttl < out->ttl_s)
			out->ttl_s = r.ttl;
	}
	return moved;
}

void
dnsreply_parse(const unsigned char *p, size_t n, enum dnsreply_type type, struct dnsreply *out)
{
	struct packet	 k = { p, n, 0, n < HEADER };
	struct wire	 want;
	unsigned	 answers;

	out->result = DNS_FAILED;
	out->n = out->name_n = 0;
	out->ttl_s = UINT32_MAX;
	k.at = k.bad ? 0 : 4;
	if (u16(&k) == 1) {
		answers = u16(&k);
		k.at = HEADER;
		name(&k, &want);
		k.at += k.bad || k.n - k.at < 4 ? (k.bad = true, 0) : 4;
		if (!k.bad)
			out->result = DNS_NO_NAME;
		/* CNAMEs in an odd order need another walk. */
		for (int i = 0; i < CHAIN_MOST && out->result == DNS_NO_NAME; i++)
			if (!walk(k, answers, type, &want, out) || out->n > 0 || out->name_n > 0)
				break;
	}
	if (out->result == DNS_FAILED)
		out->n = out->name_n = 0;
	else if (out->n > 0 || out->name_n > 0)
		out->result = DNS_OK;
	if (out->result != DNS_OK)
		out->ttl_s = 0;
}
