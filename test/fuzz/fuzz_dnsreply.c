/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of DNS servers; the first byte chooses the type that was asked for. */
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "net/dnsreply.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dnsreply_type	 types[] = { DNSREPLY_A, DNSREPLY_AAAA, DNSREPLY_PTR };
	struct dnsreply			 r;
	unsigned char			*p;

	if (size == 0)
		return 0;
	/* its own memory, so that reading beyond the end is noticed */
	p = malloc(size);
	memcpy(p, data + 1, size - 1);
	dnsreply_parse(p, size - 1, types[data[0] % COUNT_OF(types)], &r);
	MUST(r.n <= DNSREPLY_ADDRS && r.name_n < DNSREPLY_NAME);
	MUST((r.result == DNS_OK) == (r.n > 0 || r.name_n > 0));
	for (unsigned i = 0; i < r.name_n; i++)
		MUST(r.name[i] > ' ' && r.name[i] < 0x7f);
	free(p);
	return 0;
}
