/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads configurations and prints what conf_load says; for the scripts beside it. Options: -d
 * dumps the effective configuration, -q prints errors only, -t the milliseconds that loading
 * took, -l lists the directives (for the manual page). Exit status 1 if any file was refused.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "conf/conf.h"

static bool	 quiet, dump, timed;

static int
check(const char *path)
{
	struct diag	 d;
	struct settings	*s;
	uint64_t	 began = clock_exact_us();
	char		 line[4096];

	diag_init(&d);
	s = conf_load(path, 1, &d);
	for (size_t i = 0; i < d.n; i++)
		if (!quiet || d.entries[i].level == DIAG_ERROR)
			printf("%s\n", diag_line(&d.entries[i], line, sizeof line));
	if (timed)
		printf("%.1f ms\n", (double)(clock_exact_us() - began) / 1000);
	if (dump && s != NULL)
		conf_dump(s, stdout);
	diag_free(&d);
	if (s == NULL)
		return 1;
	conf_free(&s);
	return 0;
}

int
main(int argc, char **argv)
{
	int	 c, status = 0;

	hash_seed();
	while ((c = getopt(argc, argv, "dqtl")) != -1)
		switch (c) {
		case 'd': dump = true; break;
		case 'q': quiet = true; break;
		case 't': timed = true; break;
		case 'l': conf_list(stdout, true); return 0;
		default: return 2;
		}
	for (; optind < argc; optind++)
		status |= check(argv[optind]);
	return status;
}
