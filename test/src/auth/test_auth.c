/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of src/auth. */
#include "test_auth.h"

#include <stdlib.h>

int
main(void)
{
	Suite	*s = suite_create("auth");
	SRunner	*r;
	int	 failed;

	suite_add_tcase(s, test_credentials());
	suite_add_tcase(s, test_htpasswd());
	suite_add_tcase(s, test_authstep());
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
