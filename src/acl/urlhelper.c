/* SPDX-License-Identifier: Apache-2.0 */
/* Asking helpers about the URL of a request; nothing is remembered. Runs in a worker. */
#include "acl/urlhelper.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "core/format.h"

enum {
	URLHELPER_TAG = TAG4('U', 'R', 'L', 'H'),
	LINE_MAX_BYTES = 32768,
	AGAIN_MOST = 2,			/* as Squid */
	COMPLAINT = 200,		/* bytes of an answer in a message */
};

struct urlhelper {
	uint32_t			 tag;
	struct urlhelper_settings	 s;
	struct helper_pool		*pool;
	struct list			 waiting;	/* struct urlhelper_ask */
};

struct urlhelper *
urlhelper_new(const struct urlhelper_settings *s)
{
	const struct url_helper		*x = s->conf;
	const struct helper_settings	 hs = {
		.name = s->name, .argv = (const char *const *)x->program, .children = x->children,
		.startup = x->startup, .idle = x->idle, .concurrency = x->concurrency,
		.queue = x->queue, .no_queue = x->bypass && x->queue == 0,
		.tolerant = !x->bypass, .timeout_ms = s->timeout_ms,
	};
	struct urlhelper		*h = mem_zero(sizeof *h);

	h->tag = URLHELPER_TAG;
	h->s = *s;
	h->pool = helper_pool_new(&hs);
	list_init(&h->waiting);
	return h;
}

void
urlhelper_free(struct urlhelper **hp)
{
	struct urlhelper	*h = *hp;
	struct list		*n;

	if (h == NULL)
		return;
	OBJ_OK(h, URLHELPER_TAG);
	*hp = NULL;
	while ((n = list_first(&h->waiting)) != NULL)
		urlhelper_cancel(CONTAINER_OF(n, struct urlhelper_ask, node));
	helper_pool_free(&h->pool);
	OBJ_GONE(h);
	free(h);
}

/* Of an address user:password@, or what may be the beginning of one where the text is cut off. */
static void
hide_login(char *text)
{
	char	*host = strstr(text, "://"), *at;
	size_t	 n;

	if (host == NULL)
		return;
	host += 3;
	n = strcspn(host, "/?#");
	at = memrchr(host, '@', n);
	if (at != NULL)
		memmove(host, at + 1, strlen(at + 1) + 1);
	else if (host[n] == '\0' && strlen(text) == COMPLAINT - 1)
		host[0] = '\0';
}

void
urlhelper_complain(uint64_t *said, const char *name, const char *what, struct span why,
    const char *effect)
{
	char	 text[COMPLAINT];

	if (!msg_seldom(said))
		return;
	span_copy(span_at(why.p, why.n < sizeof text ? why.n : sizeof text - 1), text, sizeof text);
	hide_login(text);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	msg(MSG_WARNING, "%s: %s%s%s; %s", name, what, text[0] != '\0' ? ": " : "", text, effect);
}

struct span
urlhelper_message(const struct helper_reply *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (span_is(r->pairs[i].key, "message"))
			return r->pairs[i].value;
	return r->rest;
}

bool
urlhelper_line(const struct url_helper *conf, const struct txn *t, struct sb *to)
{
	size_t	 from = to->n;

	sb_span(to, t->f.url);
	if (conf->extras != NULL) {
		sb_char(to, ' ');
		format_write(conf->extras, t, to);
	}
	if (!sb_ok(to))
		return false;
	for (char *p = to->p + from; p < to->p + to->n; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return true;
}

static void	 answered(void *arg, enum helper_result result, struct span line);

static enum urlhelper_asked
put_question(struct urlhelper_ask *q)
{
	static char	 room[LINE_MAX_BYTES];
	struct sb	 b;

	sb_fixed(&b, room, sizeof room);
	if (!urlhelper_line(q->of->s.conf, q->t, &b))
		return URLHELPER_TOO_LONG;
	q->call = helper_ask(q->of->pool, sb_done(&b), answered, q);
	return q->call != NULL ? URLHELPER_ASKED : URLHELPER_BUSY;
}

static void
finish(struct urlhelper_ask *q, enum helper_result result, struct helper_reply *r)
{
	struct txn	*t = q->t;

	list_remove(&q->node);
	q->of = NULL;
	q->done(t, result, r);
	txn_wake(t);
}

static bool
ask_again(struct urlhelper_ask *q)
{
	return q->again++ < AGAIN_MOST && put_question(q) == URLHELPER_ASKED;
}

static void
answered(void *arg, enum helper_result result, struct span line)
{
	struct urlhelper_ask	*q = arg;
	struct helper_reply	 r;
	char			*text;

	OBJ_OK(q->of, URLHELPER_TAG);
	q->call = NULL;
	if (result != HELPER_ANSWER) {
		if (result != HELPER_TIMEOUT || !q->of->s.late_again || !ask_again(q))
			finish(q, result, NULL);
		return;
	}
	text = span_dup(line);
	helper_parse(text, line.n, &r);
	if (r.word != HELPER_BH || !ask_again(q))
		finish(q, result, &r);
	free(text);
}

enum urlhelper_asked
urlhelper_ask(struct urlhelper *h, struct urlhelper_ask *q, struct txn *t,
    void (*done)(struct txn *t, enum helper_result r, struct helper_reply *reply))
{
	enum urlhelper_asked	 asked;

	OBJ_OK(h, URLHELPER_TAG);
	*q = (struct urlhelper_ask){ .of = h, .t = t, .done = done };
	list_init(&q->node);
	asked = put_question(q);
	if (asked == URLHELPER_ASKED)
		list_add(&h->waiting, &q->node);
	else
		q->of = NULL;
	return asked;
}

void
urlhelper_cancel(struct urlhelper_ask *q)
{
	if (q->of == NULL)
		return;
	OBJ_OK(q->of, URLHELPER_TAG);
	list_remove(&q->node);
	helper_cancel(&q->call);
	q->of = NULL;
}
