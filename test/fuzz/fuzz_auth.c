/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proxy-Authorization values and htpasswd files. The first byte chooses: what comes out of
 * credentials has the promised form, a file's users are found with hashes that are judged good.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/credentials.h"
#include "auth/htpasswd.h"
#include "auth/passhash.h"
#include "base/must.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
field(struct span value, bool utf8, bool fold)
{
	static const struct credentials	 none;
	struct credentials		 c;
	const char			*text;

	if (credentials_parse(&c, value, utf8, fold, &text) != CREDENTIALS_OK) {
		MUST(memcmp(&c, &none, sizeof c) == 0);
		return;
	}
	MUST(c.n_user > 0 && c.n_user <= CREDENTIALS_USER_MAX && strlen(c.user) == c.n_user);
	MUST(c.n_password > 0 && c.n_password <= CREDENTIALS_PASSWORD_MAX &&
	    strlen(c.password) == c.n_password);
	MUST(strchr(c.user, ':') == NULL);
	for (size_t i = 0; i < c.n_user; i++)
		MUST((unsigned char)c.user[i] >= ' ' && c.user[i] != 0x7f &&
		    !(fold && c.user[i] >= 'A' && c.user[i] <= 'Z'));
	for (size_t i = 0; i < c.n_password; i++)
		MUST((unsigned char)c.password[i] >= ' ' && c.password[i] != 0x7f);
}

static void
file(struct span text)
{
	struct diag	 d;
	struct htpasswd	*h;
	struct span	 rest = text, line, user;
	const char	*hash, *why;

	diag_init(&d);
	h = htpasswd_parse("users", text, (struct diag_place){ "conf", 1, 1 }, &d);
	MUST((h == NULL) == (d.errors > 0));
	while (h != NULL && span_cut(&rest, '\n', &line)) {
		if (!span_cut(&line, ':', &user))
			continue;
		hash = htpasswd_find(h, user, true);
		MUST(hash == NULL || passhash_judge(span_of(hash), &why) > PASSHASH_COSTLY);
	}
	if (h != NULL)
		MUST(passhash_judge(span_of(htpasswd_decoy(h)), &why) > PASSHASH_COSTLY);
	htpasswd_free(&h);
	diag_free(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	*copy;

	if (size == 0)
		return 0;
	copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	if (data[0] & 1)
		file(span_at(copy, size - 1));
	else
		field(span_at(copy, size - 1), data[0] & 2, data[0] & 4);
	free(copy);
	return 0;
}
