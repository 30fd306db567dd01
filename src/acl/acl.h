/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACLs: named, typed questions about a request. Compiled when the settings are; read-only
 * afterwards (shared by fork). A test is pure and never blocks: if it lacks a fact it says which,
 * the step fetches it (core/lookup.h, the auth step) and asks again.
 */
#ifndef ACL_ACL_H
#define ACL_ACL_H

#include "base/diag.h"
#include "core/txn.h"

enum acl_answer { ACL_NO, ACL_YES, ACL_NEED };

/* The fact that is missing. */
enum acl_need {
	NEED_NOTHING,
	NEED_USER,		/* authentication: STEP_AUTH */
	NEED_HOST_ADDRS,	/* addresses of the target: t->host_addrs */
	NEED_HOST_NAME,		/* reverse DNS of a literal target: t->host_name */
	NEED_CLIENT_NAME,	/* reverse DNS of the client: t->client_name */
	NEED_EXTERNAL,		/* a helper's answer: acl/external.h */
};

struct acl;
struct acl_set;		/* all ACLs of one settings snapshot, by name */

/*
 * with the built-in ones: all, manager, localhost, to_localhost, to_linklocal, to_self, to_private,
 * CONNECT ...
 */
struct acl_set	*acl_set_new(void);
void		 acl_set_free(struct acl_set **set);

/*
 * One word of an acl line after the type, with its place; quoted file names have been expanded by
 * the lexer into words already.
 */
struct acl_word {
	struct span		 text;
	struct diag_place	 at;
};

/*
 * "acl NAME TYPE words...": further lines with the same name and type add values. Errors and
 * warnings go to d. Big lists: acl_add_text takes a whole mmap'd file as values, one per line.
 */
bool		 acl_add(struct acl_set *set, struct span name, struct span type,
		    const struct acl_word *words, size_t n, struct diag_place at, struct diag *d);
/*
 * The values of a "file": lines with '#' comments; path is for diagnostics. False when the ACL is
 * unknown or of a type that takes no files.
 */
bool		 acl_add_text(struct acl_set *set, struct span name, struct span type,
		    const struct acl_word *options, size_t n, struct span text, const char *path,
		    struct diag_place at, struct diag *d);

struct acl	*acl_find(const struct acl_set *set, struct span name);	/* NULL: no such */
/* Is there an ACL of type method that names it? Squid takes that for the wish to have PURGE. */
bool		 acl_set_names_method(const struct acl_set *set, enum method m);
const char	*acl_name(const struct acl *a);
const char	*acl_type(const struct acl *a);

/*
 * After the last acl line: compiles the sets, and warns (unused, covered entries, names in dst that
 * did not resolve).
 */
void		 acl_set_seal(struct acl_set *set, struct diag *d);

/*
 * Databases for src_country, dst_country (COUNTRY), src_as and dst_as (ASN), by directive; before
 * acl_set_seal. The text is copied.
 */
enum acl_geo { ACL_GEO_COUNTRY, ACL_GEO_ASN, ACL_GEO_COUNT };
void		 acl_geo_file(struct acl_set *set, enum acl_geo which, const char *path);
/* A helper that acl lines of type external may name (borrowed); NULL: no such. */
struct external_type;
void		 acl_external_add(struct acl_set *set, const struct external_type *type);
const struct external_type *acl_external_type(const struct acl_set *set, struct span name);

/*
 * Something that is accepted but has no effect here (ssl_bump ...) names the ACL: it is not "never
 * used". Unknown names are ignored.
 */
void		 acl_mark_used(struct acl_set *set, struct span name);
/*
 * The ACL is judged in a request rule: acl_set_seal refuses it if a later line makes it read the
 * answer.
 */
void		 acl_use(struct acl *a, bool reply_ok);

enum acl_answer	 acl_test(const struct acl *a, struct txn *t, enum acl_need *need);

/*
 * True: the ACL reads the answer (http_status, rep_header, rep_mime_type): not usable in a request
 * rule.
 */
bool		 acl_needs_reply(const struct acl *a);
/* True for "all" and its like: it matches whatever is asked. */
bool		 acl_always(const struct acl *a);
/*
 * NULL, or why the ACL cannot be known in this program: rules that allow by it never match, rules
 * that deny by it always do.
 */
const char	*acl_blind(const struct acl *a);
/* True if evaluating it may ask for NEED_USER. */
bool		 acl_needs_user(const struct acl *a);
/*
 * True if a refusal by it asks for other credentials, as Squid does: it is about who the user is,
 * not how many addresses he has.
 */
bool		 acl_asks_again(const struct acl *a);

#endif
