/* SPDX-License-Identifier: Apache-2.0 */
/* Original destinations of redirected connections. Linux only. Runs in a worker. */
#include "client/origdst.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/msg.h"

/* SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST: their headers clash with the C library's */
enum { ORIGINAL_DST = 80 };

bool
origdst_get(int fd, const struct addr *peer, const struct addr *local, const struct port *port,
    struct addr *out)
{
	static uint64_t		 said;
	struct sockaddr_storage	 ss;
	struct addr		 dst;
	socklen_t		 n = sizeof ss;
	char			 from[ADDR_TEXT];
	int			 level = addr_is_v4(peer) ? IPPROTO_IP : IPPROTO_IPV6;
	bool			 found = getsockopt(fd, level, ORIGINAL_DST, &ss, &n) == 0;
	int			 error = errno;

	if (found && addr_from_sock(&dst, (struct sockaddr *)&ss) && !addr_same(&dst, local)) {
		*out = dst;
		return true;
	}
	if (msg_seldom(&said))
		msg(MSG_WARNING,
		    "port %s: it is not known where %s wanted to go (%s): its Host fields decide",
		    port->name, addr_print(peer, from), found ? "it was not redirected" :
		    strerror(error));
	return false;
}

/* A name, or the very address: another address would be a lie that rules believe. */
static bool
may_keep(const struct target *host, const struct addr *dst)
{
	return host->host.n > 0 && (!host->is_addr || addr_same_ip(&host->addr, dst));
}

bool
origdst_adopt(struct txn *t, const struct addr *dst, const struct target *host)
{
	struct addr	*a = arena_get(&t->arena, sizeof *a);
	struct target	*g = &t->target;
	char		 ip[ADDR_TEXT];

	if (a == NULL)
		return false;
	*a = *dst;
	if (may_keep(host, dst)) {
		g->host = host->host;
		g->is_addr = host->is_addr;
	} else {
		g->host = arena_span(&t->arena, span_of(addr_print(dst, ip)));
		g->is_addr = true;
	}
	g->addr = *dst;
	g->port = dst->port;
	t->redirected = true;
	t->host_addrs = (struct txn_lookup){ .state = LOOKUP_DONE, .addrs = a, .n = 1 };
	return g->host.p != NULL;
}
