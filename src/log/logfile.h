/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log file that is open for appending: regular files, and whatever else has a path (pipes,
 * terminals, /dev/stdout). The logger only.
 */
#ifndef LOG_LOGFILE_H
#define LOG_LOGFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

struct logdest;

struct logfile {
	char	*path;		/* NULL: not open */
	int	 fd;
	bool	 regular;
};

/* Creates it with mode 0640. False: errno. */
bool	 logfile_open(struct logfile *f, const char *path);
void	 logfile_close(struct logfile *f);	/* harmless when not open */

enum logfile_result { LOGFILE_DONE, LOGFILE_WAIT, LOGFILE_FAIL };

/*
 * Appends the bytes of iov as one unit of a batch, as logdest.h says: *j tells what an earlier try
 * (of this process or a killed one) has written already, and keeps it. iov is changed. WAIT: a pipe
 * is full; FAIL: errno; call again with the same bytes.
 */
enum logfile_result logfile_put(struct logfile *f, struct logdest *j, struct iovec *iov,
    unsigned n);
/*
 * The unit that *j describes is taken back where that is possible, so that it can be written to
 * another file.
 */
void	 logfile_undo(struct logfile *f, struct logdest *j);
/*
 * After a restart: the file that *j describes may have been renamed meanwhile; makes f that file if
 * it is in the same directory. False: it is gone, and with it what was written of the unit (*j says
 * so now).
 */
bool	 logfile_find(struct logfile *f, struct logdest *j);

/* The file has no name any more: what is written to it is lost. */
bool	 logfile_gone(const struct logfile *f);

/*
 * path.1 to path.2 and so on, path to path.0; at most `keep` old ones. 0: nothing. The file is to
 * be reopened afterwards. False: errno.
 */
bool	 logfile_shift(const char *path, unsigned keep);

#endif
