/* SPDX-License-Identifier: Apache-2.0 */
/*
 * external_acl_type NAME [option ...] %code ... program [argument ...]. Runs in the master.
 */
#include "acl/external.h"
#include "conf/parsers.h"
#include "conf/values.h"

enum { TTL_MAX_S = 31536000, CHILDREN_MAX = 4096 };

static bool
number(struct args *a, struct span v, uint64_t most, uint64_t *out)
{
	if (span_u64(v, most, out))
		return true;
	return args_error(a, "'%.*s' is no number up to %llu", SPAN_ARG(v),
	    (unsigned long long)most);
}

/* An option that is a number; false: it is none of them. */
static bool
number_option(struct args *a, struct external_type *x, struct span w)
{
	struct span	 v;
	uint64_t	 n;
	struct { const char *key; unsigned *to; uint64_t most; } counts[] = {
		{ "children-max", &x->children, CHILDREN_MAX },
		{ "children", &x->children, CHILDREN_MAX },
		{ "children-startup", &x->startup, CHILDREN_MAX },
		{ "children-idle", &x->idle, CHILDREN_MAX },
		{ "concurrency", &x->concurrency, 1000000 }, { "queue-size", &x->queue, 1000000 },
		{ "grace", &x->grace, 100 },
	};
	struct { const char *key; uint64_t *to, most; } sizes[] = {
		{ "ttl", &x->ttl_s, TTL_MAX_S }, { "negative_ttl", &x->negative_ttl_s, TTL_MAX_S },
		{ "cache", &x->entries, 1 << 30 },
	};

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (values_key(w, counts[i].key, &v)) {
			if (number(a, v, counts[i].most, &n))
				*counts[i].to = (unsigned)n;
			return true;
		}
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (values_key(w, sizes[i].key, &v)) {
			if (number(a, v, sizes[i].most, &n))
				*sizes[i].to = n;
			return true;
		}
	return false;
}

/* Options end where the format begins. */
static bool
options(struct args *a, struct external_type *x)
{
	struct span	 v;

	for (; args_more(a); args_next(a)) {
		struct span	 w = args_peek(a).text;

		if (w.p[0] == '%' || w.p[0] == '/')
			return true;
		if (number_option(a, x, w) || span_is(w, "ipv4") || span_is(w, "ipv6") ||
		    span_is(w, "quote=url"))
			continue;
		if (values_key(w, "protocol", &v) && (span_is(v, "2.5") || span_is(v, "3.0"))) {
			x->plain = span_is(v, "2.5");
			continue;
		}
		if (span_is(w, "quote=shell")) {
			x->plain = true;
			continue;
		}
		if (values_key(w, "on-persistent-overload", &v))
			continue;
		return args_error(a, "'%.*s' is no option of external_acl_type", SPAN_ARG(w));
	}
	return true;
}

static bool
format(struct args *a, struct external_type *x)
{
	struct external_item	*item;
	bool			 data = false;

	while (args_more(a) && args_peek(a).text.p[0] == '%') {
		struct acl_word	 w = args_next(a);

		item = LOADER_ADD(a->l, x->items, x->n_items);
		if (!external_item(x, w.text, w.at, a->l->d, item)) {
			x->n_items--;
			return false;
		}
		data = data || item->kind == EXTERNAL_DATA;
	}
	if (!data) {
		item = LOADER_ADD(a->l, x->items, x->n_items);
		item->kind = EXTERNAL_DATA;
	}
	return true;
}

/* The type is known even if it is wrong: ACLs that use it are no further mistakes. */
void
externalline_type(struct args *a)
{
	struct settings		*s = a->l->s;
	struct acl_word		 name = args_next(a);
	struct external_type	*x = loader_get(a->l, sizeof *x), **place;

	if (name.text.n == 0) {
		args_error(a, "external_acl_type needs a name");
		return;
	}
	if (acl_external_type(s->acls, name.text) != NULL) {
		diag_error(a->l->d, name.at, "external_acl_type %.*s is there already",
		    SPAN_ARG(name.text));
		return;
	}
	*x = (struct external_type){ .name = loader_str(a->l, name.text),
	    .index = (unsigned)s->n_externals, .children = 5, .idle = 1,
	    .ttl_s = 3600, .negative_ttl_s = UINT64_MAX, .entries = 262144 };
	place = LOADER_ADD(a->l, s->externals, s->n_externals);
	*place = x;
	acl_external_add(s->acls, x);
	if (!options(a, x) || !format(a, x) || !values_program(a, &x->argv))
		return;
	if (x->negative_ttl_s == UINT64_MAX)
		x->negative_ttl_s = x->ttl_s;
	if (x->children == 0)
		diag_error(a->l->d, name.at,
		    "external_acl_type %s: children-max=0 leaves nobody to ask", x->name);
	if (x->startup > x->children)
		x->startup = x->children;
}
