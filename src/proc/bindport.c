/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a listening socket. In the master, with privileges raised (ports below 1024, transparent
 * sockets).
 */
#include "proc/bindport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 16384 };	/* the kernel bounds it by net.core.somaxconn */

static bool
set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* "[::]:3128" takes IPv4 too, unless another line gives the same number an IPv4 address. */
static bool
only_v6(const struct settings *s, const struct port *p)
{
	if (!addr_is_any(&p->addr))
		return true;
	for (size_t i = 0; i < s->n_ports; i++)
		if (addr_is_v4(&s->ports[i].addr) && s->ports[i].addr.port == p->addr.port)
			return true;
	return false;
}

static int
make(const struct settings *s, const struct port *p, struct addr *a, bool reuseport)
{
	struct sockaddr_storage	 ss;
	socklen_t		 n;
	int			 fd, error;

	*a = p->addr;
	n = addr_to_sock(a, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if ((ss.ss_family == AF_INET6 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, only_v6(s, p))) ||
	    (reuseport && !set(fd, SOL_SOCKET, SO_REUSEPORT, 1)) ||
	    (p->tproxy && !set(fd, ss.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
	    ss.ss_family == AF_INET6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, 1)) ||
	    bind(fd, (struct sockaddr *)&ss, n) != 0) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static void
explain(const struct addr *a, char *why, size_t cap)
{
	char	 text[ADDR_TEXT];

	snprintf(why, cap, "cannot listen on %s: %s", addr_print_port(a, text),
	    errno == EADDRINUSE ? "another process does already" : errno == EADDRNOTAVAIL ?
	    "this host has no such address" : errno == EACCES ?
	    "this needs root (a port below 1024)" : strerror(errno));
}

/*
 * IPv6 may be compiled in and switched off: then "any address" is IPv4's.
 */
static int
make_any(const struct settings *s, const struct port *p, struct addr *a, bool reuseport)
{
	struct port	 four;
	int		 fd = make(s, p, a, reuseport);

	if (fd >= 0 || !p->v6_any || (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT))
		return fd;
	four = *p;
	four.v6_any = false;
	four.addr = addr_from_v4(0, p->addr.port);
	return make(s, &four, a, reuseport);
}

int
bindport_open(const struct settings *s, const struct port *p, char *why, size_t cap)
{
	struct addr	 a;
	int		 fd = make_any(s, p, &a, true);

	if (fd < 0) {
		explain(&a, why, cap);
		return -1;
	}
	/* Accepted sockets inherit these. */
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (s->tcp_recv_bufsize > 0 && s->tcp_recv_bufsize <= INT32_MAX)
		set(fd, SOL_SOCKET, SO_RCVBUF, (int)s->tcp_recv_bufsize);
	if (listen(fd, BACKLOG) == 0)
		return fd;
	explain(&a, why, cap);
	close(fd);
	return -1;
}

bool
bindport_is_free(const struct settings *s, const struct port *p, char *why, size_t cap)
{
	struct addr	 a;
	int		 fd = make_any(s, p, &a, false);

	if (fd < 0) {
		explain(&a, why, cap);
		return false;
	}
	close(fd);
	return true;
}
