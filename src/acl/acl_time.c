/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ACL type time: "[days] [h1:m1-h2:m2] ...", days from SMTWHFA (D: Monday to Friday), local
 * time, both minutes included.
 */
#include "acl/acl_time.h"

#include <stdlib.h>
#include <time.h>

#include "acl/acl_line.h"
#include "base/clock.h"
#include "base/mem.h"

struct slot {
	uint32_t	 mark;
	uint16_t	 days;		/* bit 0: Sunday */
	uint16_t	 from, to;	/* minutes of the day */
};

struct slots {
	struct slot	*list;
	size_t		 n, cap;
};

enum { ALL_DAYS = 0x7f, WORK_DAYS = 0x3e, DAY = 24 * 60 };

static void *
make(void)
{
	return mem_zero(sizeof(struct slots));
}

static void
discard(void *data)
{
	struct slots *v = data;

	free(v->list);
	free(v);
}

static bool
take_days(struct span text, unsigned *days)
{
	static const char letters[] = "SMTWHFA";

	for (size_t i = 0; i < text.n; i++) {
		const char *at = memchr(letters, text.p[i], sizeof(letters) - 1);

		if (at != NULL)
			*days |= 1u << (at - letters);
		else if (text.p[i] == 'D')
			*days |= WORK_DAYS;
		else if (text.p[i] != '-')
			return false;
	}
	return true;
}

/* "h:m" up to 24:00. */
static bool
take_minute(struct span text, uint16_t *out)
{
	struct span hour;
	uint64_t h, m;

	if (!span_cut(&text, ':', &hour) || !span_u64(hour, 24, &h) || !span_u64(text, 59, &m) ||
	    h * 60 + m > DAY)
		return false;
	*out = (uint16_t)(h * 60 + m);
	return true;
}

static void
add_slot(struct acl *a, struct slot s, struct diag_place at)
{
	struct slots *v = a->data;

	s.mark = acl_mark(a, at);
	v->list = mem_room(v->list, v->n, &v->cap, sizeof(*v->list));
	v->list[v->n++] = s;
}

static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct slot s = { 0 };
	struct span from, text = w->text;

	if (text.n > 0 && (text.p[0] < '0' || text.p[0] > '9')) {
		if (!take_days(text, &l->days))
			acl_line_complain(l, w->at, true,
			    "acl %s: \"%.*s\": days are letters from S M T W H F A (D: M to F), hours h:m-h:m",
			    a->name, SPAN_ARG(text));
		return;
	}
	if (!span_cut(&text, '-', &from) || !take_minute(from, &s.from) ||
	    !take_minute(text, &s.to)) {
		acl_line_complain(l, w->at, true, "acl %s: \"%.*s\" is not h1:m1-h2:m2", a->name,
		    SPAN_ARG(w->text));
		return;
	}
	if (s.from > s.to) {
		acl_line_complain(l, w->at, true,
		    "acl %s: %.*s ends before it begins: write it as two (up to 24:00, from 00:00)",
		    a->name, SPAN_ARG(w->text));
		return;
	}
	s.days = (uint16_t)((l->days != 0) ? l->days : ALL_DAYS);
	l->days = 0;
	add_slot(a, s, w->at);
}

/* Days without hours behind them: the whole day. */
static void
line_end(struct acl *a, struct acl_line *l)
{
	if (l->days != 0)
		add_slot(a, (struct slot){ .days = (uint16_t)l->days, .from = 0, .to = DAY },
		    l->at);
}

/* The local time, worked out once a minute. */
static const struct tm *
local_now(void)
{
	static int64_t minute = -1;
	static struct tm tm;
	int64_t now = clock_wall_s();
	time_t at = (time_t)now;

	if (now / 60 != minute) {
		localtime_r(&at, &tm);
		minute = now / 60;
	}
	return &tm;
}

static enum acl_answer
test(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct slots *v = a->data;
	const struct tm *tm = local_now();
	unsigned minute = (unsigned)(tm->tm_hour * 60 + tm->tm_min);

	(void)t;
	for (size_t i = 0; i < v->n; i++) {
		const struct slot *s = &v->list[i];

		if (!(s->days >> tm->tm_wday & 1) || minute < s->from || minute > s->to)
			continue;
		k->mark = s->mark;
		return ACL_YES;
	}
	return ACL_NO;
}

static void
tell(const struct acl *a, const struct txn *t, struct sb *to)
{
	const struct tm *tm = local_now();

	(void)a;
	(void)t;
	sb_printf(to, "%c %02d:%02d", "SMTWHFA"[tm->tm_wday], tm->tm_hour, tm->tm_min);
}

const struct acl_type acl_time_time = {
	.name = "time", .make = make, .discard = discard, .value = value, .line_end = line_end,
	.test = test, .subject = tell,
};
