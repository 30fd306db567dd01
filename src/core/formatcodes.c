/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of each logformat code, from the facts; header fields and notes are in formatfields.c.
 */
#include "core/formatcodes.h"

#include <time.h>

#include "base/clock.h"
#include "core/formatfields.h"
#include "core/settings.h"

static uint64_t	 sequence;

struct span
formatcodes_url(const struct txn *t)
{
	if (t->f.url.n > 0)
		return t->f.url;
	switch ((enum why)t->f.why) {
	case WHY_HEAD_LONG: case WHY_TARGET_LONG:
		return SPAN("error:request-too-large");
	case WHY_NOTHING: case WHY_CLIENT_GONE: case WHY_REQUEST_TIMEOUT: case WHY_SHUTTING_DOWN: case WHY_KILLED:
		return SPAN("error:transaction-end-before-headers");
	default:
		return SPAN("error:invalid-request");
	}
}

/*
 * Scheme, and path with query, of a canonical URL; both empty for host:port and for what is no URL.
 */
static void
cut_url(struct span url, struct span *scheme, struct span *path)
{
	const char	*colon = url.n > 3 ? memmem(url.p, url.n, "://", 3) : NULL, *slash;
	struct span	 rest;

	*scheme = *path = SPAN_NONE;
	if (colon == NULL)
		return;
	*scheme = span_at(url.p, (size_t)(colon - url.p));
	rest = span_at(colon + 3, url.n - scheme->n - 3);
	slash = memchr(rest.p, '/', rest.n);
	if (slash != NULL)
		*path = span_at(slash, (size_t)(rest.p + rest.n - slash));
}

/* The URL that the client asked for, and its parts. */
static struct span
asked_url(const struct txn *t)
{
	return t->f.url_asked.n > 0 ? t->f.url_asked : formatcodes_url(t);
}

/* Host and port in a canonical URL, or in host:port. */
static void
cut_authority(struct span url, struct span *host, uint64_t *port)
{
	struct span	 scheme, path;
	size_t		 colon;

	cut_url(url, &scheme, &path);
	if (scheme.n > 0)
		url = span_at(url.p + scheme.n + 3, url.n - scheme.n - 3 - path.n);
	for (colon = url.n; colon > 0 && url.p[colon - 1] >= '0' && url.p[colon - 1] <= '9'; colon--)
		;
	*port = 80;
	if (colon > 0 && url.p[colon - 1] == ':') {
		span_u64(span_at(url.p + colon, url.n - colon), UINT16_MAX, port);
		url.n = colon - 1;
	}
	if (url.n > 2 && url.p[0] == '[')
		url = span_at(url.p + 1, url.n - 2);
	*host = url;
}

/* The same of what the client asked for. */
static void
asked_authority(const struct facts *f, struct span *host, uint64_t *port)
{
	*host = f->host;
	*port = f->target_port;
	if (f->url_asked.n > 0)
		cut_authority(f->url_asked, host, port);
}

struct span
formatcodes_result(const struct facts *f, char *room)
{
	const char	*word = f->why != WHY_NOTHING && f->why < WHY_COUNT ?
	    why_row((enum why)f->why)->word : NULL;
	struct span	 name = span_of(facts_result_name(f->tag_result));
	struct sb	 b;

	if (f->tag_result == RESULT_NONE)
		name = SPAN("NONE_NONE");
	/* whatever was found before the refusal */
	if (word != NULL && strcmp(word, "DENIED") == 0)
		name = SPAN("TCP_DENIED");
	else if (word != NULL && strcmp(word, "DENIED_REPLY") == 0)
		name = SPAN("TCP_DENIED_REPLY");
	if (f->aborted == 0 && f->interim == 0)
		return name;
	sb_fixed(&b, room, ADDR_TEXT);
	sb_span(&b, name);
	if (f->interim != 0)
		SB_LIT(&b, "_INTERIM");	/* ours: it is not over, a later line has the totals */
	else if (f->aborted == 2)
		SB_LIT(&b, "_TIMEDOUT");
	else
		SB_LIT(&b, "_ABORTED");
	return sb_done(&b);
}

/* The end of the request; while it is not over, now. */
static uint64_t
log_time(const struct txn *t)
{
	return t->f.ended != 0 ? t->f.ended : clock_wall_us();
}

static uint64_t
begin_time(const struct txn *t)
{
	return t->f.started + t->f.head_time;
}

/* strftime of the log's second; many lines have the same one. */
static struct span
time_text(const struct format_op *op, const struct txn *t)
{
	static struct { uint32_t serial; time_t at; char text[256]; size_t n; } kept[4];
	static unsigned	 next;
	time_t		 at = (time_t)(log_time(t) / 1000000);
	char		 spec[256];
	struct tm	 tm;

	for (unsigned i = 0; i < COUNT_OF(kept); i++)
		if (kept[i].serial == op->serial && kept[i].at == at)
			return span_at(kept[i].text, kept[i].n);
	next = (next + 1) % COUNT_OF(kept);
	if (op->code == CODE_TIME_LOCAL)
		localtime_r(&at, &tm);
	else
		gmtime_r(&at, &tm);
	span_copy(op->text.n > 0 ? op->text : op->code == CODE_TIME_LOCAL ?
	    SPAN("%d/%b/%Y:%H:%M:%S %z") : SPAN("%d/%b/%Y:%H:%M:%S"), spec, sizeof spec);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"	/* the administrator's own format */
	kept[next].n = strftime(kept[next].text, sizeof kept[next].text, spec, &tm);
#pragma GCC diagnostic pop
	kept[next].serial = op->serial;
	kept[next].at = at;
	return span_at(kept[next].text, kept[next].n);
}

static void
text(struct format_value *v, struct span s)
{
	v->kind = VALUE_TEXT;
	v->text = s;
}

static void
number(struct format_value *v, enum value_kind kind, uint64_t n)
{
	v->kind = kind;
	v->number = n;
}

static void
address(struct format_value *v, const struct addr *a)
{
	static const struct addr	 none;

	if (memcmp(a->ip, none.ip, sizeof none.ip) != 0)
		text(v, span_of(addr_print(a, v->room)));
}

static void
hex(struct format_value *v, const char *prefix, uint64_t n)
{
	struct sb	 b;

	sb_fixed(&b, v->room, sizeof v->room);
	sb_str(&b, prefix);
	sb_hex(&b, n);
	text(v, sb_done(&b));
}

static void
version(struct format_value *v, uint64_t n)
{
	v->room[0] = (char)('0' + n / 10 % 10);
	v->room[1] = '.';
	v->room[2] = (char)('0' + n % 10);
	text(v, span_at(v->room, 3));
}

bool
formatcodes_is_masked(const struct txn *t)
{
	return t->s != NULL && (t->s->client_hidden_v4 | t->s->client_hidden_v6) != 0;
}

struct addr
formatcodes_masked(const struct txn *t, const struct addr *a)
{
	struct addr	 shown = *a;

	if (formatcodes_is_masked(t))
		addr_mask(&shown, 128u - (addr_is_v4(a) ? t->s->client_hidden_v4 :
		    t->s->client_hidden_v6));
	return shown;
}

struct addr
formatcodes_client(const struct txn *t)
{
	return formatcodes_masked(t, t->s != NULL && !t->s->log_uses_indirect_client ?
	    &t->f.client : &t->f.indirect);
}

/* By type: what the fact's column of the JSON format shows. */
static void
fact(struct format_value *v, const struct fact_row *row, const struct txn *t)
{
	const struct facts	*f = &t->f;
	const void	*m = (const char *)f + row->offset;
	struct addr	 shown;
	uint64_t	 n;

	if (row->type == FACT_TEXT) {
		if (m != &f->client_name || !formatcodes_is_masked(t))
			text(v, *(const struct span *)m);
		return;
	}
	if (row->type == FACT_ADDR) {
		shown = m == &f->client || m == &f->indirect ? formatcodes_masked(t, m) :
		    *(const struct addr *)m;
		address(v, &shown);
		return;
	}
	n = *(const uint64_t *)m;
	if (row->type == FACT_ENUM && row->offset == offsetof(struct facts, why))
		text(v, n != 0 && n < WHY_COUNT ? span_of(why_row((enum why)n)->name) : SPAN_NONE);
	else if (row->type == FACT_ENUM && row->offset == offsetof(struct facts, route))
		text(v, span_of(facts_route_name(n)));
	else if (row->type == FACT_ENUM)
		text(v, formatcodes_result(f, v->room));
	else if (n != 0 && row->offset == offsetof(struct facts, number))
		hex(v, "", n);
	else if (n != 0)
		number(v, row->type == FACT_TIME ? VALUE_SEC : row->type == FACT_DUR ? VALUE_MSEC :
		    VALUE_INT, n);
}

static struct span
without_query(struct span url)
{
	ptrdiff_t	 q = span_find(url, '?');

	return q < 0 ? url : span_at(url.p, (size_t)q + 1);
}

struct span
formatcodes_shown(const struct txn *t, struct span url)
{
	return t->s != NULL && t->s->strip_query_terms ? without_query(url) : url;
}

struct span
formatcodes_shown_url(const struct txn *t)
{
	return formatcodes_shown(t, formatcodes_url(t));
}

/* Codes about the connections and the URL, which is a long list. False: not one of them. */
static bool
connection_value(const struct format_op *op, const struct txn *t, struct format_value *v)
{
	const struct facts	*f = &t->f;
	struct span		 scheme, path, host;
	struct addr		 client;
	uint64_t		 port;

	switch ((enum format_code)op->code) {
	case CODE_CLIENT_NAME:
		if (f->client_name.n > 0 && !formatcodes_is_masked(t)) {
			text(v, f->client_name);
			return true;
		}
		/* fall through */
	case CODE_CLIENT_IP:
		client = formatcodes_client(t);
		address(v, &client);
		return true;
	case CODE_CLIENT_PORT: number(v, VALUE_INT, f->client.port); return true;
	case CODE_CLIENT_LOCAL_IP: case CODE_LOCAL_IP: address(v, &f->local); return true;
	case CODE_CLIENT_LOCAL_PORT: case CODE_LOCAL_PORT: number(v, VALUE_INT, f->local.port);
	    return true;
	case CODE_CLIENT_TOS: text(v, SPAN("0x0")); return true;
	case CODE_SERVER_IP: address(v, &f->origin); return true;
	case CODE_SERVER_NAME:
		if (f->route != ROUTE_NONE)
			text(v, f->peer.n > 0 ? f->peer : f->host);
		return true;
	case CODE_SERVER_PORT: number(v, f->origin.port > 0 ? VALUE_INT : VALUE_NONE,
	    f->origin.port); return true;
	case CODE_SERVER_LOCAL_IP: address(v, &f->outgoing); return true;
	case CODE_SERVER_LOCAL_PORT: number(v, f->outgoing.port > 0 ? VALUE_INT : VALUE_NONE,
	    f->outgoing.port); return true;
	case CODE_SERVER_TOS:
		if (f->origin.port > 0)
			hex(v, "0x", (uint64_t)(unsigned)t->tos);
		return true;
	case CODE_SERVER_MARK:
		if (f->origin.port > 0)
			hex(v, "0x", t->mark);
		return true;
	case CODE_URL:
		text(v, formatcodes_shown_url(t));
		return true;
	case CODE_URL_NOW: text(v, formatcodes_url(t)); return true;
	case CODE_URL_ASKED: text(v, asked_url(t)); return true;
	case CODE_URL_SERVER: text(v, f->route != ROUTE_NONE ? f->url : SPAN_NONE); return true;
	case CODE_URL_SCHEME: cut_url(f->url, &scheme, &path); text(v, scheme); return true;
	case CODE_URL_PATH: cut_url(f->url, &scheme, &path); text(v, path); return true;
	case CODE_URL_HOST: text(v, f->host); return true;
	case CODE_URL_PORT: number(v, f->target_port > 0 ? VALUE_INT : VALUE_NONE, f->target_port);
	    return true;
	case CODE_ASKED_SCHEME: cut_url(asked_url(t), &scheme, &path); text(v, scheme); return true;
	case CODE_ASKED_PATH: cut_url(asked_url(t), &scheme, &path); text(v, path); return true;
	case CODE_ASKED_HOST: asked_authority(f, &host, &port); text(v, host); return true;
	case CODE_ASKED_PORT:
		asked_authority(f, &host, &port);
		number(v, port > 0 ? VALUE_INT : VALUE_NONE, port);
		return true;
	default: return false;
	}
}

/* Codes about time and size. False: not one of them. */
static bool
measure_value(const struct format_op *op, const struct txn *t, struct format_value *v)
{
	const struct facts	*f = &t->f;
	uint64_t		 received = f->in > 0 ? f->in : f->req_head + f->req_body, from, to;

	switch ((enum format_code)op->code) {
	case CODE_TIME_S: number(v, VALUE_INT, log_time(t) / 1000000); return true;
	case CODE_TIME_SUB: number(v, VALUE_INT, log_time(t) % 1000000 / op->divisor); return true;
	case CODE_TIME_LOCAL: case CODE_TIME_GMT: text(v, time_text(op, t)); return true;
	case CODE_TIME_START: number(v, VALUE_SEC, begin_time(t)); return true;
	case CODE_TIME_TOTAL:
		from = begin_time(t);
		to = log_time(t);
		number(v, VALUE_MSEC, to > from ? to - from : 0);
		return true;
	case CODE_TIME_PEER: number(v, f->first_time > 0 ? VALUE_MSEC : VALUE_NONE, f->first_time);
	    return true;
	case CODE_TIME_SERVER:
		number(v, f->connect_time + f->first_time > 0 ? VALUE_MSEC : VALUE_NONE,
		    f->connect_time + f->first_time);
		return true;
	case CODE_TIME_DNS: number(v, f->dns_time > 0 ? VALUE_MSEC : VALUE_NONE, f->dns_time);
	    return true;
	case CODE_SIZE_ALL: number(v, VALUE_INT, received + f->out); return true;
	case CODE_SIZE_REQ: number(v, VALUE_INT, received); return true;
	case CODE_SIZE_REP: number(v, VALUE_INT, f->out); return true;
	case CODE_SIZE_REQ_HEAD: number(v, VALUE_INT, f->req_head); return true;
	case CODE_SIZE_REP_HEAD: number(v, VALUE_INT, f->out_head); return true;
	case CODE_SIZE_OBJECT: number(v, VALUE_INT, f->out > f->out_head ? f->out - f->out_head :
	    0); return true;
	case CODE_SIZE_SERVER: number(v, f->origin_in > 0 ? VALUE_INT : VALUE_NONE, f->origin_in);
	    return true;
	default: return false;
	}
}

/* Helpers' keys are notes, too (acl/external.c). */
static struct span
last_note(struct span notes, struct span key)
{
	struct span	 line, name, found = SPAN_NONE;

	while (span_cut(&notes, '\n', &line))
		if (span_cut(&line, '=', &name) && span_eq(name, key))
			found = line;
	return found;
}

/* Long, because it is the list of the codes that are left. */
void
formatcodes_value(const struct format_op *op, const struct txn *t, struct format_value *v)
{
	const struct facts	*f = &t->f;
	const struct why_row	*why;

	v->kind = VALUE_NONE;
	if (connection_value(op, t, v) || measure_value(op, t, v))
		return;
	why = f->why != WHY_NOTHING && f->why < WHY_COUNT ? why_row((enum why)f->why) : NULL;
	switch ((enum format_code)op->code) {
	case CODE_PERCENT: text(v, SPAN("%")); break;
	case CODE_EXT_TAG: text(v, f->tag); break;
	case CODE_EXT_LOG: text(v, last_note(f->notes, SPAN("log"))); break;
	case CODE_EXT_USER: text(v, last_note(f->notes, SPAN("user"))); break;
	case CODE_USER: case CODE_USER_LOGIN: text(v, f->user); break;
	case CODE_METHOD: text(v, f->method); break;
	case CODE_METHOD_SERVER: text(v, f->route != ROUTE_NONE ? f->method : SPAN_NONE); break;
	case CODE_VERSION: version(v, f->version); break;
	case CODE_VERSION_SERVER:
		if (f->route != ROUTE_NONE)
			version(v, 11);
		break;
	case CODE_REQ_FIELD: text(v, formatfields_value(&t->req, op)); break;
	case CODE_REP_FIELD: text(v, formatfields_value(&t->reply, op)); break;
	case CODE_STATUS: number(v, VALUE_INT, f->status); break;
	case CODE_STATUS_SERVER: number(v, f->origin_status > 0 ? VALUE_INT : VALUE_NONE,
	    f->origin_status); break;
	case CODE_MIME: text(v, f->mime); break;
	case CODE_RESULT: text(v, formatcodes_result(f, v->room)); break;
	case CODE_ROUTE: text(v, span_of(facts_route_name(f->route))); break;
	case CODE_ERR_CODE: text(v, t->error_page != NULL ? span_of(t->error_page) : why != NULL ?
	    span_of(why->page) : SPAN_NONE); break;
	case CODE_ERR_DETAIL: text(v, f->why_detail); break;
	case CODE_NOTE: text(v, formatfields_note(f->notes, op)); break;
	case CODE_SEQUENCE: number(v, VALUE_INT, ++sequence); break;
	case CODE_XACTION: number(v, VALUE_INT, f->number); break;
	case CODE_REQUEST: hex(v, "", f->number); break;
	case CODE_RULE: text(v, f->rule); break;
	case CODE_RULE_FILE: text(v, f->rule_file); break;
	case CODE_RULE_LINE: number(v, f->rule_line > 0 ? VALUE_INT : VALUE_NONE, f->rule_line);
	    break;
	case CODE_RULE_ACL: text(v, f->rule_acl); break;
	case CODE_WHY: text(v, why != NULL ? span_of(why->name) : SPAN_NONE); break;
	case CODE_WHY_TEXT: text(v, why != NULL ? span_of(why->text) : SPAN_NONE); break;
	case CODE_FACT: fact(v, op->row, t); break;
	default: break;
	}
}
