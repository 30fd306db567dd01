/* SPDX-License-Identifier: Apache-2.0 */
/* Stored hashes of all kinds, htpasswd files, and their changes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/htpasswd.h"
#include "auth/passhash.h"
#include "base/must.h"
#include "test_auth.h"

#define PW	"correct horse"

/* Made by Apache's htpasswd, crypt(3) and libxcrypt. */
static const struct {
	const char		*hash, *password;
	enum passhash_kind	 kind;
} hashes[] = {
	{ "$2y$05$Z.YarwpaT9dIpRqgjtF.C.p9pBZG5o6pf4BYX7W9jNwlvrUSEMk0y", PW, PASSHASH_BCRYPT },
	{ "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", PASSHASH_BCRYPT },
	{ "$apr1$vQDEorDX$YM.hlUdWmT.VBMfC6FJlZ/", PW, PASSHASH_APR1 },
	{ "$apr1$H1qvdLxr$agt8TSrHrevCVP5FpJ5rQ/", "a", PASSHASH_APR1 },
	{ "$apr1$EmD2ssz1$3THdmNShjqizYapd.Kt6q0",
	    "a password longer than sixteen and than thirty-two bytes", PASSHASH_APR1 },
	{ "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=", PW, PASSHASH_SHA1 },
	{ "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/", PW, PASSHASH_SHA256 },
	{ "$6$rounds=1000$saltsalt$4GMtaIz3E1AdDi2SmCokEW0ehi.HdxNDcL3fGE1XXuzvo6kbx7UOloZKONqEk5H3JrQA4NOfU8BmqFPrpGqwA1", PW,
		PASSHASH_SHA512 },
	{ "$1$saltsalt$NuzA7WTAelpl95xgBGWN60", PW, PASSHASH_MD5 },
	{ "$y$j75$V7qMYJaNbVKOeh4PhtqPk/$iLFG.u/fL3YCEAXrIRIhP3yKwQoAA7aCiaOP9oaAYe8", PW,
	    PASSHASH_YESCRYPT },
	{ "$gy$j75$V7qMYJaNbVKOeh4PhtqPk/$mQzXUC2DFQKsBduv.QPkpq6e5lcU0.G32Mve/2pduS/", PW,
	    PASSHASH_YESCRYPT },
	{ "$7$BU..../....V7qMYJaNbVKOeh4PhtqPk/$Bq00RM.KNI4qFk6865cufUrPAUmmKTXrdDVbTAJWaz9", PW,
	    PASSHASH_SCRYPT },
};

START_TEST(kinds)
{
	const char	*why, *h = hashes[_i].hash;
	char		 longer[128], damaged[PASSHASH_MAX];
	size_t		 n = strlen(h);

	ck_assert_int_eq(passhash_judge(span_of(h), &why), hashes[_i].kind);
	ck_assert(passhash_fits(h, hashes[_i].password));
	ck_assert(!passhash_fits(h, ""));
	ck_assert(!passhash_fits(h, "wrong"));
	snprintf(longer, sizeof longer, "%sx", hashes[_i].password);
	ck_assert(!passhash_fits(h, longer));
	for (size_t cut = 0; cut < n; cut++)	/* no part of a hash is a hash */
		ck_assert_int_le(passhash_judge(span_at(h, cut), &why), PASSHASH_COSTLY);
	snprintf(damaged, sizeof damaged, "%s", h);
	damaged[n - 3] = damaged[n - 3] == 'A' ? 'B' : 'A';
	ck_assert(!passhash_fits(damaged, hashes[_i].password));
	damaged[n - 3] = ' ';
	ck_assert_int_eq(passhash_judge(span_of(damaged), &why), PASSHASH_BAD);
}
END_TEST

START_TEST(refused_kinds)
{
	static const struct { const char *hash; enum passhash_kind kind; } bad[] = {
		{ "", PASSHASH_BAD }, { "LozVECIT2terU", PASSHASH_WEAK },
		{ "secret", PASSHASH_WEAK }, { "*", PASSHASH_BAD },
		{ "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", PASSHASH_BAD },
		{ "$2y$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", PASSHASH_COSTLY },
		{ "$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", PASSHASH_COSTLY },
		{ "$2y$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", PASSHASH_BAD },
		{ "$5$rounds=9000000$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
		    PASSHASH_COSTLY },
		{ "$y$jFT$V7qMYJaNbVKOeh4PhtqPk/$iLFG.u/fL3YCEAXrIRIhP3yKwQoAA7aCiaOP9oaAYe8",
		    PASSHASH_COSTLY },
		{ "{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=", PASSHASH_BAD },
		{ "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", PASSHASH_BAD },
	};
	const char	*why;

	ck_assert_int_eq(passhash_judge(SPAN("$5$salt\0alt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/"), &why), PASSHASH_BAD);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		ck_assert_msg(passhash_judge(span_of(bad[i].hash), &why) == bad[i].kind, "%s",
		    bad[i].hash);
		ck_assert_ptr_nonnull(why);
	}
}
END_TEST

#define SHA	"{SHA}L55TUjtiq8FBorTWAZ0jy6g129A="

START_TEST(file)
{
	static const char	 text[] = "\xef\xbb\xbf# users\n\nAnna:" SHA "\r\n  \nbob:"
	    SHA ":Bob Smith\nbob:$1$saltsalt$NuzA7WTAelpl95xgBGWN60\n"
				    "des:LozVECIT2terU\nplain:secret\nno colon\n:"
				    SHA "\nempty:\nann\x01:" SHA "\nanna:" SHA "\nlast:" SHA;
	struct diag		 d;
	struct htpasswd		*h;

	diag_init(&d);
	h = htpasswd_parse("users", span_at(text, sizeof text - 1),
	    (struct diag_place){ "sepia.conf", 7, 1 }, &d);
	ck_assert_ptr_nonnull(h);
	ck_assert_uint_eq(htpasswd_count(h), 4);
	ck_assert_uint_eq(d.errors, 0);
	ck_assert_uint_eq(d.warnings, 7);
	ck_assert_str_eq(d.entries[0].file, "users");
	ck_assert_uint_eq(d.entries[0].line, 6);
	ck_assert_uint_eq(d.entries[1].line, 7);
	ck_assert_str_eq(htpasswd_find(h, SPAN("bob"), false), SHA);
	ck_assert_str_eq(htpasswd_find(h, SPAN("last"), false), SHA);
	ck_assert_ptr_null(htpasswd_find(h, SPAN("des"), false));
	ck_assert_ptr_null(htpasswd_find(h, SPAN("BOB"), false));
	ck_assert_ptr_nonnull(htpasswd_find(h, SPAN("BOB"), true));
	ck_assert_ptr_null(htpasswd_find(h, SPAN(""), true));
	ck_assert_str_eq(htpasswd_decoy(h), SHA);
	htpasswd_free(&h);
	ck_assert_ptr_null(h);
	diag_free(&d);
}
END_TEST

START_TEST(useless_files)
{
	struct diag	 d;
	struct htpasswd	*h;
	const char	*why;

	diag_init(&d);
	ck_assert_ptr_null(htpasswd_parse("u", SPAN("a:b\n"), (struct diag_place){ "c", 1, 1 },
	    &d));
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_ptr_null(htpasswd_load("/nonexistent/file", (struct diag_place){ "c", 1, 1 },
	    &d));
	ck_assert_uint_eq(d.errors, 2);
	ck_assert_ptr_null(htpasswd_load("/", (struct diag_place){ "c", 1, 1 }, &d));
	ck_assert_uint_eq(d.errors, 3);
	h = htpasswd_parse("u", SPAN(""), (struct diag_place){ "c", 1, 1 }, &d);
	ck_assert_ptr_nonnull(h);
	ck_assert_int_eq(passhash_judge(span_of(htpasswd_decoy(h)), &why), PASSHASH_BCRYPT);
	htpasswd_free(&h);
	diag_free(&d);
}
END_TEST

static void
put(const char *path, const char *text, time_t when)
{
	struct timespec	 t[2] = { { when, 0 }, { when, 0 } };
	char		 other[256];
	int		 fd;

	snprintf(other, sizeof other, "%s.new", path);
	fd = open(other, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	futimens(fd, t);
	close(fd);
	rename(other, path);
}

START_TEST(changes)
{
	char			 path[] = "/tmp/sepia-htpasswd-XXXXXX";
	struct htpasswd_watch	 w = { .h = NULL };
	struct htpasswd		*first;
	struct diag		 d;
	int			 fd = mkstemp(path);

	close(fd);
	diag_init(&d);
	put(path, "a:" SHA "\n", 1000);
	w.h = first = htpasswd_load(path, (struct diag_place){ "c", 1, 1 }, &d);
	ck_assert_ptr_nonnull(first);
	put(path, "a:" SHA "\nb:" SHA "\n", 2000);
	ck_assert(htpasswd_refresh(&w, 1));
	ck_assert(w.own && w.h != first);
	ck_assert_ptr_nonnull(htpasswd_find(w.h, SPAN("b"), false));
	put(path, "c:" SHA "\n", 3000);
	ck_assert(!htpasswd_refresh(&w, 1));		/* once a second */
	ck_assert(htpasswd_refresh(&w, 2));
	ck_assert_ptr_null(htpasswd_find(w.h, SPAN("b"), false));
	put(path, "broken", 4000);
	ck_assert(!htpasswd_refresh(&w, 3));
	ck_assert_ptr_nonnull(htpasswd_find(w.h, SPAN("c"), false));
	ck_assert(!htpasswd_refresh(&w, 4));
	unlink(path);
	ck_assert(!htpasswd_refresh(&w, 5));
	ck_assert(!htpasswd_refresh(&w, 6));
	ck_assert_ptr_nonnull(htpasswd_find(w.h, SPAN("c"), false));
	put(path, "d:" SHA "\n", 5000);
	ck_assert(htpasswd_refresh(&w, 7));
	ck_assert_ptr_nonnull(htpasswd_find(w.h, SPAN("d"), false));
	unlink(path);
	htpasswd_watch_end(&w);
	htpasswd_free(&first);
	diag_free(&d);
}
END_TEST

TCase *
test_htpasswd(void)
{
	TCase	*c = tcase_create("htpasswd");

	tcase_add_loop_test(c, kinds, 0, (int)COUNT_OF(hashes));
	tcase_add_test(c, refused_kinds);
	tcase_add_test(c, file);
	tcase_add_test(c, useless_files);
	tcase_add_test(c, changes);
	return c;
}
