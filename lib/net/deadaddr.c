/* SPDX-License-Identifier: Apache-2.0 */
/* A table of the latest dead addresses, one a place. In workers. */
#include "net/deadaddr.h"

#include "base/clock.h"
#include "base/hash.h"

enum { PLACES = 256 };

static struct {
	struct addr	 addr;
	uint64_t	 until_ms;	/* 0: none is here */
} table[PLACES];

static size_t
place(const struct addr *a)
{
	return (hash_bytes(a->ip, sizeof a->ip) + a->port) % PLACES;
}

void
deadaddr_note(const struct addr *a)
{
	size_t	 i = place(a);

	table[i].addr = *a;
	table[i].until_ms = clock_ms() + DEADADDR_MS;
}

void
deadaddr_forget(const struct addr *a)
{
	if (deadaddr_is(a))
		table[place(a)].until_ms = 0;
}

bool
deadaddr_is(const struct addr *a)
{
	size_t	 i = place(a);

	return clock_ms() < table[i].until_ms && addr_same(&table[i].addr, a);
}
