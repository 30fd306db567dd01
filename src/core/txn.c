/* SPDX-License-Identifier: Apache-2.0 */
/* Making and ending transactions; recording their failure. */
#include "core/txn.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/settings.h"

void	 (*txn_wake)(struct txn *t);
void	 (*txn_abort)(struct txn *t, enum why w);
bool	 (*txn_record)(struct txn *t, bool ahead);
void	 (*txn_begin)(struct txn *t, enum step first);

enum { SPARE = 32 };
enum { FAIL_RESERVE = 65536 };	/* memory for telling that there was too little of it */
static struct txn	*spare[SPARE];
static unsigned		 spares;

/*
 * In two pieces: from 2 KB on C libraries use an instruction that takes as long to start as this
 * takes.
 */
static void
clear(struct txn *t)
{
	size_t	 half = sizeof *t / 2;

	memset(t, 0, half);
	memset((char *)t + half, 0, sizeof *t - half);
}

struct txn *
txn_new(const struct settings *s)
{
	struct txn	*t = spares > 0 ? spare[--spares] : mem_alloc(sizeof *t);

	clear(t);
	t->tag = TXN_TAG;
	t->s = s;
	t->max_forwards = UINT32_MAX;
	t->reply_max = UINT64_MAX;
	t->age = -1;
	arena_init(&t->arena, s->txn_memory_max);
	return t;
}

void
txn_free(struct txn **tp)
{
	struct txn	*t = *tp;

	OBJ_OK(t, TXN_TAG);
	MUST(!logwait_is_set(&t->logwait));
	*tp = NULL;
	buf_drop(&t->reply_buf);
	arena_reset(&t->arena);
	OBJ_GONE(t);
	if (spares < SPARE)
		spare[spares++] = t;
	else
		free(t);
}

enum step
txn_fail(struct txn *t, enum why w, const char *fmt, ...)
{
	char	 text[512];
	va_list	 ap;

	if (t->f.why != WHY_NOTHING)
		return STEP_ERROR;
	t->f.why = w;
	t->arena.cap = t->s->txn_memory_max + FAIL_RESERVE;
	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof text, fmt, ap);
		va_end(ap);
		t->f.why_detail = arena_span(&t->arena, span_of(text));
	}
	return STEP_ERROR;
}
