/* SPDX-License-Identifier: Apache-2.0 */
/* What a failed assertion does. Runs in any process; allocates nothing. */
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void (*must_context)(int fd);

_Noreturn void
must_fail(const char *file, int line, const char *func, const char *what)
{
	static int	 nested;
	char		 text[512];
	int		 n;

	n = snprintf(text, sizeof text, "panic: %s:%d: %s: %s\n", file, line, func, what);
	if (n > (int)sizeof text - 1)
		n = (int)sizeof text - 1;
	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0) {
		/* nobody to tell */
	}
	if (must_context != NULL && nested++ == 0)
		must_context(STDERR_FILENO);
	abort();
}
