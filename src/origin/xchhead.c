/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of answers from origins and peers. Runs in a worker. */
#include "origin/xchhead.h"

#include "base/clock.h"
#include "http/tokens.h"

enum head_result
xchhead_read(struct xch *x, enum io_result *io)
{
	const struct settings	*s = x->t->s;
	struct conn		*c = &x->c->conn;
	struct buf		*b = &c->in;
	struct head_limits	 lim = { s->reply_header_max_size, s->reply_header_max_size,
	    (uint16_t)(s->header_fields_max < 65535 ? s->header_fields_max : 65535) };

	for (;;) {
		enum head_result	 r;
		size_t			 space, got;

		if (buf_used(b) > x->head_seen) {
			r = head_parse_reply(&x->t->reply, b->p + b->from, buf_used(b),
			    x->head_seen, &lim, &x->t->arena);
			if (r != HEAD_MORE)
				return r;
			x->head_seen = buf_used(b);
		}
		if (b->p == NULL)
			buf_need(b, BUF_NORMAL);
		space = buf_space(b);
		if (space == 0) {
			uint32_t cap = b->cap < BUF_LARGE ? BUF_LARGE : 1 << 20;

			if (b->cap >= cap)
				return HEAD_LONG;
			b->floor = 0;
			buf_need(b, cap);
			space = buf_space(b);
		}
		*io = io_read(&c->io, b->p + b->to, space, &got);
		if (*io != IO_OK)
			return HEAD_MORE;
		if (!x->heard)
			x->t->f.first_time = clock_us() - x->sent_us;
		x->heard = true;
		b->to += (uint32_t)got;
		c->bytes_in += got;
		x->head_in += got;
	}
}

/* Is this one of the protocols that the request offers? Versions are between the two ends. */
static bool
was_offered(const struct txn *t, struct span protocol)
{
	struct span	 rest = t->upgrade, item, name, offer;

	span_cut(&protocol, '/', &name);
	while (tokens_next(&rest, &item))
		if (span_cut(&item, '/', &offer) && span_ieq(offer, name))
			return true;
	return false;
}

/* 101 names what it switches to, and only what it was offered (RFC 9110, 7.8 and 15.2.2). */
static bool
upgrade_agreed(const struct txn *t)
{
	const struct head_field	*f;
	unsigned		 n = 0;

	if (t->upgrade.n == 0)
		return false;
	for (f = head_get(&t->reply, FIELD_UPGRADE); f != NULL; f = head_next(&t->reply, f)) {
		struct span	 rest = f->value, item;

		for (; tokens_next(&rest, &item); n++)
			if (!was_offered(t, item))
				return false;
	}
	return n > 0;
}

const char *
xchhead_wrong(struct txn *t, bool sent_all)
{
	enum framing_result	 r = framing_reply(&t->reply, t->req.method, &t->reply_framing);

	if (r != FRAMING_OK)
		return framing_text(r);
	if (t->reply.status == 101 && !upgrade_agreed(t))
		return "it switches protocols without being asked to";
	/* the rest of the body would be taken for the new protocol */
	if (t->reply.status == 101 && !sent_all)
		return "it switches protocols in the middle of the request";
	return NULL;
}
