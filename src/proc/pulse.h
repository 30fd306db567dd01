/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the workers and the logger still turn their loops. Once a second the master asks every
 * worker over its line, and looks whether the logger's count of rounds has grown. Who gives no sign
 * of life for PULSE_LOST rounds (stopped, in an endless loop, held by a disk) is said to be lost:
 * new connections pass by a lost worker (crew_absent). After more rounds it is ended with SIGABRT,
 * so that what it was at is known, then SIGKILL, and replaced, and its successor takes what waits
 * in its sockets' queues; one that the kernel holds in a disk is waited for instead, because
 * killing would not free it. Rounds are counted, not seconds: a machine that slept, or a master
 * that compiled settings meanwhile, makes nobody lost.
 */
#ifndef PROC_PULSE_H
#define PROC_PULSE_H

#include "proc/kids.h"

enum {
	PULSE_ROUND_MS = 1000,
	PULSE_LOST = 3,
	PULSE_KILL_WORKER = 15,
	PULSE_KILL_LOGGER = 30,		/* its place may be slow, and the rings wait */
};

/* Once a round of the master's loop, after what the children said was heard. */
void	 pulse_tick(uint64_t now_ms);
bool	 pulse_lost(const struct kid *k);

#endif
