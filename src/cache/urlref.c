/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving URI references (RFC 3986, 5.2 and 5.3). Pure; worker. */
#include "cache/urlref.h"

#include "http/charclass.h"

/* Where the query begins, or n. */
static size_t
path_length(struct span s)
{
	ptrdiff_t	 q = span_find(s, '?');

	return q < 0 ? s.n : (size_t)q;
}

/* "http:" in front (RFC 3986, 3.1). */
static bool
has_scheme(struct span ref)
{
	size_t	 i = 0;

	while (i < ref.n && charclass_is((unsigned char)ref.p[i], CHAR_SCHEME))
		i++;
	return i > 0 && i < ref.n && ref.p[i] == ':' &&
	    charclass_is((unsigned char)ref.p[0], CHAR_ALPHA);
}

/* remove_dot_segments (RFC 3986, 5.2.4) on an absolute path, in place; returns its new length. */
static size_t
remove_dots(char *path, size_t n)
{
	size_t	 in = 0, out = 0;

	while (in < n) {
		const char	*slash = memchr(path + in + 1, '/', n - in - 1);
		size_t		 end = slash == NULL ? n : (size_t)(slash - path),
		    length = end - in;
		bool		 one = length == 2 && path[in + 1] == '.';
		bool		 two = length == 3 && path[in + 1] == '.' && path[in + 2] == '.';

		if (two)
			while (out > 0 && path[--out] != '/')
				;
		if (!one && !two) {
			memmove(path + out, path + in, length);
			out += length;
		} else if (end == n) {
			path[out++] = '/';
		}
		in = end;
	}
	return out;
}

/* path[?query] of the result for a reference without scheme and authority. */
static struct span
merge(const struct target *base, struct span ref, struct arena *a)
{
	size_t		 base_path = path_length(base->path), ref_path = path_length(ref),
	    keep = 0, n;
	char		*text = arena_get(a, base->path.n + ref.n + 1);

	if (text == NULL)
		return SPAN_NONE;
	if (ref_path == 0) {		/* another query of the same path, or the same URL */
		memcpy(text, base->path.p, base->path.n);
		n = ref.n == 0 ? base->path.n : base_path;
		if (ref.n > 0)
			memcpy(text + n, ref.p, ref.n);
		return span_at(text, n + ref.n);
	}
	if (ref.p[0] != '/')
		for (keep = base_path; keep > 0 && base->path.p[keep - 1] != '/'; keep--)
			;
	memcpy(text, base->path.p, keep);
	memcpy(text + keep, ref.p, ref_path);
	n = remove_dots(text, keep + ref_path);
	memcpy(text + n, ref.p + ref_path, ref.n - ref_path);
	return span_at(text, n + ref.n - ref_path);
}

static bool
is_web(const struct target *t)
{
	return t->form == TARGET_ABSOLUTE &&
	    (t->scheme == SCHEME_HTTP || t->scheme == SCHEME_HTTPS) && t->host.n > 0;
}

/* A whole URL; its path is brought to the form that merging gives. */
static bool
parse(struct span url, struct arena *a, struct target *out)
{
	struct target	 bare;

	if (target_parse(out, url, false, a) != TARGET_OK || !is_web(out))
		return false;
	bare = *out;
	bare.path = SPAN("/");
	out->path = merge(&bare, out->path, a);
	return out->path.p != NULL;
}

bool
urlref_resolve(const struct target *base, struct span ref, struct arena *a, struct target *out)
{
	ptrdiff_t	 hash = span_find(ref, '#');
	struct span	 url;

	if (!is_web(base))
		return false;
	if (hash >= 0)
		ref.n = (size_t)hash;
	for (size_t i = 0; i < ref.n; i++)
		if (!charclass_is((unsigned char)ref.p[i], CHAR_TARGET))
			return false;
	if (has_scheme(ref))
		return parse(ref, a, out);
	if (span_starts(ref, SPAN("//"))) {
		url = arena_printf(a, "%.*s:%.*s", SPAN_ARG(base->scheme_text), SPAN_ARG(ref));
		return url.p != NULL && parse(url, a, out);
	}
	*out = *base;
	out->path = merge(base, ref, a);
	out->path_absent = false;
	return out->path.p != NULL;
}

bool
urlref_same_origin(const struct target *a, const struct target *b)
{
	return a->scheme == b->scheme && a->port == b->port && span_eq(a->host, b->host);
}
