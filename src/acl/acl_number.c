/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types of numbers: port, localport, http_status (ranges), maxconn, random. */
#include "acl/acl_number.h"

#include <stdlib.h>

#include "acl/acl_line.h"
#include "base/hash.h"
#include "base/mem.h"
#include "core/shared.h"
#include "shm/tally.h"

struct range {
	uint32_t	 lo, hi, mark;
};

struct ranges {
	struct range	*list;
	size_t		 n, cap;
};

static void *
make(void)
{
	return mem_zero(sizeof(struct ranges));
}

static void
discard(void *data)
{
	struct ranges *v = data;

	free(v->list);
	free(v);
}

/* "N", "N-M" or, with open, "N-". */
static bool
parse_range(struct span text, uint32_t most, bool open, struct range *r)
{
	struct span lo;
	uint64_t a, b;

	if (!span_cut(&text, '-', &lo) || !span_u64(lo, most, &a))
		return false;
	b = a;
	if (text.p != NULL && text.n == 0 && open)
		b = most;
	else if (text.p != NULL && (!span_u64(text, most, &b) || b < a))
		return false;
	r->lo = (uint32_t)a;
	r->hi = (uint32_t)b;
	return true;
}

static void
add_range(struct acl *a, struct acl_line *l, const struct acl_word *w, uint32_t most, bool open)
{
	struct ranges *v = a->data;
	struct range r;

	if (!parse_range(w->text, most, open, &r)) {
		acl_line_complain(l, w->at, true, "acl %s: \"%.*s\" is no number or range up to %u",
		    a->name, SPAN_ARG(w->text), most);
		return;
	}
	for (size_t i = 0; i < v->n; i++) {
		if (v->list[i].lo > r.lo || v->list[i].hi < r.hi)
			continue;
		acl_line_complain(l, w->at, false, "acl %s: %.*s is there already (line %u)",
		    a->name, SPAN_ARG(w->text), acl_mark_place(a, v->list[i].mark).line);
		return;
	}
	r.mark = acl_mark(a, w->at);
	v->list = mem_room(v->list, v->n, &v->cap, sizeof(*v->list));
	v->list[v->n++] = r;
}

static void
port_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	add_range(a, l, w, 65535, false);
}

static void
status_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	add_range(a, l, w, 999, true);
}

static enum acl_answer
in_ranges(const struct acl *a, uint32_t x, struct acl_look *k)
{
	const struct ranges *v = a->data;

	for (size_t i = 0; i < v->n; i++) {
		if (x < v->list[i].lo || x > v->list[i].hi)
			continue;
		k->mark = v->list[i].mark;
		return ACL_YES;
	}
	return ACL_NO;
}

static enum acl_answer
test_port(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return in_ranges(a, t->target.port, k);
}

static enum acl_answer
test_localport(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return in_ranges(a, t->f.local.port, k);
}

static enum acl_answer
test_status(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return t->has_reply ? in_ranges(a, t->reply.status, k) : ACL_NO;
}

struct number {
	uint64_t	 value;
};

static void *
make_number(void)
{
	struct number *v = mem_zero(sizeof(*v));

	v->value = UINT64_MAX;
	return v;
}

static void
maxconn_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct number *v = a->data;

	if (!span_u64(w->text, 1000000, &v->value))
		acl_line_complain(l, w->at, true, "acl %s: maxconn takes a number of connections",
		    a->name);
}

/* Of the connection's own address: indirect clients are not counted (Squid). */
static enum acl_answer
test_maxconn(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct number *v = a->data;

	(void)k;
	if (shared.connections == NULL)
		return ACL_NO;
	return (tally_sum(shared.connections, t->f.client.ip) > v->value) ? ACL_YES : ACL_NO;
}

/* Decimal "0.333", fraction "1/3", ratio "3:5"; strictly between 0 and 1. */
static bool
parse_probability(struct span text, double *p)
{
	char copy[64], *end;
	double x, y;

	if (text.n >= sizeof(copy) || text.n == 0)
		return false;
	span_copy(text, copy, sizeof(copy));
	if (copy[strspn(copy, "0123456789./:")] != '\0')
		return false;
	x = strtod(copy, &end);
	if (end != copy && *end == '\0') {
		*p = x;
	} else if (end != copy && (*end == '/' || *end == ':')) {
		char sign = *end, *start = end + 1;

		y = strtod(start, &end);
		if (end == start || *end != '\0' || y <= 0)
			return false;
		*p = (sign == '/') ? x / y : x / (x + y);
	} else {
		return false;
	}
	return *p > 0 && *p < 1;
}

static void
random_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct number *v = a->data;
	double p;

	if (l->values > 1 || !parse_probability(w->text, &p)) {
		acl_line_complain(l, w->at, true,
		    "acl %s: random takes one probability: 0.25, 1/4 or 1:3", a->name);
		return;
	}
	v->value = (uint64_t)(p * 18446744073709549568.0);
}

/*
 * Drawn from the request's number: asking again gives the same answer, and other ACLs draw for
 * themselves.
 */
static enum acl_answer
test_random(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct number *v = a->data;
	uint64_t seed[3] = { t->f.number, t->f.started, (uint64_t)(uintptr_t)a };

	(void)k;
	return (v->value != UINT64_MAX && hash_bytes(seed, sizeof(seed)) < v->value) ? ACL_YES :
	    ACL_NO;
}

static void
tell_port(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_u64(to, t->target.port);
}

static void
tell_localport(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_u64(to, t->f.local.port);
}

static void
tell_status(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	if (t->has_reply)
		sb_u64(to, t->reply.status);
}

static void
tell_connections(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	if (shared.connections != NULL)
		sb_printf(to, "%llu connections",
		    (unsigned long long)tally_sum(shared.connections, t->f.client.ip));
}

const struct acl_type acl_number_port = {
	.name = "port", .make = make, .discard = discard, .value = port_value, .test = test_port,
	.subject = tell_port,
};
const struct acl_type acl_number_localport = {
	.name = "localport", .make = make, .discard = discard, .value = port_value,
	.test = test_localport, .subject = tell_localport,
};
const struct acl_type acl_number_status = {
	.name = "http_status", .flags = ACLT_REPLY, .make = make, .discard = discard,
	.value = status_value, .test = test_status, .subject = tell_status,
};
const struct acl_type acl_number_maxconn = {
	.name = "maxconn", .make = make_number, .discard = free, .value = maxconn_value,
	.test = test_maxconn, .subject = tell_connections,
};
const struct acl_type acl_number_random = {
	.name = "random", .make = make_number, .discard = free, .value = random_value,
	.test = test_random,
};
