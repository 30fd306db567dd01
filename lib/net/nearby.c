/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Congestion control within the machine: reno instead of the system's choice, which applies to
 * every connection over a network. Where the system's is BBR, the kernel paces a loopback socket
 * too: a high-resolution timer for each 64 KB, on a virtual machine two exits to the hypervisor
 * each. That was half of what a long body costs (README, "What it costs"). Filters and TLS
 * terminators in front of the proxy, parents beside it and measurements are such clients and
 * servers. Any process.
 */
#include "net/nearby.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

void
nearby_tune(int fd, const struct addr *addr)
{
	/* in every kernel, allowed to everybody, never paced */
	static const char	 plain[] = "reno";

	if (addr_is_loopback(addr))
		setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, plain, sizeof plain - 1);
}
