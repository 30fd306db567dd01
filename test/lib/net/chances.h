/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of what happens how soon. A test that fails while the machine kept its processor from it
 * says nothing, and is done again; one that fails in peace has failed.
 */
#ifndef CHANCES_H
#define CHANCES_H

#include <check.h>
#include <stdbool.h>

/*
 * Runs a suite, again while tests of it failed that were kept from their processor; prints what
 * Check does. True: every test passed once, and none failed in peace. Where Check does not fork
 * (CK_FORK=no) each has one chance.
 */
bool	 chances_run(Suite *(*suite)(void));
/*
 * In the checked fixture of every test of a suite, or of none: measures from now on for how long
 * this process is kept from its processor.
 */
void	 chances_begin(void);

#endif
