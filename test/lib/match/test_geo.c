/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MaxMind look-ups in a database of two networks, written here byte by byte (MaxMind DB format 2.0,
 * 24-bit records).
 */
#include "test_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sb.h"
#include "match/geo.h"

static void
put_text(struct sb *b, const char *s)
{
	sb_char(b, (char)(2 << 5 | (int)strlen(s)));
	sb_str(b, s);
}

static void
put_map(struct sb *b, int pairs)
{
	sb_char(b, (char)(7 << 5 | pairs));
}

static void
put_u16(struct sb *b, const char *key, int v)
{
	put_text(b, key);
	sb_char(b, (char)(5 << 5 | 1));
	sb_char(b, (char)v);
}

/* A tree for IPv4 that tells the first bit only: node 0 leads to the two records. */
static void
write_db(const char *path)
{
	struct sb	 b, data;
	FILE		*f = fopen(path, "wb");
	size_t		 second;

	ck_assert_ptr_nonnull(f);
	sb_heap(&data, 4096);
	put_map(&data, 1);				/* 0.0.0.0/1 */
	put_text(&data, "country");
	put_map(&data, 1);
	put_text(&data, "iso_code");
	put_text(&data, "de");
	second = data.n;
	put_map(&data, 2);				/* 128.0.0.0/1 */
	put_text(&data, "autonomous_system_number");
	sb_add(&data, "\xc4\x00\x00\xfd\xe9", 5);	/* uint32 65001 */
	put_text(&data, "registered_country");
	put_map(&data, 1);
	put_text(&data, "iso_code");
	put_text(&data, "SE");
	sb_heap(&b, 8192);
	sb_add(&b, "\0\0\x11\0\0", 5);			/* 1 node + 16 + offset */
	sb_char(&b, (char)(17 + second));
	sb_add(&b, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	sb_span(&b, sb_done(&data));
	SB_LIT(&b, "\xab\xcd\xefMaxMind.com");
	put_map(&b, 9);
	put_u16(&b, "binary_format_major_version", 2);
	put_u16(&b, "binary_format_minor_version", 0);
	put_u16(&b, "record_size", 24);
	put_u16(&b, "ip_version", 4);
	put_text(&b, "node_count");
	sb_add(&b, "\xc1\x01", 2);
	put_text(&b, "database_type");
	put_text(&b, "Test");
	put_text(&b, "languages");
	sb_add(&b, "\x00\x04", 2);			/* an array of none */
	put_text(&b, "description");
	put_map(&b, 0);
	put_text(&b, "build_epoch");
	sb_add(&b, "\x01\x02\x01", 3);			/* uint64 1 */
	ck_assert(sb_ok(&b) && fwrite(b.p, 1, b.n, f) == b.n && fclose(f) == 0);
	sb_free(&b);
	sb_free(&data);
}

START_TEST(lookups)
{
	char		 path[] = "/tmp/test_geo.XXXXXX", err[200], code[3] = "";
	int		 fd = mkstemp(path);
	struct geo	*g;
	struct addr	 low = addr_from_v4(0x01020304, 0), high = addr_from_v4(0xc0000201, 0), v6;

	ck_assert_int_ge(fd, 0);
	close(fd);
	write_db(path);
	g = geo_open(path, err, sizeof(err));
	unlink(path);
	ck_assert_msg(g != NULL, "%s", err);
	ck_assert(geo_country(g, &low, code));
	ck_assert_str_eq(code, "DE");
	ck_assert_uint_eq(geo_asn(g, &low), 0);
	ck_assert(geo_country(g, &high, code));
	ck_assert_str_eq(code, "SE");
	ck_assert_uint_eq(geo_asn(g, &high), 65001);
	ck_assert(addr_parse(&v6, SPAN("2001:db8::1")));
	ck_assert(!geo_country(g, &v6, code));
	ck_assert_uint_eq(geo_asn(g, &v6), 0);
	geo_close(&g);
	ck_assert_ptr_null(g);
}
END_TEST

START_TEST(bad_files)
{
	char	 err[200] = "";

	ck_assert_ptr_null(geo_open("/nonexistent/GeoLite2.mmdb", err, sizeof(err)));
	ck_assert_str_ne(err, "");
	err[0] = '\0';
	ck_assert_ptr_null(geo_open("/etc/passwd", err, sizeof(err)));
	ck_assert_str_ne(err, "");
}
END_TEST

TCase *
test_geo(void)
{
	TCase	*t = tcase_create("geo");

	tcase_add_test(t, lookups);
	tcase_add_test(t, bad_files);
	return t;
}
