/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a configuration file to settings. Runs in the master, and in -k parse, explain, and tests.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdio.h>

#include "base/diag.h"
#include "core/settings.h"

/*
 * Reads and compiles the file with all that it includes. Every error, warning and note goes to d,
 * in one pass over everything. NULL if there was any error (nothing is left behind then).
 */
struct settings	*conf_load(const char *path, uint64_t generation, struct diag *d);
/* The same from text in memory; `path` is its name in diagnostics. */
struct settings	*conf_load_text(const char *path, struct span text, uint64_t generation,
		    struct diag *d);
void		 conf_free(struct settings **s);

/* Where a directive was used last; the file as a whole, when no line has it. */
struct diag_place conf_place(const struct settings *s, const char *directive);
/*
 * An error that shows only when the settings are put to use. `why` begins with the name of the
 * directive that it is about.
 */
void		 conf_blame(const struct settings *s, const char *why, struct diag *d);
/* The same, printed on standard error. */
void		 conf_complain(const struct settings *s, const char *why);

/*
 * The effective configuration, defaults included, as text that conf_load takes; passwords are
 * masked.
 */
void		 conf_dump(const struct settings *s, FILE *to);

/* All directive names, sorted; *n of them. */
const char *const *conf_names(size_t *n);
/* The known name most like this one; NULL when none is near. */
const char	*conf_likely(struct span name);

/*
 * The directive table for people: one paragraph a name. For the manual page (mdoc) or as plain
 * text.
 */
void		 conf_list(FILE *to, bool mdoc);

#endif
