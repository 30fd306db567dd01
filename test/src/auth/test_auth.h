/* SPDX-License-Identifier: Apache-2.0 */
/* The suites of test_auth. */
#ifndef TEST_AUTH_H
#define TEST_AUTH_H

#include <check.h>

TCase	*test_credentials(void);
TCase	*test_htpasswd(void);
TCase	*test_authstep(void);

#endif
