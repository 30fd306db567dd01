/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line between the master and one of its children: a socket pair that carries single letters,
 * with a descriptor where the letter needs one. Its end tells each side that the other is dead,
 * whatever killed it. Both ends are non-blocking.
 */
#ifndef PROC_LEASH_H
#define PROC_LEASH_H

#include <stdbool.h>

enum leash_word {
	LEASH_NOTHING = 0,	/* nothing to read now */
	LEASH_GONE = 'X',	/* never sent: the other side is dead */
	/* master to child */
	LEASH_DRAIN = 'd',	/* accept no more, finish what there is, leave */
	/* the same, and nobody serves afterwards: idle connections are closed */
	LEASH_FINISH = 'f',
	LEASH_QUIT = 'q',	/* leave now */
	LEASH_ROTATE = 'r',	/* reopen logs; comes with the new message descriptor, or none */
	LEASH_ASK = 'a',	/* are you alive? */
	/* child to master */
	LEASH_READY = 'R',	/* serving */
	LEASH_ALIVE = 'A',	/* the answer to LEASH_ASK, a worker's */
};

/* master[0] stays, child[0] goes to the child; close-on-exec. False with errno. */
bool		 leash_make(int *master, int *child);
/*
 * passed: -1 or a descriptor the other side gets a copy of. False: the other side is gone (or does
 * not listen).
 */
bool		 leash_say(int fd, enum leash_word w, int passed);
/* The next word. *passed is -1 or a new descriptor (close-on-exec) that the caller owns. */
enum leash_word	 leash_hear(int fd, int *passed);

#endif
