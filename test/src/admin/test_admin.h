/* SPDX-License-Identifier: Apache-2.0 */
/* The suites of test_admin. */
#ifndef TEST_ADMIN_H
#define TEST_ADMIN_H

#include <check.h>

TCase	*test_pac(void);
TCase	*test_pages(void);
TCase	*test_local(void);

#endif
