/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the cache knows of one transaction: between its two steps (stored.c) and the files that do
 * their parts. Private to src/cache. Lives in the transaction's arena; what it holds of the store
 * is given back by stored_release and stored_forget.
 */
#ifndef CACHE_CACHING_H
#define CACHE_CACHING_H

#include "cache/cachekey.h"
#include "cache/cacheresult.h"
#include "cache/condreq.h"
#include "cache/fill.h"
#include "cache/follow.h"
#include "cache/joinbody.h"
#include "cache/lasting.h"
#include "cache/object.h"
#include "cache/parts.h"
#include "cache/precond.h"
#include "cache/rangereply.h"
#include "cache/refreshpat.h"
#include "cache/reuse.h"
#include "cache/storebody.h"
#include "core/txn.h"

struct behind;
struct reading;
struct rest;

struct caching {
	struct txn		*t;
	/* may answer from the store; may keep what is fetched */
	bool			 serves, stores;
	bool			 judged;		/* the `cache` rules were asked */
	bool			 alone;			/* follows nobody (any more) */
	bool			 collapsed;		/* waited for another's fetch */
	/* the fetch is for what `found` has grown stale for; they may stand in */
	bool			 refreshing;
	/* ... and asks whether they are still good */
	bool			 validating;
	bool			 completing;		/* the fetch is for the gap in `found` */
	/*
	 * a part, or on conditions that go along: without what is stored the fetch is for nobody
	 * else
	 */
	bool			 apart;
	/* the client's conditions or range stay here: its answer is made when the whole comes */
	bool			 whole;
	/* there was an object, which could not be read */
	bool			 damaged;
	/* the answer did to what is stored what it does */
	bool			 refreshed;
	bool			 drop;			/* what is served does not stay stored */
	bool			 claimed;		/* others wait for our fetch */
	bool			 following;
	/* why another's fetch was waited for; CACHESTATUS_HIT: none was */
	enum cachestatus_fwd	 lacked;
	/* ... what does not have what is asked for, until it ends */
	bool			 awaits;
	bool			 serving;		/* body is in use */
	bool			 has_arrived;
	uint8_t			 reads, rounds;

	/* the key */
	/* canonical, or what store_id_program made of it */
	struct span		 url;
	/* of the URL; under which an answer to this request stands or would stand */
	struct cachekey		 primary, key;
	uint64_t		 nonce;			/* of the marker */
	/* store_moment before the fetch: what is made invalid later is not stored */
	uint64_t		 began;
	struct cachectl		 req_cc;
	const struct refresh_rule *rule;

	/* what was found */
	struct object		*marker;
	/* variants that this request selects; [0]: the one */
	struct object		*found[CONDREQ_TAGS];
	unsigned		 n_found;
	struct reuse_verdict	 verdict;
	struct object_wait	*wait;			/* a thread reads ... */
	struct cachekey		 wait_key;
	struct object		*arrived;		/* ... and read this (NULL: nothing) */

	/* others' fetches, and ours for others */
	struct follow_waiter	 waiter;
	/* with them, from the first that is waited for */
	struct timer		 patience;
	struct store_follow	 follow, ours;
	struct store_claim	 claim;
	struct cachekey		 claim_key;

	/* the answer */
	/* of what is stored in part; what comes instead */
	struct extent		 gap;
	/* reply_body is put together, and not stored */
	struct joinbody		*join;
	struct fill		*fill;
	struct behind		*behind;		/* t is one */
	/* reply_body, which outlasts what it is read from; NULL: it does not */
	struct reading		*reading;
	struct rest		*rest;			/* t brings one */

	/* from here on not cleared: what most requests do not touch costs them nothing */
	/* of what is served: storage for a merged one */
	struct head		 head;
	struct storebody	 body;			/* serving */
	struct rangereply	 parts;			/* of a body with ranges */
};

/* In t's arena, of which it is; t->cache is not set. NULL: no memory. */
static inline struct caching *
caching_new(struct txn *t)
{
	struct caching	*c = arena_get(&t->arena, sizeof *c);

	if (c == NULL)
		return NULL;
	memset(c, 0, offsetof(struct caching, head));
	c->t = t;
	return c;
}

/* at is of the answer that t just received: where it came from. */
static inline void
caching_note_origin(const struct txn *t, struct storedattr *at)
{
	if (t->peer == NULL)
		memcpy(at->from_ip, t->f.origin.ip, sizeof at->from_ip);
}

static inline struct object *
caching_object(const struct caching *c)
{
	return c->n_found > 0 ? c->found[0] : NULL;
}

/* storedlook.c: range_offset_limit, the first line that applies. */
uint64_t	 storedlook_range_limit(struct txn *t);

/* find.c: looks for what answers the request. */
enum find { FIND_NOTHING, FIND_OBJECT, FIND_LATER };
enum find	 find_object(struct caching *c);
void		 find_forget(struct caching *c);	/* what was found so far */
/* One object by its key; STORE_WOULD_BLOCK: the step is called again when it is there. */
enum store_got	 find_by_key(struct caching *c, const struct cachekey *k, struct object **o);

/* follow steps (collapse.c): */
enum collapse {
	COLLAPSE_FETCH,		/* nobody else fetches it: go on */
	COLLAPSE_LATER,		/* wait */
	COLLAPSE_AGAIN,		/* somebody did: look again */
	COLLAPSE_OBJECT,	/* found[0] grows */
};
enum collapse	 collapse_join(struct caching *c);
/*
 * found[0] grows, and lacks what is asked for, which could be put to it: is its end near enough to
 * be waited for? FETCH: no.
 */
enum collapse	 collapse_await(struct caching *c);
void		 collapse_leave(struct caching *c);

/* serve.c: makes the answer from found[0]. h: its head as it is to be sent, parsed. */
/* parses the stored head; false: it is none, or no memory */
bool		 serve_head(struct caching *c, struct head *h);
/* p: not FORWARD */
enum step	 serve_object(struct caching *c, struct head *h, const struct cacheresult *how,
		    enum precond p);
/*
 * A new answer of which the whole is being stored, for a client that asked for a part or on
 * conditions. False: it gets the whole.
 */
bool		 serve_part(struct caching *c);
/*
 * t->reply is the head of found[0] and becomes the answer to this request's Range; its conditions
 * hold. False: it cannot, or no memory.
 */
bool		 serve_fit(struct caching *c);
void		 serve_end(struct caching *c);

/*
 * keep.c: stores the answer in t->reply, if it may be. False: a rule needs a fact, *next says which
 * step.
 */
bool		 keep_answer(struct caching *c, enum step *next);
/* For the answer to a POST that may answer a GET (RFC 9110, 9.3.3). NULL: it does not. */
struct caching	*keep_post(struct txn *t);
/* A claim for c->key, so that others can read along. False: there is none. */
bool		 keep_claim(struct caching *c, struct fill_what *w);

/* complete.c: found[0] has parts (parts.h). */
enum parts_have	 complete_judge(struct caching *c);		/* has it what is asked for? */
enum step	 complete_ask(struct caching *c);		/* to the origin, for the one gap */
/* STEP_GONE: it is a new answer, go on */
enum step	 complete_answer(struct caching *c);
/*
 * The answer to the client's own range, beside parts that were not enough, or not to be used.
 * STEP_GONE: it is to be kept by itself.
 */
enum step	 complete_by_part(struct caching *c);
void		 complete_end(struct caching *c);

/* refresh.c: validation. */
/* to the origin, with a conditional request */
enum step	 refresh_ask(struct caching *c);
enum step	 refresh_plain(struct caching *c);		/* to the origin, for the whole */
enum step	 refresh_answer(struct caching *c);	/* STEP_GONE: it is a new answer, go on */
enum step	 refresh_failed(struct caching *c);		/* no answer came */
void		 refresh_by_head(struct caching *c);		/* an answer to HEAD */

/* behind.c: validates found[0] while its stale answer is sent. */
void		 behind_start(struct caching *c);
/*
 * A copy of from's request with texts of its own, for a transaction without a client. False: no
 * memory.
 */
bool		 behind_request(struct txn *t, const struct txn *from);
void		 behind_end(struct behind *b);
void		 behind_abort_all(void);
unsigned	 behind_count(void);

/* rest.c: what is read goes on where the body that it was read from ended early. */
struct rest_what {
	/* the bytes of the representation that the body is; to STORE_UNKNOWN: all that follow */
	uint64_t	 from, to;
	uint64_t	 size;		/* of the representation, or STORE_UNKNOWN */
	/* it is c->fill's: goes on only where its client reads from the store */
	bool		 by_fill;
};
/*
 * b as c's reply body; b itself where nothing could be gone on with. What at borrows lives as long
 * as c.
 */
struct body	*rest_body(struct caching *c, struct body *b, const struct storedattr *at,
		    const struct rest_what *w);
/* Nobody reads reply_body any more. Harmless where it is an ordinary one. */
void		 rest_leave(struct caching *c);
/* STEP_LEND. */
enum step	 rest_lend(struct caching *c);
/* The transaction that brings it is at its end, and is freed. */
void		 rest_over(struct rest *r);
/* What grows has so many bytes: it would take too long until the missing ones come. */
bool		 rest_too_far(const struct rest *r, uint64_t length);
void		 rest_abort_all(void);

/* purge.c: what makes stored answers invalid. */
enum step	 purge_request(struct txn *t);
void		 purge_by_answer(struct txn *t);

#endif
