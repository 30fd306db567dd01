/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load for the process tests: an origin of its own, and clients that fetch from it through the
 * proxy, each request on a new connection or several on one, until the time is up. Every byte of
 * every answer is checked. Prints "ok N refused N cut N wrong N slowest-ms N"; a connection that
 * the proxy closed between two answers, where it may, is none of these.
 *
 *	hammer PROXY-PORT MILLISECONDS CLIENTS REQUESTS-A-CONNECTION [PATH]
 *	SIGTERM: the time is up
 *	hammer first PROXY-PORT PROGRAM [ARGUMENT...] starts it; how many milliseconds later the
 *	first answer was there
 *	hammer ends SIGNAL PID signals it; how many milliseconds later it had ended (signal 0: who
 *	waits sees what another did)
 *	hammer tunnel PROXY-PORT opens a tunnel to its own origin, says "open", and how many
 *	milliseconds later it ended
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BODY = 3000, CLIENTS_MAX = 64, PATIENCE_MS = 10000 };

static atomic_uint	 ok, refused, cut, wrong, slowest_ms;
static unsigned short	 proxy_port, origin_port;
static unsigned		 per_connection;
static atomic_long	 end_ms;
static char		 body[BODY];
static const char	*path = "";

static long
now_ms(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct sockaddr_in
loopback(unsigned short port)
{
	struct sockaddr_in	 a = { .sin_family = AF_INET, .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/*
 * Reads up to the blank line; -1: the end. Bytes of the body that came along stay in buf behind it.
 */
static ssize_t
read_head(int fd, char *buf, size_t cap, size_t *got)
{
	for (*got = 0; *got < cap - 1;) {
		ssize_t	 n = recv(fd, buf + *got, cap - 1 - *got, 0);
		char	*end;

		if (n <= 0)
			return -1;
		*got += (size_t)n;
		buf[*got] = '\0';
		end = strstr(buf, "\r\n\r\n");
		if (end != NULL)
			return end + 4 - buf;
	}
	return -1;
}

static void *
serve(void *arg)
{
	int	 fd = (int)(long)arg;
	char	 buf[8192], head[128];
	size_t	 got;
	int	 n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n",
	    BODY);

	while (read_head(fd, buf, sizeof buf, &got) > 0) {
		send(fd, head, (size_t)n, MSG_NOSIGNAL | MSG_MORE);
		if (send(fd, body, BODY, MSG_NOSIGNAL) != BODY)
			break;
	}
	close(fd);
	return NULL;
}

static void *
origin(void *arg)
{
	int	 l = (int)(long)arg;

	for (;;) {
		pthread_t	 t;
		int		 fd = accept(l, NULL, NULL);

		if (fd < 0 || pthread_create(&t, NULL, serve, (void *)(long)fd) != 0)
			continue;
		pthread_detach(t);
	}
	return NULL;
}

/* 1: a good answer; 0: the connection ended before the first byte of one; -1: anything else. */
static int
one_request(int fd)
{
	char	 buf[16384], req[4096];
	size_t	 got;
	ssize_t	 head;
	int	 n = snprintf(req, sizeof req,
	    "GET http://127.0.0.1:%u/%s HTTP/1.1\r\nHost: x\r\n\r\n", origin_port, path);

	if (send(fd, req, (size_t)n, MSG_NOSIGNAL) != n)
		return 0;
	head = read_head(fd, buf, sizeof buf, &got);
	if (head < 0)
		return got == 0 ? 0 : -1;
	while (got < (size_t)head + BODY) {
		ssize_t	 more = recv(fd, buf + got, sizeof buf - got, 0);

		if (more <= 0)
			return -1;
		got += (size_t)more;
	}
	if (strncmp(buf, "HTTP/1.1 200 ", 13) != 0 || got != (size_t)head + BODY ||
	    memcmp(buf + head, body, BODY) != 0) {
		fprintf(stderr, "%.*s\n", (int)strcspn(buf, "\r\n"), buf);
		atomic_fetch_add(&wrong, 1);
		return -2;
	}
	return strcasestr(buf, "\r\nConnection: close") != NULL ? 2 : 1;
}

static void
one_connection(void)
{
	struct sockaddr_in	 a = loopback(proxy_port);
	int			 fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		atomic_fetch_add(&refused, 1);
		close(fd);
		return;
	}
	for (unsigned i = 0; i < per_connection; i++) {
		long	 began = now_ms();
		int	 r = one_request(fd);
		unsigned took = (unsigned)(now_ms() - began), worst = atomic_load(&slowest_ms);

		while (took > worst && !atomic_compare_exchange_weak(&slowest_ms, &worst, took))
			;
		if (r > 0)
			atomic_fetch_add(&ok, 1);
		/*
		 * An idle connection may be closed at any time; the first request of one may not.
		 */
		if (r == -1 || (r == 0 && i == 0))
			atomic_fetch_add(&cut, 1);
		if (r != 1)
			break;
	}
	close(fd);
}

static void
on_term(int sig)
{
	(void)sig;
	atomic_store(&end_ms, 0);
}

static void *
client(void *arg)
{
	(void)arg;
	do
		one_connection();
	while (now_ms() < atomic_load(&end_ms));
	return NULL;
}

static int
tunnel(void)
{
	struct sockaddr_in	 a = loopback(proxy_port);
	int			 fd = socket(AF_INET, SOCK_STREAM, 0);
	char			 buf[4096];
	size_t			 got;
	long			 began;

	if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
		return 1;
	dprintf(fd, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", origin_port,
	    origin_port);
	if (read_head(fd, buf, sizeof buf, &got) < 0 || strncmp(buf, "HTTP/1.1 200 ", 13) != 0)
		return 1;
	printf("open\n");
	fflush(stdout);
	began = now_ms();
	while (recv(fd, buf, sizeof buf, 0) > 0)
		;
	printf("%ld\n", now_ms() - began);
	return 0;
}

/* The program may stay (-N): it is the caller's to end. */
static int
first(char **program)
{
	struct sockaddr_in	 a = loopback(proxy_port);
	long			 began = now_ms();
	pid_t			 pid = fork();
	bool			 there = false;

	if (pid == 0) {
		execv(program[0], program);
		_exit(127);
	}
	while (pid > 0 && !there && now_ms() - began < PATIENCE_MS) {
		int	 fd = socket(AF_INET, SOCK_STREAM, 0);

		there = connect(fd, (struct sockaddr *)&a, sizeof a) == 0 && one_request(fd) > 0;
		close(fd);
		if (!there)
			usleep(500);
	}
	printf("%ld\n", now_ms() - began);
	return there ? 0 : 1;
}

/* A zombie has ended too. */
static int
ends(int sig, pid_t pid)
{
	struct pollfd	 p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	long		 began = now_ms();
	int		 n;

	if (p.fd < 0 || kill(pid, sig) != 0)
		return 1;
	n = poll(&p, 1, PATIENCE_MS);
	printf("%ld\n", now_ms() - began);
	return n == 1 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in	 a = loopback(0);
	socklen_t		 n = sizeof a;
	pthread_t		 t[CLIENTS_MAX], o;
	int			 l = socket(AF_INET, SOCK_STREAM, 0), clients;

	signal(SIGPIPE, SIG_IGN);
	memset(body, 'b', sizeof body);
	if (bind(l, (struct sockaddr *)&a, sizeof a) != 0 || listen(l, 1024) != 0 ||
	    getsockname(l, (struct sockaddr *)&a, &n) != 0)
		return 2;
	origin_port = ntohs(a.sin_port);
	if (argc == 4 && strcmp(argv[1], "ends") == 0)
		return ends(atoi(argv[2]), (pid_t)atoi(argv[3]));
	pthread_create(&o, NULL, origin, (void *)(long)l);
	if (argc > 3 && strcmp(argv[1], "first") == 0) {
		proxy_port = (unsigned short)atoi(argv[2]);
		return first(argv + 3);
	}
	if (argc == 3 && strcmp(argv[1], "tunnel") == 0) {
		proxy_port = (unsigned short)atoi(argv[2]);
		return tunnel();
	}
	if (argc != 5 && (argc != 6 || strlen(argv[5]) > 3000))
		return 2;
	if (argc == 6)
		path = argv[5];
	proxy_port = (unsigned short)atoi(argv[1]);
	atomic_store(&end_ms, now_ms() + atoi(argv[2]));
	signal(SIGTERM, on_term);
	clients = atoi(argv[3]) < CLIENTS_MAX ? atoi(argv[3]) : CLIENTS_MAX;
	per_connection = (unsigned)atoi(argv[4]);
	for (int i = 0; i < clients; i++)
		pthread_create(&t[i], NULL, client, NULL);
	for (int i = 0; i < clients; i++)
		pthread_join(t[i], NULL);
	printf("ok %u refused %u cut %u wrong %u slowest-ms %u\n", ok, refused, cut, wrong,
	    slowest_ms);
	return 0;
}
