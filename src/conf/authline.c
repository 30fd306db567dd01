/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth_param. Basic is complete; other schemes are recorded as not available: rules that need a
 * user then fail closed. Runs in the master.
 */
#include "auth/htpasswd.h"
#include "conf/parsers.h"
#include "conf/values.h"

static void
children(struct args *a, struct auth_basic *b)
{
	const struct values_children	 to = { &b->children, &b->startup, &b->idle,
	    &b->concurrency, &b->queue };

	values_children(a, &to);
}

static void
concurrency(struct args *a, struct auth_basic *b)
{
	uint64_t	 n;

	if (span_u64(args_peek(a).text, 1000000, &n)) {
		args_next(a);
		b->concurrency = (unsigned)n;
	} else
		args_error(a, "concurrency needs a number");
	args_end(a);
}

static void
file(struct args *a, struct auth_basic *b)
{
	struct acl_word	 w = args_next(a);

	if (w.text.n == 0) {
		args_error(a, "file needs the path of an htpasswd file");
		return;
	}
	b->file = loader_str(a->l, w.text);
	htpasswd_free(&a->l->s->htpasswd);
	a->l->s->htpasswd = htpasswd_load(b->file, w.at, a->l->d);
	args_end(a);
}

static void
basic(struct args *a, struct auth_basic *b)
{
	uint64_t	 ms;

	if (args_take(a, "program"))
		values_program(a, &b->program);
	else if (args_take(a, "file"))
		file(a, b);
	else if (args_take(a, "children"))
		children(a, b);
	else if (args_take(a, "realm"))
		b->realm = loader_str(a->l, args_rest(a));
	else if (args_take(a, "credentialsttl")) {
		if (values_time(a, "second", &ms))
			b->credentials_ttl_s = (ms + 999) / 1000;
		args_end(a);
	} else if (args_take(a, "casesensitive")) {
		values_bool(a, &b->case_sensitive);
		args_end(a);
	} else if (args_take(a, "utf8")) {
		values_bool(a, &b->utf8);
		args_end(a);
	} else if (args_take(a, "blankpassword") || args_take(a, "auth_hash"))
		a->i = a->n;
	else if (args_take(a, "concurrency"))	/* Squid 2 */
		concurrency(a, b);
	else if (args_take(a, "key_extras"))
		diag_error(a->l->d, a->at,
		    "key_extras is not there: a helper that decides by more than "
		    "name and password would be asked less");
	else {
		args_warn(a, "unknown parameter '%.*s' of auth_param basic: it has no effect",
		    SPAN_ARG(args_peek(a).text));
		a->i = a->n;
	}
}

void
authline_param(struct args *a)
{
	struct acl_word	 scheme = args_next(a);

	if (span_iis(scheme.text, "basic")) {
		if (a->l->basic_at.file == NULL)
			a->l->basic_at = a->at;
		basic(a, &a->l->s->basic);
		return;
	}
	if (!span_iis(scheme.text, "digest") && !span_iis(scheme.text, "ntlm") &&
	    !span_iis(scheme.text, "negotiate")) {
		diag_error(a->l->d, scheme.at, "there is no authentication scheme '%.*s': basic, "
		    "digest, ntlm, negotiate", SPAN_ARG(scheme.text));
		return;
	}
	if (!a->l->auth_other)
		diag_warn(a->l->d, scheme.at,
		    "the scheme %.*s is not available here, only basic is: "
		    "who can log in by it alone is refused",
		    SPAN_ARG(scheme.text));
	a->l->auth_other = true;
}

static bool
users_wanted(const struct settings *s)
{
	const struct rules	*const lists[] = { s->http_access, s->http_reply_access,
	    s->miss_access, s->always_direct, s->never_direct };

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (lists[i]->needs_user)
			return true;
	return false;
}

void
authline_finish(struct loader *l)
{
	struct auth_basic	*b = &l->s->basic;
	struct diag_place	 file_at = { l->s->path, 0, 0 };

	b->on = b->program != NULL || b->file != NULL;
	if (b->program != NULL && b->file != NULL)
		diag_warn(l->d, l->basic_at,
		    "auth_param basic has a file and a program: the file alone "
		    "is asked");
	if (l->basic_at.file != NULL && !b->on)
		diag_warn(l->d, l->basic_at,
		    "auth_param basic has neither a program nor a file: nobody "
		    "can log in");
	if (!b->on && users_wanted(l->s)) {
		if (l->basic_at.file == NULL && !l->auth_other)
			diag_error(l->d, file_at, "a rule needs to know the user, but there is no "
			    "auth_param: nobody can log in");
		else
			diag_warn(l->d, file_at,
			    "rules that need to know the user refuse everybody: "
			    "there is no scheme to log in by");
	}
}
