/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server that benchmarks and fault tests fetch from: one process, one epoll, as little work a request as can be.
 *
 *	origin [-h HTTP] [-e ECHO] [-b BULK]		each [address:]port; prints "ready" when it listens
 *
 * HTTP/1.1, keep-alive, pipelining, request bodies with Content-Length (thrown away). The path says what comes back:
 *	/1k /64k /1m		that many bytes (1024, 65536, 1048576)
 *	/bytes/N		N bytes with Content-Length
 *	/chunked/N		N bytes, chunked
 *	/close/N		N bytes ended by the end of the connection
 *	/slow/MS/N		N bytes after MS milliseconds
 *	/short/N		says N bytes, sends half of them and resets: what a dying server does
 * Byte number i of every body is 'a' + i % 26, so that a reader can tell a right body from a wrong one.
 * ECHO sends back what it gets. BULK: the first byte received is 's' (then it sends for as long as the peer reads) or 'd' (then
 * it throws away what comes). Only for use on the own machine: it believes what it is sent.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "loadnet.h"

enum { HEAD_MAX = 8192, CHUNK = 8192, PERIOD = 26, BLOCK = PERIOD * 65536 };

enum kind { LISTEN_HTTP, LISTEN_ECHO, LISTEN_BULK, HTTP, ECHO, BULK_NEW, BULK_SEND, BULK_DROP };
enum coding { LENGTH, CHUNKED, CLOSE, SHORT };

struct conn {
	int		 fd;
	enum kind	 kind;
	enum coding	 coding;
	bool		 writing;	/* an answer is under way */
	bool		 last;		/* close after it */
	bool		 no_body;	/* HEAD */
	bool		 want_write;	/* EPOLLOUT is asked for */
	uint64_t	 skip;		/* bytes of a request body still to come */
	uint64_t	 at, size;	/* of the body being sent */
	uint64_t	 wait_until_us;	/* /slow */
	struct conn	*next_slow;
	uint32_t	 in_from, in_n, head_at, head_n;
	char		 head[256];
	char		 in[HEAD_MAX];
};

static char		 block[BLOCK + BLOCK];	/* any offset below BLOCK starts a stretch of BLOCK bytes */
static int		 ep;
static struct conn	*slow;
static struct conn	*spare;
static unsigned		 pauses;		/* connections on `slow` */

static void	 serve(struct conn *c);

static void
ask(struct conn *c, int op, bool write)
{
	struct epoll_event	 e = { .events = EPOLLIN | EPOLLRDHUP | (write ? EPOLLOUT : 0), .data.ptr = c };

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

static void
begin(struct conn *c, const char *path, const char *stop)
{
	int	 n;

	c->at = 0;
	if (!choose(c, path, stop)) {
		c->size = 0;
		n = snprintf(c->head, sizeof c->head, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	} else if (c->coding == CHUNKED)
		n = snprintf(c->head, sizeof c->head, "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n"
		    "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n");
	else if (c->coding == CLOSE)
		n = snprintf(c->head, sizeof c->head, "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n"
		    "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
	else
		n = snprintf(c->head, sizeof c->head, "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n"
		    "Cache-Control: no-store\r\nContent-Length: %" PRIu64 "\r\n\r\n", c->size);
	if (c->coding == CLOSE || c->coding == SHORT)
		c->last = true;
	if (c->coding == SHORT)
		c->size /= 2;
	if (c->no_body)
		c->size = 0;
	c->head_at = 0;
	c->head_n = (uint32_t)n;
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
		if ((*p | 0x20) == 'c' && eol - p > 16 && strncasecmp(p, "content-length:", 15) == 0)
			c->skip = strtoull(p + 15, NULL, 10);
		else if ((*p | 0x20) == 'c' && eol - p > 16 && strncasecmp(p, "connection: close", 17) == 0)
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
	} else
		path++;
	read_fields(c, space, eoh + 2);
	begin(c, path, space);
	return true;
}

/* The next stretch of the body as it goes over the wire; returns the number of iovecs. */
static int
gather(struct conn *c, struct iovec *v, char *line)
{
	uint64_t	 left = c->size - c->at, n = left < BLOCK ? left : BLOCK;
	int		 i = 0;

	if (c->head_at < c->head_n)
		v[i++] = (struct iovec){ c->head + c->head_at, c->head_n - c->head_at };
	if (c->coding != CHUNKED) {
		if (n > 0)
			v[i++] = (struct iovec){ block + c->at % PERIOD, n };
		return i;
	}
	/* A chunk is written whole or the connection waits until it is: the line lives in c->head meanwhile. */
	if (c->head_at == c->head_n && !c->no_body) {
		n = left < CHUNK ? left : CHUNK;
		c->head_n = (uint32_t)snprintf(line, 32, n > 0 ? "%" PRIx64 "\r\n" : "0\r\n\r\n", n);
		c->head_at = 0;
		v[i++] = (struct iovec){ c->head, c->head_n };
	}
	return i;
}

static bool
answered(struct conn *c)
{
	return c->head_at == c->head_n && c->at == c->size;
}

/* Chunks are sent one by one, each as a small copy: this is no path for speed. False: no room, or the end of the connection. */
static bool
send_chunks(struct conn *c)
{
	static char	 out[CHUNK + 64];

	while (c->at < c->size) {
		uint64_t	 n = c->size - c->at < CHUNK ? c->size - c->at : CHUNK;
		int		 line = snprintf(out, sizeof out, "%" PRIx64 "\r\n", n);
		ssize_t		 put;

		memcpy(out + line, block + c->at % PERIOD, n);
		memcpy(out + line + n, "\r\n", 2);
		if ((put = send(c->fd, out, (size_t)line + n + 2, MSG_NOSIGNAL)) < 0)
			return false;
		if ((size_t)put < (size_t)line + n + 2) {	/* the rest has to go as well: wait for room */
			size_t	 at = (size_t)put, all = (size_t)line + n + 2;

			while (at < all) {
				struct epoll_event	 e;
				int			 one = epoll_create1(EPOLL_CLOEXEC);

				e.events = EPOLLOUT;
				epoll_ctl(one, EPOLL_CTL_ADD, c->fd, &e);
				epoll_wait(one, &e, 1, -1);
				close(one);
				if ((put = send(c->fd, out + at, all - at, MSG_NOSIGNAL)) < 0)
					return false;
				at += (size_t)put;
			}
		}
		c->at += n;
	}
	return true;
}
