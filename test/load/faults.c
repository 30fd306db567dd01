/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load of the fault test: clients that know of each of their requests whether it was answered,
 * wholly and rightly.
 *
 *	faults PROXY-PORT ORIGIN-PORT SECONDS CLIENTS [keep]
 *
 * Each client is a thread that makes one request after another, some on new connections, some on
 * kept ones, for what test/load/origin makes: fixed lengths, chunked, slow, large. With `keep`
 * every other request is for one of a few hundred objects that a cache may keep; each has its own
 * length and its own bytes. X-Name of each request is its own name. One line on standard output for
 * each:
 *	done NAME PORT KIND		answered; every byte was right
 *	cut NAME PORT KIND		the connection ended before the whole answer came
 *	again NAME PORT a kept connection ended before the first byte of an answer, where it may
 *	(RFC 9112, 9.3.1): to be asked anew
 *	refused NAME PORT		no connection
 *	wrong NAME PORT WHAT		anything else
 * PORT is the client's own. PORT 0: it had none. KIND: plain, kept (a cache may keep it), hit (and
 * it said that it came from the store).
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadnet.h"

enum { IN_MAX = 65536, KEPT = 6, PATIENCE_S = 10 };

enum outcome { DONE, CUT, CUT_BEFORE, WRONG };

struct client {
	pthread_t	 thread;
	unsigned	 number, seq;
	int		 fd;
	/* its own port; requests answered on this connection */
	unsigned	 port, served;
	unsigned	 shift;			/* of the alphabet in the body that is awaited */
	bool		 keep, hit;		/* it may be kept; it came from a store */
	size_t		 from, to;
	const char	*what;			/* is wrong */
	char		 in[IN_MAX];
};

static struct sockaddr_in	 proxy;
static unsigned			 origin_port;
static uint64_t			 end_us;
static bool			 with_kept;

static bool
open_one(struct client *c)
{
	struct sockaddr_in	 self;
	socklen_t		 n = sizeof self;
	struct timeval		 patience = { .tv_sec = PATIENCE_S };

	c->port = c->served = 0;
	c->from = c->to = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		err(1, "socket");
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(c->fd, (struct sockaddr *)&proxy, sizeof proxy) != 0 ||
	    getsockname(c->fd, (struct sockaddr *)&self, &n) != 0) {
		close(c->fd);
		c->fd = -1;
		return false;
	}
	c->port = ntohs(self.sin_port);
	return true;
}

static void
close_one(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* More bytes: 1; the end or a broken connection: 0; none in time: -1. */
static int
more(struct client *c)
{
	ssize_t	 n;

	if (c->from == c->to)
		c->from = c->to = 0;
	if (c->to == IN_MAX) {
		memmove(c->in, c->in + c->from, c->to - c->from);
		c->to -= c->from;
		c->from = 0;
	}
	n = recv(c->fd, c->in + c->to, IN_MAX - c->to, 0);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -1;
	if (n <= 0)
		return 0;
	c->to += (size_t)n;
	return 1;
}

static enum outcome
wrong(struct client *c, const char *what)
{
	c->what = what;
	return WRONG;
}

static enum outcome
ended(struct client *c, int more_said)
{
	return more_said < 0 ? wrong(c, "no bytes in time") : CUT;
}

/* A line without its end, NUL-terminated in place; *line stays valid until more is read. */
static enum outcome
get_line(struct client *c, char **line)
{
	for (;;) {
		char	*lf = memchr(c->in + c->from, '\n', c->to - c->from);
		int	 m;

		if (lf != NULL) {
			*line = c->in + c->from;
			c->from = (size_t)(lf - c->in) + 1;
			if (lf == *line || lf[-1] != '\r')
				return wrong(c, "a line that does not end in CRLF");
			lf[-1] = '\0';
			return DONE;
		}
		if (c->to - c->from >= IN_MAX / 2)
			return wrong(c, "an endless line");
		m = more(c);
		if (m <= 0)
			return ended(c, m);
	}
}

/* n bytes of the body, which begin at byte *at of it. */
static enum outcome
get_body(struct client *c, uint64_t n, uint64_t *at)
{
	while (n > 0) {
		if (c->from == c->to) {
			int m = more(c);

			if (m <= 0)
				return ended(c, m);
		}
		for (; n > 0 && c->from < c->to; n--, (*at)++)
			if (c->in[c->from++] != (char)('a' + (*at + c->shift) % 26))
				return wrong(c, "a wrong byte");
	}
	return DONE;
}

static enum outcome
get_chunks(struct client *c, uint64_t *at)
{
	for (;;) {
		char		*line, *stop;
		uint64_t	 n;
		enum outcome	 o = get_line(c, &line);

		if (o != DONE)
			return o;
		n = strtoull(line, &stop, 16);
		if (stop == line)
			return wrong(c, "no chunk size");
		if (n > 0 && (o = get_body(c, n, at)) != DONE)
			return o;
		o = get_line(c, &line);
		if (o != DONE)
			return o;
		if (*line != '\0')
			return wrong(c, "bytes behind a chunk");
		if (n == 0)
			return DONE;
	}
}

struct reply {
	unsigned	 status;
	bool		 chunked, close;
	uint64_t	 length;
};

static enum outcome
get_head(struct client *c, struct reply *r)
{
	char		*line;
	enum outcome	 o = get_line(c, &line);

	*r = (struct reply){ .length = UINT64_MAX };
	if (o != DONE)
		return o;
	if (sscanf(line, "HTTP/1.1 %3u ", &r->status) != 1)
		return wrong(c, "no status line");
	while ((o = get_line(c, &line)) == DONE && *line != '\0') {
		if (strncasecmp(line, "Content-Length: ", 16) == 0)
			r->length = strtoull(line + 16, NULL, 10);
		else if (strcasecmp(line, "Transfer-Encoding: chunked") == 0)
			r->chunked = true;
		else if (strcasecmp(line, "Connection: close") == 0)
			r->close = true;
		else if (strncasecmp(line, "Cache-Status: ", 14) == 0)
			c->hit = strstr(line, "; hit") != NULL;
	}
	return o;
}

static enum outcome
get_answer(struct client *c, uint64_t want, bool *last)
{
	struct reply	 r;
	uint64_t	 at = 0;
	enum outcome	 o;

	if (c->from == c->to) {
		int m = more(c);

		if (m <= 0)
			return m == 0 ? CUT_BEFORE : ended(c, m);
	}
	o = get_head(c, &r);
	if (o != DONE)
		return o;
	*last = r.close;
	if (r.status != 200)
		return wrong(c, "another status than 200");
	if (r.chunked)
		o = get_chunks(c, &at);
	else if (r.length != UINT64_MAX)
		o = get_body(c, r.length, &at);
	else
		return wrong(c, "neither a length nor chunks");
	if (o == DONE && at != want)
		return wrong(c, "a body of another length, as if it were whole");
	return o;
}

/* What is asked for, by turns. */
static uint64_t
choose(struct client *c, char *path, size_t room)
{
	static const struct { const char *path; uint64_t size; } kinds[] = {
		{ "/bytes/", 1000 }, { "/chunked/", 30000 }, { "/bytes/", 400000 },
		{ "/slow/20/", 500 }, { "/bytes/", 10 }, { "/chunked/", 200000 },
		{ "/slow/200/", 5000 },
	};
	const unsigned	 count = sizeof kinds / sizeof kinds[0];
	unsigned	 k = (c->number + c->seq) % count, spread;
	uint64_t	 size = kinds[k].size;

	c->keep = with_kept && (c->seq & 1);
	c->hit = false;
	c->shift = 0;
	if (!c->keep) {
		snprintf(path, room, "%s%llu", kinds[k].path, (unsigned long long)size);
		return size;
	}
	spread = (c->number * 2654435761u + c->seq * 40503u) >> 7;
	c->shift = spread % 26;
	size += c->shift * 7 + spread / 26 % 3 * 1000;
	snprintf(path, room, "/kept/%llu/%u", (unsigned long long)size, c->shift);
	return size;
}

static void
tell(struct client *c, enum outcome o, const char *name)
{
	const char	*kind = c->hit ? "hit" : c->keep ? "kept" : "plain";

	switch (o) {
	case DONE:
		printf("done %s %u %s\n", name, c->port, kind);
		break;
	case CUT_BEFORE:
		printf("%s %s %u %s\n", c->served > 0 ? "again" : "cut", name, c->port, kind);
		break;
	case CUT:
		printf("cut %s %u %s\n", name, c->port, kind);
		break;
	case WRONG:
		printf("wrong %s %u %s\n", name, c->port, c->what);
		break;
	}
}

static void
ask(struct client *c)
{
	char		 path[64], name[32], head[256];
	uint64_t	 size;
	bool		 last = false;
	enum outcome	 o;
	int		 n;

	c->seq++;
	snprintf(name, sizeof name, "r%u-%u", c->number, c->seq);
	if (c->fd < 0 && !open_one(c)) {
		printf("refused %s 0\n", name);
		usleep(20000);
		return;
	}
	size = choose(c, path, sizeof path);
	n = snprintf(head, sizeof head,
	    "GET http://127.0.0.1:%u%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nX-Name: %s\r\n\r\n",
	    origin_port, path, origin_port, name);
	o = send(c->fd, head, (size_t)n, MSG_NOSIGNAL) == n ? get_answer(c, size, &last) :
	    CUT_BEFORE;
	tell(c, o, name);
	c->served++;
	if (o != DONE || last || c->served >= KEPT - c->number % KEPT)
		close_one(c);
}

static void *
work(void *arg)
{
	struct client	*c = arg;

	c->fd = -1;
	while (loadnet_now_us() < end_us)
		ask(c);
	close_one(c);
	return NULL;
}

int
main(int argc, char **argv)
{
	struct client	*clients;
	unsigned	 n;

	with_kept = argc == 6 && strcmp(argv[5], "keep") == 0;
	if (argc != 5 && !with_kept)
		errx(2, "usage: faults PROXY-PORT ORIGIN-PORT SECONDS CLIENTS [keep]");
	signal(SIGPIPE, SIG_IGN);
	proxy = loadnet_address(argv[1]);
	origin_port = (unsigned)atoi(argv[2]);
	end_us = loadnet_now_us() + (uint64_t)atoi(argv[3]) * 1000000;
	n = (unsigned)atoi(argv[4]);
	clients = calloc(n, sizeof *clients);
	if (clients == NULL)
		err(1, "calloc");
	for (unsigned i = 0; i < n; i++) {
		clients[i].number = i;
		if (pthread_create(&clients[i].thread, NULL, work, &clients[i]) != 0)
			errx(1, "pthread_create");
	}
	for (unsigned i = 0; i < n; i++)
		pthread_join(clients[i].thread, NULL);
	free(clients);
	return 0;
}
