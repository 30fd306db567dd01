/* SPDX-License-Identifier: Apache-2.0 */
/* Reclaiming segments. Runs in the keeper and waits for the disk; workers go on reading and writing meanwhile. */
#include "store/reclaim.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/diskio.h"

enum {
	FRESH_SHARE	= 10,		/* a tenth of the segments that hold something */
	FRESH_USES	= 1,		/* uses that let a new object stay */
	CARRY_MOST	= 97,		/* percent of a segment: the rest is gained in any case */
};

struct job {
	struct store	*s;
	struct volume	*v;
	struct appender	*main;
	uint32_t	 segment;
	enum segtab_kind kind;
	uint64_t	 carried, nonce;
	bool		 forced;	/* no segment is free: what cannot be carried is given up */
	char		*buf;		/* for one record */
	size_t		 cap;
};

bool
reclaim_needed(const struct volume *v)
{
	uint32_t open = segtab_count(v->segs, SEGTAB_OPEN), more = v->segs->n / 32;

	return segtab_count(v->segs, SEGTAB_FREE) < STORE_SPARE + 2 + (open < more ? open : more);
}

/* The oldest of its kind, rather one that nobody is reading from. */
static int64_t
oldest(const struct volume *v, enum segtab_kind kind)
{
	uint64_t least[2] = { UINT64_MAX, UINT64_MAX };
	int64_t found[2] = { -1, -1 };

	for (uint32_t i = 0; i < v->segs->n; i++) {
		uint64_t seq = v->segs->entry[i].seq;

		if (segtab_state(v->segs, i) != SEGTAB_SEALED || segtab_kind(v->segs, i) != kind || seq >= least[0])
			continue;
		if (!segtab_pinned(v->segs, i)) {
			least[0] = seq;
			found[0] = i;
		} else if (seq < least[1]) {
			least[1] = seq;
			found[1] = i;
		}
	}
	return (found[0] >= 0) ? found[0] : found[1];
}

static int64_t
choose(const struct volume *v)
{
	uint32_t fresh = 0, all = 0;
	int64_t i;

	for (uint32_t k = 0; k < v->segs->n; k++) {
		if (segtab_state(v->segs, k) == SEGTAB_FREE)
			continue;
		all++;
		fresh += segtab_kind(v->segs, k) == SEGTAB_FRESH;
	}
	i = oldest(v, (fresh * FRESH_SHARE > all) ? SEGTAB_FRESH : SEGTAB_MAIN);
	return (i >= 0) ? i : oldest(v, (fresh * FRESH_SHARE > all) ? SEGTAB_MAIN : SEGTAB_FRESH);
}

static bool
find_word(const struct job *j, const struct toc_entry *e, struct bucket_match *one)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	uint64_t		 place = volume_segment_at(j->v, j->segment) + toc_offset(e);
	unsigned		 n = bucket_find(&j->v->index, e->key, m);

	for (unsigned i = 0; i < n; i++) {
		if (bucket_place(m[i].word) == place) {
			*one = m[i];
			return true;
		}
	}
	return false;
}

/* A tomb counts as long as a record that it buries may still stand in a segment: one that was begun before it. */
static bool
tomb_counts(const struct job *j, const struct toc_entry *e)
{
	for (uint32_t i = 0; i < j->v->segs->n; i++)
		if (i != j->segment && segtab_state(j->v->segs, i) != SEGTAB_FREE && j->v->segs->entry[i].opened < e->stamp)
			return true;
	return false;
}

/* The whole record, judged like one that is about to be served. NULL: it is not (any more) what the table says. */
static struct record *
load(struct job *j, const struct toc_entry *e)
{
	size_t		 n = (size_t)toc_length(e), got;
	struct record	*r;

	if (n > j->cap) {
		j->buf = mem_grow(j->buf, n);
		j->cap = n;
	}
	r = (struct record *)(void *)j->buf;
	if (n < sizeof *r || diskio_read(j->v->fd, j->buf, n, volume_segment_at(j->v, j->segment) + toc_offset(e), false, &got) != DISKIO_OK)
		return NULL;
	if (!record_plausible(r, j->nonce, n) || !record_intact(r) || !record_key_eq(record_index_key(r), e->key) ||
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

/* A copy with everything but its nonce as it was. An object's has still to be confirmed. (A chunk needs none: without its object's head nobody finds it.) */
static bool
copy(struct job *j, struct record *r, uint64_t *place)
{
	struct span	 body = span_at((const char *)r + record_body_at(r), r->body_len);
	uint64_t	 room = record_room(r->attr_len, r->head_len, r->body_len);
	enum store_put	 how;

	if (r->kind != RECORD_TOMB && j->carried + room > (uint64_t)j->v->super.segment_bytes * CARRY_MOST / 100)
		return false;
	if (r->kind == RECORD_OBJECT)
		how = store_write_tentative(j->s, j->main, r, attr_of(r), head_of(r), body, place);
	else
		how = store_write_record(j->s, j->main, r, attr_of(r), head_of(r), body, place);
	if (how != STORE_STORED)
		return false;
	j->carried += room;
	return true;
}

static bool
deserves(const struct job *j, uint64_t word, unsigned *use)
{
	if (j->kind == SEGTAB_FRESH) {
		*use = 0;
		return bucket_use(word) >= FRESH_USES;
	}
	*use = (bucket_use(word) > 0) ? bucket_use(word) - 1 : 0;
	return bucket_use(word) > 0;
}

/* False: it had to be carried and could not be. */
static bool
carry_tomb(struct job *j, const struct toc_entry *e)
{
	struct bucket_match	 m;
	struct record		*r;
	uint64_t		 place, word = 0;

	if (tomb_counts(j, e) && (r = load(j, e)) != NULL) {
		if (copy(j, r, &place))
			word = bucket_word(e->key, place, toc_length(e), 0);
		else if (j->forced)
			volume_count(j->v, VOLUME_UNBURIED);
		else
			return false;
	}
	if (find_word(j, e, &m))
		bucket_change(m.at, m.word, word);
	return true;
}

static void
carry_or_drop(struct job *j, const struct toc_entry *e)
{
	struct bucket_match	 m;
	struct record		*r;
	uint64_t		 place, word;
	unsigned		 use;

	if (!find_word(j, e, &m))
		return;
	if (!deserves(j, m.word, &use) || (r = load(j, e)) == NULL || !copy(j, r, &place)) {
		bucket_leave_ghost(m.at, m.word, catalog_age(j->v));
		volume_count(j->v, VOLUME_DROPPED);
		return;
	}
	word = bucket_word(e->key, place, toc_length(e), use);
	if (!bucket_change(m.at, m.word, word))
		return;				/* replaced or deleted while it was copied */
	volume_count(j->v, VOLUME_CARRIED);
	if (r->kind == RECORD_OBJECT)
		store_confirm(j->v, r, attr_of(r), head_of(r), place);
}

/* Tombs first, while there is room for them. */
static bool
carry_all(struct job *j, const struct toc *t)
{
	bool	 ok = true;

	for (size_t k = 0; k < t->n && ok; k++)
		if (toc_kind(&t->entries[k]) == RECORD_TOMB)
			ok = carry_tomb(j, &t->entries[k]);
	for (size_t k = 0; k < t->n && ok && j->v->shared->on; k++)
		if (toc_kind(&t->entries[k]) != RECORD_TOMB)
			carry_or_drop(j, &t->entries[k]);
	return ok && j->v->shared->on;
}

static bool
has_tombs(struct job *j, uint32_t segment)
{
	struct toc	 t;
	bool		 any = false;

	j->segment = segment;
	if (!toc_load(j->v, segment, &t))
		return false;
	for (size_t k = 0; k < t.n && !any; k++)
		any = toc_kind(&t.entries[k]) == RECORD_TOMB && tomb_counts(j, &t.entries[k]);
	toc_free(&t);
	return any;
}

/*
 * Keepers that were killed again and again, each with a segment hardly begun, leave none free for the next one to carry anything to. Then one segment goes as
 * it is, if possible one without tombs that still count; after that there is room again.
 */
static int64_t
choose_for_nothing(struct job *j)
{
	int64_t i = choose(j->v);

	j->forced = true;
	for (uint32_t k = 0; k < j->v->segs->n; k++)
		if (segtab_state(j->v->segs, k) == SEGTAB_SEALED && !segtab_pinned(j->v->segs, k) && !has_tombs(j, k))
			return k;
	return i;
}

bool
reclaim_one(struct store *s, struct volume *v, struct appender *main)
{
	struct job	 j = { .s = s, .v = v, .main = main };
	struct toc	 t;
	bool		 stuck = main->segment < 0 && segtab_count(v->segs, SEGTAB_FREE) + segtab_count(v->segs, SEGTAB_EMPTYING) == 0;
	int64_t		 i = stuck ? choose_for_nothing(&j) : choose(v);
	bool		 done;

	if (i < 0)
		return false;
	j.segment = (uint32_t)i;
	j.kind = segtab_kind(v->segs, j.segment);
	j.nonce = v->segs->entry[j.segment].nonce;
	if (!toc_load(v, j.segment, &t))
		t = (struct toc){ 0 };		/* unreadable: what it held is gone; its words lead nowhere */
	catalog_segment_reclaimed(v);
	done = carry_all(&j, &t);
	free(j.buf);
	toc_free(&t);
	if (done)
		segtab_set(v->segs, j.segment, SEGTAB_EMPTYING);
	return done;
}

/*
 * Nothing of the old life may turn up in the new one, not even after a power cut; zeroed blocks need not be read before they are written to; and what
 * sockets still hold of the old pages stays as it is, as new pages take their place. A file system without this has the nonce alone to
 * tell the lives apart, and was found not to be good for sendfile.
 */
static bool
wipe(struct volume *v, uint32_t i)
{
	if (diskio->zero(v->fd, (off_t)volume_segment_at(v, i), (off_t)v->super.segment_bytes) != 0 &&
	    (v->shared->sendable || errno != EOPNOTSUPP))
		return false;
	return segtab_write_free(i, v->fd);
}

bool
reclaim_free(struct volume *v)
{
	uint32_t *list = mem_alloc(v->segs->n * sizeof *list), n = 0;
	bool ok;

	for (uint32_t i = 0; i < v->segs->n; i++)
		if (segtab_state(v->segs, i) == SEGTAB_EMPTYING && !segtab_pinned(v->segs, i))
			list[n++] = i;
	/* what was carried out of them is on the disk before they are gone from it */
	ok = n > 0 && diskio->sync(v->fd) == 0;
	for (uint32_t k = 0; k < n && ok; k++)
		ok = wipe(v, list[k]);
	ok = ok && diskio->sync(v->fd) == 0;
	for (uint32_t k = 0; k < n && ok; k++) {
		v->segs->entry[list[k]].nonce = 0;
		segtab_set(v->segs, list[k], SEGTAB_FREE);
	}
	if (n > 0 && !ok)
		volume_fail(v, "freeing segments");
	free(list);
	return n > 0 && ok;
}
