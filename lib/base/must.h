/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions that are compiled in always.  A failed one prints where, lets the
 * process say what it was doing (must_context), and aborts: the master starts
 * another worker.  Never for bytes that come from a socket, a disk, a helper or
 * shared memory: those are judged, not asserted.
 */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#include <stddef.h>
#include <stdint.h>

/* Called once by a failing assertion to print the step and facts of the request; may be NULL. */
extern void (*must_context)(int fd);

/* Cold: what leads to it is kept out of the way of the code that runs. */
_Noreturn void	 must_fail(const char *file, int line, const char *func,
    const char *what) __attribute__((cold));

#define MUST(c) \
	do { if (__builtin_expect(!(c), 0)) must_fail(__FILE__, __LINE__, __func__, #c); } while (0)
#define NEVER(why) \
	must_fail(__FILE__, __LINE__, __func__, "NEVER: " why)

/* A tag of four letters is the first member of every long-lived struct. */
#define TAG4(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define OBJ_OK(p, t)	MUST((p) != NULL && (p)->tag == (t))
#define OBJ_GONE(p)	((p)->tag = 0xdeadbeef)

#define COUNT_OF(a)	(sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(p, type, member) \
	((type *)(void *)((char *)(p) - offsetof(type, member)))

#endif
