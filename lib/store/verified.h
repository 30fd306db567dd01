/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records' bodies were compared with their checksums and are known to be as they were. The
 * file says when it was written to last; we know when we did so ourselves, which never touches what
 * is stored already. So what somebody else writes is seen at once: by who looks next, or by who of
 * us writes next, who tells the others. For what escapes that, and for a disk that gives back other
 * than it got, comparisons are forgotten four times a second. Shared by all processes and fixed in
 * size: another record may take the place, then the first is compared again. It stands outside the
 * files: their bits may be anybody's.
 */
#ifndef STORE_VERIFIED_H
#define STORE_VERIFIED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { VERIFIED_MARKS = 1 << 16, VERIFIED_MS = 250 };

struct verified {
	_Atomic uint64_t	 marks[VERIFIED_MARKS];
	/* when a write of our own ended last, ns since 1970; no line for readers of other things */
	_Atomic uint64_t	 wrote __attribute__((aligned(128)));
	_Atomic uint32_t	 fine;			/* verified_probe said true */
	/* how often somebody else was seen to have written */
	_Atomic uint32_t	 strangers;
};

/*
 * Whether the file system of this directory gives each write a time of its own after somebody has
 * asked for the last one's (Linux 6.13 with ext4, XFS, btrfs, tmpfs), not that of its clock's last
 * tick. Tried with an unnamed file. False also where it cannot be tried.
 */
bool		 verified_probe(const char *dir);

/* A write of our own has ended. */
void		 verified_wrote(struct verified *v);
/*
 * Somebody has written since then: somebody else, or one of us who is just writing. One system
 * call.
 */
bool		 verified_stranger(const struct verified *v, int fd);
/* It was somebody else: nothing is known to be as it was. */
void		 verified_forget(struct verified *v);

/*
 * A number that stays the same until somebody else writes into fd's file. *settled: also if that
 * happens next; false: not for certain, as the clock has not gone on since the last write. One
 * system call.
 */
uint64_t	 verified_state(const struct verified *v, int fd, bool *settled);

/* state is what it was before the body was compared, settled; respectively what it is now. */
void		 verified_set(struct verified *v, uint64_t state, uint64_t nonce, uint64_t place);
bool		 verified_has(const struct verified *v, uint64_t state, uint64_t nonce,
		    uint64_t place);

#endif
