/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a request, and its driver. Read this first.
 *
 * Each step is one call into one folder. It reads what earlier steps left in the txn, leaves its
 * own result there, and answers with the next step, or with WAIT: then something it started calls
 * txn_wake and the same step is called again. Steps never call each other. The table names what may
 * follow each; anything else is a bug and ends the worker.
 */
#include "path.h"

#include <inttypes.h>
#include <unistd.h>

#include "access/access.h"
#include "access/rewrite.h"
#include "acl/external.h"
#include "admin/admin.h"
#include "auth/auth.h"
#include "base/must.h"
#include "cache/stored.h"
#include "client/answer.h"
#include "client/client.h"
#include "client/clienthead.h"
#include "core/lookup.h"
#include "core/presence.h"
#include "log/log.h"
#include "origin/fetch.h"
#include "origin/pool.h"
#include "origin/tunnel.h"
#include "route/route.h"

struct row {
	const char	*name;
	enum step	(*go)(struct txn *t);
	uint32_t	 next;
	const char	*what;
};

#define TO(s)	((uint32_t)1 << STEP_##s)

static const struct row	 table[STEP_COUNT] = {
	[STEP_PARSE]  = { "parse",  clienthead_parse,	TO(ACCESS) | TO(LOCAL) | TO(ERROR) | TO(LOG),
		"reads and judges the request's head" },
	[STEP_ACCESS] = { "access", access_check,
		TO(AUTH) | TO(LOCAL) | TO(REWRITE) | TO(LOOKUP) | TO(ERROR),
		"http_access: allowed, denied, or who is it?" },
	[STEP_REWRITE] = { "rewrite", rewrite_request,	TO(AUTH) | TO(LOCAL) | TO(LOOKUP) | TO(ERROR),
		"url_rewrite_program; then adapted_http_access" },
	[STEP_AUTH]   = { "auth",   auth_check,
		TO(ACCESS) | TO(REWRITE) | TO(LOOKUP) | TO(ROUTE) | TO(STORE) | TO(RULES) | TO(ERROR),
		"judges credentials for the step that asked" },
	[STEP_LOCAL]  = { "local",  admin_local,	TO(REPLY) | TO(ERROR),
		"what the proxy answers by itself: PAC, redirects, TRACE" },
	[STEP_LOOKUP] = { "lookup", stored_lookup,
		TO(ROUTE) | TO(RULES) | TO(LOCAL) | TO(AUTH) | TO(ERROR) | TO(LEND),
		"is there a stored answer, or one on its way?" },
	[STEP_ROUTE]  = { "route",  route_choose,
		TO(FETCH) | TO(TUNNEL) | TO(AUTH) | TO(STORE) | TO(ERROR),
		"directly or by which peer; miss_access" },
	[STEP_TUNNEL] = { "tunnel", tunnel_open,	TO(ROUTE) | TO(ERROR) | TO(NEXT) | TO(RULES),
		"CONNECT: connects, answers 200, hands over to the pumps" },
	[STEP_FETCH]  = { "fetch",  fetch_head,		TO(STORE) | TO(REPLY) | TO(ROUTE) | TO(ERROR),
		"sends the request on, receives the head of the answer" },
	[STEP_STORE]  = { "store",  stored_keep,
		TO(RULES) | TO(ROUTE) | TO(AUTH) | TO(ERROR) | TO(LEND) | TO(BEHIND),
		"what the answer does to the store: is kept, refreshes" },
	[STEP_RULES]  = { "rules",  access_reply,	TO(REPLY) | TO(AUTH) | TO(ERROR),
		"http_reply_access, size limits, reply header rules" },
	[STEP_ERROR]  = { "error",  admin_error,	TO(REPLY),
		"makes the page that says what went wrong" },
	[STEP_REPLY]  = { "reply",  answer_send,	TO(LOG) | TO(FETCH) | TO(TUNNEL) | TO(ERROR),
		"sends the answer to the client" },
	[STEP_LOG]    = { "log",    log_request,	TO(NEXT),
		"records what happened" },
	[STEP_LEND]   = { "lend",   stored_lend,	TO(BEHIND),
		"the rest of an answer, for who lost it in mid-body" },
	[STEP_BEHIND] = { "behind", stored_behind,	TO(GONE),
		"the end of a request that has no client" },
	[STEP_NEXT]   = { "next",   client_next,	TO(GONE),
		"the connection's next request, or its end" },
};

static struct txn	*current;

const char *
path_step_name(enum step s)
{
	return (unsigned)s < STEP_COUNT && table[s].name != NULL ? table[s].name : "-";
}

/* Nobody can be asked who he is, nor sent a page. */
static enum step
without_client(enum step next)
{
	if (next == STEP_RULES)
		return STEP_LEND;
	return next == STEP_ERROR || next == STEP_AUTH ? STEP_BEHIND : next;
}

/* What is lent to it was fetched for it. */
static void
count_lender(struct txn *t)
{
	if (t->lender == NULL)
		return;
	fetch_count(t->lender);
	t->f.origin_in = t->lender->f.origin_in;
	t->f.origin_out = t->lender->f.origin_out;
}

/* What the steps before hold is given back. */
static void
give_back(struct txn *t, enum step next)
{
	if (next == STEP_LOG || next == STEP_BEHIND) {
		count_lender(t);
		stored_release(t);
		/* the origin's connection is free for others before we wait for the log */
		fetch_release(t);
		if (!t->behind)
			client_count(t);
	}
	if (next == STEP_NEXT)
		stored_forget(t);
	if (t->step == STEP_STORE && next == STEP_ROUTE)
		fetch_release(t);	/* what came is no answer to this request */
}

/* The only writer of t->step. */
static inline void
enter(struct txn *t, enum step next)
{
	if (t->behind)
		next = without_client(next);
	if (t->step != STEP_WAIT && !(t->behind && next == STEP_BEHIND))
		MUST(table[t->step].next & (uint32_t)1 << next);
	if ((TO(LOG) | TO(BEHIND) | TO(NEXT) | TO(ROUTE)) & (uint32_t)1 << next)
		give_back(t, next);
	t->step = (uint8_t)next;
}

static void
run(struct txn *t)
{
	enum step	 answer;

	OBJ_OK(t, TXN_TAG);
	MUST(current == NULL);
	for (;;) {
		MUST(table[t->step].go != NULL);
		current = t;
		t->waiting = false;
		answer = table[t->step].go(t);
		current = NULL;
		if (answer == STEP_GONE)
			return;
		if (answer == STEP_WAIT) {
			t->waiting = true;
			return;
		}
		enter(t, answer);
	}
}

static void
wake(struct txn *t)
{
	OBJ_OK(t, TXN_TAG);
	if (t->step == STEP_WAIT)	/* new */
		enter(t, STEP_PARSE);
	run(t);
}

static void
stop(struct txn *t, enum why w)
{
	OBJ_OK(t, TXN_TAG);
	MUST(current == NULL);
	if (!t->behind)
		answer_cancel(t);	/* it draws on what the next ones end */
	lookup_cancel(t);
	external_cancel(t);
	rewrite_cancel(t);
	auth_cancel(t);
	count_lender(t);
	stored_release(t);
	fetch_cancel(t);
	tunnel_cancel(t);
	if (t->behind) {
		enter(t, STEP_BEHIND);
		run(t);
		return;
	}
	if (t->f.why == WHY_NOTHING)
		t->f.why = w;
	if (t->f.aborted == 0)
		t->f.aborted = w == WHY_CLIENT_GONE || w == WHY_KILLED ? 1 : 2;
	client_count(t);
	t->close_client = true;
	t->step = STEP_LOG;		/* from anywhere: not a transition of the table */
	run(t);
}

static void
begin(struct txn *t, enum step first)
{
	MUST(t->behind && t->step == STEP_WAIT);
	enter(t, first);
	run(t);
}

/* See txn_record. */
static bool
record(struct txn *t, bool ahead)
{
	if (!ahead) {
		log_forget(t);
		return true;
	}
	client_count(t);
	fetch_count(t);
	count_lender(t);
	return log_ahead(t);
}

static void
give_up_spare(void)
{
	pool_flush();
	client_spare();
}

void
path_init(void)
{
	txn_wake = wake;
	txn_abort = stop;
	txn_begin = begin;
	txn_record = record;
	presence_pressure = give_up_spare;
	tunnel_record = log_tunnel;
	admin_challenge = auth_challenge;
	must_context = path_context;
}

void
path_abort_all(void)
{
	client_abort_all();
	tunnel_abort_all();
	stored_abort_all();
}

bool
path_busy(void)
{
	return client_busy() > 0 || stored_busy();
}

void
path_context(int fd)
{
	char	 text[512];
	int	 n;

	if (current == NULL)
		return;
	n = snprintf(text, sizeof text, "panic: request %" PRIx64 " step %s: %.*s %.*s\n",
	    current->f.number, path_step_name(current->step),
	    (int)(current->f.method.n < 32 ? current->f.method.n : 32),
	    current->f.method.p, (int)(current->f.url.n < 300 ? current->f.url.n : 300),
	    current->f.url.p);
	if (n > 0 && write(fd, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1) < 0) {
		/* nobody to tell */
	}
}

void
path_print(FILE *to)
{
	for (unsigned s = 0; s < STEP_COUNT; s++) {
		if (table[s].name == NULL)
			continue;
		fprintf(to, "%-7s %-55s ->", table[s].name, table[s].what);
		for (unsigned n = 0; n < STEP_COUNT; n++)
			if (table[s].next & (uint32_t)1 << n)
				fprintf(to, " %s", n == STEP_GONE ? "(end)" : table[n].name);
		fputc('\n', to);
	}
}
