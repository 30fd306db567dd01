/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a suite of the store's tests. */
#include "storesuite.h"

int
storesuite_run(const char *name, TCase *t, TCase *more)
{
	Suite	*suite = suite_create(name);
	SRunner	*r;
	int	 failed;

	suite_add_tcase(suite, t);
	if (more != NULL)
		suite_add_tcase(suite, more);
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0) ? 0 : 1;
}
