/* SPDX-License-Identifier: Apache-2.0 */
/* A value put into a line: encoding, width, precision. */
#ifndef CORE_FORMATPUT_H
#define CORE_FORMATPUT_H

#include "base/sb.h"
#include "core/formatcodes.h"

enum { FORMATPUT_WIDTH = 1024 };	/* the most that op->min and op->max may be */

/*
 * Precision gives digits of the fraction, zeros count on the whole width; no encoding, no maximum.
 */
void	 formatput_number(const struct format_op *op, const struct format_value *v, struct sb *out);
/* At most clip bytes of s; the widths count encoded bytes. */
void	 formatput_text(const struct format_op *op, struct span s, size_t clip, struct sb *out);

#endif
