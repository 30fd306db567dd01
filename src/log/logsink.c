/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that log lines go to. */
#include "log/logsink.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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
	ADDRESSES = 8,		/* of a name that are tried */
};

/* Looked up by the C library's own thread: the logger goes on meanwhile. */
struct place {
	char			 host[256], port[8];
	struct gaicb		 request, *list[1];
	struct addrinfo		 hints;
	bool			 asked;
	struct addr		 found[ADDRESSES];
	/* of found: to be tried before the name is looked up again */
	unsigned		 n, next;
};

struct logsink {
	enum log_place_kind	 kind;
	int			 fd;		/* -1: none */
	bool			 connecting;
	time_t			 since;
	struct addr		 to;		/* where, once it is known */
	/* a host name to look up before each connection; NULL: an address was given */
	struct place		*place;
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
	/* The numbers of RFC 5424; <syslog.h> has a LOG_SYSLOG of its own. */
	static const struct word	 facilities[] = {
		{ "kern", 0 }, { "user", 1 }, { "mail", 2 }, { "daemon", 3 }, { "auth", 4 },
		{ "syslog", 5 }, { "lpr", 6 }, { "news", 7 }, { "uucp", 8 }, { "cron", 9 },
		{ "authpriv", 10 }, { "ftp", 11 }, { "local0", 16 }, { "local1", 17 },
		{ "local2", 18 }, { "local3", 19 }, { "local4", 20 }, { "local5", 21 },
		{ "local6", 22 }, { "local7", 23 },
	};
	static const struct word	 levels[] = {
		{ "emerg", 0 }, { "alert", 1 }, { "crit", 2 }, { "err", 3 }, { "error", 3 },
		{ "warning", 4 }, { "warn", 4 }, { "notice", 5 }, { "info", 6 }, { "debug", 7 },
	};
	enum { DAEMON = 3, INFO = 6 };
	size_t	 n = strcspn(spec, ".|");
	int	 facility = n == 0 ? DAEMON :
	    find_word(facilities, COUNT_OF(facilities), span_at(spec, n));
	int	 level = spec[n] == '\0' || spec[n + 1] == '\0' ? INFO :
	    find_word(levels, COUNT_OF(levels), span_of(spec + n + 1));

	return facility < 0 || level < 0 ? -1 : facility * 8 + level;
}

/* "1.2.3.4:514" or "[::1]:514" as addr_print_port writes it, or "host:port". */
static bool
parse_place(struct logsink *s, const char *spec)
{
	struct span	 host = span_of(spec);
	const char	*colon = strrchr(spec, ':');
	uint64_t	 port;

	if (colon == NULL || !span_u64(span_of(colon + 1), 65535, &port) || port == 0)
		return false;
	host.n = (size_t)(colon - spec);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = span_at(host.p + 1, host.n - 2);
	if (!addr_parse(&s->to, host)) {
		if (host.n == 0 || host.n >= sizeof s->place->host)
			return false;
		s->place = mem_zero(sizeof *s->place);
		span_copy(host, s->place->host, sizeof s->place->host);
		span_copy(span_of(colon + 1), s->place->port, sizeof s->place->port);
	}
	s->to.port = (uint16_t)port;
	return true;
}

/* DONE: p->found has what was answered. */
static enum logfile_result
look_up(const struct logsink *s, struct place *p)
{
	int	 e;

	if (!p->asked) {
		p->hints = (struct addrinfo){ .ai_socktype = s->kind == LOG_TCP ? SOCK_STREAM :
		    SOCK_DGRAM };
		p->request = (struct gaicb){ .ar_name = p->host, .ar_service = p->port,
		    .ar_request = &p->hints };
		p->list[0] = &p->request;
		e = getaddrinfo_a(GAI_NOWAIT, p->list, 1, NULL);
		p->asked = e == 0;
		errno = EHOSTUNREACH;
		return e == 0 ? LOGFILE_WAIT : LOGFILE_FAIL;
	}
	e = gai_error(&p->request);
	if (e == EAI_INPROGRESS)
		return LOGFILE_WAIT;
	p->asked = false;
	p->n = p->next = 0;
	for (const struct addrinfo *a = e == 0 ? p->request.ar_result : NULL;
	    a != NULL && p->n < ADDRESSES; a = a->ai_next)
		p->n += addr_from_sock(&p->found[p->n], a->ai_addr);
	if (p->request.ar_result != NULL)
		freeaddrinfo(p->request.ar_result);
	errno = EHOSTUNREACH;
	return p->n > 0 ? LOGFILE_DONE : LOGFILE_FAIL;
}

/* DONE: s->to is the next one of the name's addresses. */
static enum logfile_result
next_address(struct logsink *s, struct place *p)
{
	enum logfile_result	 known = p->next < p->n ? LOGFILE_DONE : look_up(s, p);

	if (known == LOGFILE_DONE)
		s->to = p->found[p->next++];
	return known;
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
	if (kind == LOG_SYSLOG ? s->priority < 0 : !parse_place(s, spec))
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
	if (*s == NULL)
		return;
	hang_up(*s);
	if ((*s)->place != NULL && (*s)->place->asked &&
	    gai_cancel(&(*s)->place->request) == EAI_NOTCANCELED)
		(*s)->place = NULL;		/* still in the thread's hands: the process is
						 * ending */
	free((*s)->place);
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

/* What comes after this connection begins with a look-up. */
static enum logfile_result
connected(struct logsink *s)
{
	s->connecting = false;
	if (s->place != NULL)
		s->place->n = s->place->next = 0;
	return LOGFILE_DONE;
}

static enum logfile_result	 dial(struct logsink *s);

/* The name's other addresses are tried at once: "localhost" may be ::1, where nobody listens. */
static enum logfile_result
no_connection(struct logsink *s)
{
	if (s->place == NULL || s->place->next == s->place->n)
		return fail(s);
	hang_up(s);
	return dial(s);
}

static enum logfile_result
dial(struct logsink *s)
{
	struct sockaddr_storage	 ss;
	socklen_t		 n = 0;
	int			 type = s->kind == LOG_TCP ? SOCK_STREAM : SOCK_DGRAM;
	int			 family = AF_UNIX;
	enum logfile_result	 known = s->place != NULL ? next_address(s, s->place) :
	    LOGFILE_DONE;

	if (known != LOGFILE_DONE)
		return known;
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
		return connected(s);
	if (errno != EINPROGRESS)
		return no_connection(s);
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

	if (s->fd >= 0 && s->kind == LOG_TCP && !s->connecting &&
	    recv(s->fd, &c, 1, MSG_DONTWAIT) == 0)
		hang_up(s);		/* the peer has ended it: a new connection at once */
	if (s->fd < 0)
		return dial(s);
	if (!s->connecting)
		return LOGFILE_DONE;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &e, &en) != 0 || e != 0) {
		errno = e != 0 ? e : errno;
		return no_connection(s);
	}
	if (getpeername(s->fd, (struct sockaddr *)&ss, &n) == 0)
		return connected(s);
	if (time(NULL) - s->since > CONNECT_S) {
		errno = ETIMEDOUT;
		return no_connection(s);
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
	return (size_t)snprintf(to, cap, "<%d>%.3s %2d %02d:%02d:%02d sepia[%d]: ", s->priority,
	    months + tm.tm_mon * 3, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)getpid());
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
				continue;		/* the answer to an earlier one; it is
							 * cleared by being told */
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

		for (m.msg_iovlen = 0; m.msg_iovlen < COUNT_OF(part) && i + m.msg_iovlen < n;
		    m.msg_iovlen++)
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
