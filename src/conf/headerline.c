/* SPDX-License-Identifier: Apache-2.0 */
/* Header rules: request_header_access and its kin. Runs in the master. */
#include "conf/parsers.h"
#include "core/format.h"

static struct header_rule *
rule_for(struct args *a, struct header_rules *h, struct span name, bool reply)
{
	struct header_rule	*r;

	for (size_t i = 0; i < h->n; i++)
		if (span_iis(name, h->list[i].name))
			return &h->list[i];
	r = LOADER_ADD(a->l, h->list, h->n);
	h->cap = h->n;
	r->id = field_lookup(name);
	r->name = loader_str(a->l, name);
	r->rules = rules_new(a->row->name, reply, true);
	return r;
}

static bool
field_name_word(struct args *a, struct acl_word *w)
{
	*w = args_next(a);
	if (w->text.n == 0)
		return args_error(a, "%s needs the name of a header field", a->row->name);
	for (size_t i = 0; i < w->text.n; i++) {
		unsigned char	 c = (unsigned char)w->text.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c) != NULL) {
			diag_error(a->l->d, w->at, "'%.*s' is not the name of a header field",
			    SPAN_ARG(w->text));
			return false;
		}
	}
	return true;
}

static void
access_rule(struct args *a, struct header_rules *h, bool reply)
{
	struct acl_word		 name;
	const struct acl_word	*w;
	size_t			 n;
	bool			 allow;

	if (!field_name_word(a, &name))
		return;
	allow = args_take(a, "allow");
	if (!allow && !args_take(a, "deny")) {
		args_error(a, "%s %.*s needs 'allow' or 'deny', and ACLs", a->row->name,
		    SPAN_ARG(name.text));
		return;
	}
	w = args_list(a, &n);
	if (n == 0) {
		args_error(a, "%s needs at least one ACL ('all' for every request)", a->row->name);
		return;
	}
	rules_add(rule_for(a, h, name.text, reply)->rules, a->l->s->acls, allow, w, n, a->at,
	    a->l->d);
}

static void
replacement(struct args *a, struct header_rules *h, bool reply)
{
	struct acl_word	 name;
	struct span	 value;

	if (!field_name_word(a, &name))
		return;
	value = args_rest(a);
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' && value.p[i] != '\t') {
			args_error(a, "a header field's value cannot hold control characters");
			return;
		}
	rule_for(a, h, name.text, reply)->replace = loader_str(a->l, value);
}

static void
addition(struct args *a, struct header_add **list, size_t *count, bool reply)
{
	struct acl_word		 name, value;
	struct logformat	*f;
	struct header_add	*h;
	struct cond		*when;

	if (!field_name_word(a, &name))
		return;
	value = args_next(a);
	if (value.text.n == 0) {
		args_error(a, "%s needs a value", a->row->name);
		return;
	}
	f = format_compile(a->row->name, value.text, value.at, a->l->d);
	if (f == NULL)
		return;
	if (!ruleline_cond(a, reply, &when)) {
		format_free(&f);
		return;
	}
	h = LOADER_ADD(a->l, *list, *count);
	*h = (struct header_add){ loader_str(a->l, name.text), f, when, false };
}

void
headerline_request_access(struct args *a)
{
	access_rule(a, &a->l->s->request_header_access, false);
}

void
headerline_reply_access(struct args *a)
{
	access_rule(a, &a->l->s->reply_header_access, true);
}

void
headerline_both_access(struct args *a)
{
	size_t	 i = a->i;

	headerline_request_access(a);
	a->i = i;
	headerline_reply_access(a);
}

void
headerline_request_replace(struct args *a)
{
	replacement(a, &a->l->s->request_header_access, false);
}

void
headerline_reply_replace(struct args *a)
{
	replacement(a, &a->l->s->reply_header_access, true);
}

void
headerline_both_replace(struct args *a)
{
	size_t	 i = a->i;

	headerline_request_replace(a);
	a->i = i;
	headerline_reply_replace(a);
}

void
headerline_request_add(struct args *a)
{
	addition(a, &a->l->s->request_header_add, &a->l->s->n_request_header_add, false);
}

void
headerline_reply_add(struct args *a)
{
	addition(a, &a->l->s->reply_header_add, &a->l->s->n_reply_header_add, true);
}
