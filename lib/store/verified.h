/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records' bodies were compared with their checksums and are known to be as they were: the file says when it was written to last, by anybody, so what
 * was compared after that need not be compared again. Now and then it is all the same: a disk that is read again does not say so. Shared by all processes
 * and fixed in size: another record may take the place, then the first is compared again. It stands outside the files: their bits may be anybody's.
 */
#ifndef STORE_VERIFIED_H
#define STORE_VERIFIED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { VERIFIED_MARKS = 1 << 16, VERIFIED_MS = 250 };

struct verified {
	_Atomic uint64_t	 marks[VERIFIED_MARKS];
};

/*
 * When fd's file was written to last, nanoseconds since 1970; 0: it cannot be told. *settled: whoever writes from now on gives it another time (its clock
 * has gone on since). One system call.
 */
uint64_t	 verified_written(int fd, bool *settled);

/* `written` is what was said before the body was compared, settled; respectively what is said now. */
void		 verified_set(struct verified *v, uint64_t written, uint64_t nonce, uint64_t place);
bool		 verified_has(const struct verified *v, uint64_t written, uint64_t nonce, uint64_t place);

#endif
