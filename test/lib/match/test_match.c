/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of lib/match. */
#include "test_match.h"

#include <stdlib.h>

int
main(void)
{
	Suite		*s = suite_create("match");
	SRunner		*r;
	int		 failed;

	suite_add_tcase(s, test_addrset());
	suite_add_tcase(s, test_domset());
	suite_add_tcase(s, test_geo());
	suite_add_tcase(s, test_regset());
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
