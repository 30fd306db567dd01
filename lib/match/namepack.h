/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short form of domain names: common pairs of letters and common endings take one byte. About 0.6
 * of the plain length. A name has exactly one packed form.
 */
#ifndef MATCH_NAMEPACK_H
#define MATCH_NAMEPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NAMEPACK_MOST = 253,		/* longest plain name */
	NAMEPACK_SLACK = 8,		/* namepack_open writes up to this much beyond the name */
	NAMEPACK_ROOM = NAMEPACK_MOST + NAMEPACK_SLACK
};

/* Builds the coder's tables (once per process, before namepack_close). */
void	 namepack_init(void);

/* A letter as lower case, a digit, '-', '.', '_' or ':' as it is; 0 for what no name contains. */
char	 namepack_fold(char c);

/*
 * Packs n (1..NAMEPACK_MOST) folded bytes; dst has room for n, which is the most it can take.
 * Returns the packed length.
 */
size_t	 namepack_close(uint8_t *dst, const char *name, size_t n);

/*
 * Unpacks into dst (NAMEPACK_ROOM bytes) a form that namepack_close made. Returns the plain length.
 */
size_t	 namepack_open(char *dst, const uint8_t *packed, size_t n);

/* Whether it is the packed form of this name. */
bool	 namepack_is(const uint8_t *packed, size_t packed_n, const char *name, size_t n);

#endif
