/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logformat: text with %codes over a transaction's facts and heads. Used by the access logs,
 * request_header_add and others. Compiled once into a list of small operations; writing allocates
 * nothing.
 */
#ifndef CORE_FORMAT_H
#define CORE_FORMAT_H

#include "base/diag.h"
#include "base/sb.h"
#include "core/txn.h"

struct logformat;

/*
 * NULL after an error told to d (unknown code: with its column). Codes without a meaning here print
 * "-" and get a note.
 */
struct logformat *format_compile(const char *name, struct span text, struct diag_place at,
    struct diag *d);
/* squid, common, combined, referrer, useragent, json; NULL: no such. */
struct logformat *format_builtin(const char *name);
void		 format_free(struct logformat **f);
const char	*format_name(const struct logformat *f);
/*
 * Reads header fields. (squid, common and combined do too while log_mime_hdrs is on: the settings
 * know that.)
 */
bool		 format_wants_heads(const struct logformat *f);
bool		 format_wants_client_name(const struct logformat *f);
/* Appends the line, without newline. */
void		 format_write(const struct logformat *f, const struct txn *t, struct sb *out);
/*
 * The same with no text longer than clip bytes (before it is encoded; format_write has 8192): for a
 * line that did not fit.
 */
void		 format_write_clipped(const struct logformat *f, const struct txn *t, size_t clip,
		    struct sb *out);

#endif
