/* SPDX-License-Identifier: Apache-2.0 */
/* sepia: arguments and modes. */
#include "proc/command.h"
#include "proc/master.h"
#include "proc/options.h"

int
main(int argc, char **argv)
{
	struct options	 o;

	options_parse(&o, argc, argv);
	switch (o.mode) {
	case MODE_RUN:
		return master_run(&o);
	case MODE_HELP:
		options_help();
		return 0;
	case MODE_VERSION:
		options_version();
		return 0;
	case MODE_BAD:
		return 1;
	case MODE_PREPARE:
	case MODE_PARSE:
	case MODE_EXPLAIN:
	case MODE_SIGNAL:
	case MODE_RECONFIGURE:
	case MODE_STATUS:
		return command_run(&o);
	}
	return 1;
}
