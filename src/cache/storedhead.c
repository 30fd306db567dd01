/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of stored responses: what is kept and how it is written (RFC 9111, 3.1, 5.2.2.4 and
 * 5.2.2.7). Pure; worker, keeper.
 */
#include "cache/storedhead.h"

#include "base/must.h"
#include "cache/cachedate.h"
#include "cache/storable.h"
#include "http/date.h"
#include "http/tokens.h"

static void
strip_list(struct head *reply, struct span list)
{
	struct span	 name;

	if (!storable_field_list(list))
		return;		/* judged as the whole answer before */
	while (tokens_next(&list, &name))
		head_remove_name(reply, name);
}

void
storedhead_strip(struct head *reply, const struct cachectl *cc)
{
	static const enum field_id	 dropped[] = { FIELD_AGE, FIELD_SET_COOKIE, FIELD_TRAILER,
	    FIELD_PROXY_AUTHENTICATE, FIELD_PROXY_AUTHENTICATION_INFO, FIELD_PROXY_AUTHORIZATION,
	    FIELD_X_CACHE, FIELD_X_CACHE_LOOKUP };

	head_remove_hop(reply);
	for (size_t i = 0; i < COUNT_OF(dropped); i++)
		head_remove(reply, dropped[i]);
	head_remove_name(reply, SPAN("Set-Cookie2"));
	storedhead_strip_listed(reply, cc);
}

void
storedhead_strip_listed(struct head *reply, const struct cachectl *cc)
{
	if (cc->has & CC_NO_CACHE_FIELDS)
		strip_list(reply, cc->no_cache_fields);
	if (cc->has & CC_PRIVATE_FIELDS)
		strip_list(reply, cc->private_fields);
}

void
storedhead_drop_digests(struct head *h)
{
	head_remove_name(h, SPAN("Content-Digest"));
	head_remove_name(h, SPAN("Content-MD5"));
}

bool
storedhead_date(struct head *reply, const struct storedattr *at, struct arena *a)
{
	int64_t	 date;
	char	*text;

	if (cachedate_field(reply, FIELD_DATE, at->response_s, &date) == CACHEDATE_VALID &&
	    date >= 0)
		return true;
	text = arena_get(a, DATE_TEXT);
	if (text == NULL)
		return false;
	date_print(at->date_s, text);
	head_remove(reply, FIELD_DATE);
	return head_add(reply, field_name(FIELD_DATE), span_at(text, DATE_TEXT - 1), a);
}

bool
storedhead_write(struct sb *out, const struct head *reply, uint64_t length)
{
	MUST(!reply->request && reply->status >= 200);
	SB_LIT(out, "HTTP/1.");
	sb_u64(out, reply->minor);
	sb_char(out, ' ');
	sb_u64(out, reply->status);
	sb_char(out, ' ');
	sb_span(out, reply->reason);
	SB_LIT(out, "\r\n");
	for (uint16_t i = 0; i < reply->n; i++) {
		const struct head_field	*f = &reply->fields[i];

		if (f->gone || f->id == FIELD_CONTENT_LENGTH)
			continue;
		head_put(out, f->name, f->value);
	}
	if (length != UINT64_MAX) {
		SB_LIT(out, "Content-Length: ");
		sb_u64(out, length);
		SB_LIT(out, "\r\n");
	}
	SB_LIT(out, "\r\n");
	return sb_ok(out);
}
