/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups under way. Both families are asked at once; when one has addresses, the other gets a
 * little longer (RFC 8305, 3: the resolution delay) and is added to the cache if it comes later.
 * Everything is judged in a task, so that no callback runs inside a call of c-ares or of the one
 * who asks.
 */
#include "net/dnslookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hmap.h"
#include "base/mem.h"
#include "base/must.h"
#include "net/dnschan.h"
#include "net/dnsorder.h"
#include "net/loop.h"

#define LOOKUP_TAG	TAG4('D', 'N', 'S', 'L')

enum {
	DELAY_MS = 50,			/* for AAAA after A (RFC 8305, 3) */
	/* for A after AAAA: the way out if IPv6 turns out not to work */
	DELAY_V6_MS = 250,
	FAILURE_TTL_MS = 5000,		/* RFC 9520: failures are remembered, but not for long */
};

struct question {			/* to the servers */
	struct lookup	*l;
	enum dnsreply_type type;
	bool		 open;
	enum dns_result	 result;
};

struct lookup {
	uint32_t	 tag;
	struct list	 node;		/* of all */
	struct dnscache	*cache;		/* where the answer goes */
	bool		 back;		/* an address is looked up, not a name */
	struct span	 key;		/* host name, or 16 bytes of address */
	struct list	 waiters;
	struct timer	 timer;		/* the end of everything, or of the resolution delay */
	struct task	 task;
	uint64_t	 started_ms, until_ms;
	unsigned	 domain;	/* the next search domain */
	bool		 search, as_is;	/* search domains are tried; the name alone has been */
	bool		 delaying;	/* the timer is that of the delay */
	/* the waiters have been; what still comes is for the cache */
	bool		 answered;
	struct question	 q[2];
	uint32_t	 ttl_s;
	uint16_t	 n;
	uint16_t	 name_n;
	struct addr	 addrs[2 * DNSREPLY_ADDRS];
	char		 name[DNSREPLY_NAME];
	char		 bytes[DNSLOOKUP_NAME + 1];	/* of key */
};

static struct {
	struct dns_settings	 s;
	void			(*tell)(struct list *waiter, const struct dns_answer *);
	/* forward, backward; those that are not answered yet */
	struct hmap		 asking[2];
	struct list		 all;
} set;

static struct hmap *
table(const struct lookup *l)
{
	return &set.asking[l->back];
}

static void
drop(struct lookup *l)
{
	timer_stop(&l->timer);
	task_drop(&l->task);
	list_remove(&l->node);
	OBJ_GONE(l);
	free(l);
}

/* What is known now. */
static struct dns_answer
summary(const struct lookup *l)
{
	struct dns_answer	 a = {
		.addrs = l->addrs, .n = l->n, .name = span_at(l->name, l->name_n),
		.took_ms = (uint32_t)(clock_ms() - l->started_ms),
	};

	if (l->n > 0 || l->name_n > 0)
		a.result = DNS_OK;
	else if (l->q[0].open || l->q[1].open || l->q[0].result == DNS_TIMEOUT ||
	    l->q[1].result == DNS_TIMEOUT)
		a.result = DNS_TIMEOUT;
	else if (l->q[0].result == DNS_FAILED || l->q[1].result == DNS_FAILED)
		a.result = DNS_FAILED;
	else
		a.result = DNS_NO_NAME;
	return a;
}

static void
store(const struct lookup *l, const struct dns_answer *a)
{
	uint64_t	 ttl_ms = (uint64_t)set.s.negative_ttl_s * 1000;

	if (a->result == DNS_OK) {
		ttl_ms = (uint64_t)(l->ttl_s < set.s.positive_ttl_s ? l->ttl_s :
		    set.s.positive_ttl_s) * 1000;
		if (ttl_ms < 1000)
			ttl_ms = 1000;	/* the look-ups of one page */
	} else if (a->result != DNS_NO_NAME && ttl_ms > FAILURE_TTL_MS)
		ttl_ms = FAILURE_TTL_MS;
	if (ttl_ms > 0)
		dnscache_put(l->cache, l->key, a, ttl_ms);
}

/* Answers all who wait. The look-up stays for as long as c-ares has a question of it. */
static void
finish(struct lookup *l)
{
	struct dns_answer	 a;

	timer_stop(&l->timer);
	dnsorder_sort(l->addrs, l->n);
	a = summary(l);
	if (!l->answered || a.result == DNS_OK)		/* late: nothing is no news */
		store(l, &a);
	if (!l->answered) {
		hmap_take(table(l), l->key);
		l->answered = true;
	}
	while (!list_empty(&l->waiters))
		set.tell(l->waiters.next, &a);
	if (!l->q[0].open && !l->q[1].open)
		drop(l);
}

static void
on_reply(void *arg, const struct dnsreply *r)
{
	struct question	*q = arg;
	struct lookup	*l = q->l;

	OBJ_OK(l, LOOKUP_TAG);
	q->open = false;
	q->result = r->result;
	if (r->result == DNS_OK) {
		for (unsigned i = 0; i < r->n; i++)
			l->addrs[l->n++] = r->addrs[i];
		memcpy(l->name, r->name, r->name_n);
		l->name_n = r->name_n;
		if (r->ttl_s < l->ttl_s)
			l->ttl_s = r->ttl_s;
	}
	task_later(&l->task);
}

static void
ask(struct lookup *l, struct question *q, const char *name, enum dnsreply_type type)
{
	q->l = l;
	q->type = type;
	q->open = true;
	if (!dnschan_ask(name, type, on_reply, q)) {
		q->open = false;
		q->result = DNS_FAILED;
		task_later(&l->task);
	}
}

/*
 * The next name to ask for; false when there is none. Single labels: each search domain, then the
 * name as it is.
 */
static bool
candidate(struct lookup *l, char *dst, size_t cap)
{
	const char	*domain;
	int		 n;

	while (l->search && (domain = dnschan_domain(l->domain)) != NULL) {
		l->domain++;
		n = snprintf(dst, cap, "%.*s.%s", SPAN_ARG(l->key), domain);
		if (n > 0 && n <= DNSLOOKUP_NAME)
			return true;
	}
	if (l->as_is)
		return false;
	l->as_is = true;
	span_copy(l->key, dst, cap);
	return true;
}

static bool
ask_next(struct lookup *l)
{
	char	 name[DNSLOOKUP_NAME + 2];

	if (!candidate(l, name, sizeof name))
		return false;
	/*
	 * AAAA first (RFC 8305, 3); and if the server refuses, it is the second question that hears
	 * it at once.
	 */
	if (set.s.v6)
		ask(l, &l->q[1], name, DNSREPLY_AAAA);
	ask(l, &l->q[0], name, DNSREPLY_A);
	return true;
}

static void
ask_back(struct lookup *l)
{
	const unsigned char	*ip = (const unsigned char *)l->key.p;
	struct addr		 a = { 0 };
	char			 name[80], *p = name;

	memcpy(a.ip, ip, sizeof a.ip);
	if (addr_is_v4(&a))
		snprintf(name, sizeof name, "%u.%u.%u.%u.in-addr.arpa", ip[15], ip[14], ip[13],
		    ip[12]);
	else {
		for (int i = 15; i >= 0; i--)
			p += snprintf(p, 5, "%x.%x.", ip[i] & 15u, ip[i] >> 4u);
		memcpy(p, "ip6.arpa", sizeof "ip6.arpa");
	}
	ask(l, &l->q[0], name, DNSREPLY_PTR);
}

static uint64_t
left(const struct lookup *l)
{
	return l->until_ms > clock_ms() ? l->until_ms - clock_ms() : 1;
}

/* One family has answered and the other not yet. */
static void
begin_delay(struct lookup *l)
{
	uint64_t	 ms = addr_is_v4(&l->addrs[0]) ? DELAY_MS : DELAY_V6_MS;

	l->delaying = true;
	timer_set(&l->timer, ms < left(l) ? ms : left(l));
}

static void
on_task(struct task *t)
{
	struct lookup	*l = CONTAINER_OF(t, struct lookup, task);

	OBJ_OK(l, LOOKUP_TAG);
	if (l->q[0].open || l->q[1].open) {
		if (l->n > 0 && !l->delaying && !l->answered)
			begin_delay(l);
		return;
	}
	if (summary(l).result == DNS_NO_NAME && !l->answered && !l->back && ask_next(l))
		return;
	finish(l);
}

static void
on_timer(struct timer *t)
{
	struct lookup	*l = CONTAINER_OF(t, struct lookup, timer);
	struct addr	 source;

	OBJ_OK(l, LOOKUP_TAG);
	/* IPv6 alone, and none on this host: the other family is worth waiting for. */
	if (l->n > 0 && clock_ms() < l->until_ms && !addr_is_v4(&l->addrs[0]) &&
	    !dnsorder_source(&l->addrs[0], &source)) {
		timer_set(&l->timer, left(l));
		return;
	}
	finish(l);
}

static struct lookup *
begin(struct dnscache *cache, bool back, struct span key)
{
	struct lookup	*l = mem_zero(sizeof *l);

	l->tag = LOOKUP_TAG;
	l->cache = cache;
	l->back = back;
	for (size_t i = 0; i < key.n; i++)
		l->bytes[i] = back ? key.p[i] : ascii_lower(key.p[i]);
	l->key = span_at(l->bytes, key.n);
	l->started_ms = clock_ms();
	l->until_ms = l->started_ms + set.s.timeout_ms;
	l->ttl_s = UINT32_MAX;
	l->search = set.s.defnames && span_find(key, '.') < 0;
	list_init(&l->node);
	list_init(&l->waiters);
	timer_init(&l->timer, on_timer);
	task_init(&l->task, on_task);
	list_add(&set.all, &l->node);
	hmap_put(table(l), l->key, l);
	timer_set(&l->timer, set.s.timeout_ms);
	if (back)
		ask_back(l);
	else
		ask_next(l);
	return l;
}

void
dnslookup_join(struct dnscache *cache, bool back, struct span key, struct list *waiter)
{
	struct lookup	*l = hmap_get(&set.asking[back], key);

	MUST(key.n <= DNSLOOKUP_NAME);
	if (l == NULL)
		l = begin(cache, back, key);
	list_add(&l->waiters, waiter);
}

void
dnslookup_init(const struct dns_settings *s,
    void (*tell)(struct list *waiter, const struct dns_answer *))
{
	set.s = *s;
	set.s.servers = NULL;		/* the caller's, not needed here */
	set.s.hosts_file = NULL;
	if (set.s.timeout_ms == 0)
		set.s.timeout_ms = 30000;
	set.tell = tell;
	hmap_init(&set.asking[0], true);
	hmap_init(&set.asking[1], false);
	list_init(&set.all);
}

void
dnslookup_free(void (*forget)(struct list *waiter))
{
	while (!list_empty(&set.all)) {
		struct lookup	*l = CONTAINER_OF(set.all.next, struct lookup, node);

		while (!list_empty(&l->waiters))
			forget(l->waiters.next);
		drop(l);
	}
	hmap_free(&set.asking[0]);
	hmap_free(&set.asking[1]);
}
