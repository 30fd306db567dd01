/* SPDX-License-Identifier: Apache-2.0 */
/* Who is connected to this process. */
#include "core/presence.h"

#include "base/msg.h"
#include "base/must.h"
#include "core/shared.h"
#include "shm/board.h"
#include "shm/tally.h"

void	 (*presence_pressure)(void);

static unsigned	 here;

void
presence_enter(const struct addr *client)
{
	static uint64_t	 said;

	here++;
	board_count(shared.board, shared.slot, BOARD_CONNECTIONS, 1);
	board_count(shared.board, shared.slot, BOARD_CONNECTIONS_OPEN, 1);
	if (shared.connections != NULL && !tally_count(shared.connections, shared.slot, client->ip, 1) &&
	    msg_seldom(&said))
		msg(MSG_WARNING, "too many different client addresses to count connections of all of them");
}

void
presence_leave(const struct addr *client)
{
	MUST(here > 0);
	here--;
	board_count(shared.board, shared.slot, BOARD_CONNECTIONS_OPEN, (uint64_t)-1);
	if (shared.connections != NULL)
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
	return shared.connections == NULL ? 0 : tally_sum(shared.connections, client->ip);
}
