/* SPDX-License-Identifier: Apache-2.0 */
/* How those of the store's tests end that are written with Check. */
#ifndef TEST_STORESUITE_H
#define TEST_STORESUITE_H

#include <check.h>

/* Runs the cases; more may be NULL. The exit status of main. */
int	 storesuite_run(const char *name, TCase *t, TCase *more);

#endif
