/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C (Castagnoli), as iSCSI and ext4 use it; by the processor's instruction where there is
 * one.
 */
#ifndef STORE_CRC32C_H
#define STORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from crc, the value for the bytes before (0 for none). */
uint32_t	 crc32c_more(uint32_t crc, const void *p, size_t n);
/* The portable way, for comparison. */
uint32_t	 crc32c_table(uint32_t crc, const void *p, size_t n);

#endif
