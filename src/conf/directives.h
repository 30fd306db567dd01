/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directive table: one row a name, for every name of squid.conf that Squid 5, 6 or 7 knows
 * and for our own. The parser, the bounds, the defaults, the dump and the manual page's list come
 * from it.
 */
#ifndef CONF_DIRECTIVES_H
#define CONF_DIRECTIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/lexer.h"

/* The build names the installation's directories. */
#ifndef LOCALSTATEDIR
#define LOCALSTATEDIR	"/var"
#endif
#ifndef RUNSTATEDIR
#define RUNSTATEDIR	"/run"
#endif

struct args;

enum directive_type {
	DIR_BOOL,		/* bool: on, off */
	DIR_NUMBER,		/* uint64_t; "none" and "-1" are UINT64_MAX where max allows it */
	DIR_SIZE,		/* uint64_t bytes, default unit in `unit`; "none" as above */
	DIR_MS,			/* uint64_t milliseconds, default unit in `unit` */
	DIR_S,			/* uint64_t seconds, the same */
	DIR_TEXT,		/* const char *; "none" is NULL */
	DIR_WORDS,		/* const char **, NULL-terminated; further lines add */
	DIR_CHOICE,		/* int: position in `unit` ("a|b|c") */
	DIR_OWN,		/* parse() does it */
	DIR_ALIAS,		/* an older name for `unit` */
	DIR_IDLE,		/* accepted, not looked at, told once */
};

/*
 * What is told when the line is met: for idle rows why it has no effect; for others why less
 * happens than Squid would do.
 */
enum directive_level { TELL_NOTHING, TELL_NOTE, TELL_WARNING };

struct directive {
	const char		*name;
	enum directive_type	 type;
	/* of its words, unless configuration_includes_quoted_values is on */
	enum lexer_mode		 mode;
	/* offset in struct settings; -1: the value is checked and dropped */
	int32_t			 at;
	const char		*unit;
	const char		*value;		/* default as text of the directive; NULL: none */
	uint64_t		 min, max;	/* in the member's unit; both 0: no bounds */
	void			(*parse)(struct args *a);
	const char		*syntax;	/* for people: what follows the name */
	const char		*doc;		/* one line */
	enum directive_level	 tell;		/* with doc as the reason */
	/*
	 * DIR_CHOICE: what any other word means, as in Squid, with a warning; NULL: it is an error
	 */
	const char		*other;
	/* the value that is in force whatever is said: told only of others */
	const char		*kept;
	bool			 idle;		/* what is parsed has no effect: not dumped */
	/* parse() reads the line itself: its words are not split beforehand */
	bool			 raw;
	/* part of the line is read to its end: words are split at blanks in any case */
	bool			 rest;
	bool			 own;		/* not a directive of Squid */
	bool			 secret;	/* its value is not dumped */
	bool			 many;		/* further lines add */
};

extern const struct directive	 directives[];
extern const size_t		 directives_count;

/* NULL: no such name. Case matters, as in Squid. */
const struct directive *directives_find(struct span name);
static inline size_t
directives_index(const struct directive *d)
{
	return (size_t)(d - directives);
}

#endif
