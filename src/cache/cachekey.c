/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys from URLs and variants. The digest's context is made once per thread: fetching an algorithm
 * by name costs more than hashing a URL. Pure but for that; worker.
 */
#include "cache/cachekey.h"

#include <openssl/evp.h>

#include "base/must.h"

enum { RECENT_BITS = 8, RECENT = 1 << RECENT_BITS, RECENT_LEAST = 16, RECENT_MOST = 108 };

/* What many ask for is hashed once (0.1 of a hit's 6 microseconds). */
struct recent {
	uint32_t	 n;		/* 0: none */
	char		 url[RECENT_MOST];
	struct cachekey	 key;
};
_Static_assert(sizeof(struct recent) == 128, "whole cache lines");

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

/*
 * Where a URL stands among those asked for lately. Anybody can make two meet: the one then takes
 * the other's place.
 */
static struct recent *
recent_place(struct span url)
{
	static struct recent	 recent[RECENT];
	uint64_t		 end, middle;

	memcpy(&end, url.p + url.n - sizeof end, sizeof end);
	memcpy(&middle, url.p + url.n / 2, sizeof middle);
	/* the highest bits of a product are those that all others have a part in */
	return &recent[(end * 0x9e3779b97f4a7c15 + middle * 0xc2b2ae3d27d4eb4f + url.n *
	    0x165667b19e3779f9) >> (64 - RECENT_BITS)];
}

void
cachekey_primary(struct span url, struct cachekey *out)
{
	struct recent	*r =
	    url.n >= RECENT_LEAST && url.n <= RECENT_MOST ? recent_place(url) : NULL;

	if (r != NULL && r->n == url.n && memcmp(r->url, url.p, url.n) == 0) {
		*out = r->key;
		return;
	}
	cachekey_hash(CACHEKEY_PRIMARY, &url, 1, out);
	if (r == NULL)
		return;
	r->n = (uint32_t)url.n;
	r->key = *out;
	memcpy(r->url, url.p, url.n);
}
