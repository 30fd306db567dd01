/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a tree as a Perl pattern in which nothing is left to Perl's reading: every byte that is no
 * letter or digit in hex, sets as ranges, every group marked. Compiling is the master's; matching
 * runs in all processes, each with its own working memory.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/regpcre.h"

#include <pcre2.h>
#include <stdio.h>

#include "base/breath.h"
#include "base/must.h"
#include "base/sb.h"

enum {
	PATTERN_MOST = 16 << 20,	/* bytes of the Perl form */
	NEST_MOST = 2000,		/* more than regtree lets through */
	STEPS_MOST = 200000,		/* a few milliseconds */
	HEAP_MOST_KB = 4096,		/* of the interpreter */
	STACK_FIRST = 32 << 10,
	STACK_MOST = 512 << 10		/* of JIT code */
};

static pcre2_match_context	*match_context;
static pcre2_match_data		*match_data;
static uint64_t			 limit_hits;

static void	 print(struct sb *b, const struct regtree *t, bool counted);

static void
print_byte(struct sb *b, unsigned c)
{
	sb_printf(b, "\\x%02x", c);
}

static void
print_literal(struct sb *b, uint8_t c)
{
	bool	 plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	if (plain)
		sb_char(b, (char)c);
	else
		print_byte(b, c);
}

static void
print_set(struct sb *b, const struct regtree_set *s)
{
	unsigned	 members = 0;
	bool		 inverted;
	size_t		 open;

	for (unsigned i = 0; i < 4; i++)
		members += (unsigned)__builtin_popcountll(s->bits[i]);
	if (members == 0) {
		SB_LIT(b, "(?!)");
		return;
	}
	if (members == 256) {
		sb_char(b, '.');
		return;
	}
	inverted = members > 128;
	sb_str(b, inverted ? "[^" : "[");
	for (unsigned c = 0; c < 256; c++) {
		if (regtree_in(s, (uint8_t)c) == inverted)
			continue;
		print_byte(b, c);
		for (open = c; c < 255 && regtree_in(s, (uint8_t)(c + 1)) != inverted; c++)
			;
		if (c > open) {
			sb_char(b, '-');
			print_byte(b, c);
		}
	}
	sb_char(b, ']');
}

static void
print_children(struct sb *b, const struct regtree *t, bool counted)
{
	for (const struct regtree *c = t->child; c != NULL; c = c->next) {
		if (t->kind == REGTREE_ALT && c != t->child)
			sb_char(b, '|');
		print(b, c, counted);
	}
}

static void
print_repeat(struct sb *b, const struct regtree *t, bool counted)
{
	SB_LIT(b, "(?:");
	print(b, t->child, counted);
	sb_char(b, ')');
	if (t->min == 0 && t->max == REGTREE_NO_MAX)
		sb_char(b, '*');
	else if (t->min == 1 && t->max == REGTREE_NO_MAX)
		sb_char(b, '+');
	else if (t->max == REGTREE_NO_MAX)
		sb_printf(b, "{%d,}", t->min);
	else
		sb_printf(b, "{%d,%d}", t->min, t->max);
}

/* Long, because it is the list of the kinds. */
static void
print(struct sb *b, const struct regtree *t, bool counted)
{
	switch (t->kind) {
	case REGTREE_EMPTY:
		SB_LIT(b, "(?:)");
		break;
	case REGTREE_BYTE:
		print_literal(b, t->byte);
		break;
	case REGTREE_SET:
		print_set(b, t->set);
		break;
	case REGTREE_ANY:
		sb_char(b, '.');
		break;
	case REGTREE_BEGIN:
		sb_char(b, '^');
		break;
	case REGTREE_END:
		sb_char(b, '$');
		break;
	case REGTREE_EDGE:
		SB_LIT(b, "\\b");
		break;
	case REGTREE_NO_EDGE:
		SB_LIT(b, "\\B");
		break;
	case REGTREE_WORD_BEGIN:
		SB_LIT(b, "\\b(?=\\w)");
		break;
	case REGTREE_WORD_END:
		SB_LIT(b, "\\b(?<=\\w)");
		break;
	case REGTREE_BACK:
		sb_printf(b, "\\g{%u}", t->number);
		break;
	case REGTREE_GROUP:
		sb_str(b, counted && t->number > 0 ? "(" : "(?:");
		print_children(b, t, counted);
		sb_char(b, ')');
		break;
	case REGTREE_REPEAT:
		print_repeat(b, t, counted);
		break;
	case REGTREE_CAT:
	case REGTREE_ALT:
		print_children(b, t, counted);
		break;
	}
}

static pcre2_code *
compile(struct span perl, bool fold, char *err, size_t errcap)
{
	pcre2_compile_context	*context = pcre2_compile_context_create(NULL);
	uint32_t		 options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF |
	    PCRE2_NEVER_UCP;
	int			 code;
	PCRE2_SIZE		 at;
	pcre2_code		*made;

	if (context == NULL)
		NEVER("out of memory");
	pcre2_set_parens_nest_limit(context, NEST_MOST);
	made = pcre2_compile((PCRE2_SPTR)(perl.n == 0 ? "" : perl.p), perl.n,
	    options | (fold ? PCRE2_CASELESS : 0), &code, &at, context);
	pcre2_compile_context_free(context);
	if (made == NULL && pcre2_get_error_message(code, (PCRE2_UCHAR *)err, errcap) < 0)
		snprintf(err, errcap, "the expression does not compile");
	return made;
}

struct pcre2_real_code_8 *
regpcre_make(const struct regtree *t, bool fold, bool counted, char *err, size_t errcap)
{
	struct sb	 b;
	pcre2_code	*made = NULL;

	breath_take();
	sb_heap(&b, PATTERN_MOST);
	print(&b, t, counted);
	if (!sb_ok(&b))
		snprintf(err, errcap, "the expression is too large");
	else
		made = compile(sb_done(&b), fold, err, errcap);
	sb_free(&b);
	/* Where memory must not be executable this fails, and pcre2_match interprets. */
	if (made != NULL)
		(void)pcre2_jit_compile(made, PCRE2_JIT_COMPLETE);
	return made;
}

void
regpcre_free(struct pcre2_real_code_8 *code)
{
	pcre2_code_free(code);
}

void
regpcre_init(void)
{
	pcre2_jit_stack	*stack;

	if (match_context != NULL)
		return;
	match_context = pcre2_match_context_create(NULL);
	match_data = pcre2_match_data_create(1, NULL);
	if (match_context == NULL || match_data == NULL)
		NEVER("out of memory");
	pcre2_set_match_limit(match_context, STEPS_MOST);
	pcre2_set_depth_limit(match_context, STEPS_MOST);
	pcre2_set_heap_limit(match_context, HEAP_MOST_KB);
	/* NULL: no JIT here, or its own 32 KB */
	stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL);
	if (stack != NULL)
		pcre2_jit_stack_assign(match_context, NULL, stack);
}

bool
regpcre_has(const struct pcre2_real_code_8 *code, struct span subject)
{
	const char	*p = (subject.p == NULL) ? "" : subject.p;
	int		 rc;

	MUST(match_context != NULL);
	rc = pcre2_match(code, (PCRE2_SPTR)p, subject.n, 0, PCRE2_NO_UTF_CHECK, match_data,
	    match_context);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(code, (PCRE2_SPTR)p, subject.n, 0, PCRE2_NO_JIT, match_data,
		    match_context);
	if (rc >= 0)
		return true;
	limit_hits += (rc != PCRE2_ERROR_NOMATCH);
	return false;
}

uint64_t
regpcre_limit_hits(void)
{
	return limit_hits;
}
