/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The auth step in a worker: takes the credentials off the request, asks basic.c, leaves the answer
 * in t->auth and the facts. Which answer refuses the request is the rules' matter. The bytes of the
 * field are overwritten where they were received, as soon as they are read.
 */
#include "auth/auth.h"

#include "auth/basic.h"
#include "auth/credentials.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sb.h"
#include "core/settings.h"

enum { CALL_TAG = TAG4('A', 'C', 'A', 'L') };

/* A question under way; in the txn's arena. */
struct call {
	uint32_t		 tag;
	struct basic_wait	 wait;
	struct txn		*t;
	struct span		 user;
	uint64_t		 began_us;
	bool			 done;
};

/*
 * In front of a server (accelerator port) it is the server's field that counts, and 401 (RFC 9110,
 * 11.6).
 */
static bool
acts_as_server(const struct txn *t)
{
	return t->port != NULL && t->port->accel;
}

static enum field_id
field_of(const struct txn *t)
{
	return acts_as_server(t) ? FIELD_AUTHORIZATION : FIELD_PROXY_AUTHORIZATION;
}

/*
 * A parent proxy is to get the client's own credentials: then they have to stay (login=PASS,
 * PASSTHRU).
 */
static bool
peers_need_them(const struct settings *s)
{
	for (size_t i = 0; i < s->n_peers; i++)
		if (s->peers[i].auth == PEER_AUTH_PASS || s->peers[i].auth == PEER_AUTH_PASSTHRU)
			return true;
	return false;
}

static void
wipe_field(struct txn *t)
{
	if (peers_need_them(t->s))
		return;
	for (struct head_field *f = head_get(&t->req, field_of(t)); f != NULL;
	    f = head_next(&t->req, f)) {
		char	*p = (char *)(uintptr_t)f->value.p;

		mem_wipe(p, f->value.n);
		for (size_t i = 0; i < f->value.n; i++)
			p[i] = ' ';		/* a tunnel's record parses the head again */
	}
	head_remove(&t->req, field_of(t));
}

/* Texts move to the arena; what does not fit any more is left out, but never the user's name. */
static enum step
judged(struct txn *t, enum basic_state state, struct span user, const struct verdict_extras *x,
    const char *broken)
{
	t->auth = state == BASIC_GOOD ? AUTH_GOOD : state == BASIC_REFUSED ? AUTH_REFUSED :
	    AUTH_BROKEN;
	t->auth_message = arena_span(&t->arena, x->message);
	if (state == BASIC_BROKEN && x->message.n == 0)
		t->auth_message = span_of(broken);
	if (state != BASIC_GOOD) {
		t->f.user_claimed = user;
		return t->after_auth;
	}
	t->f.user = x->user.n > 0 ? arena_span(&t->arena, x->user) : user;
	if (t->f.user.n == 0)
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	if (x->tag.n > 0)
		t->f.tag = arena_span(&t->arena, x->tag);
	if (x->notes.n > 0)
		t->f.notes = arena_printf(&t->arena, "%.*s%.*s", SPAN_ARG(t->f.notes),
		    SPAN_ARG(x->notes));
	return t->after_auth;
}

static void
told(struct basic_wait *w)
{
	struct call		*call = CONTAINER_OF(w, struct call, wait);
	struct verdict_extras	*x = &w->extras;
	struct arena		*a;
	bool			 renamed = x->user.n > 0;

	OBJ_OK(call, CALL_TAG);
	a = &call->t->arena;
	*x = (struct verdict_extras){ arena_span(a, x->user), arena_span(a, x->tag),
	    arena_span(a, x->message), arena_span(a, x->notes) };
	if (renamed && x->user.n == 0)		/* not under the name that was typed instead */
		w->state = BASIC_BROKEN;
	call->done = true;
	txn_wake(call->t);
}

static enum step
ask(struct txn *t, const struct credentials *c)
{
	struct call		*call = arena_zero(&t->arena, sizeof *call);
	struct span		 user = arena_span(&t->arena, span_at(c->user, c->n_user));
	enum basic_state	 state;

	if (call == NULL || user.p == NULL)
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	*call = (struct call){ .tag = CALL_TAG, .t = t, .user = user, .began_us = clock_us() };
	call->wait.done = told;
	t->f.auth_scheme = SPAN("basic");
	state = basic_check(c, addr_hash(txn_client(t)), &call->wait);
	if (state != BASIC_WAIT)
		return judged(t, state, user, &call->wait.extras, call->wait.broken);
	t->auth_call = call;
	return STEP_WAIT;
}

static enum step
read_field(struct txn *t)
{
	const struct auth_basic	*b = &t->s->basic;
	struct head_field	*f = head_get(&t->req, field_of(t));
	const char		*wrong = "there is more than one set of credentials";
	struct credentials	 c;
	enum credentials_result	 r = CREDENTIALS_BAD;
	enum step		 next = t->after_auth;

	if (f == NULL) {
		t->auth = AUTH_MISSING;
		return next;
	}
	if (head_next(&t->req, f) == NULL)
		r = credentials_parse(&c, f->value, b->utf8, !b->case_sensitive, &wrong);
	wipe_field(t);
	switch (r) {
	case CREDENTIALS_OK:
		next = ask(t, &c);
		credentials_wipe(&c);
		break;
	case CREDENTIALS_OTHER:
		t->auth = AUTH_MISSING;
		break;
	case CREDENTIALS_BAD:
		t->auth = AUTH_REFUSED;
		t->f.auth_scheme = SPAN("basic");
		t->auth_message = span_of(wrong);
		break;
	}
	return next;
}

enum step
auth_check(struct txn *t)
{
	struct call	*call;

	OBJ_OK(t, TXN_TAG);
	MUST(t->after_auth != STEP_WAIT);
	call = t->auth_call;
	if (call != NULL) {
		OBJ_OK(call, CALL_TAG);
		if (!call->done)
			return STEP_WAIT;
		t->auth_call = NULL;
		t->f.auth_time += clock_us() - call->began_us;
		OBJ_GONE(call);
		return judged(t, call->wait.state, call->user, &call->wait.extras,
		    call->wait.broken);
	}
	if (t->auth != AUTH_UNASKED)
		return t->after_auth;
	/*
	 * A client that does not know of the proxy must not be asked for a password (Squid: no
	 * authentication on such ports).
	 */
	if (!t->s->basic.on || (t->port != NULL && (t->port->intercept || t->port->tproxy))) {
		t->auth = AUTH_MISSING;
		return t->after_auth;
	}
	return read_field(t);
}

void
auth_challenge(struct txn *t)
{
	const struct auth_basic	*b = &t->s->basic;
	const char		*realm = b->realm != NULL ? b->realm : t->s->visible_hostname;
	enum field_id		 id = acts_as_server(t) ? FIELD_WWW_AUTHENTICATE :
	    FIELD_PROXY_AUTHENTICATE;
	struct sb		 v;
	struct span		 text;

	OBJ_OK(t, TXN_TAG);
	if (!b->on)
		return;
	sb_heap(&v, 8192);
	SB_LIT(&v, "Basic realm=\"");
	for (const char *p = realm; p != NULL && *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			sb_char(&v, '\\');
		sb_char(&v, (unsigned char)*p < ' ' || *p == 0x7f ? ' ' : *p);
	}
	sb_str(&v, b->utf8 ? "\", charset=\"UTF-8\"" : "\"");
	text = sb_ok(&v) ? arena_span(&t->arena, sb_done(&v)) : SPAN("Basic realm=\"proxy\"");
	sb_free(&v);
	if (text.p != NULL)
		head_add(&t->reply, field_name(id), text, &t->arena);
}

void
auth_cancel(struct txn *t)
{
	struct call	*call = t->auth_call;

	if (call == NULL)
		return;
	OBJ_OK(call, CALL_TAG);
	basic_leave(&call->wait);
	OBJ_GONE(call);
	t->auth_call = NULL;
}

void
auth_defaults(struct auth_basic *b)
{
	*b = (struct auth_basic){
		.children = 20, .startup = 0, .idle = 1, .realm = "Sepia proxy",
		.credentials_ttl_s = 2 * 60 * 60,
	};
}

void
auth_start(const struct settings *s)
{
	basic_start(s);
}

void
auth_stop(void)
{
	basic_stop();
}
