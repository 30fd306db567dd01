/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of sepia(8). Before anything else runs. */
#include "proc/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "config.h"

enum { OPT_FOREGROUND = 256, OPT_USER, OPT_SRC, OPT_METHOD };

static const char	 help[] =
    "Usage: sepia [-CNvXz] [-d level] [-f file] [-k command]\n"
    "       sepia [-f file] -k explain [--user name] [--src address] [--method method] url\n"
    "  -f file          configuration (default: " SYSCONFDIR "/sepia/sepia.conf)\n"
    "  -N, --foreground stay in the foreground, messages to standard error\n"
    "  -z               make the directories and cache files that are missing, and end\n"
    "  -k parse         check the configuration: every error and warning, status 1 if there is an error\n"
    "  -k reconfigure   read the configuration anew; status 0 when the new one serves, 1 with its errors\n"
    "  -k check         is it running? (status 0 or 1)\n"
    "  -k status        the processes and their counters\n"
    "  -k rotate        rotate the logs\n"
    "  -k shutdown      finish what is under way (shutdown_lifetime), then stop\n"
    "  -k interrupt     stop at once\n"
    "  -k kill          kill it, leaving nothing behind in order\n"
    "  -k explain       tell rule by rule what would become of a request\n"
    "  -d level         0: errors, 1: and warnings, 2: and information, 3 and more: debugging\n"
    "  -X               debugging messages\n"
    "  -C               do not catch fatal signals; core files are allowed (they may hold passwords)\n"
    "  -v, -h           version, this text\n"
    "Accepted without effect: -D -F -R -S -Y -s -l facility -n name -u port\n";

static const struct {
	const char		*word;
	enum options_mode	 mode;
} commands[] = {
	{ "parse", MODE_PARSE }, { "reconfigure", MODE_RECONFIGURE }, { "explain", MODE_EXPLAIN },
	{ "status", MODE_STATUS }, { "check", MODE_SIGNAL }, { "rotate", MODE_SIGNAL },
	{ "shutdown", MODE_SIGNAL }, { "interrupt", MODE_SIGNAL },
	{ "kill", MODE_SIGNAL }, { "debug", MODE_SIGNAL },
};

static void
bad(struct options *o, const char *what, const char *value)
{
	fprintf(stderr, "sepia: %s%s\n", what, value);
	o->mode = MODE_BAD;
}

/* Squid takes any unambiguous beginning of the word. */
static void
set_command(struct options *o, const char *word)
{
	size_t	 n = strlen(word);
	int	 found = -1;

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (strncmp(commands[i].word, word, n) != 0)
			continue;
		if (found >= 0) {
			bad(o, "-k: ambiguous: ", word);
			return;
		}
		found = (int)i;
		if (commands[i].word[n] == '\0')
			break;
	}
	if (n == 0 || found < 0) {
		bad(o, "-k: no such command: ", word);
		return;
	}
	o->mode = commands[found].mode;
	o->signal = commands[found].word;
}

static void
set_debug(struct options *o, const char *text)
{
	char	*end;
	long	 v = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || v < 0 || v > 9)
		bad(o, "-d: a number from 0 to 9 is wanted, not ", text);
	else
		o->debug = (int)v;
}

/* Long, because it is the list of the options. */
static void
take(struct options *o, int c)
{
	switch (c) {
	case 'f':
		o->config = optarg;
		break;
	case 'k':
		set_command(o, optarg);
		break;
	case 'N':
	case OPT_FOREGROUND:
		o->foreground = true;
		break;
	case 'd':
		set_debug(o, optarg);
		break;
	case 'X':
		o->debug = 9;
		break;
	case 'C':
		o->cores = true;
		break;
	case 'z':
		o->mode = MODE_PREPARE;
		break;
	case 'v':
		o->mode = MODE_VERSION;
		break;
	case 'h':
		o->mode = MODE_HELP;
		break;
	case 'a':
		bad(o, "-a: ports are given by http_port in the configuration, not ", optarg);
		break;
	case OPT_USER:
		o->user = optarg;
		break;
	case OPT_SRC:
		o->src = optarg;
		break;
	case OPT_METHOD:
		o->method = optarg;
		break;
	case '?':
	case ':':
		o->mode = MODE_BAD;
		break;
	default:		/* the harmless ones of the usage text */
		break;
	}
}

void
options_parse(struct options *o, int argc, char **argv)
{
	static const struct option	 longs[] = {
		{ "foreground", no_argument, NULL, OPT_FOREGROUND },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' },
		{ "user", required_argument, NULL, OPT_USER },
		{ "src", required_argument, NULL, OPT_SRC },
		{ "method", required_argument, NULL, OPT_METHOD },
		{ NULL, 0, NULL, 0 },
	};
	int				 c;

	*o = (struct options){ .mode = MODE_RUN, .config = SYSCONFDIR "/sepia/sepia.conf",
	    .debug = -1 };
	while ((c = getopt_long(argc, argv, "a:Cd:DFf:hk:l:Nn:RSsu:vXYz", longs, NULL)) != -1 &&
	    o->mode != MODE_BAD)
		take(o, c);
	if (o->mode == MODE_EXPLAIN && optind + 1 == argc)
		o->url = argv[optind];
	else if (o->mode == MODE_EXPLAIN)
		bad(o, "-k explain: one URL is wanted (or HOST:PORT, for CONNECT)", "");
	else if (o->mode != MODE_BAD && optind < argc)
		bad(o, "an argument that belongs to no option: ", argv[optind]);
	else if (o->mode != MODE_BAD && (o->user != NULL || o->src != NULL || o->method != NULL))
		bad(o, "--user, --src and --method belong to -k explain", "");
	if (o->mode == MODE_BAD)
		fputs("sepia: the options are listed by sepia -h\n", stderr);
}

void
options_help(void)
{
	fputs(help, stdout);
}

void
options_version(void)
{
	puts("Sepia " PACKAGE_VERSION);
}
