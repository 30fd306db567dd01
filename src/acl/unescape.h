/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-decoding of a URL for regular expressions, once, as Squid does it: %00 stays, %% is %. */
#ifndef ACL_UNESCAPE_H
#define ACL_UNESCAPE_H

#include "base/span.h"

/*
 * The text itself when nothing is to be decoded, else a buffer of this process that holds until the
 * next call.
 */
struct span	 unescape(struct span text);

#endif
