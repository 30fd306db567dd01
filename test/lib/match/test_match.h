/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of lib/match, a function for each source file. */
#ifndef TEST_MATCH_H
#define TEST_MATCH_H

#include <check.h>
#include <stdint.h>

TCase	*test_addrset(void);
TCase	*test_domset(void);
TCase	*test_geo(void);
TCase	*test_regset(void);

/* For what is asked hundreds of thousands of times: Check writes a file at each ck_assert. */
#define HOLDS(c) do { if (!(c)) ck_abort_msg("%s", #c); } while (0)

/* The same numbers in every run: a failure can be repeated. */
static inline uint32_t
draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) % below);
}

#endif
