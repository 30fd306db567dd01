/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches and their journal. A batch is, for each ring, all records of this destination between
 * `done` and `next`, ring by ring; a per-user batch is grouped into units (files) in the order in
 * which names appear. Both are the same when a restarted logger forms the batch again from the
 * rings, which is what makes the journal's unit number and file size enough to go on.
 */
#include "log/outlet.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hmap.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "log/logfile.h"
#include "log/logsink.h"
#include "log/peruser.h"

enum { OUTLET_TAG = TAG4('O', 'U', 'T', 'L'), BATCH = 1024, FILES_OPEN = 64, RETRY_MS = 1000,
    WAIT_MS = 100 };

struct outlet {
	uint32_t		 tag;
	struct logdest		*j;
	unsigned		 rings;
	struct logref		*pending;
	size_t			 n, cap;
	struct logref		*batch;
	size_t			 batch_n;
	uint32_t		 units;
	bool			 recover;	/* the open batch is a killed logger's */
	bool			 failing, late_close;
	bool			 waiting;	/* for the descriptor */
	uint64_t		 retry_ms;	/* not before; 0: at once */
	struct logfile		 file;
	struct peruser		*users;
	struct logsink		*sink;
};

static bool
open_file(struct outlet *o)
{
	return o->file.path != NULL || logfile_open(&o->file, o->j->spec);
}

struct outlet *
outlet_new(struct logdest *j, unsigned rings, const char *devlog)
{
	struct outlet	*o = mem_zero(sizeof *o);

	o->tag = OUTLET_TAG;
	o->j = j;
	o->rings = rings;
	o->recover = atomic_load(&j->open) != 0;
	o->batch = mem_alloc(BATCH * sizeof *o->batch);
	switch ((enum log_place_kind)j->kind) {
	case LOG_FILE:
		if (!open_file(o))		/* exists from now on, as Squid has it */
			msg(MSG_ERROR, "log %s: %m (records are kept until it works)", j->spec);
		break;
	case LOG_PER_USER:
		o->users = peruser_new(j->spec, FILES_OPEN);
		break;
	case LOG_SYSLOG: case LOG_UDP: case LOG_TCP:
		o->sink = logsink_new((enum log_place_kind)j->kind, j->spec, devlog);
		break;
	case LOG_NONE:
		break;
	}
	return o;
}

void
outlet_free(struct outlet **o)
{
	if (*o == NULL)
		return;
	OBJ_OK(*o, OUTLET_TAG);
	OBJ_GONE(*o);
	logfile_close(&(*o)->file);
	peruser_free(&(*o)->users);
	logsink_free(&(*o)->sink);
	free((*o)->pending);
	free((*o)->batch);
	free(*o);
	*o = NULL;
}

bool
outlet_add(struct outlet *o, const struct logref *ref)
{
	MUST(ref->ring < o->rings);
	if (ref->end <= o->j->done[ref->ring])
		return false;
	o->pending = mem_room(o->pending, o->n, &o->cap, sizeof *o->pending);
	o->pending[o->n++] = *ref;
	return true;
}

/* Stable order by a small number that each record has. */
static void
sort(struct logref *v, size_t n, uint32_t kinds, uint32_t (*of)(const struct logref *))
{
	struct logref	*copy;
	uint32_t	*at;

	if (kinds < 2 || n < 2)
		return;
	copy = mem_alloc(n * sizeof *copy);
	at = mem_zero((kinds + 1) * sizeof *at);
	for (size_t i = 0; i < n; i++)
		at[of(&v[i]) + 1]++;
	for (uint32_t k = 1; k <= kinds; k++)
		at[k] += at[k - 1];
	for (size_t i = 0; i < n; i++)
		copy[at[of(&v[i])]++] = v[i];
	memcpy(v, copy, n * sizeof *v);
	free(copy);
	free(at);
}

static uint32_t
ring_of(const struct logref *r)
{
	return r->ring;
}

static uint32_t
unit_of(const struct logref *r)
{
	return r->unit;
}

/* Numbers the files of the batch in the order of their first records. */
static void
group(struct outlet *o)
{
	struct hmap	 names;

	o->units = 1;
	for (size_t i = 0; i < o->batch_n; i++)
		o->batch[i].unit = 0;
	if (o->users == NULL)
		return;
	o->units = 0;
	hmap_init(&names, false);
	for (size_t i = 0; i < o->batch_n; i++) {
		struct logref	*first = hmap_get(&names, o->batch[i].name);

		if (first == NULL) {
			o->batch[i].unit = o->units++;
			hmap_put(&names, o->batch[i].name, &o->batch[i]);
		} else {
			o->batch[i].unit = first->unit;
		}
	}
	hmap_free(&names);
	sort(o->batch, o->batch_n, o->units, unit_of);
}

/*
 * Moves those pending records that belong to it into the batch: up to `next` of a killed logger's,
 * else the first ones.
 */
static void
take(struct outlet *o)
{
	size_t	 left = 0;

	o->batch_n = 0;
	for (size_t i = 0; i < o->n; i++) {
		const struct logref	*r = &o->pending[i];

		if (o->batch_n < BATCH && (!o->recover || r->end <= o->j->next[r->ring]))
			o->batch[o->batch_n++] = *r;
		else
			o->pending[left++] = *r;
	}
	o->n = left;
	sort(o->batch, o->batch_n, o->rings, ring_of);
	group(o);
}

/* True: there is a batch to write. */
static bool
form(struct outlet *o)
{
	struct logdest	*j = o->j;

	if (o->batch_n > 0)
		return true;
	if (o->n == 0 && !o->recover)
		return false;
	take(o);
	if (o->recover)
		return true;
	memcpy(j->next, j->done, o->rings * sizeof *j->next);
	for (size_t i = 0; i < o->batch_n; i++)
		if (o->batch[i].end > j->next[o->batch[i].ring])
			j->next[o->batch[i].ring] = o->batch[i].end;
	atomic_store(&j->sent, 0);
	atomic_store(&j->progress, 0);
	atomic_store(&j->open, 1);
	return true;
}

static void
commit(struct outlet *o)
{
	struct logdest	*j = o->j;

	memcpy(j->done, j->next, o->rings * sizeof *j->done);
	atomic_store(&j->open, 0);
	atomic_fetch_add(&j->lines, o->batch_n);
	o->batch_n = 0;
	o->recover = false;
	if (o->late_close)
		logfile_close(&o->file);
	o->late_close = false;
}

/* The file of a unit; NULL: errno. */
static struct logfile *
file_for(struct outlet *o, const struct logref *first)
{
	struct logfile	*f;

	if (o->users != NULL) {
		f = peruser_file(o->users, first->name);
		if (f != NULL && logfile_gone(f) && (atomic_load(&o->j->progress) & 1) == 0) {
			peruser_reopen(o->users);
			f = peruser_file(o->users, first->name);
		}
	} else {
		if (o->file.path != NULL && (atomic_load(&o->j->progress) & 1) == 0 &&
		    logfile_gone(&o->file))
			logfile_close(&o->file);
		f = open_file(o) ? &o->file : NULL;
	}
	if (f != NULL && o->recover && (atomic_load(&o->j->progress) & 1) != 0)
		logfile_find(f, o->j);
	return f;
}

static enum logfile_result
write_unit(struct outlet *o, const struct logref *refs, size_t n)
{
	struct iovec	 iov[BATCH];
	struct logfile	*f;

	for (size_t i = 0; i < n; i++)
		iov[i] = (struct iovec){ (void *)(uintptr_t)refs[i].line.p, refs[i].line.n };
	if (o->sink != NULL)
		return logsink_put(o->sink, o->j, iov, (unsigned)n);
	if (o->j->kind != LOG_FILE && o->j->kind != LOG_PER_USER)
		return LOGFILE_DONE;		/* a kind that came to nothing: what waits for it is
						 * let go */
	f = file_for(o, refs);
	return f == NULL ? LOGFILE_FAIL : logfile_put(f, o->j, iov, (unsigned)n);
}

static enum logfile_result
write_batch(struct outlet *o)
{
	struct logdest	*j = o->j;
	size_t		 i = 0, end;

	while (i < o->batch_n) {
		uint32_t		 unit = o->batch[i].unit;
		enum logfile_result	 r;

		for (end = i; end < o->batch_n && o->batch[end].unit == unit; end++)
			;
		if (unit >= atomic_load(&j->progress) / 2) {
			r = write_unit(o, o->batch + i, end - i);
			if (r != LOGFILE_DONE)
				return r;
			atomic_store(&j->progress, (uint64_t)(unit + 1) * 2);
			o->recover = false;	/* only the unit it was killed in needs care */
		}
		i = end;
	}
	return LOGFILE_DONE;
}

static void
failed(struct outlet *o, uint64_t now_ms)
{
	o->retry_ms = now_ms + RETRY_MS;
	if (o->failing)
		return;
	o->failing = true;
	msg(MSG_ERROR, "log %s: %m; %s", o->j->spec, atomic_load(&o->j->drop) != 0 ?
	    "records may be dropped" :
	    "records are kept until it works, and requests wait when there is no more room for them");
}

bool
outlet_flush(struct outlet *o, uint64_t now_ms)
{
	bool	 wrote = false;

	OBJ_OK(o, OUTLET_TAG);
	if (o->retry_ms > now_ms && !o->waiting)
		return o->n + o->batch_n == 0;
	o->waiting = false;
	while (form(o)) {
		switch (write_batch(o)) {
		case LOGFILE_DONE:
			commit(o);
			wrote = true;
			break;
		case LOGFILE_WAIT:
			o->waiting = true;
			o->retry_ms = now_ms + WAIT_MS;
			return false;
		case LOGFILE_FAIL:
			failed(o, now_ms);
			return false;
		}
	}
	o->retry_ms = 0;
	if (o->failing && wrote) {
		o->failing = false;
		msg(MSG_INFO, "log %s: works again", o->j->spec);
	}
	return true;
}

static void
lower(const struct logref *refs, size_t n, uint64_t *low)
{
	for (size_t i = 0; i < n; i++)
		if (refs[i].from < low[refs[i].ring])
			low[refs[i].ring] = refs[i].from;
}

void
outlet_low(const struct outlet *o, uint64_t *low)
{
	lower(o->batch, o->batch_n, low);
	lower(o->pending, o->n, low);
}

/*
 * A unit that is half in the file is taken back, so that it appears whole in the new one; where
 * that cannot be, the old file is kept for it.
 */
void
outlet_rotate(struct outlet *o, unsigned keep)
{
	struct logdest	*j = o->j;
	bool		 half = o->batch_n > 0 && (atomic_load(&j->progress) & 1) != 0;

	if (o->users != NULL && !half)
		peruser_reopen(o->users);
	if (j->kind != LOG_FILE)
		return;
	if (half && o->file.path != NULL)
		logfile_undo(&o->file, j);
	if (!logfile_shift(j->spec, keep))
		msg(MSG_ERROR, "log %s: cannot be rotated: %m", j->spec);
	if (half && (atomic_load(&j->progress) & 1) != 0) {
		o->late_close = true;
		return;
	}
	logfile_close(&o->file);
	o->retry_ms = 0;
	if (open_file(o))
		return;
	o->failing = true;
	msg(MSG_ERROR, "log %s: %m (records are kept until it works)", j->spec);
}

uint64_t
outlet_retry(const struct outlet *o, int *fd)
{
	*fd = -1;
	if (o->n + o->batch_n == 0)
		return 0;
	if (o->waiting)
		*fd = o->sink != NULL ? logsink_fd(o->sink) : o->file.path != NULL ? o->file.fd :
		    -1;
	return o->retry_ms;
}

uint64_t
outlet_drop(struct outlet *o)
{
	struct logdest	*j = o->j;
	uint64_t	 n = o->n + o->batch_n;

	if (!o->failing || atomic_load(&j->drop) == 0 || n == 0)
		return 0;
	if (o->users == NULL && o->file.path != NULL)
		logfile_undo(&o->file, j);
	for (size_t i = 0; i < o->n; i++)
		if (o->pending[i].end > j->done[o->pending[i].ring])
			j->done[o->pending[i].ring] = o->pending[i].end;
	for (size_t i = 0; i < o->batch_n; i++)
		if (o->batch[i].end > j->done[o->batch[i].ring])
			j->done[o->batch[i].ring] = o->batch[i].end;
	atomic_store(&j->open, 0);
	atomic_fetch_add(&j->dropped, n);
	o->n = o->batch_n = 0;
	o->recover = false;
	return n;
}
