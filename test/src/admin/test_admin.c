/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of src/admin. */
#include "test_admin.h"

#include <stdlib.h>

int
main(void)
{
	Suite	*s = suite_create("admin");
	SRunner	*r;
	int	 failed;

	suite_add_tcase(s, test_pac());
	suite_add_tcase(s, test_pages());
	suite_add_tcase(s, test_local());
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
