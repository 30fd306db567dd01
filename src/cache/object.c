/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups in the store and the memory they are read into. Judges what attributes say of themselves
 * (a disk's bytes), not what they mean. Worker; store_get and store_check also on the threads that
 * read.
 */
#include "cache/object.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "cache/kept.h"
#include "cache/piece.h"
#include "core/shared.h"
#include "net/work.h"

enum {
	OBJECT_TAG = TAG4('o', 'b', 'j', 'c'),
	ALIGN = 64,
	/* what nearly all heads fit into, with as much of the body as there is room for */
	NORMAL = 16384,
	/* takes any head; the store's contract */
	LARGEST = STORE_ATTR_MAX + STORE_HEAD_MAX + 4096 + 512,
	CHECK_MOST = 131072,	/* of a larger one a damaged part shows when it is sent */
	SPARE_MOST = 64,
	THREADS = 16,
	JOBS_MOST = 4096,
};

static struct object	*spare;
static unsigned		 spare_n;
static struct work	*pool;

struct object_wait {
	struct work_job	 job;
	/* what is read into; belongs to the thread until it is done */
	struct object	*o;
	struct cachekey	 key;
	enum store_got	 got;
	void		(*done)(void *arg, struct object *o);	/* NULL: nobody wants it any more */
	void		*arg;
};

static char *
buffer(struct object *o)
{
	return (char *)o + (sizeof *o + ALIGN - 1) / ALIGN * ALIGN;
}

/* By any thread. */
static struct object *
make(size_t cap)
{
	struct object	*o = aligned_alloc(ALIGN, (sizeof *o + ALIGN - 1) / ALIGN * ALIGN + cap);

	MUST(o != NULL);
	o->tag = OBJECT_TAG;
	o->cap = cap;
	o->pinned = o->as_read = false;
	o->reader.entry = 0;
	o->rest.p = NULL;
	return o;
}

static struct object *
take(void)
{
	struct object	*o = spare;

	if (o == NULL)
		return make(NORMAL);
	spare = o->spare;
	spare_n--;
	o->tag = OBJECT_TAG;
	return o;
}

/*
 * A body's beginning that stands in the file is compared with its checksum the first time, before
 * anybody promises it: damage then costs a hit, not an answer that is cut.
 */
static enum store_got
get_sound(struct object *o, const struct store_key *k, enum store_how how)
{
	enum store_got	 got = store_get(shared.store, k, how, buffer(o), o->cap, &o->hit);

	if (got != STORE_HIT || o->hit.extent.checked || o->hit.extent.len > CHECK_MOST)
		return got;
	got = store_check(shared.store, &o->hit.extent, how);
	if (got != STORE_HIT)
		store_release(shared.store, &o->hit);
	return got;
}

/*
 * Into a larger buffer where the head may be larger than o's: the store says of both that there is
 * nothing.
 */
static enum store_got
look_up(struct object **op, const struct store_key *k, enum store_how how)
{
	struct object	*o = *op;
	enum store_got	 got = get_sound(o, k, how);

	if (got != STORE_MISS || o->cap == LARGEST || !store_maybe(shared.store, k))
		return got;
	*op = make(LARGEST);
	(*op)->spare = o;
	return get_sound(*op, k, how);
}

/* Back to the list goes what look_up replaced; in the loop's thread. */
static void
settle(struct object *o)
{
	if (o->cap == LARGEST && o->spare != NULL)
		object_free(&o->spare);
	o->spare = NULL;
}

static bool
understand(struct object *o)
{
	size_t	 used;

	return object_is_marker(o) || storedattr_read(&o->at, o->hit.attr, &used);
}

/* What the record has of the body stands in the buffer, and was compared. */
static bool
is_here(const struct object *o)
{
	return o->checked && o->hit.body.n == o->inlined;
}

/* Nothing more is wanted of the record if all of it is in the buffer. */
static void
unpin_whole(struct object *o)
{
	if (is_here(o))
		object_unpin(o);
}

/* What was read becomes an object, or nothing. */
static bool
adopt(struct object *o, const struct cachekey *k)
{
	o->key = *k;
	o->growing = o->cold = o->allowed = o->served = o->wanted = false;
	o->parsed.fields = NULL;
	o->pinned = true;
	o->checked = o->hit.extent.checked;
	o->inlined = o->hit.extent.len;
	o->head = o->hit.head;
	o->as_read = understand(o);
	if (o->as_read)
		unpin_whole(o);
	return o->as_read;
}

/* It is still what is stored, its body's beginning too. */
static bool
still_sound(struct object *o, const struct store_key *sk)
{
	struct store_extent	*e = &o->hit.extent;

	if (!store_get_again(shared.store, sk, &o->hit))
		return false;
	if (e->checked || e->len > CHECK_MOST ||
	    store_check(shared.store, e, STORE_NOWAIT) == STORE_HIT)
		return true;
	store_release(shared.store, &o->hit);
	return false;
}

/* NULL: it was not served lately, or is another one by now. */
static struct object *
again(const struct cachekey *k, const struct store_key *sk)
{
	struct object	*o = kept_take(k);

	if (o == NULL)
		return NULL;
	o->tag = OBJECT_TAG;
	if (!still_sound(o, sk)) {
		o->as_read = false;
		object_free(&o);
		return NULL;
	}
	o->cold = false;
	o->pinned = o->served = true;
	unpin_whole(o);
	return o;
}

enum store_got
object_get(const struct cachekey *k, struct object **op)
{
	struct store_key	 sk = object_store_key(k);
	struct object		*o;
	enum store_got		 got;

	*op = NULL;
	if (shared.store == NULL)
		return STORE_MISS;
	*op = again(k, &sk);
	if (*op != NULL)
		return STORE_HIT;
	o = take();
	got = look_up(&o, &sk, STORE_NOWAIT);
	settle(o);
	if (got == STORE_HIT && adopt(o, k)) {
		o->wanted = kept_comes_again(k);
		*op = o;
		return STORE_HIT;
	}
	object_free(&o);
	return (got == STORE_WOULD_BLOCK) ? STORE_WOULD_BLOCK : STORE_MISS;
}

/* On a thread. */
static void
read_cold(struct work_job *j)
{
	struct object_wait	*w = CONTAINER_OF(j, struct object_wait, job);
	struct store_key	 sk = object_store_key(&w->key);

	w->got = look_up(&w->o, &sk, STORE_BLOCK);
}

static void
was_read(struct work_job *j)
{
	struct object_wait	*w = CONTAINER_OF(j, struct object_wait, job);
	struct object		*o = w->o;
	void			(*done)(void *, struct object *) = w->done;
	void			*arg = w->arg;

	settle(o);
	if (j->ran && w->got == STORE_HIT && adopt(o, &w->key))
		o->cold = true;
	else
		object_free(&o);
	free(w);
	if (done != NULL)
		done(arg, o);
	else
		object_free(&o);
}

struct object_wait *
object_read(const struct cachekey *k, void (*done)(void *arg, struct object *o), void *arg)
{
	struct object_wait	*w;

	MUST(done != NULL);
	if (shared.store == NULL)
		return NULL;
	w = mem_alloc(sizeof *w);
	*w = (struct object_wait){ .job = { .run = read_cold, .done = was_read }, .o = take(),
	    .key = *k, .done = done, .arg = arg };
	w->o->spare = NULL;
	w->got = STORE_MISS;
	if (object_work(&w->job))
		return w;
	object_free(&w->o);
	free(w);
	return NULL;
}

void
object_cancel(struct object_wait **wp)
{
	struct object_wait	*w = *wp;

	*wp = NULL;
	if (w != NULL)
		w->done = NULL;
}

static enum store_got
become_follower(struct object *o, const struct store_follow *f, uint64_t from)
{
	memcpy(&o->key, &f->key, sizeof o->key);
	o->growing = o->pinned = true;
	o->cold = o->checked = o->allowed = o->served = false;
	o->parsed.fields = NULL;
	o->inlined = 0;
	o->head = o->hit.head;
	o->follow = *f;
	return (understand(o) && store_reader_begin(shared.store, &o->reader, &o->hit, from,
	    o->hit.total, f)) ? STORE_HIT : STORE_MISS;
}

enum store_got
object_follow_from(const struct store_follow *f, uint64_t from, struct object **op)
{
	struct object	*o;
	enum store_got	 got;
	uint64_t	 length;

	*op = NULL;
	if (shared.store == NULL)
		return STORE_MISS;
	o = take();
	got = store_follow_head(shared.store, f, STORE_NOWAIT, buffer(o), o->cap, &o->hit);
	if (got == STORE_MISS && store_follow_look(shared.store, f, false,
	    &length) == STORE_GROWING) {
		object_free(&o);
		o = make(LARGEST);
		got = store_follow_head(shared.store, f, STORE_NOWAIT, buffer(o), o->cap, &o->hit);
	}
	if (got == STORE_HIT)
		got = become_follower(o, f, from);
	if (got == STORE_HIT)
		*op = o;
	else
		object_free(&o);
	return got;
}

bool
object_reserve(struct object *o)
{
	OBJ_OK(o, OBJECT_TAG);
	if (o->growing || o->reader.entry != 0 || (is_here(o) && o->inlined == o->hit.total))
		return true;
	return store_reader_begin(shared.store, &o->reader, &o->hit, 0, o->hit.total, NULL);
}

void
object_keep_head(struct object *o, const struct head *h)
{
	OBJ_OK(o, OBJECT_TAG);
	if (!o->served || h->n == 0 || h->n > OBJECT_FIELDS)
		return;
	o->parsed = *h;
	o->parsed.fields = memcpy(o->fields, h->fields, h->n * sizeof *h->fields);
	o->parsed.cap = OBJECT_FIELDS;
}

void
object_grown(struct object *o, uint64_t total)
{
	OBJ_OK(o, OBJECT_TAG);
	MUST(o->growing);
	o->growing = false;
	o->hit.total = total;
	if (o->hit.base > total) {
		o->hit.base = o->hit.extent.whole_len = (uint32_t)total;
		o->hit.extent.len = total;
	}
	o->inlined = o->hit.base;
}

static void
release(struct object *o)
{
	if (!o->pinned)
		return;
	o->pinned = false;
	store_release(shared.store, &o->hit);
}

/* False: not now. */
static bool
copy_rest(struct object *o, uint64_t from)
{
	struct store_extent	 e;
	bool			 ok;

	if (store_extent(shared.store, &o->hit, from, STORE_NOWAIT, &e) != STORE_HIT)
		return false;
	piece_take(&o->rest, from);
	ok = store_check(shared.store, &e, STORE_NOWAIT) == STORE_HIT &&
	    store_read(shared.store, &e, from, o->rest.p, PIECE_BYTES, STORE_NOWAIT,
	    &o->rest.n) == STORE_HIT && o->rest.n == o->inlined - from;
	store_extent_done(shared.store, &e);
	if (!ok)
		piece_drop(&o->rest);
	return ok;
}

void
object_detach(struct object *o, uint64_t from)
{
	OBJ_OK(o, OBJECT_TAG);
	if (!o->pinned || o->growing)
		return;
	if (o->checked && from < o->hit.body.n)
		from = o->hit.body.n;
	if (from < o->inlined && o->rest.p == NULL && !copy_rest(o, from))
		return;
	release(o);
}

void
object_let_go(struct object *o)
{
	OBJ_OK(o, OBJECT_TAG);
	release(o);
	piece_drop(&o->rest);
	store_reader_end(shared.store, &o->reader);
}

void
object_give(struct object *o)
{
	OBJ_OK(o, OBJECT_TAG);
	object_unpin(o);
	OBJ_GONE(o);
	if (o->as_read && o->wanted && o->cap == NORMAL)
		o = kept_put(o);
	if (o == NULL)
		return;
	if (o->cap != NORMAL || spare_n == SPARE_MOST) {
		free(o);
		return;
	}
	o->as_read = false;
	o->spare = spare;
	spare = o;
	spare_n++;
}

bool
object_work(struct work_job *j)
{
	if (pool == NULL)
		pool = work_start("disk", THREADS, JOBS_MOST, 0);
	return work_put(pool, j);
}

void
object_stop(void)
{
	struct object	*o;

	work_stop(&pool);
	piece_trim();
	while ((o = spare) != NULL) {
		spare = o->spare;
		free(o);
	}
	spare_n = 0;
	while ((o = kept_take_any()) != NULL)
		free(o);
}
