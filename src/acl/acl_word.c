/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types of words: method, proto, myportname, peername, hier_code, tag, note, and those that
 * name a part or a stage of a transaction: has, at_step, transaction_initiator,
 * connections_encrypted.
 */
#include "acl/acl_word.h"

#include <stdlib.h>

#include "acl/acl_line.h"
#include "acl/wordset.h"
#include "base/mem.h"
#include "core/settings.h"

struct words {
	struct wordset	 set;
	uint32_t	 bits;		/* methods, parts, steps: by number */
	struct span	 key;		/* note: its name, malloc'd */
};

static void *
make(void)
{
	struct words *v = mem_zero(sizeof(*v));

	wordset_init(&v->set);
	return v;
}

static void
discard(void *data)
{
	struct words *v = data;

	wordset_free(&v->set);
	free((void *)(uintptr_t)v->key.p);
	free(v);
}

static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct words *v = a->data;

	(void)l;
	wordset_add(&v->set, w->text, acl_mark(a, w->at));
}

static enum acl_answer
has_word(const struct acl *a, struct span word, bool fold, struct acl_look *k)
{
	const struct words *v = a->data;

	return (word.n > 0 && wordset_has(&v->set, word, fold, &k->mark)) ? ACL_YES : ACL_NO;
}

/*
 * Known methods may be written in any case in the configuration (Squid); the request's is compared
 * as it is.
 */
static void
method_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct words *v = a->data;
	char upper[32];
	enum method m;
	size_t i;

	for (i = 0; i < w->text.n && i + 1 < sizeof(upper); i++)
		upper[i] = (char)((w->text.p[i] >= 'a' && w->text.p[i] <= 'z') ?
		    w->text.p[i] & ~0x20 : w->text.p[i]);
	m = (i == w->text.n) ? method_lookup(span_at(upper, i)) : METHOD_OTHER;
	if (m != METHOD_OTHER)
		v->bits |= 1u << m;
	else
		value(a, l, w);
}

bool
acl_word_names_method(const struct acl *a, enum method m)
{
	return a->type == &acl_word_method &&
	    (((const struct words *)a->data)->bits & 1u << m) != 0;
}

static enum acl_answer
test_method(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct words *v = a->data;

	if (t->req.method != METHOD_OTHER)
		return (v->bits & 1u << t->req.method) ? ACL_YES : ACL_NO;
	return has_word(a, t->req.method_text, false, k);
}

/* CONNECT has no scheme (Squid's word is NONE); a request for the proxy itself came over HTTP. */
static struct span
scheme(const struct txn *t)
{
	if (t->target.scheme_text.n > 0)
		return t->target.scheme_text;
	return (t->target.form == TARGET_AUTHORITY) ? SPAN("none") : SPAN("http");
}

static enum acl_answer
test_proto(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return has_word(a, scheme(t), true, k);
}

static bool
is_number(struct span s)
{
	uint64_t n;

	return span_u64(s, 65535, &n);
}

/* A port without name= is known by what stood in its line: "3128" as well as "127.0.0.1:3128". */
static enum acl_answer
test_myportname(const struct acl *a, struct txn *t, struct acl_look *k)
{
	struct span name = t->f.port_name, tail = name;
	struct sb b;
	char room[8];

	if (has_word(a, name, false, k) == ACL_YES)
		return ACL_YES;
	while (span_find(tail, ':') >= 0)
		tail = span_at(tail.p + span_find(tail, ':') + 1,
		    tail.n - (size_t)span_find(tail, ':') - 1);
	if (tail.n == name.n || !is_number(tail) || t->port == NULL)
		return ACL_NO;
	sb_fixed(&b, room, sizeof(room));
	sb_u64(&b, t->port->addr.port);
	return span_eq(tail, sb_done(&b)) ? has_word(a, tail, false, k) : ACL_NO;
}

static enum acl_answer
test_peername(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return (t->peer == NULL) ? ACL_NO : has_word(a, span_of(t->peer->name), true, k);
}

/* Squid's newer versions say HIER_DIRECT where older ones said DIRECT. */
static struct span
without_hier(struct span s)
{
	return span_istarts(s, SPAN("HIER_")) ? span_at(s.p + 5, s.n - 5) : s;
}

static void
hier_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	static const char *const known[] = { "NONE", "DIRECT", "SIBLING_HIT", "PARENT_HIT",
	    "DEFAULT_PARENT", "SINGLE_PARENT",
		"FIRSTUP_PARENT", "FIRST_UP_PARENT", "FIRST_PARENT_MISS", "CLOSEST_PARENT_MISS",
		    "CLOSEST_PARENT", "CLOSEST_DIRECT",
		"NO_DIRECT_FAIL", "SOURCE_FASTEST", "ROUNDROBIN_PARENT", "CACHE_DIGEST_HIT",
		    "CD_PARENT_HIT", "CD_SIBLING_HIT",
		"CARP", "ANY_OLD_PARENT", "ANY_PARENT", "USERHASH_PARENT", "USERHASH",
		    "SOURCEHASH_PARENT", "SOURCEHASH", "PINNED",
		"ORIGINAL_DST", "STANDBY_POOL" };
	struct acl_word bare = { without_hier(w->text), w->at };

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (span_iis(bare.text, known[i])) {
			value(a, l, &bare);
			return;
		}
	}
	acl_line_complain(l, w->at, true, "acl %s: \"%.*s\" is no hierarchy code", a->name,
	    SPAN_ARG(w->text));
}

static enum acl_answer
test_hier(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return has_word(a, without_hier(span_of(facts_route_name(t->f.route))), true, k);
}

static enum acl_answer
test_tag(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return has_word(a, t->f.tag, false, k);
}

static void
note_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct words *v = a->data;

	if (v->key.p != NULL && !span_eq(v->key, l->name)) {
		acl_line_complain(l, w->at, true,
		    "acl %s judges the note %.*s: it cannot judge another one as well", a->name,
		    SPAN_ARG(v->key));
		return;
	}
	value(a, l, w);
}

static void
note_end(struct acl *a, struct acl_line *l)
{
	struct words *v = a->data;

	if (l->named && v->key.p == NULL)
		v->key = span_at(span_dup(l->name), l->name.n);
	if (l->named && l->values == 0)
		v->bits = 1;
}

static bool
has_token(const struct acl *a, struct span list, struct acl_look *k)
{
	const char *marks = (a->delimiters != NULL) ? a->delimiters : ",";
	size_t i = 0;

	while (i < list.n) {
		size_t from = i;

		while (i < list.n && strchr(marks, list.p[i]) == NULL)
			i++;
		if (has_word(a, span_trim(span_at(list.p + from, i - from)), false, k) == ACL_YES)
			return true;
		i++;
	}
	return false;
}

static enum acl_answer
test_note(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct words *v = a->data;
	struct span rest = t->f.notes, line, key;

	while (span_cut(&rest, '\n', &line)) {
		if (!span_cut(&line, '=', &key) || line.p == NULL || !span_eq(key, v->key))
			continue;
		if ((v->bits & 1) || has_word(a, line, false, k) == ACL_YES ||
		    (a->list && has_token(a, line, k)))
			return ACL_YES;
	}
	return ACL_NO;
}

/* One of a few words becomes a bit; `what` names them for the message. */
static void
add_bit(struct acl *a, struct acl_line *l, const struct acl_word *w, const char *const *words,
    unsigned n, const char *what)
{
	struct words *v = a->data;

	for (unsigned i = 0; i < n; i++) {
		if (span_iis(w->text, words[i])) {
			v->bits |= 1u << i;
			return;
		}
	}
	acl_line_complain(l, w->at, true, "acl %s: \"%.*s\" is no %s", a->name, SPAN_ARG(w->text),
	    what);
}

static void
has_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	static const char *const words[] = { "request", "response", "ALE" };

	add_bit(a, l, w, words, COUNT_OF(words), "part of a transaction (request, response, ALE)");
}

static enum acl_answer
test_has(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct words *v = a->data;
	uint32_t there = 4u | (t->f.method.n > 0 ? 1u : 0u) | (t->has_reply ? 2u : 0u);

	(void)k;
	return (v->bits & there) ? ACL_YES : ACL_NO;
}

static void
step_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	static const char *const words[] = { "SslBump1", "SslBump2", "SslBump3",
	    "GeneratingCONNECT" };

	add_bit(a, l, w, words, COUNT_OF(words),
	    "step (SslBump1, SslBump2, SslBump3, GeneratingCONNECT)");
}

/* Nothing is bumped here: Squid calls that the first step. */
static enum acl_answer
test_step(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct words *v = a->data;

	(void)t;
	(void)k;
	return (v->bits & 1) ? ACL_YES : ACL_NO;
}

static void
initiator_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	static const char *const words[] = { "client", "all", "esi", "certificate-fetching",
	    "cache-digest", "htcp", "icp", "icmp",
		"asn", "ipc", "adaptation", "internal", "peer-mcast" };

	add_bit(a, l, w, words, COUNT_OF(words), "initiator of transactions");
}

/* Every transaction here comes from a client. */
static enum acl_answer
test_initiator(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct words *v = a->data;

	(void)t;
	(void)k;
	return (v->bits & 3) ? ACL_YES : ACL_NO;
}

/*
 * The messages received so far came over TLS: the request if its port says so; origins are asked in
 * the clear.
 */
static enum acl_answer
test_encrypted(const struct acl *a, struct txn *t, struct acl_look *k)
{
	(void)a;
	(void)k;
	return (t->port != NULL && t->port->https && (!t->has_reply || t->reply_is_ours)) ?
	    ACL_YES : ACL_NO;
}

static void
tell_method(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, t->req.method_text);
}

static void
tell_proto(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, scheme(t));
}

static void
tell_port(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, t->f.port_name);
}

static void
tell_peer(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_str(to, (t->peer != NULL) ? t->peer->name : "no peer");
}

static void
tell_route(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_str(to, facts_route_name(t->f.route));
}

static void
tell_tag(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, t->f.tag);
}

static void
tell_notes(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	for (size_t i = 0; i < t->f.notes.n; i++)
		sb_char(to, (t->f.notes.p[i] == '\n') ? ' ' : t->f.notes.p[i]);
}

#define WORD_TYPE(symbol, text, extra, valuer, tester, teller) \
	const struct acl_type acl_word_##symbol = { \
		.name = text, .flags = (extra), .make = make, .discard = discard, \
		.value = valuer, .test = tester, .subject = teller, \
	}

WORD_TYPE(method,	"method", 0, method_value, test_method, tell_method);
WORD_TYPE(proto,	"proto", 0, value, test_proto, tell_proto);
WORD_TYPE(myportname,	"myportname", 0, value, test_myportname, tell_port);
WORD_TYPE(peername,	"peername", 0, value, test_peername, tell_peer);
WORD_TYPE(hier_code,	"hier_code", ACLT_REPLY, hier_value, test_hier, tell_route);
WORD_TYPE(tag,		"tag", 0, value, test_tag, tell_tag);
WORD_TYPE(has,		"has", 0, has_value, test_has, NULL);
WORD_TYPE(at_step,	"at_step", 0, step_value, test_step, NULL);
WORD_TYPE(initiator,	"transaction_initiator", 0, initiator_value, test_initiator, NULL);
WORD_TYPE(encrypted,	"connections_encrypted", ACLT_BARE, value, test_encrypted, NULL);

const struct acl_type acl_word_note = {
	.name = "note", .flags = ACLT_M | ACLT_NAMED | ACLT_BARE, .make = make, .discard = discard,
	.value = note_value, .line_end = note_end, .test = test_note, .subject = tell_notes,
};
