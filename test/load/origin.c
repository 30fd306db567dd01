/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server that benchmarks and fault tests fetch from: one process, one epoll, as little work a
 * request as can be.
 *
 *	origin [-h HTTP] [-e ECHO] [-b BULK] each [address:]port; prints "ready" when it listens
 *
 * HTTP/1.1, keep-alive, pipelining, request bodies with Content-Length (thrown away). The path says
 * what comes back:
 *	/1k /64k /1m		that many bytes (1024, 65536, 1048576)
 *	/bytes/N		N bytes with Content-Length
 *	/chunked/N		N bytes, chunked
 *	/close/N		N bytes ended by the end of the connection
 *	/slow/MS/N		N bytes after MS milliseconds
 *	/short/N says N bytes, sends half of them and resets: what a dying server does
 *	/kept/N/ID N bytes that may be stored for a day; ETag "ID"; the body begins ID letters
 *	further
 *	/asked			how often one of /kept was asked for: a decimal number
 * Byte number i of every body is 'a' + i % 26, so that a reader can tell a right body from a wrong
 * one. ECHO sends back what it gets. BULK: the first byte received is 's' (then it sends for as
 * long as the peer reads) or 'd' (then it throws away what comes). Only for use on the own machine:
 * it believes what it is sent.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "loadnet.h"

enum { HEAD_MAX = 8192, CHUNK = 8192, PERIOD = 26, BLOCK = PERIOD * 65536 };

enum kind { LISTEN_HTTP, LISTEN_ECHO, LISTEN_BULK, HTTP, ECHO, BULK_NEW, BULK_SEND, BULK_DROP };
enum coding { LENGTH, CHUNKED, CLOSE, SHORT, KEPT, ASKED };

struct conn {
	int		 fd;
	enum kind	 kind;
	enum coding	 coding;
	bool		 writing;	/* an answer is under way */
	bool		 last;		/* close after it */
	bool		 no_body;	/* HEAD */
	bool		 last_chunk;	/* its line was made */
	bool		 want_write;	/* EPOLLOUT is asked for */
	uint64_t	 skip;		/* bytes of a request body still to come */
	uint64_t	 at, size;	/* of the body being sent */
	uint64_t	 id;		/* /kept */
	/* body bytes that may follow `head` before the next chunk's line */
	uint64_t	 run;
	uint64_t	 wait_until_us;	/* /slow */
	struct conn	*next_slow;
	uint32_t	 in_from, in_n, head_at, head_n;
	char		 head[320];
	char		 in[HEAD_MAX];
};

/* any offset below BLOCK starts a stretch of BLOCK bytes */
static char		 block[BLOCK + BLOCK];
static int		 ep;
static struct conn	*slow;
static struct conn	*spare;
static unsigned		 pauses;		/* connections on `slow` */
static uint64_t		 asked;			/* requests for /kept */

static void
ask(struct conn *c, int op, bool write)
{
	struct epoll_event	 e = { .events = EPOLLIN | EPOLLRDHUP | (write ? EPOLLOUT : 0),
	    .data.ptr = c };

	if (epoll_ctl(ep, op, c->fd, &e) != 0)
		err(1, "epoll_ctl");
	c->want_write = write;
}

static void
add(int fd, enum kind kind)
{
	struct conn	*c = spare;

	if (c != NULL)
		spare = c->next_slow;
	else if ((c = malloc(sizeof *c)) == NULL)
		err(1, "malloc");
	memset(c, 0, offsetof(struct conn, head));
	c->fd = fd;
	c->kind = kind;
	ask(c, EPOLL_CTL_ADD, false);
}

static void
leave_slow(struct conn *c)
{
	for (struct conn **p = &slow; *p != NULL; p = &(*p)->next_slow)
		if (*p == c) {
			*p = c->next_slow;
			pauses--;
			break;
		}
	c->wait_until_us = 0;
}

static void
end(struct conn *c)
{
	if (c->wait_until_us != 0)
		leave_slow(c);
	close(c->fd);
	c->fd = -1;
	c->next_slow = spare;
	spare = c;
}

/* /word/N: N, or the size of a fixed name; -1: none. */
static int64_t
number(const char *p, const char *stop)
{
	uint64_t	 n = 0;

	if (p == stop)
		return -1;
	for (; p < stop && *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	return (int64_t)n;
}

static bool
under(const char **p, const char *stop, const char *word)
{
	size_t	 n = strlen(word);

	if ((size_t)(stop - *p) < n || memcmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

/* /kept/N/ID */
static int64_t
kept(struct conn *c, const char *p, const char *stop)
{
	const char	*slash = memchr(p, '/', (size_t)(stop - p));

	c->coding = KEPT;
	c->id = slash != NULL ? (uint64_t)number(slash + 1, stop) : 0;
	asked++;
	return number(p, stop);
}

/* Sets what is to be sent; false: no such path. */
static bool
choose(struct conn *c, const char *p, const char *stop)
{
	int64_t		 n, ms = 0;

	c->coding = LENGTH;
	if (under(&p, stop, "/1k"))
		n = 1024;
	else if (under(&p, stop, "/1m"))
		n = 1048576;
	else if (under(&p, stop, "/64k"))
		n = 65536;
	else if (under(&p, stop, "/bytes/"))
		n = number(p, stop);
	else if (under(&p, stop, "/chunked/"))
		n = number(p, stop), c->coding = CHUNKED;
	else if (under(&p, stop, "/close/"))
		n = number(p, stop), c->coding = CLOSE;
	else if (under(&p, stop, "/short/"))
		n = number(p, stop), c->coding = SHORT;
	else if (under(&p, stop, "/kept/"))
		n = kept(c, p, stop);
	else if (under(&p, stop, "/asked"))
		n = snprintf(NULL, 0, "%" PRIu64, asked), c->coding = ASKED;
	else if (under(&p, stop, "/slow/")) {
		const char *slash = memchr(p, '/', (size_t)(stop - p));

		ms = number(p, stop);
		n = slash != NULL ? number(slash + 1, stop) : -1;
	} else
		return false;
	if (n < 0 || ms < 0)
		return false;
	c->size = (uint64_t)n;
	if (ms > 0) {
		c->wait_until_us = loadnet_now_us() + (uint64_t)ms * 1000;
		c->next_slow = slow;
		slow = c;
		pauses++;
	}
	return true;
}

/* The head of /kept; its date is made once a second. */
static int
kept_head(struct conn *c)
{
	static char	 date[40];
	static time_t	 of;
	time_t		 now = time(NULL);
	struct tm	 tm;

	if (now != of) {
		strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
		of = now;
	}
	return snprintf(c->head, sizeof c->head,
	    "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: %s\r\nContent-Type: text/plain\r\n"
	    "Last-Modified: Thu, 01 Oct 2026 00:00:00 GMT\r\nETag: \"%"
	    PRIu64 "\"\r\nCache-Control: max-age=86400\r\n"
	    "Content-Length: %" PRIu64 "\r\n\r\n", date, c->id, c->size);
}

static void
begin(struct conn *c, const char *path, const char *stop)
{
	int	 n;

	c->at = c->id = 0;
	if (!choose(c, path, stop)) {
		c->size = 0;
		c->coding = LENGTH;
		n = snprintf(c->head, sizeof c->head,
		    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	} else if (c->coding == CHUNKED)
		n = snprintf(c->head, sizeof c->head,
		    "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n"
		    "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n");
	else if (c->coding == CLOSE)
		n = snprintf(c->head, sizeof c->head,
		    "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n"
		    "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
	else if (c->coding == KEPT)
		n = kept_head(c);
	else if (c->coding == ASKED) {
		n = snprintf(c->head, sizeof c->head,
		    "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: %" PRIu64
		    "\r\n\r\n%" PRIu64, c->size, asked);
		c->size = 0;
	} else
		n = snprintf(c->head, sizeof c->head,
		    "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n"
		    "Cache-Control: no-store\r\nContent-Length: %" PRIu64 "\r\n\r\n", c->size);
	if (c->coding == CLOSE || c->coding == SHORT)
		c->last = true;
	if (c->coding == SHORT)
		c->size /= 2;
	if (c->no_body)
		c->size = 0;
	c->head_at = 0;
	c->head_n = (uint32_t)n;
	c->run = c->coding == CHUNKED ? 0 : c->size;
	c->last_chunk = c->coding != CHUNKED || c->no_body;
	c->writing = true;
}

/* Content-Length and Connection: close of the head between p and stop. */
static void
read_fields(struct conn *c, const char *p, const char *stop)
{
	while (p < stop) {
		const char	*eol = memchr(p, '\n', (size_t)(stop - p));

		if (eol == NULL)
			return;
		if ((*p | 0x20) == 'c' && eol - p > 16 &&
		    strncasecmp(p, "content-length:", 15) == 0)
			c->skip = strtoull(p + 15, NULL, 10);
		else if ((*p | 0x20) == 'c' && eol - p > 16 &&
		    strncasecmp(p, "connection: close", 17) == 0)
			c->last = true;
		p = eol + 1;
	}
}

/* Takes one request off the front of c->in; false: more bytes are needed. */
static bool
take(struct conn *c)
{
	char		*from = c->in + c->in_from, *stop = c->in + c->in_n, *eoh, *path, *space;
	uint64_t	 n = c->in_n - c->in_from;

	if (c->skip > 0) {
		n = n < c->skip ? n : c->skip;
		c->skip -= n;
		c->in_from += (uint32_t)n;
		return c->in_from < c->in_n && take(c);
	}
	if ((eoh = memmem(from, (size_t)n, "\r\n\r\n", 4)) == NULL)
		return false;
	c->in_from = (uint32_t)(eoh + 4 - c->in);
	c->no_body = memcmp(from, "HEAD ", 5) == 0;
	path = memchr(from, ' ', (size_t)(eoh - from));
	space = path != NULL ? memchr(path + 1, ' ', (size_t)(eoh - path - 1)) : NULL;
	if (space == NULL) {
		c->last = true;
		path = space = stop;
	} else if (*++path != '/') {	/* absolute-form: for load without a proxy */
		path = memmem(path, (size_t)(space - path), "//", 2);
		path = path != NULL ? memchr(path + 2, '/', (size_t)(space - path - 2)) : NULL;
		path = path != NULL ? path : space;
	}
	read_fields(c, space, eoh + 2);
	begin(c, path, space);
	return true;
}

/* The line of the next chunk, when the one before is out. */
static void
make_line(struct conn *c)
{
	uint64_t	 left = c->size - c->at;

	c->run = left < CHUNK ? left : CHUNK;
	c->last_chunk = c->run == 0;
	c->head_at = 0;
	c->head_n = (uint32_t)snprintf(c->head, sizeof c->head, "%s%" PRIx64 "\r\n%s",
	    c->at > 0 ? "\r\n" : "", c->run,
	    c->last_chunk ? "\r\n" : "");
}

/* False: no room now, or the connection is gone (then *gone). */
static bool
put(struct conn *c, bool *gone)
{
	struct iovec	 v[2] = { { c->head + c->head_at, c->head_n - c->head_at },
		{ block + (c->at + c->id) % PERIOD, c->run < BLOCK ? c->run : BLOCK } };
	struct msghdr	 m = { .msg_iov = v, .msg_iovlen = 2 };
	ssize_t		 n = sendmsg(c->fd, &m, MSG_NOSIGNAL);

	if (n < 0) {
		*gone = errno != EAGAIN;
		return false;
	}
	if ((size_t)n >= v[0].iov_len) {
		c->at += (size_t)n - v[0].iov_len;
		c->run -= (size_t)n - v[0].iov_len;
		c->head_at = c->head_n;
	} else
		c->head_at += (uint32_t)n;
	return true;
}

/* Sends what can be sent. False: the connection is gone. */
static bool
answer(struct conn *c)
{
	bool	 gone = false;

	if (c->wait_until_us != 0)
		return true;
	for (;;) {
		if (c->head_at == c->head_n && c->run == 0) {
			if (c->last_chunk)
				break;
			make_line(c);
		}
		if (!put(c, &gone)) {
			if (!gone && !c->want_write)
				ask(c, EPOLL_CTL_MOD, true);
			return !gone;
		}
	}
	c->writing = false;
	if (c->want_write)
		ask(c, EPOLL_CTL_MOD, false);
	if (c->coding == SHORT)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
		    sizeof(struct linger));
	return !c->last;
}

static void
serve(struct conn *c)
{
	bool	 more = true;
	ssize_t	 n;

	for (;;) {
		if (c->writing && !answer(c)) {
			end(c);
			return;
		}
		if (c->writing)
			return;		/* the next request waits: so does its sender */
		if (c->in_from < c->in_n && take(c))
			continue;
		if (!more)
			return;
		memmove(c->in, c->in + c->in_from, c->in_n - c->in_from);
		c->in_n -= c->in_from;
		c->in_from = 0;
		n = c->in_n < sizeof c->in ? recv(c->fd, c->in + c->in_n, sizeof c->in - c->in_n,
		    0) : 0;
		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			end(c);
			return;
		}
		if (n < 0)
			return;
		more = (size_t)n == sizeof c->in - c->in_n;
		c->in_n += (uint32_t)n;
	}
}

static void
echo(struct conn *c)
{
	char	 bytes[65536];
	ssize_t	 n = recv(c->fd, bytes, sizeof bytes, 0), sent = 0, k;

	if (n < 0 && errno == EAGAIN)
		return;
	while (sent < n) {
		k = send(c->fd, bytes + sent, (size_t)(n - sent), MSG_NOSIGNAL);
		if (k < 0 && errno != EAGAIN)
			break;
		/*
		 * without room: spins, as an echo of more than a buffer is no use of this program
		 */
		sent += k > 0 ? k : 0;
	}
	if (n <= 0 || sent < n)
		end(c);
}

static void
bulk(struct conn *c)
{
	char	 first;
	ssize_t	 n = 1;

	if (c->kind == BULK_NEW) {
		if ((n = recv(c->fd, &first, 1, 0)) == 1) {
			c->kind = first == 's' ? BULK_SEND : BULK_DROP;
			if (c->kind == BULK_SEND)
				ask(c, EPOLL_CTL_MOD, true);
		}
	} else if (c->kind == BULK_SEND)
		n = send(c->fd, block, 262144, MSG_NOSIGNAL);
	else
		n = recv(c->fd, block + BLOCK, BLOCK, MSG_TRUNC);	/* counted, not copied */
	if (n == 0 || (n < 0 && errno != EAGAIN))
		end(c);
}

static void
take_in(struct conn *l)
{
	static const enum kind	 made[] = { [LISTEN_HTTP] = HTTP, [LISTEN_ECHO] = ECHO,
	    [LISTEN_BULK] = BULK_NEW };
	int			 fd;

	for (int i = 0; i < 64; i++) {
		if ((fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0)
			return;
		loadnet_nodelay(fd);
		add(fd, made[l->kind]);
	}
}

static void
on_event(struct conn *c, uint32_t events)
{
	if (c->fd < 0)
		return;		/* ended in this round */
	switch (c->kind) {
	case LISTEN_HTTP: case LISTEN_ECHO: case LISTEN_BULK:
		take_in(c);
		break;
	case HTTP:
		if (c->wait_until_us != 0 && (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)))
			end(c);
		else
			serve(c);
		break;
	case ECHO:
		echo(c);
		break;
	case BULK_NEW: case BULK_SEND: case BULK_DROP:
		bulk(c);
		break;
	}
}

/* Answers whose time has come. */
static void
wake_slow(void)
{
	uint64_t	 now = loadnet_now_us();

	for (struct conn *c = slow, *next; c != NULL; c = next) {
		next = c->next_slow;
		if (c->wait_until_us <= now) {
			leave_slow(c);
			serve(c);
		}
	}
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: origin [-h [address:]port] [-e [address:]port] [-b [address:]port]\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	struct epoll_event	 e[256];
	int			 opt, n;

	signal(SIGPIPE, SIG_IGN);
	loadnet_many_files();
	for (size_t i = 0; i < sizeof block; i++)
		block[i] = (char)('a' + i % PERIOD);
	if ((ep = epoll_create1(EPOLL_CLOEXEC)) < 0)
		err(1, "epoll");
	while ((opt = getopt(argc, argv, "h:e:b:")) != -1)
		switch (opt) {
		case 'h': add(loadnet_listen(loadnet_address(optarg)), LISTEN_HTTP); break;
		case 'e': add(loadnet_listen(loadnet_address(optarg)), LISTEN_ECHO); break;
		case 'b': add(loadnet_listen(loadnet_address(optarg)), LISTEN_BULK); break;
		default: usage();
		}
	if (argc == 1 || optind != argc)
		usage();
	puts("ready");
	fflush(stdout);
	for (;;) {
		n = epoll_wait(ep, e, 256, pauses > 0 ? 1 : -1);
		for (int i = 0; i < n; i++)
			on_event(e[i].data.ptr, e[i].events);
		if (pauses > 0)
			wake_slow();
	}
}
