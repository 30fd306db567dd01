/* SPDX-License-Identifier: Apache-2.0 */
/* The suites of lib/net and what they share. */
#ifndef TEST_NET_H
#define TEST_NET_H

#include <check.h>
#include <stdbool.h>

Suite	*dns_suite(void);
Suite	*dnsparts_suite(void);
Suite	*dial_suite(void);
Suite	*helper_suite(void);
Suite	*nearby_suite(void);
Suite	*starved_suite(void);
Suite	*work_suite(void);

void	 net_begin(void);		/* fixtures: a loop, an empty clock */
void	 net_end(void);
/*
 * How much slower than usual this may be: $TEST_SLOW (scripts/check valgrind sets it), else 1.
 * Bounds from above are multiplied by it.
 */
unsigned net_slow(void);
/* Runs the loop until *flag is at least n; fails the test after a minute. */
void	 net_until(const int *flag, int n);
/* Runs the loop for so long. */
void	 net_spend(int ms);

#endif
