/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule lists ("http_access deny !safe all") and conditions (the ACLs behind other directives). The
 * first rule whose ACLs all match decides; when none does, the opposite of the last rule's action
 * (Squid), or the list's given default when it is empty.
 */
#ifndef ACL_RULES_H
#define ACL_RULES_H

#include "acl/acl.h"

/* Several ACLs that must all match; an empty one always does. */
struct cond;

/*
 * Compiles words "[!]aclname ..." ; reply_ok: ACLs that read the answer are allowed here. NULL
 * after an error told to d.
 */
struct cond	*cond_new(struct acl_set *set, const struct acl_word *words, size_t n,
		    bool reply_ok, struct diag *d);
void		 cond_free(struct cond **c);
/* `last` (may be NULL) is the ACL tested last. ACL_NEED leaves the missing fact in *need. */
enum acl_answer	 cond_holds(const struct cond *c, struct txn *t, enum acl_need *need,
		    const struct acl **last);
/* The same where nothing can be fetched: a missing fact is a no, also under "!". */
bool		 cond_holds_now(const struct cond *c, struct txn *t);
bool		 cond_needs_user(const struct cond *c);

struct rule {
	bool			 allow;
	struct cond		*when;
	bool			 always;	/* `when` holds whatever is asked ("all") */
	struct diag_place	 at;
	char			*text;		/* as written: "http_access deny ads" */
	/* text and at.file as rules_record leaves them */
	struct span		 text_fact, file_fact;
};

struct rules {
	const char	*directive;
	struct rule	*list;
	size_t		 n, cap;
	bool		 reply_ok;
	bool		 if_empty;		/* verdict of an empty list */
	bool		 needs_user;
	/* there is none, or the first one decides, whatever is asked ("allow all") */
	bool		 constant;
};

/* malloc'd, empty. */
struct rules	*rules_new(const char *directive, bool reply_ok, bool if_empty);
void		 rules_free(struct rules **r);
/* allow/deny words already taken off. */
bool		 rules_add(struct rules *r, struct acl_set *set, bool allow,
		    const struct acl_word *words, size_t n, struct diag_place at, struct diag *d);
/* Warns about rules that can never be reached. */
void		 rules_lint(const struct rules *r, struct diag *d);

enum ruling_kind { RULING_ALLOW, RULING_DENY, RULING_NEED };

struct ruling {
	enum ruling_kind	 kind;
	enum acl_need		 need;
	/* NULL: the implied last action or the empty list's default */
	const struct rule	*by;
	const struct acl	*last;		/* last ACL tested in it (deny_info goes by it) */
};

/*
 * Judges t. With facts_can_be_fetched false a missing fact fails closed (Squid's fast lists): a
 * rule that allows is skipped, one that denies by it denies. So do, always, ACLs that cannot be
 * known (acl_blind), unless another ACL of the rule says no. An ACL about the user answers
 * NEED_USER also when credentials were missing or wrong: the list ends there and the client is
 * challenged.
 */
void		 rules_judge(const struct rules *r, struct txn *t, bool facts_can_be_fetched,
		    struct ruling *out);

/* Leaves the ruling in t->f.rule, rule_file, rule_line, rule_acl. */
void		 rules_record(const struct rules *r, const struct ruling *by, struct txn *t);

#endif
