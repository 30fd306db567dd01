/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The json format: one object, keys from the fact table, every fact that is present. Numbers are
 * JSON numbers; times are seconds since 1970 with six decimals, durations milliseconds with three;
 * an address has its port beside it in KEY_port; the request number is hex in a string; notes are
 * an array of "key=value". Bytes that are no UTF-8 appear as \u0080..\u00ff, one each, so the text
 * is valid JSON whatever a peer sent.
 */
#ifndef CORE_FORMATJSON_H
#define CORE_FORMATJSON_H

#include "base/sb.h"
#include "core/txn.h"

/* clip: most source bytes of a text. Without newline. */
void		 formatjson_write(const struct txn *t, size_t clip, struct sb *out);
/* A text with its quotes. */
void		 formatjson_text(struct span s, struct sb *out);

#endif
