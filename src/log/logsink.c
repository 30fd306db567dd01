/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that log lines go to. */
#include "log/logsink.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/must.h"
#include "log/logdest.h"

enum {
	UDP_MOST = 1400,	/* bytes of lines put together in one datagram */
	CONNECT_S = 10,
	SYSLOG_CUT = 7000,	/* of a line that syslog's socket finds too long */
};

struct logsink {
	enum log_place_kind	 kind;
	int			 fd;		/* -1: none */
	bool			 connecting;
	time_t			 since;
	struct addr		 to;
	struct sockaddr_un	 devlog;
	int			 priority;
};

struct word { const char *name; int number; };

static int
find_word(const struct word *words, size_t n, struct span s)
{
	for (size_t i = 0; i < n; i++)
		if (span_iis(s, words[i].name))
			return words[i].number;
	return -1;
}

int
logsink_priority(const char *spec)
{
	static const struct word	 facilities[] = {
		{ "auth", LOG_AUTH }, { "authpriv", LOG_AUTHPRIV }, { "cron", LOG_CRON }, { "daemon", LOG_DAEMON },
		{ "ftp", LOG_FTP }, { "mail", LOG_MAIL }, { "news", LOG_NEWS }, { "syslog", LOG_SYSLOG + 0 }, { "user", LOG_USER },
		{ "uucp", LOG_UUCP }, { "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 }, { "local2", LOG_LOCAL2 },
		{ "local3", LOG_LOCAL3 }, { "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 },
		{ "local7", LOG_LOCAL7 },
	};
	static const struct word	 levels[] = {
		{ "emerg", LOG_EMERG }, { "alert", LOG_ALERT }, { "crit", LOG_CRIT }, { "err", LOG_ERR }, { "error", LOG_ERR },
		{ "warning", LOG_WARNING }, { "warn", LOG_WARNING }, { "notice", LOG_NOTICE }, { "info", LOG_INFO }, { "debug", LOG_DEBUG },
	};
	size_t	 n = strcspn(spec, ".|");
	int	 facility = n == 0 ? LOG_DAEMON : find_word(facilities, COUNT_OF(facilities), span_at(spec, n));
	int	 level = spec[n] == '\0' || spec[n + 1] == '\0' ? LOG_INFO :
	    find_word(levels, COUNT_OF(levels), span_of(spec + n + 1));

	return facility < 0 || level < 0 ? -1 : facility | level;
}

/* "1.2.3.4:514" or "[::1]:514", as addr_print_port writes it. */
static bool
parse_place(struct addr *a, const char *spec)
{
	struct span	 s = span_of(spec);
	const char	*colon = strrchr(spec, ':');
	uint64_t	 port;

	if (colon == NULL || !span_u64(span_of(colon + 1), 65535, &port) || port == 0)
		return false;
	s.n = (size_t)(colon - spec);
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = span_at(s.p + 1, s.n - 2);
	if (!addr_parse(a, s))
		return false;
	a->port = (uint16_t)port;
	return true;
}

struct logsink *
logsink_new(enum log_place_kind kind, const char *spec, const char *devlog)
{
	struct logsink	*s = mem_zero(sizeof *s);

	s->kind = kind;
	s->fd = -1;
	s->devlog.sun_family = AF_UNIX;
	snprintf(s->devlog.sun_path, sizeof s->devlog.sun_path, "%s", devlog);
	if (kind == LOG_SYSLOG)
		s->priority = logsink_priority(spec);
	if (kind == LOG_SYSLOG ? s->priority < 0 : !parse_place(&s->to, spec))
		logsink_free(&s);
	return s;
}

static void
hang_up(struct logsink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->connecting = false;
}

void
logsink_free(struct logsink **s)
{
	if (*s != NULL)
		hang_up(*s);
	free(*s);
	*s = NULL;
}

int
logsink_fd(const struct logsink *s)
{
	return s->fd;
}

static enum logfile_result
fail(struct logsink *s)
{
	int	 e = errno;

	hang_up(s);
	errno = e;
	return LOGFILE_FAIL;
}

static enum logfile_result
dial(struct logsink *s)
{
	struct sockaddr_storage	 ss;
	socklen_t		 n = 0;
	int			 type = s->kind == LOG_TCP ? SOCK_STREAM : SOCK_DGRAM;
	int			 family = AF_UNIX;

	if (s->kind == LOG_SYSLOG) {
		memcpy(&ss, &s->devlog, sizeof s->devlog);
		n = sizeof s->devlog;
	} else {
		n = addr_to_sock(&s->to, &ss);
		family = ss.ss_family;
	}
	s->fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return LOGFILE_FAIL;
	if (connect(s->fd, (struct sockaddr *)&ss, n) == 0)
		return LOGFILE_DONE;
	if (errno != EINPROGRESS)
		return fail(s);
	s->connecting = true;
	s->since = time(NULL);
	return LOGFILE_WAIT;
}

/* DONE: the socket can be used. */
static enum logfile_result
ready(struct logsink *s)
{
	struct sockaddr_storage	 ss;
	socklen_t		 n = sizeof ss, en = sizeof(int);
	int			 e = 0;
	char			 c;

	if (s->fd >= 0 && s->kind == LOG_TCP && !s->connecting && recv(s->fd, &c, 1, MSG_DONTWAIT) == 0)
		hang_up(s);			/* the peer has ended it: a new connection at once */
	if (s->fd < 0)
		return dial(s);
	if (!s->connecting)
		return LOGFILE_DONE;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &e, &en) != 0 || e != 0) {
		errno = e != 0 ? e : errno;
		return fail(s);
	}
	if (getpeername(s->fd, (struct sockaddr *)&ss, &n) == 0) {
		s->connecting = false;
		return LOGFILE_DONE;
	}
	if (time(NULL) - s->since > CONNECT_S) {
		errno = ETIMEDOUT;
		return fail(s);
	}
	return LOGFILE_WAIT;
}

/* "<pri>Mmm dd hh:mm:ss sepia[pid]: " (RFC 3164 as syslog(3) writes it to a local socket). */
static size_t
syslog_head(const struct logsink *s, char *to, size_t cap)
{
	static const char	 months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t			 now = time(NULL);
	struct tm		 tm;

	localtime_r(&now, &tm);
	return (size_t)snprintf(to, cap, "<%d>%.3s %2d %02d:%02d:%02d sepia[%d]: ", s->priority, months + tm.tm_mon * 3,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)getpid());
}

static ssize_t
send_syslog(struct logsink *s, const struct iovec *line)
{
	char		 head[64];
	struct iovec	 iov[2] = { { head, syslog_head(s, head, sizeof head) }, *line };
	struct msghdr	 m = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t		 k;

	if (iov[1].iov_len > 0)
		iov[1].iov_len--;		/* the newline */
	k = sendmsg(s->fd, &m, MSG_NOSIGNAL);
	if (k < 0 && errno == EMSGSIZE && iov[1].iov_len > SYSLOG_CUT) {
		iov[1].iov_len = SYSLOG_CUT;
		k = sendmsg(s->fd, &m, MSG_NOSIGNAL);
	}
	return k;
}

/* One datagram from the lines at iov; *took says how many are in it. */
static ssize_t
send_datagram(struct logsink *s, const struct iovec *iov, unsigned n, unsigned *took)
{
	struct msghdr	 m = { .msg_iov = (struct iovec *)(uintptr_t)iov };
	size_t		 bytes = iov[0].iov_len;

	*took = 1;
	if (s->kind == LOG_SYSLOG)
		return send_syslog(s, iov);
	while (*took < n && *took < IOV_MAX && bytes + iov[*took].iov_len <= UDP_MOST)
		bytes += iov[(*took)++].iov_len;
	m.msg_iovlen = *took;
	return sendmsg(s->fd, &m, MSG_NOSIGNAL);
}

static enum logfile_result
put_datagrams(struct logsink *s, struct logdest *j, const struct iovec *iov, unsigned n)
{
	uint64_t	 at = atomic_load(&j->sent);
	unsigned	 took;

	while (at < n) {
		if (send_datagram(s, iov + at, n - (unsigned)at, &took) < 0) {
			if (errno == EINTR || (errno == ECONNREFUSED && s->kind == LOG_UDP))
				continue;		/* the answer to an earlier one; it is cleared by being told */
			if (errno == EAGAIN || errno == ENOBUFS)
				return LOGFILE_WAIT;
			if (errno != EMSGSIZE)
				return fail(s);
			atomic_fetch_add(&j->dropped, took);	/* no datagram is that long */
		}
		at += took;
		atomic_store(&j->sent, at);
	}
	return LOGFILE_DONE;
}

/* After a broken connection the line it broke in is sent again from its beginning. */
static void
back_to_line(struct logdest *j, const struct iovec *iov, unsigned n)
{
	uint64_t	 at = atomic_load(&j->sent), start = 0;

	for (unsigned i = 0; i < n && start + iov[i].iov_len <= at; i++)
		start += iov[i].iov_len;
	atomic_store(&j->sent, start);
}

static enum logfile_result
put_stream(struct logsink *s, struct logdest *j, const struct iovec *iov, unsigned n)
{
	unsigned	 i = 0;
	uint64_t	 skip = atomic_load(&j->sent);

	for (; i < n && skip >= iov[i].iov_len; i++)
		skip -= iov[i].iov_len;
	while (i < n) {
		struct iovec	 part[64];
		struct msghdr	 m = { .msg_iov = part };
		ssize_t		 k;

		for (m.msg_iovlen = 0; m.msg_iovlen < COUNT_OF(part) && i + m.msg_iovlen < n; m.msg_iovlen++)
			part[m.msg_iovlen] = iov[i + m.msg_iovlen];
		part[0].iov_base = (char *)part[0].iov_base + skip;
		part[0].iov_len -= skip;
		k = sendmsg(s->fd, &m, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return LOGFILE_WAIT;
		if (k < 0) {
			back_to_line(j, iov, n);
			return fail(s);
		}
		atomic_fetch_add(&j->sent, (uint64_t)k);
		for (skip += (uint64_t)k; i < n && skip >= iov[i].iov_len; i++)
			skip -= iov[i].iov_len;
	}
	return LOGFILE_DONE;
}

enum logfile_result
logsink_put(struct logsink *s, struct logdest *j, const struct iovec *iov, unsigned n)
{
	enum logfile_result	 r;

	if ((atomic_load(&j->progress) & 1) == 0) {
		atomic_store(&j->sent, 0);
		atomic_fetch_or(&j->progress, 1);
	}
	if (s->fd < 0 && s->kind == LOG_TCP)
		back_to_line(j, iov, n);
	r = ready(s);
	if (r != LOGFILE_DONE)
		return r;
	return s->kind == LOG_TCP ? put_stream(s, j, iov, n) : put_datagrams(s, j, iov, n);
}
