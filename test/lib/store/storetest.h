/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store's tests share: a directory of their own, keys and bodies that can be told from
 * their number, one-call reads.
 */
#ifndef TEST_STORETEST_H
#define TEST_STORETEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum { STORETEST_BUF = STORE_ATTR_MAX + STORE_HEAD_MAX + 4096 + 65536 };

/* A new empty directory; its name. Removed with its files by storetest_clean. */
const char	*storetest_dir(void);
void		 storetest_clean(void);
/* "dir/name" in a static buffer. */
const char	*storetest_path(const char *name);

struct store_key storetest_key(uint64_t n);
/* Byte i of version v of the body of key n. */
uint8_t		 storetest_byte(uint64_t n, uint64_t v, uint64_t i);
void		 storetest_fill(char *p, uint64_t n, uint64_t v, uint64_t from, size_t len);

/* A small store in storetest_dir(): 32 segments of 64 KiB, 4 KiB inline, 16 KiB chunks. */
struct store	*storetest_open(unsigned slots);
struct store_dir storetest_options(void);
/* Stores a body of len; the head is "n v len". */
enum store_put	 storetest_put(struct store *s, uint64_t n, uint64_t v, uint64_t len);
/*
 * Looks up n and reads all of it. -1: not there (or not complete); else the version that the head
 * names. Ends the test when any byte is not that version's.
 */
int64_t		 storetest_get(struct store *s, uint64_t n);
/* The same head and attributes again over the body of n, as a 304 does. False: it is not there. */
bool		 storetest_update(struct store *s, uint64_t n);
/* Until there is nothing to do. */
void		 storetest_keep(struct store *s, uint64_t now_s);

/*
 * Below this; the same numbers in a row for the same storetest_seed, which is not 0. Of one
 * process.
 */
extern uint64_t	 storetest_seed;
uint64_t	 storetest_any(uint64_t below);

#endif
