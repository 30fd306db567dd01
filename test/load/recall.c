/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a proxy for what test/load/origin lets it store (/kept/SIZE/ID) and judges every answer:
 * status, entity-tag, each byte of the body. Fills caches, tells what is still there, measures
 * waiting times. One process, one epoll.
 *
 *	recall -x PROXY -o ORIGIN [-s SIZE] [-f FIRST] [-n COUNT] [-q REQUESTS | -d SECONDS] [-c
 *	CONNECTIONS] [-p DEPTH]
 *	       [-r SEED] [-R RATE] [-b PORT,...]
 *
 * Asks for the IDs from FIRST on, COUNT of them, in turn and from the beginning again, or at random
 * (-r), until REQUESTS were answered (or: COUNT) or SECONDS are over; up to DEPTH requests wait on
 * a connection. -R: so many a second, sent when they are due however late the answers are; the time
 * an answer takes begins when its request was due. -b: the connections' own ports, for who must
 * know which worker has them. A request that waits on a connection that ends is sent again on
 * another. Prints one line:
 *	done=N seconds=S errors=E bytes=B right=R wrong=W again=A first_us= p50_us= p99_us= max_us=
 * errors: other statuses, and wrong: bodies or entity-tags that are not those of the ID. Exit
 * status 1: the proxy is not to be reached, or is silent for 20 seconds.
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
#include <unistd.h>

#include "loadnet.h"

enum { DEPTH_MAX = 64, LINKS_MAX = 1024, IN_MAX = 65536, OUT_MAX = DEPTH_MAX * 192, PERIOD = 26,
    SLOWEST_US = 1 << 20,
	SILENCE_S = 20, VAIN_MAX = 1000 };

struct wait {
	uint64_t	 id, since_us;
};

struct link {
	int		 fd;
	bool		 in_body, judged;	/* judged: the body is compared */
	bool		 want_write;
	unsigned	 first, waiting;	/* in `ring` */
	struct wait	 ring[DEPTH_MAX];
	uint64_t	 at, left;		/* of a body */
	uint32_t	 in_n, out_from, out_n;
	struct sockaddr_in from;
	char		 out[OUT_MAX];
	char		 in[IN_MAX + 1];
};

static struct {
	struct sockaddr_in	 proxy;
	const char		*origin;
	uint64_t		 size, first, count, requests, seconds, seed, rate;
	unsigned		 links, depth;
} want = { .size = 1024, .count = 1, .links = 16, .depth = 1 };

static struct {
	uint64_t	 asked, answered, errors, wrong, again, bytes, waiting, max_us,
	    first_us, vain;
} sum;

static uint32_t		 took[SLOWEST_US + 1];
static char		 pattern[IN_MAX + PERIOD];
static struct link	*link_of[LINKS_MAX];
static struct wait	 again[LINKS_MAX * DEPTH_MAX];
static unsigned		 again_n;
static uint64_t		 begin_us, next_due_us;
static int		 ep;

static uint64_t
random_number(void)
{
	want.seed ^= want.seed << 13;	/* xorshift64 */
	want.seed ^= want.seed >> 7;
	return want.seed ^= want.seed << 17;
}

static void
watch(struct link *l, int op, bool write)
{
	struct epoll_event	 e = { .events = EPOLLIN | (write ? EPOLLOUT : 0), .data.ptr = l };

	if (epoll_ctl(ep, op, l->fd, &e) != 0)
		err(1, "epoll_ctl");
	l->want_write = write;
}

static void
open_link(struct link *l)
{
	const struct sockaddr_in	*from = l->from.sin_port != 0 ? &l->from : NULL;

	l->in_body = false;
	l->in_n = l->out_from = l->out_n = l->first = l->waiting = 0;
	if ((l->fd = loadnet_connect(&want.proxy, from)) < 0)
		err(1, "connect");
	watch(l, EPOLL_CTL_ADD, true);
}

/* The connection ended: what waits on it goes to another. */
static void
reopen(struct link *l, bool answered)
{
	if (!answered && ++sum.vain > VAIN_MAX)
		errx(1, "the proxy closes its connections: %" PRIu64 " answers so far",
		    sum.answered);
	while (l->waiting > 0) {
		again[again_n++] = l->ring[l->first++ % DEPTH_MAX];
		l->waiting--;
		sum.waiting--;
		sum.again++;
	}
	close(l->fd);
	open_link(l);
}

static void
send_out(struct link *l)
{
	ssize_t	 n = send(l->fd, l->out + l->out_from, l->out_n - l->out_from, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != ENOTCONN)
		return;		/* it ends: the read side says so */
	l->out_from += n > 0 ? (uint32_t)n : 0;
	if (l->out_from == l->out_n)
		l->out_from = l->out_n = 0;
	if ((l->out_n > 0) != l->want_write)
		watch(l, EPOLL_CTL_MOD, l->out_n > 0);
}

static void
ask(struct link *l, struct wait w)
{
	int	 n = snprintf(l->out + l->out_n, OUT_MAX - l->out_n,
	    "GET http://%s/kept/%" PRIu64 "/%" PRIu64 " HTTP/1.1\r\n"
		    "Host: %s\r\n\r\n", want.origin, want.size, w.id, want.origin);

	if (n < 0 || (uint32_t)n >= OUT_MAX - l->out_n)
		errx(2, "the origin's name is too long");
	l->out_n += (uint32_t)n;
	l->ring[(l->first + l->waiting++) % DEPTH_MAX] = w;
	sum.waiting++;
}

/* The next request, if it is its time. */
static bool
next(struct wait *w, uint64_t now_us)
{
	if (again_n > 0) {
		*w = again[--again_n];
		return true;
	}
	if (want.seconds > 0 ? now_us >= begin_us + want.seconds * 1000000 :
	    sum.asked >= want.requests)
		return false;
	if (want.rate > 0 && now_us < next_due_us)
		return false;
	w->id = want.first + (want.seed != 0 ? random_number() : sum.asked) % want.count;
	w->since_us = want.rate > 0 ? next_due_us : now_us;
	next_due_us = want.rate > 0 ? begin_us + ++sum.asked * 1000000 / want.rate :
	    (sum.asked++, 0);
	return true;
}

static void
top_up(struct link *l, uint64_t now_us)
{
	struct wait	 w;
	bool		 any = false;

	while (l->waiting < want.depth && l->out_n < OUT_MAX / 2 && next(&w, now_us)) {
		ask(l, w);
		any = true;
	}
	if (any)
		send_out(l);
}

static void
answered(struct link *l)
{
	uint64_t	 us = loadnet_now_us() - l->ring[l->first % DEPTH_MAX].since_us;

	if (sum.answered++ == 0)
		sum.first_us = us;
	took[us < SLOWEST_US ? us : SLOWEST_US]++;
	sum.max_us = us > sum.max_us ? us : sum.max_us;
	l->in_body = false;
	l->first++;
	l->waiting--;
	sum.waiting--;
}

/* What stands behind "\r\nNAME: "; NULL: there is none. */
static const char *
field(const char *head, const char *stop, const char *name)
{
	size_t	 n = strlen(name);

	for (const char *p = head; (p = memchr(p, '\n', (size_t)(stop - p))) != NULL &&
	    (size_t)(stop - ++p) > n;)
		if (strncasecmp(p, name, n) == 0)
			return p + n + strspn(p + n, " ");
	return NULL;
}

/* One head, complete. False: the connection cannot be used any longer. */
static bool
judge_head(struct link *l, const char *stop)
{
	uint64_t	 id = l->ring[l->first % DEPTH_MAX].id;
	const char	*length = field(l->in, stop, "content-length:"),
	    *tag = field(l->in, stop, "etag:");
	bool		 good = strncmp(l->in + 8, " 200", 4) == 0;

	l->at = 0;
	l->left = length != NULL ? strtoull(length, NULL, 10) : 0;
	l->in_body = true;
	l->judged = good;
	if (!good)
		sum.errors++;
	else if (tag == NULL || length == NULL || *tag != '"' ||
	    strtoull(tag + 1, NULL, 10) != id || l->left != want.size) {
		sum.wrong++;
		l->judged = false;
	}
	if (length != NULL)
		return true;
	answered(l);
	return false;
}

/* Body bytes at the front of what was read: how many were taken. */
static size_t
take_body(struct link *l, const char *p, size_t n)
{
	uint64_t	 shift = l->ring[l->first % DEPTH_MAX].id + l->at;

	n = n < l->left ? n : (size_t)l->left;
	if (l->judged && memcmp(p, pattern + shift % PERIOD, n) != 0) {
		sum.wrong++;
		l->judged = false;
	}
	l->at += n;
	l->left -= n;
	sum.bytes += n;
	if (l->left == 0)
		answered(l);
	return n;
}

/* All that was read. False: the connection has to end. */
static bool
digest(struct link *l)
{
	char	*p = l->in, *stop = l->in + l->in_n, *end;

	for (;;) {
		if (l->in_body) {
			p += take_body(l, p, (size_t)(stop - p));
			if (l->in_body)
				break;
		}
		if (p == stop || (end = memmem(p, (size_t)(stop - p), "\r\n\r\n", 4)) == NULL)
			break;
		if (l->waiting == 0)
			return false;	/* an answer to nothing */
		memmove(l->in, p, (size_t)(stop - p));
		end -= p - l->in;
		stop -= p - l->in;
		if (end - l->in < 12 || !judge_head(l, end + 2))
			return false;
		p = end + 4;
		if (l->left == 0)
			answered(l);
	}
	memmove(l->in, p, (size_t)(stop - p));
	l->in_n = (uint32_t)(stop - p);
	return l->in_n < IN_MAX;
}

static void
on_event(struct link *l, uint32_t events)
{
	uint64_t	 before = sum.answered;
	ssize_t		 n;

	if ((events & EPOLLOUT) != 0 && l->want_write)
		send_out(l);
	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0)
		return;
	n = recv(l->fd, l->in + l->in_n, IN_MAX - l->in_n, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0) {
		l->in_n += (uint32_t)n;
		if (digest(l))
			return;
	} else if (n < 0 && errno == ECONNREFUSED)
		err(1, "connect");
	reopen(l, sum.answered > before);
}

/* Until the next request is due, to the microsecond, or a second. */
static const struct timespec *
patience(uint64_t now_us, struct timespec *ts)
{
	uint64_t	 us = want.rate == 0 ? 1000000 : next_due_us > now_us ?
	    next_due_us - now_us : 0;

	if (want.rate > 0 && us == 0)
		us = 100;	/* every connection has as many as it may */
	ts->tv_sec = (time_t)(us / 1000000);
	ts->tv_nsec = (long)(us % 1000000) * 1000;
	return ts;
}

static void
go(void)
{
	struct epoll_event	 e[256];
	struct timespec		 ts;
	uint64_t		 now_us, heard_us;
	int			 n;

	begin_us = next_due_us = heard_us = loadnet_now_us();
	for (;;) {
		now_us = loadnet_now_us();
		for (unsigned i = 0; i < want.links; i++)
			top_up(link_of[i], now_us);
		if (sum.waiting == 0 && again_n == 0 && want.rate == 0)
			return;
		if (sum.waiting == 0 && want.rate > 0 &&
		    (want.seconds > 0 ? now_us >= begin_us + want.seconds * 1000000 :
		    sum.asked >= want.requests))
			return;
		n = epoll_pwait2(ep, e, 256, patience(now_us, &ts), NULL);
		for (int i = 0; i < n; i++)
			on_event(e[i].data.ptr, e[i].events);
		if (n > 0)
			heard_us = now_us;
		else if (now_us > heard_us + SILENCE_S * 1000000)
			errx(1, "no answer for %d s: %" PRIu64 " wait", SILENCE_S, sum.waiting);
	}
}

static unsigned
quantile(double part)
{
	uint64_t	 upto = (uint64_t)((double)sum.answered * part), n = 0;
	unsigned	 us = 0;

	for (; us < SLOWEST_US && (n += took[us]) <= upto; us++)
		;
	return us;
}

static void
make_links(char *ports)
{
	char	*p = ports != NULL ? strtok(ports, ",") : NULL;

	for (unsigned i = 0; i < want.links; i++) {
		if ((link_of[i] = calloc(1, sizeof *link_of[i])) == NULL)
			err(1, "calloc");
		if (p != NULL) {
			link_of[i]->from = loadnet_address(p);
			p = strtok(NULL, ",");
		}
		open_link(link_of[i]);
	}
}

/* A reset, so that a port can be used again at once. */
static void
end_links(void)
{
	for (unsigned i = 0; i < want.links; i++) {
		setsockopt(link_of[i]->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
		    sizeof(struct linger));
		close(link_of[i]->fd);
		free(link_of[i]);
	}
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: recall -x PROXY -o ORIGIN [-s SIZE] [-f FIRST] [-n COUNT] [-q REQUESTS | -d SECONDS]\n"
	    "              [-c CONNECTIONS] [-p DEPTH] [-r SEED] [-R RATE] [-b PORT,...]\n");
	exit(2);
}

static void
options(int argc, char **argv, char **ports)
{
	int	 opt;

	while ((opt = getopt(argc, argv, "x:o:s:f:n:q:d:c:p:r:R:b:")) != -1)
		switch (opt) {
		case 'x': want.proxy = loadnet_address(optarg); break;
		case 'o': want.origin = optarg; break;
		case 's': want.size = strtoull(optarg, NULL, 10); break;
		case 'f': want.first = strtoull(optarg, NULL, 10); break;
		case 'n': want.count = strtoull(optarg, NULL, 10); break;
		case 'q': want.requests = strtoull(optarg, NULL, 10); break;
		case 'd': want.seconds = strtoull(optarg, NULL, 10); break;
		case 'c': want.links = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'p': want.depth = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'r': want.seed = strtoull(optarg, NULL, 10) * 2 + 1; break;
		case 'R': want.rate = strtoull(optarg, NULL, 10); break;
		case 'b': *ports = optarg; break;
		default: usage();
		}
	if (optind != argc || want.origin == NULL || want.proxy.sin_port == 0 || want.count == 0 ||
	    want.links == 0 || want.links > LINKS_MAX || want.depth == 0 || want.depth > DEPTH_MAX)
		usage();
	if (want.requests == 0)
		want.requests = want.count;
}

int
main(int argc, char **argv)
{
	char	*ports = NULL;

	signal(SIGPIPE, SIG_IGN);
	loadnet_many_files();
	options(argc, argv, &ports);
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (char)('a' + i % PERIOD);
	if ((ep = epoll_create1(EPOLL_CLOEXEC)) < 0)
		err(1, "epoll");
	make_links(ports);
	go();
	printf("done=%" PRIu64 " seconds=%.3f errors=%" PRIu64 " bytes=%" PRIu64 " right=%"
	    PRIu64 " wrong=%" PRIu64 " again=%" PRIu64
	    " first_us=%" PRIu64 " p50_us=%u p99_us=%u max_us=%" PRIu64 "\n", sum.answered,
	    (double)(loadnet_now_us() - begin_us) / 1e6, sum.errors, sum.bytes,
	    sum.answered - sum.errors - sum.wrong, sum.wrong, sum.again, sum.first_us,
	    quantile(0.5), quantile(0.99), sum.max_us);
	end_links();
	return 0;
}
