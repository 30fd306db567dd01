/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_id_program and what belongs to it; store_id_access is a rule list, store_id_bypass a plain
 * value. Runs in the master.
 */
#include "conf/parsers.h"
#include "conf/values.h"
#include "core/format.h"

void
storeidline_program(struct args *a)
{
	struct store_id	*x = &a->l->s->store_id;

	if (args_more(a) && a->n == 1 && args_take(a, "none"))
		x->program = NULL;
	else
		values_program(a, &x->program);
}

void
storeidline_children(struct args *a)
{
	struct store_id			*x = &a->l->s->store_id;
	const struct values_children	 to = { &x->children, &x->startup, &x->idle,
	    &x->concurrency, &x->queue };

	values_children(a, &to);
}

void
storeidline_concurrency(struct args *a)
{
	uint64_t	 n;

	if (values_number(a, &n) && n <= 1000000)
		a->l->s->store_id.concurrency = (unsigned)n;
	else
		diag_error(a->l->d, a->at, "%.*s needs a number up to 1000000", SPAN_ARG(a->name));
	args_end(a);
}

void
storeidline_extras(struct args *a)
{
	struct acl_word		 w = args_next(a);
	struct logformat	*f = format_compile("store_id_extras", w.text, w.at, a->l->d);

	if (f == NULL)
		return;
	format_free(&a->l->s->store_id.extras);
	a->l->s->store_id.extras = f;
	args_end(a);
}
