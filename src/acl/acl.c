/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of named ACLs: acl lines in, compiled ACLs out. Knows names, options and places of
 * values; what values mean is the business of the types (acl_*.c). Runs in the master while
 * settings are compiled; acl_test runs in workers.
 */
#include "acl/acl.h"

#include <stdlib.h>

#include "acl/acl_builtin.h"
#include "acl/acl_group.h"
#include "acl/acl_line.h"
#include "acl/acl_user.h"
#include "acl/acl_word.h"
#include "acl/acltype.h"
#include "acl/external.h"
#include "base/hmap.h"
#include "base/mem.h"

enum { SET_TAG = TAG4('A', 'C', 'L', 'S') };

struct acl_set {
	uint32_t	 tag;
	struct hmap	 names;		/* without regard to case, as Squid has it */
	struct acl	**list;		/* in order of definition */
	size_t		 n, cap;
	char		*geo[ACL_GEO_COUNT];
	const struct external_type **externals;
	size_t		 n_externals, cap_externals;
};

struct acl_set *
acl_set_new(void)
{
	struct acl_set *set = mem_zero(sizeof(*set));

	set->tag = SET_TAG;
	hmap_init(&set->names, true);
	acl_builtin_add(set);
	for (size_t i = 0; i < set->n; i++)
		set->list[i]->builtin = true;
	return set;
}

static void
free_acl(struct acl *a)
{
	if (a->type->discard != NULL)
		a->type->discard(a->data);
	for (size_t i = 0; i < a->n_files; i++)
		free(a->files[i]);
	free(a->files);
	free(a->places);
	free(a->delimiters);
	free(a->name);
	OBJ_GONE(a);
	free(a);
}

void
acl_set_free(struct acl_set **pset)
{
	struct acl_set *set = *pset;

	*pset = NULL;
	if (set == NULL)
		return;
	OBJ_OK(set, SET_TAG);
	hmap_free(&set->names);
	for (size_t i = 0; i < set->n; i++)
		free_acl(set->list[i]);
	free(set->list);
	free(set->externals);
	for (size_t i = 0; i < ACL_GEO_COUNT; i++)
		free(set->geo[i]);
	OBJ_GONE(set);
	free(set);
}

static struct acl *
new_acl(struct acl_set *set, struct span name, const struct acl_type *type, struct diag_place at)
{
	struct acl *a = mem_zero(sizeof(*a));

	a->tag = ACL_TAG;
	a->type = type;
	a->name = span_dup(name);
	a->at = at;
	a->blind = type->blind;
	if (type->make != NULL)
		a->data = type->make();
	set->list = mem_room(set->list, set->n, &set->cap, sizeof(*set->list));
	set->list[set->n++] = a;
	hmap_put(&set->names, span_of(a->name), a);
	return a;
}

bool
acl_set_names_method(const struct acl_set *set, enum method m)
{
	for (size_t i = 0; i < set->n; i++)
		if (acl_word_names_method(set->list[i], m))
			return true;
	return false;
}

struct acl *
acl_find(const struct acl_set *set, struct span name)
{
	return hmap_get(&set->names, name);
}

const char *
acl_name(const struct acl *a)
{
	return a->name;
}

const char *
acl_type(const struct acl *a)
{
	return a->type->name;
}

/*
 * The ACL that a line with this name and type adds to, made if it is new. NULL: the line is done
 * with.
 */
static struct acl *
take(struct acl_set *set, struct span name, struct span type_name, struct diag_place at,
    struct diag *d)
{
	const struct acl_type *type = acltypes_find(type_name);
	struct acl *a = acl_find(set, name);
	const char *likely;

	if (span_iis(type_name, "proto") && a != NULL && a->builtin && span_iis(name, "manager")) {
		diag_note(d, at,
		    "acl manager is built in: this older definition of it is not needed");
		return NULL;
	}
	if (type == NULL) {
		likely = acltypes_likely(type_name);
		diag_error(d, at, "acl %.*s: there is no ACL type \"%.*s\"%s%s%s", SPAN_ARG(name),
		    SPAN_ARG(type_name),
		    (likely != NULL) ? "; is \"" : "", (likely != NULL) ? likely : "",
		    (likely != NULL) ? "\" meant?" : "");
		if (a == NULL)
			new_acl(set, name, &acltypes_unknown, at)->used = true;
		return NULL;
	}
	if (a == NULL)
		return new_acl(set, name, type, at);
	if (a->type == &acltypes_unknown)
		return NULL;
	if (a->type != type) {
		diag_error(d, at, "acl %s is of type %s%s: it cannot be of type %s as well",
		    a->name, a->type->name, a->builtin ? " (built in)" : "", type->name);
		return NULL;
	}
	if (a->at.line == 0)
		a->at = at;
	return a;
}

static struct acl_line
start_line(struct acl_set *set, struct acl *a, struct diag_place at, struct diag *d)
{
	OBJ_OK(a, ACL_TAG);
	MUST(!a->sealed);
	return (struct acl_line){ .set = set, .d = d, .at = at };
}

bool
acl_add(struct acl_set *set, struct span name, struct span type, const struct acl_word *words,
    size_t n, struct diag_place at, struct diag *d)
{
	unsigned errors = d->errors;
	struct acl_line l;
	struct acl *a;

	OBJ_OK(set, SET_TAG);
	a = take(set, name, type, at, d);
	if (a == NULL)
		return d->errors == errors;
	l = start_line(set, a, at, d);
	for (size_t i = 0; i < n; i++)
		acl_line_word(a, &l, &words[i]);
	if (l.values == 0 && (a->type->flags & (ACLT_BARE | ACLT_ANSWERS_ALL)) == 0)
		diag_warn(d, at, "acl %s: there are no values in this line", a->name);
	acl_line_end(a, &l);
	return d->errors == errors;
}

bool
acl_add_text(struct acl_set *set, struct span name, struct span type,
    const struct acl_word *options, size_t n, struct span text, const char *path,
    struct diag_place at, struct diag *d)
{
	const struct acl_type *at_type = acltypes_find(type);
	struct acl_line l;
	struct acl *a;

	OBJ_OK(set, SET_TAG);
	if (at_type == NULL || (at_type->flags & ACLT_GROUP))
		return false;
	a = take(set, name, type, at, d);
	if (a == NULL)
		return true;
	l = start_line(set, a, at, d);
	for (size_t i = 0; i < n; i++)
		acl_line_word(a, &l, &options[i]);
	a->files = mem_room(a->files, a->n_files, &a->cap_files, sizeof(*a->files));
	a->files[a->n_files++] = mem_str(path);
	if ((a->type->flags & ACLT_ANSWERS_ALL) == 0)
		acl_line_text(a, &l, text, a->files[a->n_files - 1]);
	acl_line_end(a, &l);
	return true;
}

uint32_t
acl_mark(struct acl *a, struct diag_place at)
{
	if (a->n_files > 0 && at.file == a->files[a->n_files - 1])
		return at.line;
	a->places = mem_room(a->places, a->n_places, &a->cap_places, sizeof(*a->places));
	a->places[a->n_places] = at;
	return MARK_PLACE | (uint32_t)a->n_places++;
}

struct diag_place
acl_mark_place(const struct acl *a, uint32_t mark)
{
	if (mark == MARK_NONE)
		return (struct diag_place){ NULL, 0, 0 };
	if (mark & MARK_PLACE) {
		size_t i = mark & ~MARK_PLACE;

		MUST(i < a->n_places);
		return a->places[i];
	}
	return (struct diag_place){ (a->n_files == 1) ? a->files[0] : NULL, mark, 0 };
}

static void
seal_one(struct acl_set *set, struct acl *a, struct diag *d)
{
	if (a->type->seal != NULL)
		a->type->seal(a, set, d);
	a->sealed = true;
	if (a->in_request && acl_needs_reply(a))
		diag_error(d, a->at,
		    "acl %s reads the answer, and a rule judges it before there is one", a->name);
	if (!a->used && !a->named && !a->builtin)
		diag_warn(d, a->at, "acl %s is never used", a->name);
	if (a->used && a->blind != NULL)
		diag_warn(d, a->at,
		    "acl %s: %s; a rule that allows by it never matches, one that denies by it always does",
		    a->name, a->blind);
}

void
acl_set_seal(struct acl_set *set, struct diag *d)
{
	OBJ_OK(set, SET_TAG);
	for (size_t i = 0; i < set->n; i++)
		if (!set->list[i]->sealed)
			seal_one(set, set->list[i], d);
}

enum acl_answer
acl_test(const struct acl *a, struct txn *t, enum acl_need *need)
{
	struct acl_look k = { NEED_NOTHING, MARK_NONE };
	enum acl_answer answer = acl_ask(a, t, &k);

	if (need != NULL)
		*need = k.need;
	return answer;
}

static bool
has_flag(const struct acl *a, unsigned flag)
{
	if (a->type->flags & ACLT_GROUP)
		return acl_group_any(a, has_flag, flag);
	return ((a->type->flags | a->flags) & flag) != 0;
}

bool
acl_needs_reply(const struct acl *a)
{
	return has_flag(a, ACLT_REPLY);
}

bool
acl_needs_user(const struct acl *a)
{
	return has_flag(a, ACLT_USER);
}

bool
acl_asks_again(const struct acl *a)
{
	return has_flag(a, ACLT_USER) && a->type != &acl_user_max_user_ip;
}

bool
acl_always(const struct acl *a)
{
	return a->always;
}

const char *
acl_blind(const struct acl *a)
{
	return a->blind;
}

void
acl_mark_used(struct acl_set *set, struct span name)
{
	struct acl *a = acl_find(set, name);

	if (a != NULL)
		a->named = true;
}

void
acl_use(struct acl *a, bool reply_ok)
{
	a->used = true;
	a->in_request = a->in_request || !reply_ok;
}

void
acl_geo_file(struct acl_set *set, enum acl_geo which, const char *path)
{
	MUST(which < ACL_GEO_COUNT);
	free(set->geo[which]);
	set->geo[which] = mem_str(path);
}

const char *
acl_geo_path(const struct acl_set *set, enum acl_geo which)
{
	return set->geo[which];
}

void
acl_external_add(struct acl_set *set, const struct external_type *type)
{
	set->externals = mem_room(set->externals, set->n_externals, &set->cap_externals,
	    sizeof(*set->externals));
	set->externals[set->n_externals++] = type;
}

const struct external_type *
acl_external_type(const struct acl_set *set, struct span name)
{
	for (size_t i = 0; i < set->n_externals; i++)
		if (span_is(name, set->externals[i]->name))
			return set->externals[i];
	return NULL;
}
