/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others ask of the resolver: hosts file, then the cache, then the servers (dnslookup.c). An
 * answer that is there already is told from a task, like all others.
 */
#include "net/dns.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "net/dnscache.h"
#include "net/dnschan.h"
#include "net/dnshosts.h"
#include "net/dnslookup.h"
#include "net/loop.h"

#define QUERY_TAG	TAG4('D', 'N', 'S', 'Q')

enum { ENTRIES_LEAST = 64 };

struct dns_query {
	uint32_t	 tag;
	/* of the look-up's waiters, or of those with an answer at once */
	struct list	 node;
	bool		 over;		/* done() is being called */
	void		(*done)(void *, const struct dns_answer *);
	void		*arg;
	struct task	 task;		/* with an answer at once */
	struct dns_answer a;		/* then this, and the memory behind it */
	char		*name;
	struct addr	 addrs[];
};

static struct dnscache	 hosts, names;	/* forward; backward */
static struct list	 instant;
static bool		 up, with_v6;

/*
 * Without its final dot; false when it can be no host name in the DNS. A backslash would be an
 * escape to c-ares.
 */
static bool
tidy(struct span *host)
{
	size_t	 label = 0;

	if (host->n > 1 && host->p[host->n - 1] == '.')
		host->n--;
	if (host->n == 0 || host->n > DNSLOOKUP_NAME)
		return false;
	for (size_t i = 0; i < host->n; i++) {
		char	 c = host->p[i];

		if (c <= ' ' || c >= 0x7f || c == '\\')
			return false;
		if (c == '.' && label == 0)
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0;
}

/* RFC 6761, 6.3: never asked of a server. */
static bool
is_localhost(struct span host)
{
	return span_iis(host, "localhost") || (host.n > 10 &&
	    span_ieq(span_at(host.p + host.n - 10, 10), SPAN(".localhost")));
}

static void
localhost(struct dns_answer *out)
{
	static struct addr	 loopback[2];

	loopback[0] = addr_from_v4(INADDR_LOOPBACK, 0);
	loopback[1] = (struct addr){ .ip = { [15] = 1 } };
	*out = (struct dns_answer){ .result = DNS_OK, .addrs = loopback, .n = with_v6 ? 2 : 1,
	    .cached = true };
}

static void
from_cache(const struct dnscache_entry *e, struct dns_answer *out)
{
	*out = (struct dns_answer){ .result = e->result, .addrs = e->addrs, .n = e->n,
	    .name = e->name, .cached = true };
}

bool
dns_cached(struct span host, struct dns_answer *out)
{
	struct dnshosts_name	*h;
	struct dnscache_entry	*e;

	if (host.n > 1 && host.p[host.n - 1] == '.')
		host.n--;
	if (!up || host.n == 0)
		return false;
	h = dnshosts_find(host);
	if (h != NULL) {
		*out = (struct dns_answer){ .result = DNS_OK, .addrs = h->addrs, .n = h->n,
		    .cached = true };
		return true;
	}
	if (is_localhost(host)) {
		localhost(out);
		return true;
	}
	e = dnscache_get(&hosts, host);
	if (e != NULL)
		from_cache(e, out);
	return e != NULL;
}

bool
dns_cached_name(const struct addr *a, struct dns_answer *out)
{
	struct dnscache_entry	*e;
	struct span		 name;

	if (!up)
		return false;
	if (dnshosts_find_addr(a, &name)) {
		*out = (struct dns_answer){ .result = DNS_OK, .name = name, .cached = true };
		return true;
	}
	e = dnscache_get(&names, span_at((const char *)a->ip, sizeof a->ip));
	if (e != NULL)
		from_cache(e, out);
	return e != NULL;
}

static void
end_query(struct dns_query *q, const struct dns_answer *a)
{
	list_remove(&q->node);
	q->over = true;
	q->done(q->arg, a);
	OBJ_GONE(q);
	free(q);
}

static void
tell(struct list *waiter, const struct dns_answer *a)
{
	end_query(CONTAINER_OF(waiter, struct dns_query, node), a);
}

static void
on_instant(struct task *t)
{
	struct dns_query	*q = CONTAINER_OF(t, struct dns_query, task);

	OBJ_OK(q, QUERY_TAG);
	end_query(q, &q->a);
}

/* A query; with an answer it has a copy of it and will tell it soon. */
static struct dns_query *
query(const struct dns_answer *a, void (*done)(void *, const struct dns_answer *), void *arg)
{
	struct dns_query	*q;
	size_t			 n = a == NULL ? 0 : a->n, name = a == NULL ? 0 : a->name.n;

	q = mem_zero(sizeof *q + n * sizeof q->addrs[0] + name);
	q->tag = QUERY_TAG;
	q->done = done;
	q->arg = arg;
	list_init(&q->node);
	task_init(&q->task, on_instant);
	if (a == NULL)
		return q;
	q->a = *a;
	q->a.addrs = q->addrs;
	q->name = (char *)(q->addrs + n);
	if (n > 0)
		memcpy(q->addrs, a->addrs, n * sizeof q->addrs[0]);
	if (name > 0)
		memcpy(q->name, a->name.p, name);
	q->a.name = span_at(q->name, name);
	list_add(&instant, &q->node);
	task_later(&q->task);
	return q;
}

struct dns_query *
dns_ask(struct span host, void (*done)(void *arg, const struct dns_answer *), void *arg)
{
	struct dns_answer	 a = { .result = DNS_NO_NAME };
	struct dns_query	*q;

	if (!up) {
		a.result = DNS_FAILED;
		return query(&a, done, arg);
	}
	if (!tidy(&host) || dns_cached(host, &a))
		return query(&a, done, arg);
	q = query(NULL, done, arg);
	dnslookup_join(&hosts, false, host, &q->node);
	return q;
}

struct dns_query *
dns_ask_name(const struct addr *addr, void (*done)(void *arg, const struct dns_answer *), void *arg)
{
	struct dns_answer	 a = { .result = DNS_FAILED };
	struct dns_query	*q;

	if (!up || dns_cached_name(addr, &a))
		return query(&a, done, arg);
	q = query(NULL, done, arg);
	dnslookup_join(&names, true, span_at((const char *)addr->ip, sizeof addr->ip), &q->node);
	return q;
}

void
dns_cancel(struct dns_query **qp)
{
	struct dns_query	*q = *qp;

	*qp = NULL;
	if (q == NULL)
		return;
	OBJ_OK(q, QUERY_TAG);
	if (q->over)
		return;
	task_drop(&q->task);
	list_remove(&q->node);
	OBJ_GONE(q);
	free(q);
}

void
dns_blame(struct span host, const struct addr *a)
{
	struct dns_answer	 k;
	struct addr		*list, bad;
	uint16_t		 i;

	if (!dns_cached(host, &k) || k.n < 2)
		return;
	list = (struct addr *)(uintptr_t)k.addrs;	/* ours: of the cache or the hosts file */
	for (i = 0; i < k.n && !addr_same_ip(&list[i], a); i++)
		;
	if (i == k.n)
		return;
	bad = list[i];
	memmove(list + i, list + i + 1, (size_t)(k.n - i - 1) * sizeof *list);
	list[k.n - 1] = bad;
}

bool
dns_init(const struct dns_settings *s)
{
	size_t		 most = s->entries > ENTRIES_LEAST ? s->entries : ENTRIES_LEAST;
	const char	*file = s->hosts_file;

	MUST(!up);
	with_v6 = s->v6;
	list_init(&instant);
	dnslookup_init(s, tell);
	dnscache_init(&hosts, true, most);
	dnscache_init(&names, false, most);
	dnshosts_init(file == NULL || strcmp(file, "none") == 0 ? NULL : file, s->v6);
	up = true;
	return dnschan_init(s);
}

static void
forget(struct list *waiter)
{
	struct dns_query	*q = CONTAINER_OF(waiter, struct dns_query, node);

	dns_cancel(&q);
}

void
dns_free(void)
{
	if (!up)
		return;
	up = false;
	dnschan_free();
	dnslookup_free(forget);
	while (!list_empty(&instant))
		forget(instant.next);
	dnscache_free(&hosts);
	dnscache_free(&names);
	dnshosts_free();
}
