/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursive descent over the pattern, bytes throughout. Used by the master while it reads the
 * settings; the patterns are the administrator's, yet depth and size are bounded, because lists are
 * fetched from elsewhere. One grammar, hence one file.
 */
#include "match/regtree.h"

#include "base/must.h"

enum {
	DEPTH_MOST = 200,		/* groups in groups, and quantifiers on quantifiers */
	REPEAT_MOST = 32767		/* RE_DUP_MAX */
};

struct parser {
	struct arena		*arena;
	const char		*p;
	size_t			 n, at;
	bool			 fold, backs;
	unsigned		 depth, groups;
	/* a bit for each of the groups 1..9 that is complete */
	unsigned		 closed;
	struct regtree_error	*error;		/* its text is NULL as long as all is well */
};

static struct regtree	*alternatives(struct parser *p);

static void *
fail(struct parser *p, size_t at, const char *text)
{
	if (p->error->text == NULL)
		*p->error = (struct regtree_error){ text, at };
	return NULL;
}

static struct regtree *
make(struct parser *p, enum regtree_kind kind)
{
	struct regtree	*t = arena_zero(p->arena, sizeof(*t));

	if (t == NULL)
		return fail(p, p->at, "the expression is too large");
	t->kind = kind;
	return t;
}

static bool
more(const struct parser *p)
{
	return p->at < p->n;
}

static bool
ahead(const struct parser *p, char c)
{
	return more(p) && p->p[p->at] == c;
}

static struct regtree *
make_byte(struct parser *p, char c)
{
	struct regtree	*t = make(p, REGTREE_BYTE);

	if (t != NULL)
		t->byte = (uint8_t)(p->fold ? ascii_lower(c) : c);
	return t;
}

static void
put(struct regtree_set *s, unsigned c)
{
	s->bits[c >> 6] |= (uint64_t)1 << (c & 63);
}

static void
put_range(struct regtree_set *s, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		put(s, c);
}

static bool
put_class(struct regtree_set *s, struct span name)
{
	static const struct {
		const char	*name;
		uint8_t		 ranges[8];	/* pairs; ended by 0 (cntrl has its NUL added) */
	} classes[] = {
		{ "alpha", "AZaz" }, { "digit", "09" }, { "alnum", "09AZaz" }, { "upper", "AZ" },
		{ "lower", "az" }, { "space", "\t\r  " }, { "blank", "\t\t  " },
		{ "punct", "!/:@[`{~" },
		{ "print", " ~" }, { "graph", "!~" }, { "xdigit", "09AFaf" },
		{ "cntrl", "\001\037\177\177" },
	};

	for (size_t i = 0; i < COUNT_OF(classes); i++) {
		const uint8_t	*r = classes[i].ranges;

		if (!span_is(name, classes[i].name))
			continue;
		for (unsigned k = 0; k < 8 && r[k] != 0; k += 2)
			put_range(s, r[k], r[k + 1]);
		if (span_is(name, "cntrl"))
			put(s, 0);
		return true;
	}
	return false;
}

static void
close_case(struct regtree_set *s)
{
	for (unsigned c = 'a'; c <= 'z'; c++) {
		if (regtree_in(s, (uint8_t)c) || regtree_in(s, (uint8_t)(c - 32))) {
			put(s, c);
			put(s, c - 32);
		}
	}
}

static void
invert(struct regtree_set *s)
{
	for (unsigned i = 0; i < 4; i++)
		s->bits[i] = ~s->bits[i];
}

static struct regtree *
make_set(struct parser *p, bool inverted)
{
	struct regtree	*t = make(p, REGTREE_SET);

	if (t == NULL)
		return NULL;
	t->set = arena_zero(p->arena, sizeof(*t->set));
	if (t->set == NULL)
		return fail(p, p->at, "the expression is too large");
	if (inverted)
		invert(t->set);
	return t;
}

/* \w and the like. */
static struct regtree *
class_escape(struct parser *p, const char *name, bool underscore, bool inverted)
{
	struct regtree	*t = make_set(p, false);

	if (t == NULL)
		return NULL;
	MUST(put_class(t->set, span_of(name)));
	if (underscore)
		put(t->set, '_');
	if (inverted)
		invert(t->set);
	return t;
}

/*
 * [:name:], [=x=] or [.x.] inside a bracket expression: the text between, or false. Stands on the
 * '['.
 */
static bool
named(struct parser *p, char kind, struct span *text)
{
	size_t	 from = p->at + 2, at = from;

	while (at + 1 < p->n && !(p->p[at] == kind && p->p[at + 1] == ']'))
		at++;
	if (at + 1 >= p->n) {
		fail(p, p->at, "a \"[\" without its \"]\"");
		return false;
	}
	*text = span_at(p->p + from, at - from);
	p->at = at + 2;
	return true;
}

enum item { ITEM_BYTE, ITEM_CLASS, ITEM_BAD };

/* One member of a bracket expression; a class is put into the set at once. */
static enum item
bracket_item(struct parser *p, struct regtree_set *s, uint8_t *byte)
{
	size_t		 start = p->at;
	char		 kind = (start + 1 < p->n) ? p->p[start + 1] : 0;
	struct span	 text;

	if (p->p[start] != '[' || (kind != ':' && kind != '=' && kind != '.')) {
		*byte = (uint8_t)p->p[p->at++];
		return ITEM_BYTE;
	}
	if (!named(p, kind, &text))
		return ITEM_BAD;
	if (kind == ':') {
		if (put_class(s, text))
			return ITEM_CLASS;
		fail(p, start, "no such character class");
		return ITEM_BAD;
	}
	if (text.n != 1) {
		fail(p, start, "only single characters collate here");
		return ITEM_BAD;
	}
	*byte = (uint8_t)text.p[0];
	return ITEM_BYTE;
}

/* After one member: the rest of a range, if it is one. */
static bool
bracket_range(struct parser *p, struct regtree_set *s, enum item from_kind, uint8_t from,
    size_t start)
{
	uint8_t		 to;
	bool		 range = ahead(p, '-') && p->at + 1 < p->n && p->p[p->at + 1] != ']';

	if (!range) {
		if (from_kind == ITEM_BYTE)
			put(s, from);
		return true;
	}
	p->at++;
	if (from_kind != ITEM_BYTE || bracket_item(p, s, &to) != ITEM_BYTE || to < from) {
		fail(p, start, "a range that ends before it begins, or is none");
		return false;
	}
	put_range(s, from, to);
	return true;
}

/* After the '['. */
static struct regtree *
bracket(struct parser *p)
{
	size_t		 open = p->at - 1;
	struct regtree	*t = make_set(p, false);
	bool		 inverted;

	if (t == NULL)
		return NULL;
	inverted = ahead(p, '^');
	p->at += inverted;
	for (bool first = true; first || !ahead(p, ']'); first = false) {
		size_t		 start = p->at;
		uint8_t		 byte = 0;
		enum item	 kind;

		if (!more(p))
			return fail(p, open, "a \"[\" without its \"]\"");
		if (!first && ahead(p, '-') && p->at + 1 < p->n && p->p[p->at + 1] != ']')
			return fail(p, start,
			    "a \"-\" that is meant as itself stands first or last in the brackets");
		kind = bracket_item(p, t->set, &byte);
		if (kind == ITEM_BAD || !bracket_range(p, t->set, kind, byte, start))
			return NULL;
	}
	p->at++;
	if (p->fold)
		close_case(t->set);
	if (inverted)
		invert(t->set);
	return t;
}

static struct regtree *
back_reference(struct parser *p, unsigned number)
{
	struct regtree	*t;

	if ((p->closed >> number & 1) == 0)
		return fail(p, p->at - 2, "a back-reference to a group that is not there");
	p->backs = true;
	t = make(p, REGTREE_BACK);
	if (t != NULL)
		t->number = number;
	return t;
}

/* After the backslash. */
static struct regtree *
escape(struct parser *p)
{
	char	 c;

	if (!more(p))
		return fail(p, p->at - 1, "a backslash at the end");
	c = p->p[p->at++];
	switch (c) {
	case 'w': return class_escape(p, "alnum", true, false);
	case 'W': return class_escape(p, "alnum", true, true);
	case 's': return class_escape(p, "space", false, false);
	case 'S': return class_escape(p, "space", false, true);
	case 'd': return class_escape(p, "digit", false, false);
	case 'D': return class_escape(p, "digit", false, true);
	case 'b': return make(p, REGTREE_EDGE);
	case 'B': return make(p, REGTREE_NO_EDGE);
	case '<': return make(p, REGTREE_WORD_BEGIN);
	case '>': return make(p, REGTREE_WORD_END);
	case '`': return make(p, REGTREE_BEGIN);
	case '\'': return make(p, REGTREE_END);
	default: break;
	}
	if (c >= '1' && c <= '9')
		return back_reference(p, (unsigned)(c - '0'));
	return make_byte(p, c);
}

/* After the '('. */
static struct regtree *
group(struct parser *p)
{
	size_t		 open = p->at - 1;
	struct regtree	*t = make(p, REGTREE_GROUP);

	if (t == NULL)
		return NULL;
	if (ahead(p, '?')) {
		if (p->at + 1 >= p->n || p->p[p->at + 1] != ':')
			return fail(p, open,
			    "\"(?\" is Perl's, not POSIX; for all spellings of letters use -i");
		p->at += 2;
	} else
		t->number = ++p->groups;
	if (++p->depth > DEPTH_MOST)
		return fail(p, open, "groups nested too deeply");
	t->child = alternatives(p);
	p->depth--;
	if (t->child == NULL)
		return NULL;
	if (!ahead(p, ')'))
		return fail(p, open, "a \"(\" without its \")\"");
	p->at++;
	if (t->number >= 1 && t->number <= 9)
		p->closed |= 1u << t->number;
	return t;
}

static struct regtree *
atom(struct parser *p)
{
	size_t	 at = p->at;
	char	 c = p->p[p->at++];

	switch (c) {
	case '.': return make(p, REGTREE_ANY);
	case '^': return make(p, REGTREE_BEGIN);
	case '$': return make(p, REGTREE_END);
	case '[': return bracket(p);
	case '(': return group(p);
	case '\\': return escape(p);
	case '*': case '+': case '?': case '{':
		return fail(p, at,
		    "a quantifier with nothing to repeat (a literal one needs a backslash)");
	default: return make_byte(p, c);
	}
}

static bool
number(struct parser *p, int *v)
{
	size_t	 from = p->at;

	for (*v = 0; more(p) && p->p[p->at] >= '0' && p->p[p->at] <= '9'; p->at++) {
		*v = *v * 10 + (p->p[p->at] - '0');
		if (*v > REPEAT_MOST) {
			fail(p, from, "at most 32767 repetitions");
			return false;
		}
	}
	return p->at > from;
}

/* After the '{': {n} {n,} {,m} {n,m} {,}. */
static bool
interval(struct parser *p, int *min, int *max)
{
	size_t	 open = p->at - 1;
	bool	 any = number(p, min);

	*max = *min;
	if (ahead(p, ',')) {
		p->at++;
		any = true;
		if (!number(p, max))
			*max = REGTREE_NO_MAX;
	}
	if (p->error->text != NULL)
		return false;
	if (!any || !ahead(p, '}') || (*max != REGTREE_NO_MAX && *max < *min)) {
		fail(p, open,
		    "not a count like {2}, {2,} or {2,5} (a literal \"{\" needs a backslash)");
		return false;
	}
	p->at++;
	return true;
}

static bool
quantifier(struct parser *p, int *min, int *max)
{
	char	 c = p->p[p->at++];

	*min = (c == '+');
	*max = (c == '?') ? 1 : REGTREE_NO_MAX;
	return c != '{' || interval(p, min, max);
}

static bool
is_anchor(const struct regtree *t)
{
	return t->kind >= REGTREE_BEGIN && t->kind <= REGTREE_WORD_END;
}

/* An atom and what repeats it. As with glibc, anchors cannot be repeated. */
static struct regtree *
piece(struct parser *p)
{
	struct regtree	*t = atom(p), *r;
	bool		 anchor = t != NULL && is_anchor(t);

	for (unsigned stacked = 0; t != NULL && more(p) && strchr("*+?{", p->p[p->at]) != NULL;
	    stacked++) {
		if (p->p[p->at] == '\0')
			break;
		if (anchor)
			return fail(p, p->at,
			    "a quantifier with nothing to repeat (a literal one needs a backslash)");
		if (stacked == DEPTH_MOST)
			return fail(p, p->at, "too many quantifiers");
		r = make(p, REGTREE_REPEAT);
		if (r == NULL || !quantifier(p, &r->min, &r->max))
			return NULL;
		r->child = t;
		t = r;
	}
	return t;
}

/* Up to a '|', the ')' of the group, or the end. Outside of groups ')' is a character. */
static struct regtree *
branch(struct parser *p)
{
	struct regtree	*t = make(p, REGTREE_CAT), **link;

	if (t == NULL)
		return NULL;
	link = &t->child;
	while (more(p) && !ahead(p, '|') && !(p->depth > 0 && ahead(p, ')'))) {
		*link = piece(p);
		if (*link == NULL)
			return NULL;
		link = &(*link)->next;
	}
	return t;
}

static struct regtree *
alternatives(struct parser *p)
{
	struct regtree	*first = branch(p), *t, **link;

	if (first == NULL || !ahead(p, '|'))
		return first;
	t = make(p, REGTREE_ALT);
	if (t == NULL)
		return NULL;
	t->child = first;
	link = &first->next;
	while (ahead(p, '|')) {
		p->at++;
		*link = branch(p);
		if (*link == NULL)
			return NULL;
		link = &(*link)->next;
	}
	return t;
}

struct regtree *
regtree_parse(struct arena *a, struct span pattern, bool fold, bool *backs, struct regtree_error *e)
{
	struct parser	 p = { .arena = a, .p = pattern.p, .n = pattern.n, .fold = fold,
	    .error = e };
	struct regtree	*t;

	*e = (struct regtree_error){ NULL, 0 };
	t = alternatives(&p);
	MUST(t == NULL || p.at == p.n);
	*backs = p.backs;
	return t;
}

static bool
is_anything(const struct regtree *t)
{
	return t->kind == REGTREE_REPEAT && t->min == 0 && t->max == REGTREE_NO_MAX &&
	    t->child->kind == REGTREE_ANY;
}

void
regtree_trim(struct regtree *t)
{
	struct regtree	**keep;

	if (t->kind != REGTREE_CAT)
		return;
	while (t->child != NULL && is_anything(t->child))
		t->child = t->child->next;
	keep = &t->child;		/* what stands after the last one that is to stay */
	for (struct regtree *c = t->child; c != NULL; c = c->next) {
		if (!is_anything(c))
			keep = &c->next;
	}
	*keep = NULL;
}
