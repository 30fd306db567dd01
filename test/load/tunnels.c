/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load through CONNECT tunnels, one process, one epoll.
 *
 *	tunnels rate -x PROXY -t ECHO -c CONNECTIONS -d SECONDS [-n BYTES]
 *		over and over: connect, CONNECT, send BYTES (64) once the answer is there, read them
 *		back, compare, close
 *	tunnels bulk -x PROXY -t BULK -c CONNECTIONS -d SECONDS [-u]
 *		reads as fast as can be from the server's bulk port (-u: writes to it)
 *	tunnels hold -x PROXY -t ECHO -n COUNT
 *		opens COUNT tunnels, one echo through each, prints "holding", keeps them until its
 *		standard input ends, closes them
 *
 * -X instead of -x connects without a proxy: what the load itself can do. Prints one line: done=N
 * seconds=S errors=E bytes=B. Exit status 1 when there were errors. Client addresses are 127.0.0.2
 * and following, so that ports do not run out.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadnet.h"

enum { ECHO_MAX = 65536, SOURCES = 32, AT_ONCE = 128 };

enum mode { RATE, BULK, HOLD };
enum phase { CLOSED, CONNECTING, ASKED, TALKING, STANDING };

struct tunnel {
	int		 fd;
	enum phase	 phase;
	uint32_t	 got;		/* bytes of the proxy's answer, or of the echo */
	char		 head[512];
};

static struct {
	enum mode		 mode;
	bool			 direct, upward;
	struct sockaddr_in	 proxy, target;
	unsigned		 count;
	size_t			 size;
	double			 seconds;
} want = { .count = 16, .size = 64, .seconds = 3 };

static int		 ep;
static char		 request[256];
static int		 request_n;
static char		 bytes[ECHO_MAX], back[1 << 20];
static uint64_t		 done, errors, moved;
static unsigned		 standing, opening;
static struct tunnel	*all;

static void
fail(struct tunnel *t, const char *what)
{
	if (errors++ < 3)
		warn("%s (phase %d)", what, t->phase);
}

static void
stop(struct tunnel *t)
{
	close(t->fd);
	t->fd = -1;
	t->phase = CLOSED;
}

static void
start(struct tunnel *t)
{
	static unsigned		 turn;
	struct sockaddr_in	 from = { .sin_family = AF_INET };
	struct epoll_event	 e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
	    .data.ptr = t };

	from.sin_addr.s_addr = htonl(0x7f000002 + turn++ % SOURCES);
	if ((t->fd = loadnet_connect(want.direct ? &want.target : &want.proxy, &from)) < 0)
		err(1, "connect");
	t->phase = CONNECTING;
	t->got = 0;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, t->fd, &e) != 0)
		err(1, "epoll_ctl");
}

/* Sends n bytes that surely fit into an empty socket buffer. */
static bool
say(struct tunnel *t, const void *p, size_t n)
{
	if (send(t->fd, p, n, MSG_NOSIGNAL) == (ssize_t)n)
		return true;
	fail(t, "send");
	return false;
}

static void
again(struct tunnel *t)
{
	stop(t);
	if (want.mode == RATE)
		start(t);
}

static void
stream(struct tunnel *t)
{
	ssize_t	 n = 0;

	for (int i = 0; i < 8 && n >= 0; i++) {
		n = want.upward ? send(t->fd, back, 262144, MSG_NOSIGNAL) :
		    recv(t->fd, back, sizeof back, MSG_TRUNC);
		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			fail(t, "bulk");
			stop(t);
			return;
		}
		if (n > 0)
			moved += (size_t)n;
	}
	/* more is there, but it is the others' turn: asks for the event once more */
	if (n > 0) {
		struct epoll_event	 e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		    .data.ptr = t };

		epoll_ctl(ep, EPOLL_CTL_MOD, t->fd, &e);
	}
}

/* The tunnel stands: the first bytes through it. */
static void
talk(struct tunnel *t)
{
	t->phase = TALKING;
	t->got = 0;
	if (want.mode == BULK ? !say(t, want.upward ? "d" : "s", 1) : !say(t, bytes, want.size))
		again(t);
	else if (want.upward)
		stream(t);
}

/* The proxy's answer, which ends in an empty line; nothing may follow it yet. */
static void
hear_answer(struct tunnel *t)
{
	ssize_t	 n = recv(t->fd, t->head + t->got, sizeof t->head - t->got, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(t, "answer to CONNECT");
		again(t);
		return;
	}
	t->got += (uint32_t)n;
	if (memmem(t->head, t->got, "\r\n\r\n", 4) == NULL)
		return;
	if (t->got < 12 || memcmp(t->head + 8, " 200", 4) != 0) {
		errno = EPROTO;
		fail(t, "CONNECT refused");
		again(t);
		return;
	}
	talk(t);
}

static void
hear_echo(struct tunnel *t)
{
	ssize_t	 n = recv(t->fd, back, sizeof back, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || t->got + (size_t)n > want.size ||
	    memcmp(back, bytes + t->got, (size_t)n) != 0) {
		fail(t, "echo");
		again(t);
		return;
	}
	t->got += (uint32_t)n;
	moved += (size_t)n;
	if (t->got < want.size)
		return;
	done++;
	if (want.mode == HOLD) {
		t->phase = STANDING;
		standing++;
		opening--;
	} else
		again(t);
}

static void
on_event(struct tunnel *t, uint32_t events)
{
	switch (t->phase) {
	case CLOSED:
		break;
	case CONNECTING:
		if ((events & (EPOLLERR | EPOLLHUP)) != 0 || (events & EPOLLOUT) == 0) {
			fail(t, "connect");
			again(t);
		} else if (want.direct)
			talk(t);
		else if (say(t, request, (size_t)request_n))
			t->phase = ASKED;
		else
			again(t);
		break;
	case ASKED:
		hear_answer(t);
		break;
	case TALKING:
		if (want.mode == BULK)
			stream(t);
		else
			hear_echo(t);
		break;
	case STANDING:
		if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
			fail(t, "closed while it stood");
			standing--;
			stop(t);
		}
		break;
	}
}

static void
round_of_events(int ms)
{
	struct epoll_event	 e[128];
	int			 n = epoll_wait(ep, e, 128, ms);

	for (int i = 0; i < n; i++)
		on_event(e[i].data.ptr, e[i].events);
}

static double
run_for(double seconds)
{
	uint64_t	 from = loadnet_now_us(), now, until = from + (uint64_t)(seconds * 1e6);

	for (unsigned i = 0; i < want.count; i++)
		start(&all[i]);
	while ((now = loadnet_now_us()) < until)
		round_of_events((int)((until - now) / 1000) + 1);
	return (double)(now - from) / 1e6;
}

static double
hold(void)
{
	uint64_t		 from = loadnet_now_us();
	struct epoll_event	 e = { .events = EPOLLIN, .data.ptr = NULL }, got;
	int			 input = epoll_create1(EPOLL_CLOEXEC);
	char			 ignored[64];

	for (unsigned next = 0; standing < want.count && errors == 0; round_of_events(100))
		for (; next < want.count && opening < AT_ONCE; opening++)
			start(&all[next++]);
	printf("holding %u\n", standing);
	fflush(stdout);
	epoll_ctl(input, EPOLL_CTL_ADD, STDIN_FILENO, &e);
	for (;;) {
		if (epoll_wait(input, &got, 1, 20) > 0 &&
		    read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
			break;
		round_of_events(0);
	}
	return (double)(loadnet_now_us() - from) / 1e6;
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: tunnels rate|bulk|hold {-x proxy | -X} -t target [-c connections] [-d seconds] [-n bytes or count] [-u]\n");
	exit(2);
}

static void
options(int argc, char **argv)
{
	const char	*target = NULL, *proxy = NULL;
	long		 n = 0;
	int		 opt;

	if (argc < 2)
		usage();
	want.mode = strcmp(argv[1], "rate") == 0 ? RATE :
	    strcmp(argv[1], "bulk") == 0 ? BULK : HOLD;
	if (want.mode == HOLD && strcmp(argv[1], "hold") != 0)
		usage();
	optind = 2;
	while ((opt = getopt(argc, argv, "x:Xt:c:d:n:u")) != -1)
		switch (opt) {
		case 'x': proxy = optarg; break;
		case 'X': want.direct = true; break;
		case 't': target = optarg; break;
		case 'c': want.count = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'd': want.seconds = strtod(optarg, NULL); break;
		case 'n': n = strtol(optarg, NULL, 10); break;
		case 'u': want.upward = true; break;
		default: usage();
		}
	if (optind != argc || target == NULL || (proxy == NULL) != want.direct || want.count == 0 ||
	    n < 0)
		usage();
	want.target = loadnet_address(target);
	if (proxy != NULL)
		want.proxy = loadnet_address(proxy);
	if (n > 0 && want.mode == HOLD)
		want.count = (unsigned)n;
	else if (n > 0)
		want.size = n < ECHO_MAX ? (size_t)n : ECHO_MAX;
	request_n = snprintf(request, sizeof request,
	    "CONNECT %s:%u HTTP/1.1\r\nHost: %s:%u\r\n\r\n",
	    inet_ntoa(want.target.sin_addr), ntohs(want.target.sin_port),
	    inet_ntoa(want.target.sin_addr), ntohs(want.target.sin_port));
}

int
main(int argc, char **argv)
{
	double	 seconds;

	signal(SIGPIPE, SIG_IGN);
	loadnet_many_files();
	options(argc, argv);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)('a' + i % 26);
	if ((all = calloc(want.count, sizeof *all)) == NULL ||
	    (ep = epoll_create1(EPOLL_CLOEXEC)) < 0)
		err(1, "start");
	seconds = want.mode == HOLD ? hold() : run_for(want.seconds);
	printf("done=%" PRIu64 " seconds=%.3f errors=%" PRIu64 " bytes=%" PRIu64 "\n", done,
	    seconds, errors, moved);
	return errors == 0 ? 0 : 1;
}
