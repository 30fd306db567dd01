/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy's own addresses (acl to_self): what shared.self lists, with any-address read as every
 * address of the machine.
 */
#include "acl/ownaddr.h"

#include <ifaddrs.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/shared.h"

enum { FRESH_MS = 10000 };

static struct addr	*own;		/* of the interfaces */
static size_t		 own_n, own_cap;
static uint64_t		 own_at_ms;
static bool		 own_known;

static void
refresh(void)
{
	struct ifaddrs *all;

	if (own_known && clock_ms() - own_at_ms < FRESH_MS)
		return;
	if (getifaddrs(&all) != 0)
		return;
	own_n = 0;
	for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		struct addr a;

		if (i->ifa_addr == NULL || !addr_from_sock(&a, i->ifa_addr))
			continue;
		own = mem_room(own, own_n, &own_cap, sizeof(*own));
		own[own_n++] = a;
	}
	freeifaddrs(all);
	own_known = true;
	own_at_ms = clock_ms();
}

static bool
is_machine(const struct addr *x)
{
	if (addr_is_loopback(x) || addr_is_any(x))
		return true;
	refresh();
	for (size_t i = 0; i < own_n; i++)
		if (addr_same_ip(&own[i], x))
			return true;
	return false;
}

bool
ownaddr_listens(const struct addr *x, uint16_t port)
{
	if (x->port != 0)
		port = x->port;
	for (unsigned i = 0; i < shared.n_self; i++) {
		const struct addr *self = &shared.self[i];

		if (port != 0 && self->port != 0 && self->port != port)
			continue;
		if (addr_same_ip(self, x))
			return true;
		if (addr_is_any(self) && is_machine(x))
			return true;
	}
	return false;
}
