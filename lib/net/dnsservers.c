/* SPDX-License-Identifier: Apache-2.0 */
/* The servers that names are asked of, as c-ares has them. In workers. */
#include "net/dnsservers.h"

#include <string.h>

#include "base/addr.h"
#include "base/msg.h"
#include "base/span.h"

/* As c-ares takes servers: a linked list, here in one array. The list is turned by `turned`. */
int
dnsservers_set(ares_channel a, struct ares_addr_port_node *nodes, unsigned n, unsigned turned)
{
	for (unsigned i = 0; i < n; i++)
		nodes[i].next = i + 1 == n ? (turned > 0 ? &nodes[0] : NULL) : &nodes[i + 1];
	if (turned > 0)
		nodes[turned - 1].next = NULL;
	return ares_set_servers_ports(a, &nodes[turned]);
}

/* "ip", "ip:port", "[ip6]:port" or "ip6". */
static bool
parse_server(struct span s, uint16_t port, struct ares_addr_port_node *node)
{
	struct span	 ip = s;
	struct addr	 a;
	uint64_t	 n = port;
	ptrdiff_t	 colon = -1;

	if (s.n > 0 && s.p[0] == '[') {
		ptrdiff_t	 end = span_find(s, ']');

		if (end < 0)
			return false;
		ip = span_at(s.p + 1, (size_t)end - 1);
		s = span_at(s.p + end + 1, s.n - (size_t)end - 1);
		if (s.n > 0 && s.p[0] != ':')
			return false;
		colon = s.n > 0 ? 0 : -1;
	} else if (!addr_parse(&a, s)) {
		colon = span_find(s, ':');
		if (colon < 0)
			return false;
		ip.n = (size_t)colon;
	}
	if (colon >= 0 &&
	    (!span_u64(span_at(s.p + colon + 1, s.n - (size_t)colon - 1), 65535, &n) || n == 0))
		return false;
	if (!addr_parse(&a, ip))
		return false;
	node->udp_port = node->tcp_port = (int)n;
	node->family = addr_is_v4(&a) ? AF_INET : AF_INET6;
	if (addr_is_v4(&a))
		memcpy(&node->addr.addr4, a.ip + 12, 4);
	else
		memcpy(&node->addr.addr6, a.ip, 16);
	return true;
}

unsigned
dnsservers_given(const struct dns_settings *s, struct ares_addr_port_node *nodes, unsigned most)
{
	unsigned	 n = 0;

	for (const char *const *p = s->servers; *p != NULL && n < most; p++) {
		if (parse_server(span_of(*p), s->port != 0 ? s->port : 53, &nodes[n]))
			n++;
		else
			msg(MSG_ERROR, "\"%s\" is no address of a DNS server; it is not used", *p);
	}
	return n;
}

unsigned
dnsservers_found(ares_channel a, struct ares_addr_port_node *nodes, unsigned most)
{
	struct ares_addr_port_node	*list = NULL;
	unsigned			 n = 0;

	if (ares_get_servers_ports(a, &list) != ARES_SUCCESS)
		return 0;
	for (struct ares_addr_port_node *k = list; k != NULL && n < most; k = k->next)
		nodes[n++] = *k;
	ares_free_data(list);
	return n;
}
