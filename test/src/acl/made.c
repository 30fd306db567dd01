/* SPDX-License-Identifier: Apache-2.0 */
/* See made.h. */
#include "made.h"

#include <check.h>
#include <stdlib.h>

#include "base/mem.h"

void
made_start(struct made *m)
{
	memset(m, 0, sizeof(*m));
	diag_init(&m->d);
	m->s.txn_memory_max = 1 << 20;
	m->s.acl_uses_indirect_client = true;
	m->s.client_ip_max_connections = UINT64_MAX;
	m->s.authenticate_ip_ttl_s = 60;
	m->s.basic.case_sensitive = true;
	m->s.basic.on = true;
	m->s.acls = acl_set_new();
	m->s.http_access = rules_new("http_access", false, false);
	m->s.http_reply_access = rules_new("http_reply_access", true, true);
	m->s.follow_x_forwarded_for = rules_new("follow_x_forwarded_for", false, false);
	m->s.destination_access = rules_new("destination_access", false, true);
}

void
made_end(struct made *m)
{
	if (m->t != NULL)
		txn_free(&m->t);
	rules_free(&m->s.http_access);
	rules_free(&m->s.http_reply_access);
	rules_free(&m->s.follow_x_forwarded_for);
	rules_free(&m->s.destination_access);
	acl_set_free(&m->s.acls);
	diag_free(&m->d);
}

static struct rules *
list_named(struct made *m, struct span name)
{
	struct rules *all[] = { m->s.http_access, m->s.http_reply_access,
	    m->s.follow_x_forwarded_for, m->s.destination_access };

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (span_is(name, all[i]->directive))
			return all[i];
	ck_abort_msg("no list %.*s", SPAN_ARG(name));
}

static void
take_line(struct made *m, struct span line, uint32_t number)
{
	struct acl_word words[64];
	struct diag_place at = { "made.conf", number, 1 };
	struct span w;
	size_t n = 0;

	line = span_trim(line);
	while (n < COUNT_OF(words) && span_cut(&line, ' ', &w))
		if (w.n > 0)
			words[n++] = (struct acl_word){ w, at };
	if (n < 2)
		return;
	if (span_is(words[0].text, "acl")) {
		ck_assert(n >= 3);
		acl_add(m->s.acls, words[1].text, words[2].text, words + 3, n - 3, at, &m->d);
	} else {
		rules_add(list_named(m, words[0].text), m->s.acls, span_is(words[1].text, "allow"),
		    words + 2, n - 2, at, &m->d);
	}
}

void
made_conf(struct made *m, const char *text)
{
	struct span rest = span_of(text), line;
	uint32_t number = 0;

	while (span_cut(&rest, '\n', &line))
		take_line(m, line, ++number);
}

static void
take_lookup(struct txn *t, struct txn_lookup *l, struct span value, bool addrs)
{
	struct span one;

	l->state = LOOKUP_DONE;
	if (span_is(value, "fail")) {
		l->state = LOOKUP_FAILED;
		return;
	}
	if (!addrs) {
		l->name = value;
		return;
	}
	l->addrs = arena_zero(&t->arena, 8 * sizeof(*l->addrs));
	while (l->n < 8 && span_cut(&value, ',', &one))
		ck_assert(addr_parse(&l->addrs[l->n++], one));
}

static struct span
spaces(struct arena *a, struct span s)
{
	struct span copy = arena_span(a, s);

	for (size_t i = 0; i < copy.n; i++)
		if (copy.p[i] == '_')
			((char *)(uintptr_t)copy.p)[i] = ' ';
	return copy;
}

static void
take_addr(struct addr *a, struct span value)
{
	struct span head = value;
	uint64_t port = 0;

	if (span_find(value, '.') >= 0)		/* IPv4 with a port */
		span_cut(&value, ':', &head);
	ck_assert(addr_parse(a, head));
	if (head.n < value.n || (value.p != head.p && value.p != NULL))
		ck_assert(span_u64(value, 65535, &port));
	a->port = (uint16_t)port;
}

static void
take_auth(struct txn *t, struct span v)
{
	t->auth = span_is(v, "missing") ? AUTH_MISSING : span_is(v, "refused") ? AUTH_REFUSED :
	    span_is(v, "broken") ? AUTH_BROKEN : AUTH_UNASKED;
}

static void
take_key(struct made *m, struct span key, struct span value)
{
	struct txn *t = m->t;
	uint64_t n = 0;

	if (span_is(key, "src")) {
		take_addr(&t->f.client, value);
		t->f.indirect = t->f.client;
	} else if (span_is(key, "local")) {
		take_addr(&t->f.local, value);
	} else if (span_is(key, "user")) {
		t->f.user = value;
		t->auth = AUTH_GOOD;
	} else if (span_is(key, "auth")) {
		take_auth(t, value);
	} else if (span_is(key, "addrs")) {
		take_lookup(t, &t->host_addrs, value, true);
	} else if (span_is(key, "name")) {
		take_lookup(t, &t->host_name, value, false);
	} else if (span_is(key, "client")) {
		take_lookup(t, &t->client_name, value, false);
	} else if (span_is(key, "status")) {
		ck_assert(span_u64(value, 999, &n));
		t->reply.status = (uint16_t)n;
		t->has_reply = true;
	} else if (span_is(key, "note")) {
		t->f.notes = spaces(&t->arena, value);
		for (size_t i = 0; i < t->f.notes.n; i++)
			if (t->f.notes.p[i] == '|')
				((char *)(uintptr_t)t->f.notes.p)[i] = '\n';
	} else if (span_is(key, "tag")) {
		t->f.tag = value;
	} else if (span_is(key, "peer")) {
		m->peer.name = arena_span(&t->arena, value).p;
		t->peer = &m->peer;
	} else if (span_is(key, "route")) {
		ck_assert(span_u64(value, ROUTE_COUNT, &t->f.route));
	} else if (span_is(key, "port")) {
		t->f.port_name = value;
	} else if (span_is(key, "number")) {
		ck_assert(span_u64(value, UINT64_MAX, &t->f.number));
	} else if (span_starts(key, SPAN("h:"))) {
		ck_assert(head_add(&t->req, span_at(key.p + 2, key.n - 2), spaces(&t->arena, value),
		    &t->arena));
	} else if (span_starts(key, SPAN("r:"))) {
		t->has_reply = true;
		ck_assert(head_add(&t->reply, span_at(key.p + 2, key.n - 2),
		    spaces(&t->arena, value), &t->arena));
	} else {
		ck_abort_msg("key %.*s", SPAN_ARG(key));
	}
}

void
made_request(struct made *m, const char *text)
{
	struct span rest, w, key;
	struct txn *t;

	if (m->t != NULL)
		txn_free(&m->t);
	t = m->t = txn_new(&m->s);
	rest = arena_span(&t->arena, span_of(text));
	t->port = &m->port;
	t->auth = AUTH_UNASKED;
	t->req.request = true;
	addr_parse(&t->f.client, SPAN("192.0.2.1"));
	t->f.indirect = t->f.client;
	ck_assert(span_cut(&rest, ' ', &w));
	t->f.method = t->req.method_text = w;
	t->req.method = method_lookup(w);
	ck_assert(span_cut(&rest, ' ', &w));
	ck_assert_int_eq(target_parse(&t->target, w, t->req.method == METHOD_CONNECT, &t->arena),
	    TARGET_OK);
	t->f.url = target_url(&t->target, &t->arena);
	t->f.host = t->target.host;
	t->f.target_port = t->target.port;
	while (span_cut(&rest, ' ', &w))
		if (span_cut(&w, '=', &key))
			take_key(m, key, w);
}

unsigned
made_told(const struct made *m, const char *text)
{
	unsigned n = 0;

	for (size_t i = 0; i < m->d.n; i++)
		n += (strstr(m->d.entries[i].text, text) != NULL);
	return n;
}
