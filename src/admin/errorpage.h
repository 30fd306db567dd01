/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of the administrator's own for refusals, with Squid's %codes: from error_directory, or by
 * deny_info. Files are read once, when the settings are compiled; src/admin/builtinpage.h has the
 * page for everything else.
 */
#ifndef ADMIN_ERRORPAGE_H
#define ADMIN_ERRORPAGE_H

#include "base/diag.h"
#include "core/settings.h"

struct errorpages;	/* settings.extra[EXTRA_ERROR_PAGES] */

enum { ERRORPAGE_FILE_MAX = 1 << 20 };

/*
 * Call when error_directory, deny_info and err_page_stylesheet are in s. Reads what error_directory
 * has of the known pages, the pages deny_info names, and checks its URLs, statuses and codes.
 * False: an error was told to d. What leaves the built-in page usable is a warning.
 */
bool		 errorpage_load(struct settings *s, struct diag *d);
void		 errorpage_free(struct settings *s);

/*
 * The text of a page by its name in error_directory or its absolute path; {NULL,0}: none such, or
 * nothing was loaded.
 */
struct span	 errorpage_find(const struct settings *s, const char *name);
/* When the settings were loaded, seconds since 1970 (now, when they were not loaded that way). */
int64_t		 errorpage_loaded(const struct settings *s);

/* True: deny_info's `what` is a URL to redirect to, not a page. */
bool		 errorpage_is_url(const char *what);

#endif
