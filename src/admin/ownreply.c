/* SPDX-License-Identifier: Apache-2.0 */
/* The heads of the proxy's own answers. */
#include "admin/ownreply.h"

#include "base/clock.h"
#include "core/settings.h"
#include "http/date.h"
#include "http/media.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifdef PACKAGE_VERSION
#define SERVER_NAME "sepia/" PACKAGE_VERSION
#else
#define SERVER_NAME "sepia"
#endif

static const struct {
	unsigned	 status;
	struct span	 reason;
} reasons[] = {
	{ 200, SPAN("OK") }, { 301, SPAN("Moved Permanently") }, { 302, SPAN("Found") },
	{ 303, SPAN("See Other") }, { 304, SPAN("Not Modified") },
	{ 307, SPAN("Temporary Redirect") }, { 308, SPAN("Permanent Redirect") },
	{ 400, SPAN("Bad Request") }, { 401, SPAN("Unauthorized") },
	{ 402, SPAN("Payment Required") }, { 403, SPAN("Forbidden") }, { 404, SPAN("Not Found") },
	{ 405, SPAN("Method Not Allowed") }, { 406, SPAN("Not Acceptable") },
	{ 407, SPAN("Proxy Authentication Required") }, { 408, SPAN("Request Timeout") },
	{ 409, SPAN("Conflict") }, { 410, SPAN("Gone") }, { 411, SPAN("Length Required") },
	{ 412, SPAN("Precondition Failed") }, { 413, SPAN("Content Too Large") },
	{ 414, SPAN("URI Too Long") }, { 415, SPAN("Unsupported Media Type") },
	{ 417, SPAN("Expectation Failed") }, { 421, SPAN("Misdirected Request") },
	{ 422, SPAN("Unprocessable Content") }, { 426, SPAN("Upgrade Required") },
	{ 428, SPAN("Precondition Required") }, { 429, SPAN("Too Many Requests") },
	{ 431, SPAN("Request Header Fields Too Large") },
	{ 451, SPAN("Unavailable For Legal Reasons") }, { 500, SPAN("Internal Server Error") },
	{ 501, SPAN("Not Implemented") }, { 502, SPAN("Bad Gateway") },
	{ 503, SPAN("Service Unavailable") }, { 504, SPAN("Gateway Timeout") },
	{ 505, SPAN("HTTP Version Not Supported") }, { 507, SPAN("Insufficient Storage") },
	{ 508, SPAN("Loop Detected") }, { 511, SPAN("Network Authentication Required") },
};

struct span
ownreply_reason(unsigned status)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status < 500 ? SPAN("Refused") : SPAN("Error");
}

static void
give_up(struct txn *t)
{
	t->no_reply = true;
	t->close_client = true;
}

static void
add(struct txn *t, enum field_id id, struct span value)
{
	if (value.p == NULL || !head_add(&t->reply, field_name(id), value, &t->arena))
		give_up(t);
}

void
ownreply_start(struct txn *t, unsigned status)
{
	struct body	*old = t->reply_body;
	char		 date[DATE_TEXT];

	MUST(status >= 200 && status <= 599);
	t->reply_body = NULL;
	if (old != NULL && old != &t->page.body)
		old->ops->stop(old);
	memset(&t->reply, 0, sizeof t->reply);
	t->reply.major = t->reply.minor = 1;
	t->reply.status = (uint16_t)status;
	t->reply.reason = ownreply_reason(status);
	t->has_reply = true;
	t->reply_is_ours = true;
	t->reply_max = UINT64_MAX;
	t->reply_framing = (struct framing){ FRAMING_LENGTH, 0 };
	t->f.mime = SPAN_NONE;
	ownreply_add_static(t, FIELD_SERVER, t->s->httpd_suppress_version_string ? "sepia" :
	    SERVER_NAME);
	ownreply_add(t, FIELD_DATE, span_of(date_print(clock_wall_s(), date)));
}

void
ownreply_add(struct txn *t, enum field_id id, struct span value)
{
	add(t, id, arena_span(&t->arena, value));
}

void
ownreply_add_static(struct txn *t, enum field_id id, const char *value)
{
	add(t, id, span_of(value));
}

void
ownreply_body(struct txn *t, const char *type, struct span bytes)
{
	ownreply_add_static(t, FIELD_CONTENT_TYPE, type);
	add(t, FIELD_CONTENT_LENGTH, arena_printf(&t->arena, "%zu", bytes.n));
	t->f.mime = media_type(span_of(type));
	t->reply_framing = (struct framing){ FRAMING_LENGTH, bytes.n };
	if (t->req.method == METHOD_HEAD)
		return;
	body_memory(&t->page, bytes);
	t->reply_body = &t->page.body;
}

void
ownreply_empty(struct txn *t)
{
	ownreply_add_static(t, FIELD_CONTENT_LENGTH, "0");
	if (t->req.method == METHOD_HEAD)
		return;
	body_memory(&t->page, SPAN(""));
	t->reply_body = &t->page.body;
}
