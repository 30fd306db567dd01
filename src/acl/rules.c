/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule lists. Compiled in the master, judged in workers; judging allocates nothing. ruleslint.c has
 * the warnings.
 */
#include "acl/rules.h"

#include <stdlib.h>

#include "acl/acltype.h"
#include "acl/condin.h"
#include "base/mem.h"

enum { TEXT_MOST = 4096 };

struct rules *
rules_new(const char *directive, bool reply_ok, bool if_empty)
{
	struct rules *r = mem_zero(sizeof(*r));

	r->directive = directive;
	r->reply_ok = reply_ok;
	r->if_empty = if_empty;
	r->constant = true;
	return r;
}

void
rules_free(struct rules **pr)
{
	struct rules *r = *pr;

	*pr = NULL;
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		cond_free(&r->list[i].when);
		free(r->list[i].text);
	}
	free(r->list);
	free(r);
}

static char *
as_written(const struct rules *r, bool allow, const struct acl_word *words, size_t n)
{
	struct sb b;
	char *text;

	sb_heap(&b, TEXT_MOST);
	sb_printf(&b, "%s %s", r->directive, allow ? "allow" : "deny");
	for (size_t i = 0; i < n; i++) {
		sb_char(&b, ' ');
		sb_span(&b, words[i].text);
	}
	text = sb_ok(&b) ? mem_str(sb_cstr(&b)) : mem_str(r->directive);
	sb_free(&b);
	return text;
}

static bool
holds_always(const struct cond *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!acl_always(c->items[i].acl) || c->items[i].negated)
			return false;
	return true;
}

bool
rules_add(struct rules *r, struct acl_set *set, bool allow, const struct acl_word *words, size_t n,
    struct diag_place at, struct diag *d)
{
	struct cond *when = cond_new(set, words, n, r->reply_ok, d);
	struct rule *rule;

	if (when == NULL)
		return false;
	r->list = mem_room(r->list, r->n, &r->cap, sizeof(*r->list));
	rule = &r->list[r->n++];
	*rule = (struct rule){ .allow = allow, .when = when, .at = at };
	rule->text = as_written(r, allow, words, n);
	rule->text_fact = span_of(rule->text);
	rule->file_fact = span_of(at.file);
	r->needs_user = r->needs_user || cond_needs_user(when);
	rule->always = holds_always(when);
	r->constant = r->list[0].always;
	return true;
}

static inline void
decide(struct ruling *out, bool allow, const struct rule *by)
{
	out->kind = allow ? RULING_ALLOW : RULING_DENY;
	out->need = NEED_NOTHING;
	out->by = by;
}

/* What needs no asking: the rule's condition always holds. */
static inline void
decide_at_once(struct ruling *out, const struct rule *rule)
{
	const struct cond *c = rule->when;

	out->last = (c->n > 0) ? c->items[c->n - 1].acl : NULL;
	decide(out, rule->allow, rule);
}

static void __attribute__((noinline))
judge_each(const struct rules *r, struct txn *t, bool facts_can_be_fetched, struct ruling *out)
{
	*out = (struct ruling){ .kind = RULING_DENY };
	for (size_t i = 0; i < r->n; i++) {
		const struct rule *rule = &r->list[i];
		enum acl_need need = NEED_NOTHING;

		if (rule->always) {
			decide_at_once(out, rule);
			return;
		}
		switch (condin_ask(rule->when, t, &need, &out->last, NULL, NULL)) {
		case ACL_NO:
			continue;
		case ACL_YES:
			decide(out, rule->allow, rule);
			return;
		case ACL_NEED:
			break;
		}
		if (facts_can_be_fetched && need != (enum acl_need)NEED_NEVER) {
			*out = (struct ruling){ RULING_NEED, need, rule, out->last };
			return;
		}
		if (!rule->allow) {
			decide(out, false, rule);
			return;
		}
	}
	decide(out, !r->list[r->n - 1].allow, NULL);
}

void
rules_judge(const struct rules *r, struct txn *t, bool facts_can_be_fetched, struct ruling *out)
{
	if (!r->constant) {
		judge_each(r, t, facts_can_be_fetched, out);
	} else if (r->n > 0) {
		decide_at_once(out, &r->list[0]);
	} else {
		out->last = NULL;
		decide(out, r->if_empty, NULL);
	}
}

void
rules_record(const struct rules *r, const struct ruling *by, struct txn *t)
{
	t->decided_by = by->by;
	t->f.rule_acl = (by->last != NULL) ? span_of(acl_name(by->last)) : SPAN_NONE;
	if (by->by != NULL) {
		t->f.rule = by->by->text_fact;
		t->f.rule_file = by->by->file_fact;
		t->f.rule_line = by->by->at.line;
		return;
	}
	t->f.rule = arena_printf(&t->arena, "%s (%s)", r->directive,
	    (r->n == 0) ? "no rules: the default" :
	    "no rule matched: the opposite of the last one");
	t->f.rule_file = SPAN_NONE;
	t->f.rule_line = 0;
}
