/* SPDX-License-Identifier: Apache-2.0 */
/* A DNS server on loopback for the tests. */
#include "nameserver.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/must.h"
#include "net/io.h"
#include "net/loop.h"

enum { A = 1, CNAME = 5, PTR = 12, AAAA = 28, LATE_MS = 150 };

struct late {
	struct timer		 timer;
	struct sockaddr_storage	 to;
	socklen_t		 len;
	size_t			 n;
	unsigned char		 p[512];
};

int			 nameserver_asked;
uint16_t		 nameserver_from[NAMESERVER_PORTS];
enum { CONNS = 8 };

/* TCP: the ninth takes the place of the first */
static struct io	 udp, tcp, conns[CONNS];
static unsigned		 n_conns;

static void
put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static size_t
put_name(unsigned char *p, const char *name)
{
	size_t	 n = 0;

	while (*name != '\0') {
		size_t	 len = strcspn(name, ".");

		p[n++] = (unsigned char)len;
		memcpy(p + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	p[n++] = 0;
	return n;
}

/* A record; owner NULL: the question's name. Counts it in the header. */
static size_t
put_record(unsigned char *packet, size_t at, const char *owner, unsigned type, unsigned ttl,
    const void *data, size_t len)
{
	unsigned char	*p = packet + at;

	if (owner == NULL) {
		put16(p, 0xc00c);
		p += 2;
	} else
		p += put_name(p, owner);
	put16(p, type);
	put16(p + 2, 1);
	put16(p + 4, 0);
	put16(p + 6, ttl);
	put16(p + 8, (unsigned)len);
	memcpy(p + 10, data, len);
	packet[7]++;
	return (size_t)(p + 10 + len - packet);
}

static const unsigned char	 four[4] = { 192, 0, 2, 1 }, other[4] = { 192, 0, 2, 99 };
static const unsigned char	 six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

static size_t
add_addrs(unsigned char *p, size_t at, const char *label, unsigned type, bool stream)
{
	unsigned	 ttl =
	    strcmp(label, "short") == 0 ? 1 : strcmp(label, "zero") == 0 ? 0 : 60;
	unsigned char	 ip[4] = { 10, 0, 0, 0 };
	static const char *const	 known[] = { "both", "slow6", "slow4", "mute6", "six" };

	if (strcmp(label, "big") == 0) {
		if (!stream)
			p[2] |= 2;		/* TC */
		for (int i = 0; stream && type == A && i < 30; i++) {
			ip[3] = (unsigned char)i;
			at = put_record(p, at, NULL, A, ttl, ip, 4);
		}
		return at;
	}
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (strcmp(label, known[i]) != 0)
			continue;
		if (type == AAAA)
			return put_record(p, at, NULL, AAAA, ttl, six, 16);
		return i == 4 ? at : put_record(p, at, NULL, A, ttl, four, 4);
	}
	if (type != A)
		return at;
	return put_record(p, at, NULL, A, ttl, strcmp(label, "four") == 0 ? four : other, 4);
}

/* Makes the answer out of the question in place; 0: none. */
static size_t
answer(unsigned char *p, size_t n, bool stream, bool *late)
{
	char		 label[64], target[32];
	size_t		 at = 12, len;
	unsigned	 type;

	ck_assert(n > 17);
	nameserver_asked++;
	snprintf(label, sizeof label, "%.*s", p[12], (char *)p + 13);
	while (p[at] != 0)
		at += 1u + p[at];
	type = (unsigned)p[at + 1] << 8 | p[at + 2];
	at += 5;
	p[2] |= 0x80;
	p[3] = 0x80;
	put16(p + 6, 0);
	put16(p + 8, 0);
	put16(p + 10, 0);
	*late = (type == AAAA && strcmp(label, "slow6") == 0) ||
	    (type == A && strcmp(label, "slow4") == 0);
	if (strcmp(label, "mute") == 0 || (type == AAAA && strcmp(label, "mute6") == 0))
		return 0;
	if (strcmp(label, "none") == 0)
		p[3] |= 3;
	else if (strcmp(label, "fail") == 0)
		p[3] |= 2;
	else if (strcmp(label, "junk") == 0) {
		p[7] = 3;
		memset(p + at, 0xff, 30);
		at += 30;
	} else if (strcmp(label, "alias") == 0) {
		len = put_name((unsigned char *)target, "both.test");
		at = put_record(p, at, NULL, CNAME, 30, target, len);
		if (type == A)
			at = put_record(p, at, "both.test", A, 60, four, 4);
		else
			at = put_record(p, at, "both.test", AAAA, 60, six, 16);
	} else if (type == PTR) {
		len = put_name((unsigned char *)target, "Host.Example");
		at = put_record(p, at, NULL, PTR, 60, target, len);
	} else if (strcmp(label, "empty") != 0)
		at = add_addrs(p, at, label, type, stream);
	return at;
}

static void
on_late(struct timer *t)
{
	struct late	*l = CONTAINER_OF(t, struct late, timer);

	sendto(udp.fd, l->p, l->n, 0, (struct sockaddr *)&l->to, l->len);
	free(l);
}

static void
on_udp(struct io *io, unsigned events)
{
	struct late	 l, *copy;
	struct addr	 from;
	bool		 late;
	ssize_t		 n;

	(void)events;
	for (;;) {
		l.len = sizeof l.to;
		n = recvfrom(io->fd, l.p, sizeof l.p, 0, (struct sockaddr *)&l.to, &l.len);
		if (n < 0)
			return;
		if (nameserver_asked < NAMESERVER_PORTS &&
		    addr_from_sock(&from, (struct sockaddr *)&l.to))
			nameserver_from[nameserver_asked] = from.port;
		l.n = answer(l.p, (size_t)n, false, &late);
		if (l.n > 0 && !late)
			sendto(io->fd, l.p, l.n, 0, (struct sockaddr *)&l.to, l.len);
		if (l.n == 0 || !late)
			continue;
		copy = malloc(sizeof *copy);
		*copy = l;
		timer_init(&copy->timer, on_late);
		timer_set(&copy->timer, LATE_MS);
	}
}

/*
 * One question a packet, and each packet in one read: enough for a test. The answer goes out in two
 * pieces.
 */
static void
on_conn(struct io *io, unsigned events)
{
	unsigned char	 p[2048];
	ssize_t		 n = read(io->fd, p, sizeof p), at = 0;
	bool		 late;

	(void)events;
	if (n == 0)
		io_close(io);
	while (at + 2 < n) {
		size_t		 len = (size_t)p[at] << 8 | p[at + 1], got;
		unsigned char	 q[2048];

		memcpy(q + 2, p + at + 2, len);
		got = answer(q + 2, len, true, &late);
		put16(q, (unsigned)got);
		ck_assert_int_eq(write(io->fd, q, 9), 9);
		ck_assert_int_eq(write(io->fd, q + 9, got - 7), (ssize_t)got - 7);
		at += (ssize_t)len + 2;
	}
}

static void
on_tcp(struct io *io, unsigned events)
{
	int	 fd;

	(void)events;
	while ((fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		io_close(&conns[n_conns % CONNS]);
		MUST(io_open(&conns[n_conns++ % CONNS], fd, 0, on_conn));
	}
}

/*
 * Sockets for both protocols on one port; false: the port that the kernel chose for TCP is
 * somebody's for UDP.
 */
static bool
bind_both(int u, int t, struct addr *a)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;

	*a = addr_from_v4(INADDR_LOOPBACK, 0);
	len = addr_to_sock(a, &ss);
	ck_assert_int_eq(bind(t, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(getsockname(t, (struct sockaddr *)&ss, &len), 0);
	ck_assert(addr_from_sock(a, (struct sockaddr *)&ss));
	return bind(u, (struct sockaddr *)&ss, len) == 0;
}

uint16_t
nameserver_start(void)
{
	struct addr	 a;
	int		 u, t;

	for (unsigned i = 0;; i++) {
		u = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		t = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (bind_both(u, t, &a))
			break;
		ck_assert_uint_lt(i, 100);
		close(u);
		close(t);
	}
	ck_assert_int_eq(listen(t, 8), 0);
	MUST(io_open(&udp, u, 0, on_udp));
	MUST(io_open(&tcp, t, 0, on_tcp));
	for (unsigned i = 0; i < CONNS; i++)
		conns[i].fd = -1;
	nameserver_asked = 0;
	return a.port;
}

void
nameserver_stop(void)
{
	io_close(&udp);
	io_close(&tcp);
	for (unsigned i = 0; i < CONNS; i++)
		io_close(&conns[i]);
}
