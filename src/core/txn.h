/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One transaction: a request from its first byte to its log line. Every step reads what earlier
 * steps left here and leaves its own result; steps meet nowhere else. Lives in one worker. What it
 * allocates comes from its arena and dies with it.
 */
#ifndef CORE_TXN_H
#define CORE_TXN_H

#include "base/arena.h"
#include "base/must.h"
#include "core/body.h"
#include "core/cachestatus.h"
#include "core/facts.h"
#include "core/logwait.h"
#include "core/source.h"
#include "core/step.h"
#include "core/why.h"
#include "http/cachectl.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/target.h"
#include "net/buf.h"

struct settings;
struct caching;
struct storeid;
struct rewriting;
struct client;
struct conn;
struct xch;
struct port;
struct peer;
struct reach;
struct rule;
struct dns_query;
struct external_args;
struct external_seen;
struct external_wait;

enum { TXN_TAG = TAG4('T', 'X', 'N', '1') };

/* PURGE: what was done, to be told by the local step. */
enum purged { PURGED_NOT, PURGED_STORED, PURGED_NOTHING };

/* How far the question "who is it" has come. */
enum auth_state {
	AUTH_UNASKED,		/* nobody needed to know yet */
	/* asked, and there are no credentials (or none of a scheme we have) */
	AUTH_MISSING,
	AUTH_REFUSED,		/* wrong */
	AUTH_BROKEN,		/* could not be checked (helper): fails closed */
	AUTH_GOOD,		/* t->f.user */
};

/* Looked-up facts that ACLs may need. */
enum lookup_state { LOOKUP_UNASKED, LOOKUP_WAITING, LOOKUP_DONE, LOOKUP_FAILED };

struct txn_lookup {
	enum lookup_state	 state;
	uint8_t			 result;	/* enum dns_result, when DONE or FAILED */
	struct dns_query	*query;
	struct addr		*addrs;		/* in the arena */
	uint16_t		 n;
	struct span		 name;
	uint64_t		 began_us;
};

struct txn {
	uint32_t		 tag;
	uint8_t			 step;		/* enum step; only path.c writes it */
	bool			 waiting;	/* inside WAIT: txn_wake is expected */
	/* the connection is to be closed without an answer (TCP_RESET...) */
	bool			 no_reply;
	bool			 reset;		/* ... with a RST */
	/* no further request on this connection after the answer */
	bool			 close_client;
	bool			 dry;		/* explain: made up, no connections */
	bool			 noted;		/* the note directive was applied */
	/* its record waits for room (STEP_LOG, or STEP_REPLY before the end of the answer) */
	struct logwait		 logwait;
	const struct settings	*s;		/* in force for this request; outlives it */
	struct arena		 arena;
	struct facts		 f;

	/* the connection it came on */
	struct client		*client;
	struct conn		*conn;		/* its socket and buffer; NULL in made-up ones */
	/* this connection is over client_ip_max_connections */
	bool			 crowded;
	bool			 handed_over;	/* a tunnel took the socket and logs by itself */
	const struct port	*port;

	/* the request */
	struct head		 req;
	/* intercept: host_addrs holds the one address the client wanted; Host was not verified */
	bool			 redirected;
	/* http and https targets: host is never empty after PARSE */
	struct target		 target;
	struct framing		 req_framing;
	struct body		*req_body;	/* NULL: none */
	bool			 expects_continue;
	/* the target is the proxy itself (origin-form to its own port) */
	bool			 for_us;
	/* path without the query, for rules (urlpath_regex uses path+query as Squid does) */
	struct span		 path_only;
	uint32_t		 max_forwards;	/* UINT32_MAX: none */

	/* who */
	enum auth_state		 auth;
	enum step		 after_auth;	/* the step that asked */
	void			*auth_call;	/* src/auth's own state while it waits */
	struct span		 auth_message;	/* for the person, from a helper */
	/*
	 * what the error step answers with: a page's name, deny_info's URL or TCP_RESET; NULL: it
	 * did not run
	 */
	const char		*error_page;
	struct span		 ext_user;	/* user= of an external ACL helper */
	/* answers of external ACL helpers (src/acl/external.c) */
	struct external_seen	*external;
	struct external_wait	*external_wait;	/* the one that is waited for */
	const struct external_args *external_ask;	/* the one that a rule lacked last */
	struct txn_lookup	 client_name;	/* reverse DNS of the client */
	struct txn_lookup	 host_addrs;	/* addresses of the target's host */
	struct txn_lookup	 host_name;	/* reverse DNS of a literal target */

	/* decisions */
	const struct addr	*candidate;	/* destination_access: the address being judged */
	/* the rule that refused or allowed; f.rule... are made from it */
	const struct rule	*decided_by;
	const struct peer	*peer;		/* route: NULL is direct */
	/* route: another peer, or direct, could serve as well */
	bool			 more_ways;
	struct addr		 bind4, bind6;	/* tcp_outgoing_address; all-zero: none */
	int			 tos;
	uint32_t		 mark;

	/* url_rewrite_program's part (src/access/rewrite.c); NULL: it was not asked */
	struct rewriting	*rewriting;
	/* Host of a rewritten request where it is not the target's; empty: it is */
	struct span		 host_kept;
	/* the client is sent to this address, with this status; empty: it is not */
	struct span		 redirect;
	uint16_t		 redirect_status;

	/* the cache */
	struct storeid		*storeid;	/* src/cache/storeid.c; NULL: not asked for */
	/* src/cache's own; NULL: it has no part in this request */
	struct caching		*cache;
	/* the request that goes upstream in place of req; NULL: req */
	const struct head	*fetch_req;
	/* should the fetch fail, the store step has something to send */
	bool			 stale_instead;
	/*
	 * without a client: a stored answer is validated behind it, or the rest of one is fetched
	 * for `lender`'s owner
	 */
	bool			 behind;
	/* brings the rest of reply_body, which was lost; NULL: it was not */
	struct txn		*lender;
	bool			 cache_told;	/* cache_words are valid: Cache-Status is sent */
	/* the look-up found something, if only to be validated */
	bool			 cache_found;
	struct cachestatus	 cache_words;
	enum purged		 purged;
	/* Age to be sent; -1: none, or the one that was received */
	int64_t			 age;

	/* the fetch and the answer */
	struct xch		*x;
	/*
	 * the server knows whose it is: by its connection (http/authscheme.h), or by login= of
	 * cache_peer
	 */
	bool			 logged_in;
	/* wall clock: when the request was last sent to an origin */
	int64_t			 asked_s;
	/* what reply_body comes from, when it may be taken over; NULL: it may not */
	struct source		*source;
	/* the protocols that were offered upstream; empty: none, and a 101 is no answer */
	struct span		 upgrade;
	struct reach		*reach;		/* where its connecting reports to */
	/* bits by peer index (the first 64): not to be tried again */
	uint64_t		 peers_failed;
	bool			 direct_failed;
	/* what is to be sent, from the origin or made here */
	struct head		 reply;
	bool			 interim;	/* reply is a 1xx: sent, then back to FETCH */
	bool			 has_reply;	/* reply is filled (ACLs may look at it) */
	bool			 reply_is_ours;	/* a page or answer of the proxy itself */
	struct framing		 reply_framing;	/* as received */
	struct body		*reply_body;	/* NULL: none */
	struct body_memory	 page;		/* storage for a body made here */
	uint64_t		 reply_max;	/* reply_body_max_size; UINT64_MAX: none */
	/* holds the received head when its connection serves others already */
	struct buf		 reply_buf;
};

/* Called when what a step waits for has come; set by path.c. Never from inside a step. */
extern void	 (*txn_wake)(struct txn *t);
/*
 * Ends a transaction that waits, whatever for (the client went away, a time ran out): everything
 * under way is cancelled and it is logged. Set by path.c. The txn is gone afterwards. Never from
 * inside a step.
 */
extern void	 (*txn_abort)(struct txn *t, enum why w);

/*
 * ahead: the next write will complete the answer, so its record is made now and shown when STEP_LOG
 * comes, or if this process dies before. False: there is no room for it, so the write may not be
 * made yet; the txn is woken when there is. Not ahead: the write did not complete the answer, the
 * record is forgotten. Set by path.c; may be NULL.
 */
extern bool	 (*txn_record)(struct txn *t, bool ahead);

/*
 * Begins a transaction without a client (behind) at a step. Set by path.c. It may be gone
 * afterwards. Never from inside a step.
 */
extern void	 (*txn_begin)(struct txn *t, enum step first);

struct txn	*txn_new(const struct settings *s);
void		 txn_free(struct txn **t);

/*
 * Records a failure (the first one counts) with a detail for people (arena text or NULL); answers
 * STEP_ERROR, for `return txn_fail(...)`.
 */
enum step	 txn_fail(struct txn *t, enum why w, const char *detail_fmt, ...)
		    __attribute__((cold, format(printf, 3, 4)));

/* The name under which rules and logs know the client: f.indirect. */
static inline const struct addr *
txn_client(const struct txn *t)
{
	return &t->f.indirect;
}

#endif
