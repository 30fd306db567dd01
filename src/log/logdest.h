/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destinations of log records, numbered, in a file that the master makes before it forks (in
 * run_dir where possible, so that records that wait in ring files find their way after all
 * processes died). The master adds rows, the logger writes the journal in them; nothing is ever
 * removed while a process runs. No pointers inside. The logger maps the file; the master, which
 * whoever can cut the file off must not be able to end by that, reads and writes it by descriptor
 * only, and knows the rows from its own memory.
 *
 * The journal makes lines appear exactly once in regular files, whenever the logger is killed:
 * before a write it holds which ring positions the batch covers (`next`), which unit of the batch
 * (one file) is being written, and that file's identity and size. A restarted logger gathers the
 * same batch from the rings, sees in the file's size how much of the unit is there, and writes the
 * rest. For syslog and udp `sent` counts records, so at most the one that was being sent when the
 * logger was killed is sent again; for tcp and pipes it counts bytes, and at most one write is
 * repeated; what a broken tcp connection had not delivered is lost with it.
 */
#ifndef LOG_LOGDEST_H
#define LOG_LOGDEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/settings.h"

enum {
	LOGDEST_MAX = 128,	/* different places in the lifetime of a master */
	LOGDEST_RINGS = 256,	/* process slots */
	LOGDEST_SPEC = 512,
	LOGDEST_PLACES = 256,	/* access_log lines of one configuration */
};

/* Kinds of records in the rings. */
enum logrec {
	LOGREC_LINE = 1,	/* a line with its newline */
	/* one byte n, n bytes of file name (peruser_stem), a line with its newline */
	LOGREC_USER = 2,
};

struct logdest {
	_Atomic uint32_t	 used;
	uint32_t		 kind;			/* enum log_place_kind */
	_Atomic uint32_t	 drop;			/* on-error=drop */
	/* path, directory, facility.priority, or address:port or host:port */
	char			 spec[LOGDEST_SPEC];
	/* written by the logger only */
	/* a batch is being written: the rest is valid */
	_Atomic uint32_t	 open;
	/* unit * 2 + 1 once the file's identity and size below are this unit's */
	_Atomic uint64_t	 progress;
	/* of the file before the unit was written */
	uint64_t		 dev, ino, size;
	_Atomic uint64_t	 sent;			/* places without a size */
	_Atomic uint64_t	 lines, dropped;	/* statistics */
	/* ring positions before which all is written */
	uint64_t		 done[LOGDEST_RINGS];
	uint64_t		 next[LOGDEST_RINGS];	/* the same once the open batch is */
};

struct logdest_file {
	uint64_t		 magic;
	uint32_t		 version, size;
	uint64_t		 spare[4];
	/* the logger's: what the positions belong to */
	uint64_t		 ring_id[LOGDEST_RINGS];
	struct logdest		 row[LOGDEST_MAX];
};

/* The master's wishes, and what it has to know of the logger, in memory without a file. */
struct logdest_orders {
	_Atomic uint64_t	 rotate_asked, rotate_done;
	_Atomic uint32_t	 rotate_keep;		/* logfile_rotate of the last request */
	_Atomic uint32_t	 stop;
	_Atomic uint64_t	 rounds;		/* the logger's: grows while it works */
};

struct logdest_table;		/* each process's view; the master makes it, children inherit it */

/*
 * Opens or makes the table's file; path NULL: no file. One that cannot be used (another version) is
 * replaced. NULL: errno. Destinations and journals of an earlier master are kept.
 */
struct logdest_table *logdest_open(const char *path);
void		 logdest_close(struct logdest_table **t);
/*
 * Master at its start, with all rings: when none holds a record the old destinations are forgotten.
 */
struct ring;
void		 logdest_begin(struct logdest_table *t, struct ring *const *rings, unsigned n);
/*
 * Master, before it starts a logger: makes a file good that was cut off or written over. *mended:
 * it had to be. False: it cannot be done (errno).
 */
bool		 logdest_mend(struct logdest_table *t, bool *mended);

/*
 * Logger: it is the only one that reads the rings, as long as it lives. False: another process is.
 * The lock is the process's own (not inherited by fork, gone with its death, even before anybody
 * has waited for it), and needs the table's descriptor kept open.
 */
bool		 logdest_take(const struct logdest_table *t);
int		 logdest_descriptor(const struct logdest_table *t);

/* Not for the master. */
struct logdest_file *logdest_file(const struct logdest_table *t);
struct logdest_orders *logdest_orders(const struct logdest_table *t);

/*
 * The number for a place: the old one for the same kind and text. -1: the table is full or the text
 * too long.
 */
int		 logdest_register(struct logdest_table *t, enum log_place_kind kind,
		    const char *spec, bool drop);
/* All places of new settings: sets dest in each. False after an error told to d. */
bool		 logdest_register_all(struct logdest_table *t, struct settings *s, struct diag *d);

/*
 * The master's requests to the logger; wake: its eventfd or -1. Rotation is done when rotate_done
 * has reached the returned number.
 */
uint64_t	 logdest_ask_rotate(struct logdest_table *t, unsigned keep, int wake);
bool		 logdest_rotated(const struct logdest_table *t, uint64_t request);
/*
 * The logger writes what is in the rings and ends (at once if it can, in any case after a few
 * seconds; what it could not write stays in the rings).
 */
void		 logdest_ask_stop(struct logdest_table *t, int wake);
void		 logdest_wake(int wake);

#endif
