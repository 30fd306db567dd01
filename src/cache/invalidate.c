/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invalidation by unsafe methods (RFC 9111, 4.4). A method nobody knows is unsafe; IANA's registry
 * says of some others that they are safe. Pure; worker.
 */
#include "cache/invalidate.h"

#include "cache/urlref.h"

static size_t
add(struct span *urls, size_t n, struct span url)
{
	if (url.p == NULL)
		return n;
	for (size_t i = 0; i < n; i++)
		if (span_eq(urls[i], url))
			return n;
	urls[n] = url;
	return n + 1;
}

/* A field that names another origin, or several that differ, says nothing. */
static size_t
add_field(struct span *urls, size_t n, const struct target *target, const struct head *reply,
    enum field_id id, struct arena *a)
{
	const struct head_field	*f = head_get(reply, id);
	struct target		 other;

	if (f == NULL || head_next(reply, f) != NULL ||
	    !urlref_resolve(target, f->value, a, &other) || !urlref_same_origin(target, &other))
		return n;
	return add(urls, n, target_url(&other, a));
}

/* Safe ones that are nothing else here (RFC 3253, 4918, 5323). Method names have their case. */
static bool
registered_safe(struct span name)
{
	return span_is(name, "PROPFIND") || span_is(name, "REPORT") || span_is(name, "SEARCH");
}

static bool
unsafe(const struct head *req)
{
	enum method	 m = req->method;

	return !method_safe(m) && m != METHOD_CONNECT && m != METHOD_PURGE &&
	    !(m == METHOD_OTHER && registered_safe(req->method_text));
}

size_t
invalidate_urls(const struct head *req, const struct target *target, const struct head *reply,
    struct arena *a, struct span urls[INVALIDATE_MAX])
{
	size_t	 n;

	if (!unsafe(req) || reply->status < 200 || reply->status > 399)
		return 0;
	n = add(urls, 0, target_url(target, a));
	n = add_field(urls, n, target, reply, FIELD_LOCATION, a);
	return add_field(urls, n, target, reply, FIELD_CONTENT_LOCATION, a);
}
