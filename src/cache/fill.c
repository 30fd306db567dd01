/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storing while it comes. One read of the source makes a window: its bytes are appended to the
 * store first and are then offered to the client from where they were read. The window is given up
 * for the next read when the client has taken it, or when it is slow: then it reads the rest from
 * the store. Runs in a worker. Long: the ways in which client, source and store leave each other
 * are one state.
 */
#include "cache/fill.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "cache/filing.h"
#include "cache/storebody.h"
#include "net/loop.h"

enum { FILL_TAG = TAG4('F', 'I', 'L', '1'), TURNS = 4 };

struct fill {
	uint32_t		 tag;
	bool			 passing;	/* not stored any more: for the client alone */
	bool			 ended, broken;	/* the source's body came to its end; failed */
	bool			 read;		/* the client reads: fill_leave was not called */
	bool			 behind;	/* ... from the store */
	bool			 fell;		/* ... has done so */
	struct source		*source;	/* NULL: given back */
	/* in the store; claimed: readable behind the window, here and by others */
	struct filing		 file;
	uint64_t		 came;		/* bytes of the body, the window included */
	const struct span	*window;	/* of the last read, not taken yet */
	unsigned		 window_n;
	size_t			 window_left;	/* bytes in it */
	struct body		 out;		/* the client's */
	struct object		*back;		/* what it reads behind */
	struct storebody	 back_body;
	struct task		 task;
	struct list		 node;		/* of those without a client */
};

static struct list	 alone = { &alone, &alone };

static const struct body_ops	 fill_ops;

static struct body *
from(const struct fill *f)
{
	return f->source->body;
}

/*
 * Nothing is stored of it, nobody new finds it. Who follows is told; a client that still reads
 * behind, and who follows, may read what is there.
 */
static void
give_up_storing(struct fill *f)
{
	f->passing = true;
	if (f->source != NULL)
		f->source->paced = f->read;
	if (f->file.object == NULL)
		return;
	if (f->read && f->behind)
		filing_hide(&f->file);
	else
		filing_end(&f->file);
}

static void
append(struct fill *f, const struct span *v, unsigned n, size_t bytes)
{
	if (!f->passing && !filing_append(&f->file, v, n, f->came + bytes))
		give_up_storing(f);
}

/* The body is complete. */
static void
complete(struct fill *f)
{
	f->ended = true;
	if (!f->passing && !filing_complete(&f->file, f->came))
		give_up_storing(f);
}

/* The window is done with: the source may be read again. */
static void
drop_window(struct fill *f)
{
	if (f->window_left > 0)
		from(f)->ops->took(from(f), f->window_left);
	f->window_left = 0;
	f->window_n = 0;
}

static void
let_go(struct fill *f)
{
	struct source	*s = f->source;

	if (s == NULL)
		return;
	drop_window(f);
	f->source = NULL;
	s->body->wake = NULL;
	s->end(s);
}

static void
break_off(struct fill *f)
{
	f->broken = true;
	give_up_storing(f);
	let_go(f);
}

/* Reads a window. False: nothing came. */
static bool
advance(struct fill *f)
{
	enum body_state	 state;
	size_t		 bytes = 0;

	MUST(f->window_left == 0);
	if (f->ended || f->broken)
		return false;
	state = from(f)->ops->peek(from(f), &f->window, &f->window_n);
	for (unsigned i = 0; i < f->window_n; i++)
		bytes += f->window[i].n;
	if (state == BODY_FAILED && bytes == 0) {
		break_off(f);
		return false;
	}
	if (bytes > 0)
		append(f, f->window, f->window_n, bytes);
	f->came += bytes;
	f->window_left = bytes;
	if (state == BODY_LAST)
		complete(f);
	return bytes > 0;
}

static void
free_fill(struct fill *f)
{
	task_drop(&f->task);
	storebody_end(&f->back_body);
	object_free(&f->back);
	filing_end(&f->file);
	let_go(f);
	if (!list_empty(&f->node))
		list_remove(&f->node);
	OBJ_GONE(f);
	free(f);
}

static void
wake_client(struct fill *f)
{
	if (f->out.wake != NULL)
		f->out.wake(f->out.arg);	/* may end all of this */
}

/* The client reads from the store from now on: false where it cannot. */
static bool
fall_behind(struct fill *f)
{
	if (!f->file.claimed || f->passing || f->ended ||
	    object_follow_from(&f->file.follow, f->out.taken, &f->back) != STORE_HIT)
		return false;
	storebody_from(&f->back_body, f->back, f->out.taken);
	f->back_body.body.wake = f->out.wake;
	f->back_body.body.arg = f->out.arg;
	f->behind = f->fell = true;
	return true;
}

/*
 * Reads on without the client. Should storing end meanwhile, a client behind first reads what was
 * stored, then this window, then the rest at its own speed.
 */
static void
read_on(struct fill *f)
{
	bool	 more = true;

	for (int i = 0; i < TURNS && more; i++) {
		if (f->passing && f->read && f->window_left > 0)
			break;
		drop_window(f);
		more = advance(f);
	}
	if (f->passing && f->read) {
		wake_client(f);
		return;
	}
	drop_window(f);
	if (!f->ended && !f->passing) {
		if (more)
			task_later(&f->task);
		return;
	}
	if (f->read)
		let_go(f);
	else
		free_fill(f);
}

/* After each window that the client was offered: has it been taken? */
static void
on_task(struct task *task)
{
	struct fill	*f = CONTAINER_OF(task, struct fill, task);

	OBJ_OK(f, FILL_TAG);
	if (f->read && !f->behind && (f->window_left == 0 || !fall_behind(f)))
		return;
	if (f->source != NULL)
		read_on(f);
}

static void
on_source(void *arg)
{
	struct fill	*f = arg;

	OBJ_OK(f, FILL_TAG);
	if (f->read && !f->behind)
		wake_client(f);
	else
		read_on(f);
}

struct fill *
fill_new(const struct fill_what *w)
{
	struct fill	*f = mem_zero(sizeof *f);

	if (!filing_begin(&f->file, w)) {
		free(f);
		return NULL;
	}
	f->tag = FILL_TAG;
	f->source = w->source;
	f->source->taken = true;
	f->source->paced = !w->claimed;
	from(f)->wake = on_source;
	from(f)->arg = f;
	/* as it comes: a Content-Range may say otherwise */
	f->out = (struct body){ .ops = &fill_ops, .length = from(f)->length };
	f->read = true;
	task_init(&f->task, on_task);
	list_init(&f->node);
	return f;
}

struct body *
fill_body(struct fill *f)
{
	return &f->out;
}

bool
fill_follow(const struct fill *f, struct store_follow *follow)
{
	*follow = f->file.follow;
	return f->file.claimed && f->file.object != NULL && !f->passing;
}

uint64_t
fill_length(const struct fill *f)
{
	return f->came;
}

bool
fill_followed(const struct fill *f)
{
	return filing_followed(&f->file);
}

bool
fill_fell_behind(const struct fill *f)
{
	return f->fell;
}

void
fill_leave(struct fill **fp, bool go_on)
{
	struct fill	*f = *fp;

	OBJ_OK(f, FILL_TAG);
	*fp = NULL;
	f->read = false;
	f->out.wake = NULL;
	storebody_end(&f->back_body);
	object_free(&f->back);
	if (go_on && !f->ended && !f->passing) {
		drop_window(f);
		/* what somebody else peeked lies in a buffer of the transaction's */
		advance(f);
	}
	if (f->ended || f->passing || !go_on) {
		free_fill(f);
		return;
	}
	drop_window(f);
	f->source->paced = false;
	list_push(&alone, &f->node);
	task_later(&f->task);
}

bool
fill_busy(void)
{
	return !list_empty(&alone);
}

void
fill_stop_all(void)
{
	while (!list_empty(&alone))
		free_fill(CONTAINER_OF(alone.next, struct fill, node));
}

/* ---- the client's body ---- */

/*
 * n bytes of the window went to the client; the source's own spans move on, what is left of the
 * window is what it offers now.
 */
static void
take_window(struct fill *f, size_t n)
{
	MUST(n <= f->window_left);
	from(f)->ops->took(from(f), n);
	f->window_left -= n;
	if (f->window_left > 0)
		(void)from(f)->ops->peek(from(f), &f->window, &f->window_n);
}

/* Behind a client that read all there is of what is not stored any more, the source goes on. */
static bool
reads_behind(struct fill *f)
{
	uint64_t	 before = f->came - f->window_left;	/* the window */

	if (!f->behind)
		return false;
	if (!f->passing || f->out.taken < before)
		return true;
	f->behind = false;
	storebody_end(&f->back_body);
	object_free(&f->back);
	filing_end(&f->file);
	if (f->out.taken > before)	/* storing ended between two pieces of the window */
		take_window(f, (size_t)(f->out.taken - before));
	return false;
}

static enum body_state
peek(struct body *b, const struct span **v, unsigned *n)
{
	struct fill	*f = CONTAINER_OF(b, struct fill, out);
	enum body_state	 state;

	*n = 0;
	b->follows = false;
	if (reads_behind(f)) {
		f->back_body.body.wake = b->wake;
		f->back_body.body.arg = b->arg;
		state = f->back_body.body.ops->peek(&f->back_body.body, v, n);
		b->follows = f->back_body.body.follows;
		return state;
	}
	if (f->window_left == 0)
		advance(f);
	*v = f->window;
	*n = f->window_left > 0 ? f->window_n : 0;
	if (f->window_left > 0 && !f->ended)
		task_later(&f->task);
	if (f->ended) {
		b->trailers = f->source != NULL ? from(f)->trailers : SPAN_NONE;
		return BODY_LAST;
	}
	return f->broken && *n == 0 ? BODY_FAILED : BODY_MORE;
}

static void
took(struct body *b, size_t bytes)
{
	struct fill	*f = CONTAINER_OF(b, struct fill, out);

	b->taken += bytes;
	if (f->behind) {
		f->back_body.body.ops->took(&f->back_body.body, bytes);
		return;
	}
	take_window(f, bytes);
}

/* What is not stored can be moved without being looked at. */
static struct io *
raw(struct body *b, uint64_t *n)
{
	struct fill	*f = CONTAINER_OF(b, struct fill, out);

	if (!f->passing || f->behind || f->window_left > 0 || f->source == NULL)
		return NULL;
	return from(f)->ops->raw(from(f), n);
}

static void
took_raw(struct body *b, uint64_t bytes, bool ended, bool failed)
{
	struct fill	*f = CONTAINER_OF(b, struct fill, out);

	b->taken += bytes;
	f->came += bytes;
	from(f)->ops->took_raw(from(f), bytes, ended, failed);
}

static void
stop(struct body *b)
{
	b->wake = NULL;
}

static int
file(struct body *b, uint64_t *at, uint64_t *n)
{
	struct fill	*f = CONTAINER_OF(b, struct fill, out);

	if (!reads_behind(f) || f->back_body.body.ops->file == NULL)
		return -1;
	return f->back_body.body.ops->file(&f->back_body.body, at, n);
}

static const struct body_ops	 fill_ops = { peek, took, raw, took_raw, stop, file };
