/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets for the load programs. Not part of the proxy. */
#include "loadnet.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct sockaddr_in
loadnet_address(const char *text)
{
	struct sockaddr_in	 a = { .sin_family = AF_INET };
	const char		*colon = strrchr(text, ':');
	char			 host[INET_ADDRSTRLEN] = "127.0.0.1";
	long			 port;
	char			*end;

	if (colon != NULL && (size_t)(colon - text) < sizeof host)
		snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	port = strtol(colon != NULL ? colon + 1 : text, &end, 10);
	if (*end != '\0' || port < 0 || port > 65535 || inet_pton(AF_INET, host, &a.sin_addr) != 1)
		errx(2, "not an address: %s", text);
	a.sin_port = htons((uint16_t)port);
	return a;
}

int
loadnet_listen(struct sockaddr_in at)
{
	int	 fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 4096) != 0)
		err(1, "port %u", ntohs(at.sin_port));
	return fd;
}

int
loadnet_connect(const struct sockaddr_in *to, const struct sockaddr_in *from)
{
	int	 fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int	 saved;

	if (fd < 0)
		return -1;
	if (from != NULL) {
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){ 1 }, sizeof(int));
		if (bind(fd, (const struct sockaddr *)from, sizeof *from) != 0)
			err(1, "bind");
	}
	loadnet_nodelay(fd);
	if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0 || errno == EINPROGRESS)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

void
loadnet_nodelay(int fd)
{
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

uint64_t
loadnet_now_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void
loadnet_many_files(void)
{
	struct rlimit	 r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}
