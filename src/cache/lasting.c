/* SPDX-License-Identifier: Apache-2.0 */
/* One body after another as one. Worker. */
#include "cache/lasting.h"

#include "base/must.h"

enum { TURNS = 16 };	/* looks at what is passed over, before others get their turn */

static void
on_task(struct task *task)
{
	struct lasting	*l = CONTAINER_OF(task, struct lasting, task);

	if (l->body.wake != NULL)
		l->body.wake(l->body.arg);	/* may end it */
}

static void
on_from(void *arg)
{
	struct lasting	*l = arg;

	if (l->body.wake != NULL)
		l->body.wake(l->body.arg);	/* may end it */
}

static enum body_state
lose(struct lasting *l)
{
	l->from->wake = NULL;
	l->from = NULL;
	l->failed = !l->lost(l);
	return l->failed ? BODY_FAILED : BODY_MORE;
}

static size_t
bytes_of(const struct span *v, unsigned n)
{
	size_t	 bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += v[i].n;
	return bytes;
}

/* What was sent already. BODY_MORE: that is done with, or not yet (skip). */
static enum body_state
pass_over(struct lasting *l)
{
	const struct span	*v;
	enum body_state		 state;
	unsigned		 n;
	size_t			 bytes;

	for (int i = 0; l->skip > 0; i++) {
		if (i == TURNS) {
			task_later(&l->task);
			break;
		}
		state = l->from->ops->peek(l->from, &v, &n);
		bytes = bytes_of(v, n);
		if (bytes == 0)
			return state == BODY_MORE ? BODY_MORE : BODY_FAILED;
		if (bytes > l->skip)
			bytes = (size_t)l->skip;
		l->skip -= bytes;
		l->from->ops->took(l->from, bytes);
	}
	return BODY_MORE;
}

/* Of what it offers so much as is wanted. */
static enum body_state
clip(struct lasting *l, const struct span **v, unsigned *n, enum body_state state)
{
	uint64_t	 room = l->left;
	unsigned	 i;

	for (i = 0; i < *n && room > 0; i++) {
		l->spans[i] = (*v)[i];
		if (l->spans[i].n > room)
			l->spans[i].n = (size_t)room;
		room -= l->spans[i].n;
	}
	*v = l->spans;
	*n = i;
	if (room == 0)
		return BODY_LAST;
	if (state == BODY_LAST)		/* it is shorter than was said */
		return i > 0 ? BODY_MORE : lose(l);
	return state;
}

static enum body_state
peek(struct body *b, const struct span **v, unsigned *n)
{
	struct lasting	*l = CONTAINER_OF(b, struct lasting, body);
	enum body_state	 state;

	*n = 0;
	b->follows = false;
	if (l->from == NULL)
		return l->failed ? BODY_FAILED : BODY_MORE;
	if (l->skip > 0) {
		state = pass_over(l);
		if (state == BODY_FAILED)
			return lose(l);
		if (l->skip > 0)
			return BODY_MORE;
	}
	state = l->from->ops->peek(l->from, v, n);
	if (state == BODY_FAILED)
		return *n > 0 ? BODY_MORE : lose(l);
	if (l->other && l->left != UINT64_MAX)
		return clip(l, v, n, state);
	b->follows = l->from->follows;
	b->trailers = l->from->trailers;
	return state;
}

static void
took(struct body *b, size_t bytes)
{
	struct lasting	*l = CONTAINER_OF(b, struct lasting, body);

	b->taken += bytes;
	if (l->from == NULL) {
		MUST(bytes == 0);
		return;
	}
	l->from->ops->took(l->from, bytes);
	if (l->other && l->left != UINT64_MAX)
		l->left -= bytes;
}

/* Only of the first: where a later one ends is not for it to say. */
static struct io *
raw(struct body *b, uint64_t *n)
{
	struct lasting	*l = CONTAINER_OF(b, struct lasting, body);

	*n = 0;
	return l->from != NULL && !l->other ? l->from->ops->raw(l->from, n) : NULL;
}

static void
took_raw(struct body *b, uint64_t bytes, bool ended, bool failed)
{
	struct lasting	*l = CONTAINER_OF(b, struct lasting, body);

	MUST(l->from != NULL && !l->other);
	b->taken += bytes;
	l->from->ops->took_raw(l->from, bytes, ended, failed);
}

static void
stop(struct body *b)
{
	b->wake = NULL;
}

static int
file(struct body *b, uint64_t *at, uint64_t *n)
{
	struct lasting	*l = CONTAINER_OF(b, struct lasting, body);
	int		 fd;

	if (l->from == NULL || l->skip > 0 || l->from->ops->file == NULL)
		return -1;
	fd = l->from->ops->file(l->from, at, n);
	if (fd >= 0 && l->other && *n > l->left)
		*n = l->left;
	return fd;
}

static const struct body_ops	 ops = { peek, took, raw, took_raw, stop, file };

static void
read_from(struct lasting *l, struct body *from)
{
	l->from = from;
	from->wake = on_from;
	from->arg = l;
}

void
lasting_init(struct lasting *l, struct body *from, bool (*lost)(struct lasting *l))
{
	*l = (struct lasting){ .body = { .ops = &ops, .length = from->length }, .lost = lost };
	task_init(&l->task, on_task);
	read_from(l, from);
}

void
lasting_go_on(struct lasting *l, struct body *from, uint64_t skip, uint64_t left)
{
	MUST(l->from == NULL && !l->failed);
	l->other = true;
	l->skip = skip;
	l->left = left;
	read_from(l, from);
	task_later(&l->task);
}

void
lasting_fail(struct lasting *l)
{
	l->failed = true;
	task_later(&l->task);
}

void
lasting_end(struct lasting *l)
{
	if (l->lost == NULL)
		return;
	task_drop(&l->task);
	if (l->from != NULL)
		l->from->wake = NULL;
	l->from = NULL;
	l->lost = NULL;
	l->body.wake = NULL;
}
