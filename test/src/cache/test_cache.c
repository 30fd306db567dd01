/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a shared cache (RFC 9111 and friends), clause by clause. */
#include <stdlib.h>

#include "base/hash.h"
#include "given.h"

int
main(void)
{
	SRunner	*r = srunner_create(suite_keys());
	int	 failed;

	hash_seed();
	srunner_add_suite(r, suite_storing());
	srunner_add_suite(r, suite_freshness());
	srunner_add_suite(r, suite_reuse());
	srunner_add_suite(r, suite_validation());
	srunner_add_suite(r, suite_ranges());
	srunner_add_suite(r, suite_invalidation());
	srunner_add_suite(r, suite_heads());
	srunner_add_suite(r, suite_conformance());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
