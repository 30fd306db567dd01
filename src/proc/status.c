/* SPDX-License-Identifier: Apache-2.0 */
/* The board as text. In the master. */
#include "proc/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/shared.h"
#include "proc/pulse.h"
#include "proc/storage.h"
#include "shm/board.h"

static unsigned
silent_for_s(unsigned slot)
{
	for (const struct kid *k = kids_next(NULL); k != NULL; k = kids_next(k))
		if (k->slot == slot)
			return pulse_lost(k) ? k->silent * PULSE_ROUND_MS / 1000 : 0;
	return 0;
}

static void
tell_process(struct control *c, unsigned slot)
{
	struct board_view	 v;
	char			 line[256];
	uint64_t		 now = clock_wall_us();

	if (!board_read(shared.board, slot, &v))
		return;
	snprintf(line, sizeof line, "%s %" PRIu64 " pid %" PRIu64 " slot %u generation %"
	    PRIu64 " %s for %" PRIu64 " s connections %" PRIu64 " requests %" PRIu64 " tunnels %"
	    PRIu64, board_role_name(v.role), v.worker, v.pid, slot, v.generation,
	    board_state_name(v.state), now > v.since_us ? (now - v.since_us) / 1000000 : 0,
	    board_count_of(shared.board, slot, BOARD_CONNECTIONS_OPEN),
	    board_count_of(shared.board, slot, BOARD_REQUESTS),
	    board_count_of(shared.board, slot, BOARD_TUNNELS_OPEN));
	if (silent_for_s(slot) > 0)
		snprintf(line + strlen(line), sizeof line - strlen(line),
		    " no sign of life for %u s", silent_for_s(slot));
	control_say(c, line);
}

void
status_tell(struct control *c, const struct settings *s)
{
	char	 line[256];

	snprintf(line, sizeof line, "master pid %d generation %" PRIu64 " workers %"
	    PRIu64 " configuration %s", (int)getpid(), s->generation, s->workers, s->path);
	control_say(c, line);
	for (unsigned i = 0; i < board_slots(shared.board); i++)
		tell_process(c, i);
	storage_tell(c);
	for (unsigned i = 0; i < BOARD_COUNTERS; i++) {
		snprintf(line, sizeof line, "%" PRIu64 "\t%s",
		    board_total(shared.board, (enum board_counter)i),
		    board_counter_what((enum board_counter)i));
		control_say(c, line);
	}
}
