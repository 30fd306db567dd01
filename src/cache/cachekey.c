/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys from URLs and variants. The digest's context is made once per thread: fetching an algorithm by name costs more than hashing a URL.
 * Pure but for that; worker.
 */
#include "cache/cachekey.h"

#include <openssl/evp.h>

#include "base/must.h"

static EVP_MD_CTX *
begin(void)
{
	static _Thread_local EVP_MD_CTX	*ctx;
	static _Thread_local EVP_MD	*md;

	if (ctx == NULL) {
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
		ctx = EVP_MD_CTX_new();
		MUST(md != NULL && ctx != NULL);
	}
	MUST(EVP_DigestInit_ex2(ctx, md, NULL) == 1);
	return ctx;
}

bool
cachekey_method(enum method m)
{
	return m == METHOD_GET || m == METHOD_HEAD;
}

void
cachekey_hash(enum cachekey_kind kind, const struct span *parts, size_t n, struct cachekey *out)
{
	EVP_MD_CTX	*ctx = begin();
	uint8_t		 digest[EVP_MAX_MD_SIZE], tag = (uint8_t)kind;

	MUST(EVP_DigestUpdate(ctx, &tag, 1) == 1);
	for (size_t i = 0; i < n; i++) {
		uint32_t	 length = (uint32_t)parts[i].n;

		MUST(parts[i].n <= UINT32_MAX);
		MUST(EVP_DigestUpdate(ctx, &length, sizeof length) == 1);
		MUST(length == 0 || EVP_DigestUpdate(ctx, parts[i].p, length) == 1);
	}
	MUST(EVP_DigestFinal_ex(ctx, digest, NULL) == 1);
	memcpy(out->b, digest, sizeof out->b);
}

void
cachekey_primary(struct span url, struct cachekey *out)
{
	cachekey_hash(CACHEKEY_PRIMARY, &url, 1, out);
}
