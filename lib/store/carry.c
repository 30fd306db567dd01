/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying records forward, and dropping those that nobody asked for. Runs in the keeper and waits
 * for the disk.
 */
#include "store/carry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/diskio.h"

enum {
	FRESH_USES	= 1,		/* uses that let a new object stay */
	CARRY_MOST	= 97,		/* percent of a segment: the rest is gained in any case */
	/* percent of the chunks a segment takes: with more that are being read it stays as it is */
	WANTED_MOST	= 75,
	WANTED_SHARE	= 2,		/* half of the segments may be taken by such */
	LITTLE_SHARE	= 2,		/* half of a segment */
	/* of a segment: about what is left for tombs and the table of contents */
	SPARE_SHARE	= 32,
};

/* What goes forward, while it stands in memory alone. */
struct carry_stashed {
	struct toc_entry	 e;
	struct bucket_match	 m;
	unsigned		 use;
	struct record		*r;
};

bool
carry_holds_little(const struct volume *v, uint32_t i)
{
	return v->segs->entry[i].used < v->super.segment_bytes / LITTLE_SHARE;
}

/* ---- what it holds ---- */

static bool
find_word(const struct carry *j, const struct toc_entry *e, struct bucket_match *one)
{
	return catalog_find(j->v, e->key, volume_segment_at(j->v, j->segment) + toc_offset(e), one);
}

/*
 * A tomb counts as long as a record that it buries may still stand in a segment: one that was begun
 * before it.
 */
static bool
tomb_counts(const struct carry *j, const struct toc_entry *e)
{
	for (uint32_t i = 0; i < j->v->segs->n; i++)
		if (i != j->segment && segtab_state(j->v->segs, i) != SEGTAB_FREE &&
		    j->v->segs->entry[i].opened < e->stamp)
			return true;
	return false;
}

bool
carry_has_tombs(const struct carry *j)
{
	for (size_t k = 0; k < j->toc.n; k++)
		if (toc_kind(&j->toc.entries[k]) == RECORD_TOMB &&
		    tomb_counts(j, &j->toc.entries[k]))
			return true;
	return false;
}

bool
carry_is_read(const struct carry *j)
{
	for (size_t k = 0; k < j->toc.n; k++)
		if (j->read[k])
			return true;
	return false;
}

/*
 * The whole record, judged like one that is about to be served. NULL: it is not (any more) what the
 * table says.
 */
static struct record *
load(struct carry *j, const struct toc_entry *e)
{
	size_t		 n = (size_t)toc_length(e), got;
	struct record	*r;

	if (n > j->cap) {
		j->buf = mem_grow(j->buf, n);
		j->cap = n;
	}
	r = (struct record *)(void *)j->buf;
	if (n < sizeof *r || diskio_read(j->v->fd, j->buf, n,
	    volume_segment_at(j->v, j->segment) + toc_offset(e), false, &got) != DISKIO_OK)
		return NULL;
	if (!record_plausible(r, j->nonce, n) || !record_intact(r) ||
	    !record_key_eq(record_index_key(r), e->key) ||
	    crc32c_more(0, j->buf + record_body_at(r), r->body_len) != r->body_crc) {
		volume_count(j->v, VOLUME_DAMAGED);
		return NULL;
	}
	return r;
}

static struct span
attr_of(const struct record *r)
{
	return span_at((const char *)(r + 1), r->attr_len);
}

static struct span
head_of(const struct record *r)
{
	return span_at((const char *)(r + 1) + r->attr_len, r->head_len);
}

/* Which bytes of which body a chunk has. */
static bool
bytes_of(const struct carry *j, const struct toc_entry *e, struct readers_body *b)
{
	uint64_t	 at = volume_segment_at(j->v, j->segment) + toc_offset(e);
	struct record	 r;
	size_t		 got;

	if (toc_kind(e) != RECORD_CHUNK ||
	    diskio_read(j->v->fd, &r, sizeof r, at, false, &got) != DISKIO_OK ||
	    !record_plausible(&r, j->nonce, toc_length(e)) || r.kind != RECORD_CHUNK ||
	    r.number == 0 || !record_key_eq(record_index_key(&r), e->key))
		return false;
	b->body_id = r.body_id;
	b->from = j->v->super.inline_bytes + (uint64_t)(r.number - 1) * j->v->super.chunk_bytes;
	b->to = b->from + r.body_len;
	return true;
}

/*
 * Bytes of a segment that chunks take at most: carrying them forward cannot put more of them into
 * one.
 */
static uint64_t
chunks_fill(const struct volume *v)
{
	uint64_t each = record_room(0, 0, v->super.chunk_bytes), all = v->super.segment_bytes;

	return (all - all / SPARE_SHARE) / each * each;
}

/* Notes what somebody reads, or will. False: that is nearly all of it. */
static bool
mark_read(struct carry *j)
{
	struct readers_body	 b;
	uint64_t		 sum = 0;

	j->read = mem_zero(j->toc.n + 1);
	for (size_t k = 0; j->wanted.n > 0 && k < j->toc.n; k++) {
		const struct toc_entry *e = &j->toc.entries[k];

		j->read[k] = bytes_of(j, e, &b) &&
		    readers_listed(&j->wanted, b.body_id, b.from, b.to);
		sum += j->read[k] ? toc_length(e) : 0;
	}
	return sum <= chunks_fill(j->v) * WANTED_MOST / 100;
}

/* ---- forward ---- */

static bool
has_room(struct carry *j, const struct record *r)
{
	uint64_t room = record_room(r->attr_len, r->head_len, r->body_len);

	if (r->kind != RECORD_TOMB &&
	    j->carried + room > (uint64_t)j->v->super.segment_bytes * CARRY_MOST / 100)
		return false;
	j->carried += room;
	return true;
}

/*
 * A copy with everything but its nonce as it was. An object's has still to be confirmed. (A chunk
 * needs none: without its object's head nobody finds it.)
 */
static bool
copy(struct carry *j, struct record *r, uint64_t *place)
{
	struct span	 body = span_at((const char *)r + record_body_at(r), r->body_len);

	if (r->kind == RECORD_OBJECT)
		return store_write_tentative(j->s, j->main, r, attr_of(r), head_of(r), body,
		    place) == STORE_STORED;
	return store_write_record(j->s, j->main, r, attr_of(r), head_of(r), body,
	    place) == STORE_STORED;
}

/*
 * Into the keeper's main segment; the word follows unless it was replaced or deleted meanwhile.
 * False: there is no room.
 */
static bool
move(struct carry *j, const struct toc_entry *e, const struct bucket_match *m, unsigned use,
    struct record *r)
{
	uint64_t	 place;
	bool		 moved;

	if (!copy(j, r, &place))
		return false;
	moved = m->at != NULL &&
	    bucket_change(m->at, m->word, bucket_word(e->key, place, toc_length(e), use));
	if (moved && r->kind == RECORD_OBJECT)
		store_confirm(j->v, place);
	/* who looked for it while its segment was wiped took its word away */
	if (!moved && r->kind == RECORD_CHUNK && j->in_memory)
		catalog_enter(j->v, j->s->slot,
		    &(struct catalog_new){ .key = e->key, .stamp = e->stamp, .place = place,
		    .length = toc_length(e) });
	if (moved && r->kind != RECORD_TOMB)
		volume_count(j->v, VOLUME_CARRIED);
	return true;
}

static void
stash(struct carry *j, const struct toc_entry *e, const struct bucket_match *m, unsigned use,
    const struct record *r)
{
	size_t	 n = (size_t)toc_length(e);

	j->stash = mem_room(j->stash, j->stash_n, &j->stash_cap, sizeof *j->stash);
	j->stash[j->stash_n] = (struct carry_stashed){ .e = *e, .m = *m, .use = use,
	    .r = mem_alloc(n) };
	memcpy(j->stash[j->stash_n++].r, r, n);
}

static bool
forward(struct carry *j, const struct toc_entry *e, const struct bucket_match *m, unsigned use,
    struct record *r)
{
	if (!has_room(j, r))
		return false;
	if (!j->in_memory)
		return move(j, e, m, use, r);
	stash(j, e, m, use, r);
	return true;
}

static void
drop(struct carry *j, const struct bucket_match *m)
{
	bucket_leave_ghost(m->at, m->word, catalog_age(j->v));
	volume_count(j->v, VOLUME_DROPPED);
}

static bool
deserves(const struct carry *j, uint64_t word, unsigned *use)
{
	*use = bucket_use(word);
	if (j->all)
		return true;
	if (j->kind == SEGTAB_FRESH) {
		*use = 0;
		return bucket_use(word) >= FRESH_USES;
	}
	*use = (bucket_use(word) > 0) ? bucket_use(word) - 1 : 0;
	return bucket_use(word) > 0;
}

/* False: it had to be carried and could not be. */
static bool
carry_tomb(struct carry *j, const struct toc_entry *e)
{
	struct bucket_match	 m = { .at = NULL };
	bool			 has_word = find_word(j, e, &m);
	struct record		*r;

	if (!j->buried && tomb_counts(j, e) && (r = load(j, e)) != NULL)
		return forward(j, e, &m, 0, r);
	if (has_word)
		bucket_change(m.at, m.word, 0);
	return true;
}

/*
 * It is not wanted, as far as was known. Whoever has begun to read since said so first and looked
 * for the word then: either he did not find it, or he is seen here, and the word comes back. True:
 * it has to go forward.
 */
static bool
drop_unless_read(struct carry *j, const struct toc_entry *e, const struct bucket_match *m)
{
	struct readers_body	 b;
	bool			 any = !readers_none(j->s->readers),
	    known = any && bytes_of(j, e, &b);

	/*
	 * from here until the word is back no file is read: whoever is killed in between loses it
	 * to the reader
	 */
	bucket_leave_ghost(m->at, m->word, catalog_age(j->v));
	atomic_thread_fence(memory_order_seq_cst);
	if (!any && !readers_none(j->s->readers))
		known = bytes_of(j, e, &b);
	if (!known || !readers_want(j->s->readers, b.body_id, b.from, b.to, j->wanted_at)) {
		volume_count(j->v, VOLUME_DROPPED);
		return false;
	}
	catalog_put_back(j->v, e->key, m->word);
	return true;
}

/*
 * What is read has lost its word, as a keeper was killed who had taken it away for a moment: it
 * comes back.
 */
static bool
find_again(const struct carry *j, const struct toc_entry *e, struct bucket_match *m)
{
	if (bucket_has(&j->v->index, e->key))
		return false;		/* carried already */
	catalog_put_back(j->v, e->key, bucket_word(e->key,
	    volume_segment_at(j->v, j->segment) + toc_offset(e), toc_length(e), 0));
	return find_word(j, e, m);
}

/* False: it had to be carried and could not be. */
static bool
carry_or_drop(struct carry *j, const struct toc_entry *e, bool read)
{
	struct bucket_match	 m;
	struct record		*r;
	unsigned		 use;

	if (!find_word(j, e, &m) && !(read && find_again(j, e, &m)))
		return true;
	if (!deserves(j, m.word, &use) && !read) {
		read = drop_unless_read(j, e, &m);
		if (!read || !find_word(j, e, &m))
			return true;
	}
	r = load(j, e);
	if (r != NULL && forward(j, e, &m, use, r))
		return true;
	if (r != NULL && (read || j->all))
		return false;
	drop(j, &m);
	return true;
}

/* Tombs first, then what is read, while there is room for them. */
bool
carry_all(struct carry *j)
{
	const struct toc	*t = &j->toc;
	bool			 ok = true;

	for (size_t k = 0; k < t->n && ok; k++)
		if (toc_kind(&t->entries[k]) == RECORD_TOMB)
			ok = carry_tomb(j, &t->entries[k]);
	for (int read = 1; read >= 0; read--)
		for (size_t k = 0; k < t->n && ok && j->v->shared->on; k++)
			if (toc_kind(&t->entries[k]) != RECORD_TOMB && j->read[k] == read)
				ok = carry_or_drop(j, &t->entries[k], read);
	return ok && j->v->shared->on;
}

/* ---- instead of carrying tombs ---- */

/* The older records that one other segment has of these keys. False: the disk fails. */
static bool
destroy(struct carry *j, uint32_t segment, const struct toc *tombs)
{
	static const uint8_t	 none[8];
	struct toc		 t;
	bool			 ok = true;

	if (!toc_load(j->v, segment, &t))
		return false;
	for (size_t k = 0; k < t.n && ok; k++)
		if (toc_kind(&t.entries[k]) == RECORD_OBJECT && toc_has_newer(tombs, &t.entries[k]))
			ok = volume_write(j->v, none, sizeof none,
			    volume_segment_at(j->v, segment) + toc_offset(&t.entries[k]));
	toc_free(&t);
	return ok;
}

bool
carry_bury(struct carry *j)
{
	struct toc	 tombs = { 0 };
	bool		 ok = true;

	for (size_t k = 0; k < j->toc.n; k++)
		if (toc_kind(&j->toc.entries[k]) == RECORD_TOMB &&
		    tomb_counts(j, &j->toc.entries[k]))
			toc_add(&tombs, &j->toc.entries[k]);
	toc_sort(&tombs);
	for (uint32_t i = 0; i < j->v->segs->n && ok && tombs.n > 0; i++)
		if (i != j->segment && segtab_state(j->v->segs, i) != SEGTAB_FREE)
			ok = destroy(j, i, &tombs);
	toc_free(&tombs);
	if (!ok)
		volume_fail(j->v, "writing");
	j->buried = ok;
	return ok;
}

/* ---- one segment ---- */

void
carry_begin(struct carry *j)
{
	j->wanted_at = store_moment(j->s);
	readers_list(j->s->readers, j->v->number, chunks_fill(j->v) * j->v->segs->n / WANTED_SHARE,
	    &j->wanted);
}

bool
carry_look(struct carry *j, uint32_t i)
{
	struct segtab_entry	*e = &j->v->segs->entry[i];

	j->segment = i;
	j->kind = segtab_kind(j->v->segs, i);
	j->nonce = e->nonce;
	j->carried = 0;
	j->buried = false;
	if (!toc_load(j->v, i, &j->toc))
		j->toc = (struct toc){ 0 };	/* unreadable: what it held is gone; its words lead
						 * nowhere */
	/* of one that was closed by a crash it is not known before */
	if (carry_holds_little(j->v, i))
		e->used = (uint32_t)toc_end(&j->toc);
	j->all = carry_holds_little(j->v, i);
	return mark_read(j);
}

void
carry_leave(struct carry *j)
{
	toc_free(&j->toc);
	free(j->read);
	j->read = NULL;
}

void
carry_put(struct carry *j)
{
	for (size_t i = 0; i < j->stash_n; i++) {
		struct carry_stashed *p = &j->stash[i];

		if (!j->v->shared->on || move(j, &p->e, &p->m, p->use, p->r))
			continue;
		drop(j, &p->m);
	}
}

void
carry_free(struct carry *j)
{
	for (size_t i = 0; i < j->stash_n; i++)
		free(j->stash[i].r);
	free(j->stash);
	free(j->wanted.body);
	free(j->buf);
}
