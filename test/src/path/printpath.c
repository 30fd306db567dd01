/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the way of a request from the step table: what stands in src/README. */
#include "path.h"

int
main(void)
{
	path_print(stdout);
	return 0;
}
