/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sepia -k explain: judging a rule list with a printout. Runs in a process of its own; it may block
 * on DNS.
 */
#include "acl/explain.h"

#include "acl/acltype.h"
#include "acl/condin.h"
#include "core/lookup.h"

enum { SUBJECT_MOST = 512 };

struct telling {
	FILE		*to;
	struct txn	*t;
};

void
explain_prepare(struct txn *t)
{
	static const struct addr none;

	OBJ_OK(t, TXN_TAG);
	t->dry = true;
	if (memcmp(&t->f.indirect, &none, sizeof(none)) == 0)
		t->f.indirect = t->f.client;
	if (t->f.user.n > 0) {
		t->auth = AUTH_GOOD;
		t->f.auth_scheme = SPAN("basic");
	} else if (t->auth == AUTH_UNASKED) {
		t->auth = AUTH_MISSING;
	}
}

static bool
fetch(struct txn *t, enum acl_need need)
{
	switch (need) {
	case NEED_HOST_ADDRS:
		return lookup_fetch(t, LOOKUP_HOST_ADDRS);
	case NEED_HOST_NAME:
		return lookup_fetch(t, LOOKUP_HOST_NAME);
	case NEED_CLIENT_NAME:
		return lookup_fetch(t, LOOKUP_CLIENT_NAME);
	case NEED_NOTHING:
	case NEED_USER:
	case NEED_EXTERNAL:
		break;
	}
	return false;
}

/* What the ACLs of a rule will ask DNS for, so that each is told once. */
static void
fetch_all(const struct cond *c, struct txn *t)
{
	enum acl_need need = NEED_NOTHING;
	const struct acl *last = NULL;

	for (int i = 0; i < 4; i++)
		if (condin_ask(c, t, &need, &last, NULL, NULL) != ACL_NEED || !fetch(t, need))
			return;
}

static void
print_text(FILE *to, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c == 0x7f)
			fprintf(to, "\\x%02x", c);
		else
			fputc(c, to);
	}
}

static const char *
word(enum acl_answer answer, enum acl_need need)
{
	if (answer != ACL_NEED)
		return (answer == ACL_YES) ? "yes" : "no";
	return (need == NEED_USER) ? "needs a user" : "cannot be known";
}

static void
tell_acl(void *arg, const struct cond_item *item, enum acl_answer answer, enum acl_need need,
    uint32_t mark)
{
	struct telling *tell = arg;
	struct diag_place at = acl_mark_place(item->acl, mark);
	char room[SUBJECT_MOST];
	struct sb b;

	fprintf(tell->to, "    acl %s%s (%s): %s", item->negated ? "!" : "", item->acl->name,
	    item->acl->type->name, word(answer, need));
	if (item->negated && answer != ACL_NEED)
		fprintf(tell->to, ", so \"!\" is %s", (answer == ACL_YES) ? "no" : "yes");
	if (item->acl->blind != NULL)
		fprintf(tell->to, ": %s", item->acl->blind);
	if (item->acl->type->subject != NULL && item->acl->blind == NULL) {
		sb_fixed(&b, room, sizeof(room));
		item->acl->type->subject(item->acl, tell->t, &b);
		fputs("  [", tell->to);
		print_text(tell->to, sb_done(&b));
		fputs("]", tell->to);
	}
	if (at.line != 0)
		fprintf(tell->to, "  (%s%sline %u)", (at.file != NULL) ? at.file : "",
		    (at.file != NULL) ? " " : "", at.line);
	fputc('\n', tell->to);
}

/* True: the rule decided, or the user must be known. */
static bool
tell_rule(const struct rule *rule, struct telling *tell, struct ruling *out)
{
	enum acl_need need = NEED_NOTHING;
	enum acl_answer r;

	fetch_all(rule->when, tell->t);
	fprintf(tell->to, "  %s:%u: %s\n", (rule->at.file != NULL) ? rule->at.file : "?",
	    rule->at.line, rule->text);
	r = condin_ask(rule->when, tell->t, &need, &out->last, tell_acl, tell);
	if (r == ACL_NO)
		return false;
	if (r == ACL_NEED && need == NEED_USER) {
		*out = (struct ruling){ RULING_NEED, need, rule, out->last };
		return true;
	}
	if (r == ACL_NEED && rule->allow) {
		fputs("    not known: a rule that allows does not match then\n", tell->to);
		return false;
	}
	*out = (struct ruling){ rule->allow ? RULING_ALLOW : RULING_DENY, NEED_NOTHING, rule,
	    out->last };
	return true;
}

void
explain_rules(const struct rules *r, struct txn *t, FILE *to, struct ruling *out)
{
	static const char *const words[] = { [RULING_ALLOW] = "allow", [RULING_DENY] = "deny",
	    [RULING_NEED] = "login" };
	struct telling tell = { to, t };
	bool allow, decided = false;

	*out = (struct ruling){ .kind = RULING_DENY };
	for (size_t i = 0; i < r->n && !decided; i++)
		decided = tell_rule(&r->list[i], &tell, out);
	if (!decided) {
		allow = (r->n == 0) ? r->if_empty : !r->list[r->n - 1].allow;
		*out = (struct ruling){ allow ? RULING_ALLOW : RULING_DENY, NEED_NOTHING, NULL,
		    out->last };
		fprintf(to, "  %s\n", (r->n == 0) ? "there are no rules: the default" :
		    "no rule matched: the opposite of the last one");
	}
	rules_record(r, out, t);
	fprintf(to, "  %s: %s\n", r->directive, words[out->kind]);
}
