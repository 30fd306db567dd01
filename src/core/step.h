/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a request's way. src/path.c has the table that says who does each and what may
 * follow.
 */
#ifndef CORE_STEP_H
#define CORE_STEP_H

enum step {
	/* answer of a step: txn_wake comes later, then the same step is called again */
	STEP_WAIT,
	STEP_PARSE,	/* src/client: read and parse the head, judge framing and target */
	STEP_AUTH,	/* src/auth: who is it (only when a rule asks) */
	STEP_ACCESS,	/* src/access: http_access */
	STEP_REWRITE,	/* src/access: url_rewrite_program, adapted_http_access */
	/* src/admin: requests for the proxy itself: PAC, TRACE/OPTIONS with Max-Forwards 0 */
	STEP_LOCAL,
	STEP_LOOKUP,	/* src/cache: a stored answer? */
	STEP_ROUTE,	/* src/route: direct or which peer; miss_access, outgoing address */
	STEP_TUNNEL,	/* src/origin: CONNECT and upgraded connections */
	STEP_FETCH,	/* src/origin: send the request, receive the head of the answer */
	STEP_RULES,	/* src/access: http_reply_access, header rules, size limits */
	/*
	 * src/cache: what does the answer do to the store: kept, refreshes what is there, makes it
	 * invalid
	 */
	STEP_STORE,
	/* src/cache: a transaction without a client has an answer, which another one reads */
	STEP_LEND,
	STEP_BEHIND,	/* src/cache: the end of a transaction without a client */
	STEP_ERROR,	/* src/admin: make the page for t->f.why, by deny_info */
	STEP_REPLY,	/* src/client: send head and body to the client */
	STEP_LOG,	/* src/log: records */
	/* src/client: the connection's next request or its end; the txn is gone afterwards */
	STEP_NEXT,
	STEP_GONE,	/* answer of NEXT: the txn does not exist any more */
	STEP_COUNT
};

#endif
