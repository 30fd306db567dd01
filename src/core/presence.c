/* SPDX-License-Identifier: Apache-2.0 */
/* Who is connected to this process. */
#include "core/presence.h"

#include <stdlib.h>
#include <string.h>

#include "base/hmap.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "core/shared.h"
#include "shm/board.h"
#include "shm/tally.h"

void	 (*presence_pressure)(void);

/* Connections of an address that the shared table has no room for. */
struct overflow {
	uint8_t		 ip[16];
	unsigned	 n;
};

static unsigned		 here;
static struct hmap	 overflows;

static struct span
key_of(const uint8_t *ip)
{
	return span_at((const char *)ip, 16);
}

static void
count_overflow(const struct addr *client)
{
	struct overflow	*o = hmap_get(&overflows, key_of(client->ip));

	if (o == NULL) {
		if (overflows.cap == 0)
			hmap_init(&overflows, false);
		o = mem_zero(sizeof *o);
		memcpy(o->ip, client->ip, sizeof o->ip);
		hmap_put(&overflows, key_of(o->ip), o);
	}
	o->n++;
}

/*
 * True: one of the address's connections was counted here and is not any more. Which of them leaves
 * makes no difference, but what was not counted in the table must not be counted down there.
 */
static bool
uncount_overflow(const struct addr *client)
{
	struct overflow	*o = overflows.live == 0 ? NULL : hmap_get(&overflows, key_of(client->ip));

	if (o == NULL)
		return false;
	if (--o->n == 0)
		free(hmap_take(&overflows, key_of(client->ip)));
	return true;
}

void
presence_enter(const struct addr *client)
{
	static uint64_t	 said;

	here++;
	board_count(shared.board, shared.slot, BOARD_CONNECTIONS, 1);
	board_count(shared.board, shared.slot, BOARD_CONNECTIONS_OPEN, 1);
	if (shared.connections == NULL || tally_count(shared.connections, shared.slot, client->ip,
	    1))
		return;
	count_overflow(client);
	board_count(shared.board, shared.slot, BOARD_UNCOUNTED, 1);
	if (msg_seldom(&said))
		msg(MSG_WARNING,
		    "too many different client addresses: connections of some are counted by each worker for itself");
}

void
presence_leave(const struct addr *client)
{
	MUST(here > 0);
	here--;
	board_count(shared.board, shared.slot, BOARD_CONNECTIONS_OPEN, (uint64_t)-1);
	if (shared.connections != NULL && !uncount_overflow(client))
		tally_count(shared.connections, shared.slot, client->ip, -1);
}

unsigned
presence_count(void)
{
	return here;
}

uint64_t
presence_of(const struct addr *client)
{
	const struct overflow	*o = overflows.live == 0 ? NULL :
	    hmap_get(&overflows, key_of(client->ip));

	return shared.connections == NULL ? 0 :
	    tally_sum(shared.connections, client->ip) + (o == NULL ? 0 : o->n);
}
