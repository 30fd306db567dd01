/* SPDX-License-Identifier: Apache-2.0 */
/* Shared tables: one segment each, so that one cannot run over into another. In the master. */
#include "proc/tables.h"

#include <sys/eventfd.h>
#include <sys/random.h>

#include "base/clock.h"
#include "core/shared.h"
#include "proc/storage.h"
#include "shm/board.h"
#include "shm/credcache.h"
#include "shm/segment.h"
#include "shm/sightings.h"
#include "shm/tally.h"

unsigned
tables_slots(uint64_t workers)
{
	uint64_t	 n = workers < TABLES_SLOTS_MAX / TABLES_SLOTS_PER_WORKER ?
	    workers * TABLES_SLOTS_PER_WORKER : TABLES_SLOTS_MAX;

	return n < TABLES_SLOTS_MIN ? TABLES_SLOTS_MIN : (unsigned)n;
}

bool
tables_make(unsigned slots)
{
	void	*board = segment_make(board_size(slots), false);
	void	*tally = segment_make(tally_size(slots, TABLES_ADDRESSES), false);
	void	*seen = segment_make(sightings_size(TABLES_SIGHTINGS), true);
	void	*credentials = segment_make(credcache_size(TABLES_CREDENTIALS), true);

	if (board == NULL || tally == NULL || seen == NULL || credentials == NULL)
		return false;
	shared.board = board_make(board, slots, clock_wall_us());
	shared.connections = tally_make(tally, slots, TABLES_ADDRESSES);
	shared.user_ips = sightings_make(seen, TABLES_SIGHTINGS);
	shared.credentials = credcache_make(credentials, TABLES_CREDENTIALS);
	shared.logger_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return shared.logger_wake >= 0 && getrandom(shared.secret, sizeof shared.secret,
	    0) == (ssize_t)sizeof shared.secret;
}

void
tables_sweep(unsigned slot)
{
	board_sweep(shared.board, slot);
	tally_clear(shared.connections, slot);
	storage_died(slot);
	board_free(shared.board, slot);
}
