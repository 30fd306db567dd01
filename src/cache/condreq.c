/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditional requests of the cache (RFC 9111, 4.3.1; RFC 9110, 13.1.2 and 13.1.3). Pure; worker.
 */
#include "cache/condreq.h"

#include "http/date.h"

void
condreq_plain(struct head *req)
{
	static const enum field_id	 conditions[] = { FIELD_IF_MATCH, FIELD_IF_NONE_MATCH,
	    FIELD_IF_MODIFIED_SINCE, FIELD_IF_UNMODIFIED_SINCE, FIELD_IF_RANGE, FIELD_RANGE };

	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
		head_remove(req, conditions[i]);
}

static bool
seen(const struct storedattr *const *candidates, size_t i)
{
	struct entitytag	 mine = storedattr_tag(candidates[i]), other;

	for (size_t j = 0; j < i; j++) {
		other = storedattr_tag(candidates[j]);
		if (storedattr_validator(candidates[j]) && entitytag_weak_eq(&mine, &other))
			return true;
	}
	return false;
}

/* "W/"a", "b""; {"",0}: there are no tags; {NULL,0}: the arena's cap. */
static struct span
tags(const struct storedattr *const *candidates, size_t n, struct arena *a)
{
	size_t	 length = 1;
	char	*text, *at;

	for (size_t i = 0; i < n; i++)
		length += candidates[i]->etag.n + 4;
	text = at = arena_get(a, length);
	if (text == NULL)
		return SPAN_NONE;
	for (size_t i = 0; i < n; i++) {
		if (!storedattr_validator(candidates[i]) || candidates[i]->etag.n == 0 ||
		    seen(candidates, i))
			continue;
		if (at != text)
			at = mempcpy(at, ", ", 2);
		if (candidates[i]->flags & STORED_WEAK_TAG)
			at = mempcpy(at, "W/", 2);
		at = mempcpy(at, candidates[i]->etag.p, candidates[i]->etag.n);
	}
	return span_at(text, (size_t)(at - text));
}

bool
condreq_make(struct head *req, const struct storedattr *const *candidates, size_t n,
    struct arena *a)
{
	struct span	 list;
	char		*date;

	condreq_plain(req);
	if (n > CONDREQ_TAGS)
		n = CONDREQ_TAGS;
	list = tags(candidates, n, a);
	if (list.p == NULL ||
	    (list.n > 0 && !head_add(req, field_name(FIELD_IF_NONE_MATCH), list, a)))
		return false;
	if (n == 0 || !storedattr_validator(candidates[0]) || candidates[0]->modified_s < 0)
		return list.n > 0;
	date = arena_get(a, DATE_TEXT);
	if (date == NULL)
		return false;
	date_print(candidates[0]->modified_s, date);
	return head_add(req, field_name(FIELD_IF_MODIFIED_SINCE), span_at(date, DATE_TEXT - 1), a);
}
