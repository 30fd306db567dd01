/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header fields and notes as values of logformat codes. Texts borrow from the head, or from a
 * buffer that the next call reuses.
 */
#ifndef CORE_FORMATFIELDS_H
#define CORE_FORMATFIELDS_H

#include "core/formatcodes.h"

/* The fields of a head as "Name: value\r\n", secret values hidden. */
struct span	 formatfields_all(const struct head *h);
/* As op asks: one name (values joined with ", "), an element of its list, or all. */
struct span	 formatfields_value(const struct head *h, const struct format_op *op);
/*
 * notes: lines key=value. One name (values joined), or all as "key: value" and a separator, as
 * Squid prints them.
 */
struct span	 formatfields_note(struct span notes, const struct format_op *op);

#endif
