/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of helper programs that speak Squid's line protocol: a request line in, an answer line
 * out, in order, or tagged with a channel number when concurrency is above 0. Per process (each
 * worker has its own pools). Lazily started, restarted when they die, queue bounded.
 */
#ifndef NET_HELPER_H
#define NET_HELPER_H

#include <stdbool.h>

#include "base/span.h"

enum { HELPER_OVERLOAD_MS = 180000 };		/* Squid's three minutes */

struct helper_settings {
	const char		*name;		/* for messages: "basicauthenticator" */
	/* NULL-terminated; borrowed for as long as the pool is */
	const char *const	*argv;
	unsigned		 children;	/* most processes (children=) */
	unsigned		 startup, idle;	/* as Squid: startup=, idle= */
	unsigned		 concurrency;	/* 0: no channel numbers */
	/* most waiting requests (queue-size=); 0: children * 2 */
	unsigned		 queue;
	/* ... but more may wait for up to HELPER_OVERLOAD_MS without a break */
	bool			 tolerant;
	bool			 no_queue;	/* helper_ask is NULL while all are busy */
	/* for one answer; 0: none but a sane bound of 60 s */
	uint64_t		 timeout_ms;
};

enum helper_result {
	HELPER_ANSWER,		/* *line is the answer without its channel and newline */
	/* no answer; the request may be tried again later or fails closed */
	HELPER_TIMEOUT, HELPER_DIED, HELPER_OVERLOAD,
};

/* An answer parsed into Squid's form: OK/ERR/BH [key=value ...], values unescaped in place. */
enum helper_word { HELPER_OK, HELPER_ERR, HELPER_BH, HELPER_OTHER };

struct helper_pair {
	struct span	 key, value;
};

struct helper_reply {
	enum helper_word	 word;
	struct helper_pair	 pairs[16];
	unsigned		 n;
	struct span		 rest;		/* text that is no pair (old helpers) */
};

struct helper_pool;
struct helper_call;

struct helper_pool *helper_pool_new(const struct helper_settings *s);
/*
 * Pending calls end with HELPER_DIED, by task. A process that has not answered gets SIGTERM at
 * once, the others the end of their input.
 */
void		 helper_pool_free(struct helper_pool **p);
/*
 * line: without newline, no control characters (the caller has escaped them). done() later, once.
 * NULL when the queue is full (tolerant: too long full) or the line is longer than 64 KB.
 */
struct helper_call *helper_ask(struct helper_pool *p, struct span line,
		    void (*done)(void *arg, enum helper_result r, struct span line), void *arg);
void		 helper_cancel(struct helper_call **c);		/* done() will not be called */

/*
 * `line` is changed in place (unescaping). Keys and values lie inside of it and may hold any byte,
 * CR and LF too: who puts them into a field or a log escapes them. Pairs beyond the 16th are
 * dropped. HELPER_OTHER: everything is in `rest`.
 */
void		 helper_parse(char *line, size_t n, struct helper_reply *out);
/*
 * rfc1738-escapes for Squid's protocol (space, %, controls, non-ASCII, quotes) into dst; false if
 * it does not fit.
 */
bool		 helper_escape(struct span s, char *dst, size_t cap, size_t *n);

struct helper_stats { unsigned running, busy, queued; uint64_t asked, answered, died, timeouts; };
void		 helper_stats(const struct helper_pool *p, struct helper_stats *out);

#endif
