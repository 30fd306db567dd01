/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Squid's %codes in error pages and deny_info URLs, and two of our own: %n the request number, %r
 * the rule that decided. A code that would show fields the client sent is empty.
 */
#ifndef ADMIN_ERRORCODES_H
#define ADMIN_ERRORCODES_H

#include "base/sb.h"
#include "core/txn.h"

/* Expands a page: values are HTML-escaped. `page` is its name (ERR_...). */
void	 errorcodes_page(const struct txn *t, struct span text, const char *page, struct sb *out);
/* A deny_info URL: values are percent-escaped. */
void	 errorcodes_url(const struct txn *t, struct span text, const char *page, struct sb *out);

#endif
