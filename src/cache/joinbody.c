/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies from the store and an origin in one: run after run, each pulled from where it is. Worker.
 */
#include "cache/joinbody.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "cache/storebody.h"

enum { JOINBODY_TAG = TAG4('J', 'O', 'B', '1'), RUNS = 3 * EXTENTS_MAX };

struct run {
	uint64_t	 at, n;		/* at: of its first byte in the stored body */
	bool		 fetched;
};

struct joinbody {
	uint32_t		 tag;
	bool			 failed;
	bool			 told;		/* the origin has said that its run ends here */
	bool			 owns;		/* old */
	struct body		 body;
	struct source		 source;	/* this body as one */
	struct body		*origin;
	struct source		*from;
	struct object		*old;
	struct storebody	 stored;	/* the present run, if it is no fetched one */
	struct run		 runs[RUNS];
	unsigned		 n, at;
	uint64_t		 left;		/* of the present run, still to be taken */
};

static void
on_wake(void *arg)
{
	struct joinbody	*j = arg;

	OBJ_OK(j, JOINBODY_TAG);
	if (j->body.wake != NULL)
		j->body.wake(j->body.arg);	/* may end it */
}

static void
enter_run(struct joinbody *j)
{
	const struct run	*r = &j->runs[j->at];
	struct rangereply	 g = { .ranges = { .n = 1 } };

	j->left = r->n;
	if (r->fetched)
		return;
	g.ranges.r[0] = (struct byterange){ r->at, r->at + r->n - 1 };
	storebody_parts(&j->stored, j->old, &g, r->n);
	j->stored.body.wake = on_wake;
	j->stored.body.arg = j;
}

static void
next_run(struct joinbody *j)
{
	storebody_end(&j->stored);
	if (++j->at < j->n)
		enter_run(j);
}

static struct body *
present(struct joinbody *j)
{
	return j->runs[j->at].fetched ? j->origin : &j->stored.body;
}

static enum body_state
fail(struct joinbody *j, unsigned *n)
{
	j->failed = true;
	*n = 0;
	return BODY_FAILED;
}

static enum body_state
peek(struct body *b, const struct span **v, unsigned *n)
{
	struct joinbody	*j = CONTAINER_OF(b, struct joinbody, body);
	enum body_state	 state;
	uint64_t	 bytes;

	OBJ_OK(j, JOINBODY_TAG);
	if (j->from != NULL)
		j->from->paced = j->source.paced;
	b->follows = false;
	*n = 0;
	while (!j->failed && j->at < j->n) {
		state = present(j)->ops->peek(present(j), v, n);
		bytes = 0;
		for (unsigned i = 0; i < *n; i++)
			bytes += (*v)[i].n;
		if (bytes > j->left || (state == BODY_LAST && bytes < j->left) ||
		    (state == BODY_FAILED && bytes == 0))
			return fail(j, n);
		j->told = state == BODY_LAST;
		if (j->told && bytes == 0) {
			next_run(j);
			continue;
		}
		b->follows = !j->runs[j->at].fetched && j->stored.body.follows;
		return j->told && j->at + 1 == j->n ? BODY_LAST : BODY_MORE;
	}
	return j->failed ? BODY_FAILED : BODY_LAST;
}

static void
took(struct body *b, size_t bytes)
{
	struct joinbody	*j = CONTAINER_OF(b, struct joinbody, body);

	OBJ_OK(j, JOINBODY_TAG);
	b->taken += bytes;
	if (bytes == 0)
		return;
	MUST(j->at < j->n && bytes <= j->left);
	present(j)->ops->took(present(j), bytes);
	j->left -= bytes;
	if (j->left == 0 && (j->told || !j->runs[j->at].fetched))
		next_run(j);
}

static struct io *
raw(struct body *b, uint64_t *n)
{
	(void)b;
	*n = 0;
	return NULL;
}

static void
took_raw(struct body *b, uint64_t bytes, bool ended, bool failed)
{
	(void)b, (void)bytes, (void)ended, (void)failed;
	NEVER("what is put together is not spliced");
}

static void
stop(struct body *b)
{
	b->wake = NULL;
}

static int
file(struct body *b, uint64_t *at, uint64_t *n)
{
	struct joinbody	*j = CONTAINER_OF(b, struct joinbody, body);

	OBJ_OK(j, JOINBODY_TAG);
	if (j->failed || j->at == j->n || j->runs[j->at].fetched)
		return -1;
	return j->stored.body.ops->file(&j->stored.body, at, n);
}

static const struct body_ops	 ops = { peek, took, raw, took_raw, stop, file };

static void
end(struct source *s)
{
	struct joinbody	*j = CONTAINER_OF(s, struct joinbody, source);

	OBJ_OK(j, JOINBODY_TAG);
	storebody_end(&j->stored);
	if (j->owns)
		object_free(&j->old);
	if (j->from != NULL) {
		j->origin->wake = NULL;
		j->from->end(j->from);
	}
	OBJ_GONE(j);
	free(j);
}

struct joinbody *
joinbody_new(const struct joinbody_what *w)
{
	struct joinbody	*j = mem_zero(sizeof *j);

	j->tag = JOINBODY_TAG;
	j->body = (struct body){ .ops = &ops };
	j->source = (struct source){ .body = &j->body, .end = end };
	j->origin = w->origin;
	j->from = w->source;
	j->old = w->old;
	if (j->from != NULL)
		j->from->taken = true;
	j->origin->wake = on_wake;
	j->origin->arg = j;
	return j;
}

static void
add_run(struct joinbody *j, uint64_t at, uint64_t n, bool fetched)
{
	if (n == 0)
		return;
	MUST(j->n < RUNS);
	j->runs[j->n++] = (struct run){ at, n, fetched };
	j->body.length += n;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
greatest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * [from, to), all of it stored: where extents touch each other their bytes do so in the stored
 * body.
 */
static void
add_stored(struct joinbody *j, const struct extents *there, uint64_t from, uint64_t to)
{
	if (from >= to)
		return;
	MUST(extents_has(there, from, to));
	add_run(j, extents_place(there, from), to - from, false);
}

void
joinbody_aim(struct joinbody *j, const struct extents *yield, const struct extents *there,
    const struct extent *fetched)
{
	OBJ_OK(j, JOINBODY_TAG);
	MUST(j->body.taken == 0);
	storebody_end(&j->stored);
	j->n = j->at = 0;
	j->body.length = 0;
	for (unsigned i = 0; i < yield->n; i++) {
		const struct extent	*e = &yield->e[i];

		add_stored(j, there, e->from, least(e->to, fetched->from));
		if (e->from <= fetched->from && e->to >= fetched->to)
			add_run(j, 0, fetched->to - fetched->from, true);
		add_stored(j, there, greatest(e->from, fetched->to), e->to);
	}
	if (j->n > 0)
		enter_run(j);
}

void
joinbody_keep(struct joinbody *j, struct object **old)
{
	OBJ_OK(j, JOINBODY_TAG);
	MUST(!j->owns && j->n == 0);
	j->old = *old;
	*old = NULL;
	j->owns = true;
}

struct source *
joinbody_source(struct joinbody *j)
{
	OBJ_OK(j, JOINBODY_TAG);
	return &j->source;
}
