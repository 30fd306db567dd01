/* SPDX-License-Identifier: Apache-2.0 */
/* Another head over the same body, and deletion. Runs on one thread of a process. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/diskio.h"
#include "store/store_inner.h"

/* The word whose record is the version that h has seen. */
static enum store_got
same_version(struct store *s, struct volume *v, const struct store_hit *h, enum store_how how,
    struct bucket_match *one, struct record *r)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 n = bucket_find(&v->index, h->key, m);

	for (unsigned i = 0; i < n; i++) {
		enum catalog_got got = catalog_peek(v, s->slot, m[i].word, how == STORE_NOWAIT, r);

		if (got == CATALOG_WOULD_BLOCK)
			return STORE_WOULD_BLOCK;
		if (got == CATALOG_RECORD && r->kind == RECORD_OBJECT &&
		    record_key_eq(r->key, h->key) && r->stamp == h->stamp) {
			*one = m[i];
			return STORE_HIT;
		}
	}
	return STORE_MISS;
}

/*
 * The inline part of the body goes along; it is compared, so that damage is not made to look good.
 */
static bool
read_inline(struct store *s, struct volume *v, uint64_t word, const struct record *r,
    enum store_how how, char *body)
{
	uint64_t	 nonce, room;
	uint32_t	 segment;
	size_t		 got;
	bool		 ok;

	if (!catalog_pin(v, s->slot, word, &segment, &nonce, &room))
		return false;
	ok = nonce == r->nonce &&
	    diskio_read(v->fd, body, r->body_len, bucket_place(word) + record_body_at(r),
	    how == STORE_NOWAIT, &got) == DISKIO_OK;
	segtab_unpin(v->segs, s->slot, segment);
	return ok && crc32c_more(0, body, r->body_len) == r->body_crc;
}

static enum store_put
write_version(struct store *s, struct volume *v, const struct bucket_match *old,
    const struct record *was, const struct store_meta *m,
    struct span body)
{
	struct record	 r = *was;
	uint64_t	 place, word;
	enum store_put	 how;

	r.stamp = 0;
	r.expires = m->expires;
	r.stored = m->stored;
	r.flags = m->flags;
	how = store_write_tentative(s, &s->fresh[v->number], &r, m->attr, m->head, body, &place);
	if (how != STORE_STORED)
		return how;
	word = bucket_word(r.key, place, record_room(r.attr_len, r.head_len, r.body_len),
	    bucket_use(old->word));
	if (!bucket_change(old->at, old->word, word))
		return STORE_GONE;		/* replaced or deleted meanwhile: that counts */
	return store_confirm(v, place) ? STORE_STORED : STORE_OFF;
}

enum store_put
store_update(struct store *s, const struct store_hit *h, const struct store_meta *m,
    enum store_how how)
{
	struct volume		*v;
	struct bucket_match	 old;
	struct record		 r;
	enum store_put		 put;
	char			*body;

	OBJ_OK(s, STORE_TAG);
	OBJ_OK(h, STORE_HIT_TAG);
	if (m->attr.n > STORE_ATTR_MAX || m->head.n > STORE_HEAD_MAX)
		return STORE_TOO_LARGE;
	v = &s->dirs[h->extent.dir];
	if (!volume_on(v))
		return STORE_OFF;
	if (same_version(s, v, h, how, &old, &r) != STORE_HIT)
		return STORE_GONE;
	body = mem_alloc((size_t)r.body_len + 1);
	put = read_inline(s, v, old.word, &r, how, body) ?
	    write_version(s, v, &old, &r, m, span_at(body, r.body_len)) : STORE_GONE;
	free(body);
	return put;
}

/*
 * While a lost index is made anew it knows of tombs too: what is older may turn up at any moment.
 * lacking: that was so before the words were taken away; if it is over since, what the keeper
 * entered in between goes by this.
 */
static void
hold_back(struct store *s, struct volume *v, const struct record *tomb, uint64_t place,
    bool lacking)
{
	struct catalog_new n = { .key = tomb->key, .stamp = tomb->stamp, .place = place,
	    .length = sizeof *tomb, .nowait = true };

	if (lacking || v->shared->rebuild)
		catalog_enter(v, s->slot, &n);
}

/*
 * Says in the log that nothing older of the key counts, for when the index is made anew from it.
 * False: there is no room even for that.
 */
static bool
bury(struct store *s, struct volume *v, struct store_key k, bool lacking)
{
	struct record	 r;
	uint64_t	 place;

	store_put_fill(&r, RECORD_TOMB, k, &(struct store_meta){ .flags = 0 });
	if (store_write_record(s, &s->fresh[v->number], &r, SPAN_NONE, SPAN_NONE, SPAN_NONE,
	    &place) != STORE_STORED)
		return false;
	hold_back(s, v, &r, place, lacking);
	return true;
}

/*
 * The record that the word leads to becomes the tomb itself, where it stands; pinned, so that
 * nothing else stands there meanwhile.
 */
static void
bury_in_place(struct store *s, struct volume *v, struct store_key k, uint64_t word, bool lacking)
{
	struct record	 r;
	uint64_t	 nonce, room, place = bucket_place(word);
	uint32_t	 segment;

	if (!catalog_pin(v, s->slot, word, &segment, &nonce, &room))
		return;
	if (catalog_peek(v, s->slot, word, false, &r) == CATALOG_RECORD &&
	    record_key_eq(record_index_key(&r), k)) {
		store_put_fill(&r, RECORD_TOMB, k, &(struct store_meta){ .flags = 0 });
		r.nonce = nonce;
		r.stamp = r.body_id = store_put_stamp(s);
		record_seal(&r, SPAN_NONE, SPAN_NONE);
		if (volume_write(v, &r, sizeof r, place))
			hold_back(s, v, &r, place, lacking);
		else
			volume_fail(v, "writing");
	}
	segtab_unpin(v->segs, s->slot, segment);
}

static bool
delete_from(struct store *s, struct volume *v, struct store_key k)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 n = bucket_find(&v->index, k, m);
	bool			 lacking = v->shared->rebuild, any = catalog_forget(v, k);

	if (any)
		volume_count(v, VOLUME_DELETED);
	/*
	 * said even where the index has nothing: an older version may stand in a segment whose
	 * newer one was dropped
	 */
	if (volume_on(v) && !bury(s, v, k, lacking)) {
		volume_count(v, VOLUME_UNBURIED);
		for (unsigned i = 0; i < n; i++)
			bury_in_place(s, v, k, m[i].word, lacking);
	}
	return any;
}

bool
store_delete(struct store *s, const struct store_key *k)
{
	bool	 any = false;

	OBJ_OK(s, STORE_TAG);
	for (unsigned i = 0; i < s->dirs_n; i++) {
		struct volume *v = &s->dirs[i];

		if (v->index_map != NULL && !v->shared->cut)
			any |= delete_from(s, v, *k);
	}
	return any;
}

static _Atomic uint64_t *
bar_of(const struct store *s, const struct store_key *k)
{
	return &s->shared->barred[(k->w[0] ^ k->w[0] >> 32) % STORE_BARS];
}

uint64_t
store_moment(const struct store *s)
{
	return s->shared->stamp;
}

void
store_bar(struct store *s, const struct store_key *k)
{
	*bar_of(s, k) = store_put_stamp(s);
}

bool
store_barred(const struct store *s, const struct store_key *k, uint64_t since)
{
	return *bar_of(s, k) >= since;
}
