/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log places that are no files: syslog (datagrams to /dev/log), udp (datagrams of whole lines), tcp
 * (a stream, reconnected). Nothing blocks. The logger only.
 */
#ifndef LOG_LOGSINK_H
#define LOG_LOGSINK_H

#include "core/settings.h"
#include "log/logfile.h"

struct logsink;

/* spec as in struct logdest; devlog: path of syslog's socket. NULL: the spec makes no sense. */
struct logsink	*logsink_new(enum log_place_kind kind, const char *spec, const char *devlog);
void		 logsink_free(struct logsink **s);
/* One line an iov, each with its newline. As logfile_put: goes on behind what j->sent says. */
enum logfile_result logsink_put(struct logsink *s, struct logdest *j, const struct iovec *iov,
    unsigned n);
/* What to poll for after LOGFILE_WAIT; -1: nothing, time alone. */
int		 logsink_fd(const struct logsink *s);

/*
 * "local4.info": the number syslog(3) makes of it; -1: unknown words. "|" instead of "." as Squid
 * has it; a missing part is daemon or info.
 */
int		 logsink_priority(const char *spec);

#endif
