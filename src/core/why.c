/* SPDX-License-Identifier: Apache-2.0 */
/* The table of failures. */
#include "core/why.h"

#include "base/must.h"

static const struct why_row	 rows[WHY_COUNT] = {
#define WHY(symbol, status, word, page, text) { #symbol, status, word, page, text },
	WHY_TABLE(WHY)
#undef WHY
};

const struct why_row *
why_row(enum why w)
{
	MUST((unsigned)w < WHY_COUNT);
	return &rows[w];
}
