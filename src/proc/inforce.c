/* SPDX-License-Identifier: Apache-2.0 */
/* The surroundings of the settings in force. In the master. */
#include "proc/inforce.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "core/shared.h"
#include "log/logdest.h"
#include "proc/limits.h"
#include "proc/privilege.h"
#include "proc/sockets.h"
#include "proc/storage.h"
#include "shm/ring.h"

static char			*dir;		/* NULL: none */
static char			*dir_wanted;	/* as the settings had it at the start */
static struct ring		**rings;
static unsigned			 n_rings;
static size_t			 ring_bytes;
static bool			 grew;
static struct logdest_table	*table;
static struct addr		*self;

/* What another version left is put aside, not thrown away. */
static struct ring *
open_ring(unsigned slot, size_t size)
{
	char		 path[4096], aside[4112];
	struct ring	*r;

	if (dir == NULL)
		return ring_anonymous(size);
	snprintf(path, sizeof path, "%s/ring.%u", dir, slot);
	r = ring_open(path, size, 0640);
	if (r != NULL || errno != EINVAL)
		return r;
	snprintf(aside, sizeof aside, "%s.old", path);
	if (rename(path, aside) != 0)
		return NULL;
	msg(MSG_WARNING, "%s is of another version or size: put aside as %s", path, aside);
	return ring_open(path, size, 0640);
}

/*
 * Space is set aside for a whole ring (a full disk must not kill its writer), so only those in use
 * are made.
 */
static bool
wanted_at_start(unsigned slot, uint64_t workers)
{
	char	 path[4096];

	snprintf(path, sizeof path, "%s/ring.%u", dir == NULL ? "" : dir, slot);
	return slot < workers || (dir != NULL && access(path, F_OK) == 0);
}

static bool
open_rings(unsigned slots, uint64_t workers)
{
	rings = mem_zero(slots * sizeof *rings);
	n_rings = slots;
	for (unsigned i = 0; i < slots; i++)
		if (wanted_at_start(i, workers) && (rings[i] = open_ring(i, ring_bytes)) == NULL)
			return false;
	return true;
}

static void
close_rings(void)
{
	for (unsigned i = 0; i < n_rings; i++)
		if (rings[i] != NULL)
			ring_close(&rings[i]);
	free(rings);
	rings = NULL;
	n_rings = 0;
}

static struct logdest_table *
open_table(void)
{
	char	 path[4096];

	if (dir == NULL)
		return logdest_open(NULL);
	snprintf(path, sizeof path, "%s/destinations", dir);
	return logdest_open(path);
}

bool
inforce_start(struct settings *s, const char *run_dir, unsigned slots, char *why, size_t cap)
{
	ring_bytes = 4 * RING_RECORD_MAX;
	while (ring_bytes < s->log_ring_size && ring_bytes < (size_t)1 << 30)
		ring_bytes *= 2;
	dir_wanted = mem_str(s->run_dir);
	dir = mem_str(run_dir);
	if (dir != NULL && (!open_rings(slots, s->workers) || (table = open_table()) == NULL)) {
		msg(MSG_WARNING, "run_dir %s: %s: log records will wait in memory only", dir,
		    strerror(errno));
		close_rings();
		free(dir);
		dir = NULL;
	}
	if (dir == NULL && (!open_rings(slots, s->workers) || (table = open_table()) == NULL)) {
		snprintf(why, cap, "cannot make the log rings: %s", strerror(errno));
		return false;
	}
	s->run_dir = dir;
	logdest_begin(table, rings, n_rings);
	return true;
}

bool
inforce_keep_run_dir(struct settings *s)
{
	bool	 same = s->run_dir == NULL ? dir_wanted == NULL :
	    dir_wanted != NULL && strcmp(s->run_dir, dir_wanted) == 0;

	s->run_dir = dir;
	return same;
}

/* Whoever is started next would die of a file that was cut off, again and again. */
static void
mend_ring(unsigned slot)
{
	if (rings[slot] == NULL)
		return;
	switch (ring_mend(rings[slot])) {
	case RING_WHOLE:
		return;
	case RING_MENDED:
		msg(MSG_ERROR,
		    "run_dir %s: somebody damaged ring.%u: mended, unread log records in it are lost", dir, slot);
		return;
	case RING_LOST:
		msg(MSG_ERROR,
		    "run_dir %s: ring.%u is damaged, its unread log records are lost: %s", dir,
		    slot, strerror(errno));
		ring_close(&rings[slot]);
		return;
	}
}

struct ring *
inforce_ring(unsigned slot)
{
	MUST(slot < n_rings);
	mend_ring(slot);
	if (rings[slot] != NULL)
		return rings[slot];
	grew = true;
	rings[slot] = open_ring(slot, ring_bytes);
	if (rings[slot] == NULL) {
		msg(MSG_WARNING, "run_dir %s: %s: the log records of a worker wait in memory only",
		    dir, strerror(errno));
		rings[slot] = ring_anonymous(ring_bytes);
	}
	return rings[slot];
}

void
inforce_mend(void)
{
	bool	 mended;

	for (unsigned i = 0; i < n_rings; i++)
		mend_ring(i);
	if (!logdest_mend(table, &mended))
		msg(MSG_ERROR, "run_dir %s: the table of log destinations is damaged: %s", dir,
		    strerror(errno));
	else if (mended)
		msg(MSG_ERROR,
		    "run_dir %s: somebody damaged the table of log destinations: mended", dir);
}

bool
inforce_rings_grew(void)
{
	bool	 was = grew;

	grew = false;
	return was;
}

struct ring *const *
inforce_rings(unsigned *n)
{
	*n = n_rings;
	return rings;
}

struct logdest_table *
inforce_destinations(void)
{
	return table;
}

bool
inforce_register(struct settings *s, struct diag *d)
{
	return logdest_register_all(table, s, d);
}

void
inforce_announce(const struct settings *s)
{
	free(self);
	self = sockets_self(s, &shared.n_self);
	shared.self = self;
	privilege_raise("the limit of descriptors");
	limits_descriptors(s->max_filedescriptors == 0 ? 0 :
	    s->max_filedescriptors + storage_wanted());
	privilege_lower();
}

void
inforce_writer_died(void)
{
	logdest_wake(shared.logger_wake);
}
