/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies as they arrive. Decoded bytes are handed out where they were read: the buffer is not read
 * into again before all spans are taken. Large stretches without framing inside are offered for
 * splicing instead.
 */
#include "core/inflow.h"

#include <string.h>

#include "base/must.h"

enum {
	/* the end goes the ordinary way: its sender wants to know which write is the last */
	RAW_TAIL = 4096,
	RAW_MIN = 32768,	/* fewer bytes are cheaper to copy */
	SPACE_MIN = 1024,	/* less room than this behind a pinned head is not worth a read */
	/* a body without a length may be small: splice only after so much */
	RAW_CLOSE_AFTER = 65536,
};

static struct buf *
source(struct inflow *f)
{
	return f->big.p != NULL ? &f->big : &f->c->in;
}

static void
add_span(struct inflow *f, struct span s)
{
	if (f->n > 0 && f->spans[f->n - 1].p + f->spans[f->n - 1].n == s.p) {
		f->spans[f->n - 1].n += s.n;
		return;
	}
	f->spans[f->n++] = s;
}

/* Decodes what is buffered into spans; false: nothing came of it. */
static bool
decode_chunks(struct inflow *f)
{
	struct buf	*b = source(f);

	while (f->n < BODY_SPANS && b->from < b->to && !f->ended) {
		struct span		 data, in = buf_span(b);
		size_t			 used;
		enum chunked_event	 e = chunked_next(&f->chunked, in.p, in.n, &used, &data);

		f->received += used;
		b->from += (uint32_t)used;
		switch (e) {
		case CHUNKED_DATA:
			add_span(f, data);
			break;
		case CHUNKED_END:
			f->ended = true;
			f->body.trailers = data;
			break;
		case CHUNKED_BAD:
			f->fault = INFLOW_BAD_CHUNK;
			return false;
		case CHUNKED_MORE:
			return f->n > 0;
		}
	}
	return f->n > 0 || f->ended;
}

static bool
decode(struct inflow *f)
{
	struct buf	*b = source(f);
	struct span	 in = buf_span(b);

	if (f->kind == FRAMING_CHUNKED)
		return decode_chunks(f);
	if (f->kind == FRAMING_LENGTH) {
		if (in.n > f->left)
			in.n = (size_t)f->left;
		f->left -= in.n;
		f->ended = f->left == 0;
	}
	if (in.n == 0)
		return f->ended;
	b->from += (uint32_t)in.n;
	f->received += in.n;
	add_span(f, in);
	return true;
}

/*
 * Reads go to a buffer of the body's own from now on; what the connection's holds unread moves
 * there.
 */
static struct buf *
leave(struct inflow *f, uint32_t cap)
{
	struct buf	*in = &f->c->in;
	uint32_t	 n = buf_used(in);

	buf_need(&f->big, n <= cap ? cap : in->cap);
	if (n > 0)
		memcpy(f->big.p, in->p + in->from, n);
	f->big.to = n;
	in->from = in->to = in->floor;
	return &f->big;
}

void
inflow_leave(struct inflow *f)
{
	MUST(f->n == 0);
	if (f->big.p == NULL && f->c->in.p != NULL)
		leave(f, BUF_NORMAL);
}

/* Bulk goes through a large buffer, and a head that is pinned does not make every read small. */
static struct buf *
reading_buffer(struct inflow *f)
{
	struct buf	*b = source(f);

	if (b->p == NULL) {
		buf_need(b, f->kind == FRAMING_LENGTH && f->left <= BUF_SMALL ? BUF_SMALL :
		    BUF_NORMAL);
		return b;
	}
	if (b == &f->big) {
		if (f->bulk && b->cap < BUF_LARGE)
			buf_need(b, BUF_LARGE);
		return b;
	}
	if (f->bulk && b->cap < BUF_LARGE)
		return leave(f, BUF_LARGE);
	if (buf_space(b) < SPACE_MIN && (f->kind != FRAMING_LENGTH || f->left > buf_space(b)))
		return leave(f, BUF_NORMAL);
	return b;
}

/* True: bytes came. */
static bool
read_more(struct inflow *f)
{
	struct buf	*b = reading_buffer(f);
	size_t		 space, got;

	if (!(f->c->io.ready & IO_READ))
		return false;
	space = buf_space(b);
	/* chunk framing or trailers that do not fit: only a large buffer may help */
	if (space == 0) {
		if (b->cap >= BUF_LARGE) {
			f->fault = INFLOW_BAD_CHUNK;
			return false;
		}
		buf_need(b, BUF_LARGE);
		space = buf_space(b);
	}
	switch (io_read(&f->c->io, b->p + b->to, space, &got)) {
	case IO_OK:
		b->to += (uint32_t)got;
		f->c->bytes_in += got;
		f->bulk = got == space;
		return true;
	case IO_AGAIN:
		return false;
	case IO_EOF:
		if (f->kind == FRAMING_CLOSE)
			f->ended = true;
		else
			f->fault = INFLOW_SHORT;
		return false;
	case IO_FAIL:
		f->fault = INFLOW_BROKEN;
		return false;
	}
	NEVER("io_result");
}

static void
fill(struct inflow *f)
{
	f->first = 0;
	for (;;) {
		struct buf *b = source(f);

		if (b->from < b->to && decode(f))
			return;
		if (f->ended || f->fault != INFLOW_FINE || !read_more(f))
			return;
	}
}

static enum body_state
peek(struct body *body, const struct span **v, unsigned *n)
{
	struct inflow	*f = CONTAINER_OF(body, struct inflow, body);

	if (f->n == 0 && !f->ended && f->fault == INFLOW_FINE)
		fill(f);
	*v = f->spans + f->first;
	*n = f->n;
	if (f->fault != INFLOW_FINE && f->n == 0)
		return BODY_FAILED;
	return f->ended ? BODY_LAST : BODY_MORE;
}

static void
took(struct body *body, size_t bytes)
{
	struct inflow	*f = CONTAINER_OF(body, struct inflow, body);

	body->taken += bytes;
	while (bytes > 0) {
		struct span *s = &f->spans[f->first];

		MUST(f->n > 0);
		if (bytes < s->n) {
			s->p += bytes;
			s->n -= bytes;
			return;
		}
		bytes -= s->n;
		f->first++;
		f->n--;
	}
}

static struct io *
raw(struct body *body, uint64_t *n)
{
	struct inflow	*f = CONTAINER_OF(body, struct inflow, body);

	*n = 0;
	if (f->n > 0 || f->ended || f->fault != INFLOW_FINE || buf_used(source(f)) > 0)
		return NULL;
	switch (f->kind) {
	case FRAMING_LENGTH:
		*n = f->left > RAW_TAIL ? f->left - RAW_TAIL : 0;
		break;
	case FRAMING_CHUNKED:
		*n = f->chunked.left;
		break;
	case FRAMING_CLOSE:
		*n = body->taken >= RAW_CLOSE_AFTER ? UINT64_MAX : 0;
		break;
	case FRAMING_NONE:
	case FRAMING_UPGRADED:
		break;
	}
	return *n >= RAW_MIN ? &f->c->io : NULL;
}

static void
took_raw(struct body *body, uint64_t bytes, bool ended, bool failed)
{
	struct inflow	*f = CONTAINER_OF(body, struct inflow, body);

	body->taken += bytes;
	f->received += bytes;
	f->c->bytes_in += bytes;
	if (f->kind == FRAMING_LENGTH) {
		f->left -= bytes;
		f->ended = f->left == 0;
	} else if (f->kind == FRAMING_CHUNKED) {
		chunked_skip(&f->chunked, bytes);
	} else if (ended) {
		f->ended = true;
	}
	if (failed)
		f->fault = INFLOW_BROKEN;
	else if (ended && !f->ended)
		f->fault = INFLOW_SHORT;
}

static void
stop(struct body *body)
{
	body->wake = NULL;
}

static const struct body_ops	 inflow_ops = { peek, took, raw, took_raw, stop };

void
inflow_init(struct inflow *f, struct conn *c, const struct framing *framing)
{
	*f = (struct inflow){ .body = { .ops = &inflow_ops, .length = UINT64_MAX }, .c = c,
	    .kind = framing->kind };
	switch (framing->kind) {
	case FRAMING_NONE:
		f->body.length = 0;
		f->ended = true;
		break;
	case FRAMING_LENGTH:
		f->body.length = f->left = framing->length;
		f->ended = framing->length == 0;
		break;
	case FRAMING_CHUNKED:
		chunked_init(&f->chunked);
		break;
	case FRAMING_CLOSE:
		break;
	case FRAMING_UPGRADED:
		NEVER("an upgraded connection carries no body");
	}
}

void
inflow_end(struct inflow *f)
{
	struct buf	*in;
	uint32_t	 over;

	if (f->c == NULL || f->big.p == NULL)
		return;
	in = &f->c->in;
	over = buf_used(&f->big);
	if (over > 0) {		/* the next message of the connection */
		MUST(buf_used(in) == 0);
		in->floor = 0;
		in->from = in->to = 0;
		buf_need(in, BUF_LARGE);
		memcpy(in->p, f->big.p + f->big.from, over);
		in->to = over;
	}
	buf_drop(&f->big);
}

bool
inflow_discard(struct inflow *f)
{
	const struct span	*v;
	unsigned		 n;

	for (;;) {
		enum body_state	 s = peek(&f->body, &v, &n);
		size_t		 bytes = 0;

		for (unsigned i = 0; i < n; i++)
			bytes += v[i].n;
		took(&f->body, bytes);
		if (s != BODY_MORE)
			return true;
		if (n == 0)
			return false;
	}
}

const char *
inflow_text(const struct inflow *f)
{
	switch (f->fault) {
	case INFLOW_FINE:
		return "fine";
	case INFLOW_SHORT:
		return "the connection ended before the body did";
	case INFLOW_BROKEN:
		return "the connection broke inside the body";
	case INFLOW_BAD_CHUNK:
		return chunked_text(&f->chunked);
	}
	NEVER("inflow_fault");
}
