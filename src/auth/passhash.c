/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password hashes as they stand in htpasswd files. bcrypt, SHA-crypt, yescrypt, scrypt and
 * MD5-crypt are libxcrypt's; Apache's apr1 (MD5-crypt with another name in it) and {SHA} are done
 * here on OpenSSL's digests. Runs in the hashing threads.
 */
#include "auth/passhash.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"

static const char	 itoa64[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

enum { BCRYPT_COST_MAX = 16, SHA_ROUNDS_MAX = 5000000, MEMORY_LOG2_MAX = 28, MD5_LEN = 16,
    APR1_SALT_MAX = 8 };

/* Digit of crypt's base 64, or -1. */
static int
digit(char c)
{
	const char	*at = c == '\0' ? NULL : strchr(itoa64, c);

	return at == NULL ? -1 : (int)(at - itoa64);
}

static bool
all_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (digit(s.p[i]) < 0)
			return false;
	return s.n > 0;
}

static enum passhash_kind
judge_bcrypt(struct span h, const char **why)
{
	uint64_t	 cost;

	*why = "malformed bcrypt hash";
	if (h.n != 60 || h.p[6] != '$' || !all_digits(span_at(h.p + 7, 53)) ||
	    !span_u64(span_at(h.p + 4, 2), 31, &cost) || cost < 4)
		return PASSHASH_BAD;
	*why = "bcrypt cost above 16: one check would take many seconds";
	return cost > BCRYPT_COST_MAX ? PASSHASH_COSTLY : PASSHASH_BCRYPT;
}

/* $5$ and $6$: [rounds=N$]salt$digest */
static enum passhash_kind
judge_sha(struct span h, enum passhash_kind kind, const char **why)
{
	struct span	 rest = span_at(h.p + 3, h.n - 3), part;
	uint64_t	 rounds = 0;

	*why = "malformed SHA-crypt hash";
	if (!span_cut(&rest, '$', &part))
		return PASSHASH_BAD;
	if (span_starts(part, SPAN("rounds="))) {
		if (!span_u64(span_at(part.p + 7, part.n - 7), 999999999, &rounds) ||
		    !span_cut(&rest, '$', &part))
			return PASSHASH_BAD;
	}
	if (part.n > 16 || !all_digits(rest) || rest.n != (kind == PASSHASH_SHA256 ? 43U : 86U))
		return PASSHASH_BAD;
	*why = "more than 5,000,000 rounds: one check would take many seconds";
	return rounds > SHA_ROUNDS_MAX ? PASSHASH_COSTLY : kind;
}

/*
 * $y$ and $gy$: parameters$salt$digest; the parameters begin with flavour, log2(N) - 1, r - 1, each
 * one digit in all sane cases.
 */
static enum passhash_kind
judge_yescrypt(struct span rest, const char **why)
{
	struct span	 par, salt;
	int		 n, r;

	*why = "malformed yescrypt hash";
	if (!span_cut(&rest, '$', &par) || !span_cut(&rest, '$', &salt) || rest.n != 43 ||
	    !all_digits(rest) || !all_digits(par) || par.n < 3)
		return PASSHASH_BAD;
	*why = "yescrypt with more than 256 MB of memory a check";
	n = digit(par.p[1]) + 1;
	r = digit(par.p[2]) + 1;
	if (n > 24 || r > 47 || ((uint64_t)r * 128 << n) > (1ULL << MEMORY_LOG2_MAX) || par.n > 4)
		return PASSHASH_COSTLY;
	return PASSHASH_YESCRYPT;
}

/* $7$: log2(N) in one digit, r and p in five each, least significant first; then salt$digest */
static enum passhash_kind
judge_scrypt(struct span h, const char **why)
{
	struct span	 rest = span_at(h.p + 3, h.n - 3), head;
	uint64_t	 r = 0, p = 0;
	int		 n;

	*why = "malformed scrypt hash";
	if (!span_cut(&rest, '$', &head) || rest.n != 43 || !all_digits(rest) || head.n < 11 ||
	    !all_digits(span_at(head.p, 11)))
		return PASSHASH_BAD;
	n = digit(head.p[0]);
	for (unsigned i = 0; i < 5; i++) {
		r |= (uint64_t)digit(head.p[1 + i]) << (6 * i);
		p |= (uint64_t)digit(head.p[6 + i]) << (6 * i);
	}
	*why = "scrypt with more than 256 MB of memory a check";
	if (n > 24 || r > 64 || p > 16 || (r * 128 << n) > (1ULL << MEMORY_LOG2_MAX))
		return PASSHASH_COSTLY;
	return PASSHASH_SCRYPT;
}

/* $1$ and $apr1$: salt$digest */
static enum passhash_kind
judge_md5(struct span rest, enum passhash_kind kind, const char **why)
{
	struct span	 salt;

	*why = "malformed MD5 hash";
	if (!span_cut(&rest, '$', &salt) || salt.n > APR1_SALT_MAX || rest.n != 22 ||
	    !all_digits(rest))
		return PASSHASH_BAD;
	return kind;
}

static enum passhash_kind
judge_sha1(struct span h, const char **why)
{
	*why = "malformed {SHA} hash";
	if (h.n != 5 + 28 || h.p[h.n - 1] != '=')
		return PASSHASH_BAD;
	for (size_t i = 5; i < h.n - 1; i++) {
		char	 c = h.p[i];

		if (c == '.' || (digit(c) < 0 && c != '+'))
			return PASSHASH_BAD;
	}
	return PASSHASH_SHA1;
}

enum passhash_kind
passhash_judge(struct span h, const char **why)
{
	enum passhash_kind	 k;

	*why = "longer than any hash";
	if (h.n >= PASSHASH_MAX)
		return PASSHASH_BAD;
	*why = "bytes in the hash that no hash has";
	for (size_t i = 0; i < h.n; i++)
		if (h.p[i] <= ' ' || h.p[i] >= 0x7f)
			return PASSHASH_BAD;
	if (span_starts(h, SPAN("$2y$")) || span_starts(h, SPAN("$2b$")) ||
	    span_starts(h, SPAN("$2a$")))
		return judge_bcrypt(h, why);
	if (span_starts(h, SPAN("$apr1$")))
		return judge_md5(span_at(h.p + 6, h.n - 6), PASSHASH_APR1, why);
	if (span_starts(h, SPAN("{SHA}")))
		return judge_sha1(h, why);
	if (span_starts(h, SPAN("$5$")))
		return judge_sha(h, PASSHASH_SHA256, why);
	if (span_starts(h, SPAN("$6$")))
		return judge_sha(h, PASSHASH_SHA512, why);
	if (span_starts(h, SPAN("$y$")))
		return judge_yescrypt(span_at(h.p + 3, h.n - 3), why);
	if (span_starts(h, SPAN("$gy$")))
		return judge_yescrypt(span_at(h.p + 4, h.n - 4), why);
	if (span_starts(h, SPAN("$7$")))
		return judge_scrypt(h, why);
	if (span_starts(h, SPAN("$1$")))
		return judge_md5(span_at(h.p + 3, h.n - 3), PASSHASH_MD5, why);
	k = h.n == 13 && all_digits(h) ? PASSHASH_WEAK : PASSHASH_BAD;
	if (k == PASSHASH_WEAK)
		*why = "crypt's DES hash is too weak: make a bcrypt one (htpasswd -B)";
	else if (h.n == 0)
		*why = "no hash";
	else if (h.p[0] == '$' || h.p[0] == '{' || h.p[0] == '!' || h.p[0] == '*')
		*why = "a hash of a kind that is not known here";
	else {
		k = PASSHASH_WEAK;
		*why =
		    "a password in plain text is not accepted: make a bcrypt hash of it (htpasswd -B)";
	}
	return k;
}

static bool
same(const char *a, const char *b)
{
	size_t	 n = strlen(a);

	return strlen(b) == n && CRYPTO_memcmp(a, b, n) == 0;
}

/* One MD5 over up to four pieces. */
static bool
md5(EVP_MD_CTX *c, const EVP_MD *md, uint8_t out[MD5_LEN], const struct span *v, unsigned n)
{
	if (EVP_DigestInit_ex(c, md, NULL) != 1)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (EVP_DigestUpdate(c, v[i].p, v[i].n) != 1)
			return false;
	return EVP_DigestFinal_ex(c, out, NULL) == 1;
}

/*
 * The first digest: password, magic, salt, as much of the inner digest as the password is long,
 * then its odd bits.
 */
static bool
apr1_first(EVP_MD_CTX *c, const EVP_MD *md, struct span pw, struct span salt, uint8_t d[MD5_LEN])
{
	struct span	 inner[] = { pw, salt, pw };
	const char	 zero = '\0';
	uint8_t		 in[MD5_LEN];
	bool		 ok;

	if (!md5(c, md, in, inner, 3) || EVP_DigestInit_ex(c, md, NULL) != 1)
		return false;
	ok = EVP_DigestUpdate(c, pw.p, pw.n) == 1 && EVP_DigestUpdate(c, "$apr1$", 6) == 1 &&
	    EVP_DigestUpdate(c, salt.p, salt.n) == 1;
	for (size_t left = pw.n; ok && left > 0; left -= left < MD5_LEN ? left : MD5_LEN)
		ok = EVP_DigestUpdate(c, in, left < MD5_LEN ? left : MD5_LEN) == 1;
	for (size_t bits = pw.n; ok && bits > 0; bits >>= 1)
		ok = EVP_DigestUpdate(c, bits & 1 ? &zero : pw.p, 1) == 1;
	mem_wipe(in, sizeof in);
	return ok && EVP_DigestFinal_ex(c, d, NULL) == 1;
}

static bool
apr1_rounds(EVP_MD_CTX *c, const EVP_MD *md, struct span pw, struct span salt, uint8_t d[MD5_LEN])
{
	struct span	 last = span_at((const char *)d, MD5_LEN), v[4];

	for (unsigned i = 0; i < 1000; i++) {
		unsigned	 n = 0;

		v[n++] = i & 1 ? pw : last;
		if (i % 3 != 0)
			v[n++] = salt;
		if (i % 7 != 0)
			v[n++] = pw;
		v[n++] = i & 1 ? last : pw;
		if (!md5(c, md, d, v, n))
			return false;
	}
	return true;
}

static void
apr1_text(const uint8_t d[MD5_LEN], char out[23])
{
	static const uint8_t	 order[5][3] = { { 0, 6, 12 }, { 1, 7, 13 }, { 2, 8, 14 },
	    { 3, 9, 15 }, { 4, 10, 5 } };
	unsigned		 o = 0;
	uint32_t		 v;

	for (unsigned i = 0; i < 5; i++) {
		v = (uint32_t)d[order[i][0]] << 16 | (uint32_t)d[order[i][1]] << 8 | d[order[i][2]];
		for (unsigned k = 0; k < 4; k++, v >>= 6)
			out[o++] = itoa64[v & 63];
	}
	v = d[11];
	out[o++] = itoa64[v & 63];
	out[o++] = itoa64[v >> 6];
	out[o] = '\0';
}

static bool
apr1_fits(const char *hash, const char *password)
{
	struct span	 rest = span_of(hash + 6), salt = SPAN_NONE, pw = span_of(password);
	EVP_MD_CTX	*c = EVP_MD_CTX_new();
	EVP_MD		*md = EVP_MD_fetch(NULL, "MD5", NULL);
	uint8_t		 d[MD5_LEN];
	char		 text[23];
	bool		 ok;

	ok = c != NULL && md != NULL && span_cut(&rest, '$', &salt) &&
	    apr1_first(c, md, pw, salt, d) && apr1_rounds(c, md, pw, salt, d);
	if (ok) {
		apr1_text(d, text);
		ok = rest.n == 22 && CRYPTO_memcmp(rest.p, text, 22) == 0;
	}
	mem_wipe(d, sizeof d);
	EVP_MD_CTX_free(c);
	EVP_MD_free(md);
	return ok;
}

static bool
sha1_fits(const char *hash, const char *password)
{
	uint8_t		 d[20];
	unsigned char	 text[32];
	bool		 ok;

	ok = EVP_Digest(password, strlen(password), d, NULL, EVP_sha1(), NULL) == 1;
	if (ok) {
		EVP_EncodeBlock(text, d, sizeof d);
		ok = same(hash + 5, (const char *)text);
	}
	mem_wipe(d, sizeof d);
	return ok;
}

static bool
crypt_fits(const char *hash, const char *password)
{
	struct crypt_data	*data = mem_zero(sizeof *data);
	const char		*made = crypt_r(password, hash, data);
	bool			 ok;

	ok = made != NULL && made[0] != '*' && same(hash, made);
	mem_wipe(data, sizeof *data);
	free(data);
	return ok;
}

bool
passhash_fits(const char *hash, const char *password)
{
	if (strncmp(hash, "$apr1$", 6) == 0)
		return apr1_fits(hash, password);
	if (strncmp(hash, "{SHA}", 5) == 0)
		return sha1_fits(hash, password);
	return crypt_fits(hash, password);
}
