/* SPDX-License-Identifier: Apache-2.0 */
/* The directive table: values, bounds, defaults, names, the dump. */
#include "test_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "conf/directives.h"

#define AT(member)	offsetof(struct settings, member)

static const struct {
	const char	*text;
	size_t		 at;
	uint64_t	 value;
} numbers[] = {
	{ "", AT(read_timeout_ms), 900000 },
	{ "read_timeout 10 seconds\n", AT(read_timeout_ms), 10000 },
	{ "read_timeout 10\n", AT(read_timeout_ms), 10000 },
	{ "read_timeout 1.5 minutes\n", AT(read_timeout_ms), 90000 },
	{ "read_timeout 1 hour\n", AT(read_timeout_ms), 3600000 },
	{ "read_timeout 250 milliseconds\n", AT(read_timeout_ms), 250 },
	{ "read_timeout 2 DAYS\n", AT(read_timeout_ms), 172800000 },
	{ "read_timeout 5 seconds # short\n", AT(read_timeout_ms), 5000 },
	{ "read_timeout 5 seconds\nread_timeout 6 seconds\n", AT(read_timeout_ms), 6000 },
	{ "positive_dns_ttl 500 milliseconds\n", AT(positive_dns_ttl_s), 1 },
	{ "persistent_request_timeout 3 minutes\n", AT(client_idle_pconn_timeout_ms), 180000 },
	{ "pconn_timeout 3 minutes\n", AT(server_idle_pconn_timeout_ms), 180000 },
	{ "", AT(request_header_max_size), 65536 },
	{ "request_header_max_size 32 KB\n", AT(request_header_max_size), 32768 },
	{ "request_header_max_size 4096\n", AT(request_header_max_size), 4096 },
	{ "", AT(request_body_max_size), UINT64_MAX },
	{ "request_body_max_size 0\n", AT(request_body_max_size), UINT64_MAX },
	{ "request_body_max_size 2 GB\n", AT(request_body_max_size), 2147483648 },
	{ "", AT(client_ip_max_connections), UINT64_MAX },
	{ "client_ip_max_connections 8\n", AT(client_ip_max_connections), 8 },
	{ "client_ip_max_connections -1\n", AT(client_ip_max_connections), UINT64_MAX },
	{ "max_filedesc 0x400\n", AT(max_filedescriptors), 1024 },
	{ "workers 3\n", AT(workers), 3 },
	{ "quick_abort_pct -1\n", AT(quick_abort_pct), 0 },
	{ "connect_retries -1\n", AT(connect_retries), 0 },
	{ "forward_max_tries -1\n", AT(forward_max_tries), 1 },
	{ "", AT(pconn_lifetime_ms), UINT64_MAX },
	{ "", AT(tunnel_idle_timeout_ms), 900000 },
	{ "read_timeout 7 seconds\n", AT(tunnel_idle_timeout_ms), 7000 },
	{ "tunnel_idle_timeout 2 seconds\n", AT(tunnel_idle_timeout_ms), 2000 },
	{ "debug_options ALL,2 33,5\n", AT(debug_level), 2 },
	{ "header_max_fields 100\n", AT(header_fields_max), 100 },
};

START_TEST(number)
{
	struct settings	*s = good(numbers[_i].text);

	ck_assert_msg(*(const uint64_t *)(const void *)((const char *)s + numbers[_i].at) ==
	    numbers[_i].value, "%s", numbers[_i].text);
	conf_free(&s);
}
END_TEST

static const struct {
	const char		*text;
	enum diag_level		 level;
	unsigned		 line, col;
	const char		*part;
} complaints[] = {
	{ "read_timeout\n", DIAG_ERROR, 1, 13, "a time is missing" },
	{ "read_timeout soon\n", DIAG_ERROR, 1, 14, "'soon' is not a time" },
	{ "read_timeout 5 parsecs\n", DIAG_ERROR, 1, 16, "'parsecs' is not a unit" },
	{ "read_timeout 5s\n", DIAG_ERROR, 1, 14, "'5s' is not a time" },
	{ "read_timeout 5 seconds or so\n", DIAG_WARNING, 1, 24, "ignored: 'or'" },
	{ "read_timeout 0\n", DIAG_WARNING, 1, 1, "(10 to 320000000000 milliseconds): 10 is used" },
	{ "request_header_max_size none\n", DIAG_ERROR, 1, 29, "cannot be without limit" },
	{ "request_header_max_size 512 bytes\n", DIAG_WARNING, 1, 1, "1024 is used" },
	{ "request_header_max_size 10 bits\n", DIAG_ERROR, 1, 28, "not a unit" },
	{ "via yes\n", DIAG_ERROR, 1, 5, "neither 'on' nor 'off'" },
	{ "via\n", DIAG_ERROR, 1, 4, "missing" },
	{ "forwarded_for maybe\n", DIAG_WARNING, 1, 15,
	    "one of on|off|transparent|delete|truncate: this means transparent" },
	{ "forwarded_for\n", DIAG_ERROR, 1, 14, "one of on|off|transparent|delete|truncate" },
	{ "workers many\n", DIAG_ERROR, 1, 9, "not a number" },
	{ "workers -1\n", DIAG_WARNING, 1, 1, "workers: -1 is out of bounds (0 to" },
	{ "workers none\n", DIAG_ERROR, 1, 13, "without limit" },
	{ "pconn_total -1\n", DIAG_ERROR, 1, 15, "without limit" },
	{ "http_acess allow all\n", DIAG_ERROR, 1, 1, "did you mean 'http_access'?" },
	{ "refresh_patern . 0 20% 0\n", DIAG_ERROR, 1, 1, "did you mean 'refresh_pattern'?" },
	{ "acls all src all\n", DIAG_ERROR, 1, 1, "did you mean 'acl'?" },
	{ "qwertyuiop\n", DIAG_ERROR, 1, 1, "unknown directive 'qwertyuiop'" },
	{ "HTTP_PORT 3128\n", DIAG_ERROR, 1, 1, "did you mean 'http_port'?" },
	{ "snmp_port 3401\n", DIAG_NOTE, 1, 1, "SNMP is not spoken" },
	{ "chroot /x\n", DIAG_WARNING, 1, 1, "container" },
	{ "maximum_object_size 4 MBytes\ncache_mem much\n", DIAG_ERROR, 2, 11, "not a size" },
	{ "emulate_httpd_log on\n", DIAG_WARNING, 0, 0, "every request is refused" },
	{ "icap_enable on\nicap_service a reqmod_precache icap://x/y\nadaptation_access a allow all\n",
	    DIAG_ERROR, 3, 1, "not spoken here" },
	{ "icap_enable on\nicap_service a reqmod_precache bypass=on icap://x/y\nadaptation_access a "
	    "allow all\n", DIAG_WARNING, 3, 1, "may be bypassed" },
	{ "auth_param basic program /no/such/helper\n", DIAG_ERROR, 1, 26, "cannot run" },
	{ "auth_param basic file /no/such/file\n", DIAG_ERROR, 1, 0, "" },
	{ "auth_param digest program /x\n", DIAG_WARNING, 1, 12, "not available" },
	{ "auth_param magic program /x\n", DIAG_ERROR, 1, 12, "no authentication scheme" },
	{ "auth_param basic colour red\n", DIAG_WARNING, 1, 18, "unknown parameter" },
	{ "logformat squid %ts\n", DIAG_WARNING, 1, 11, "built in" },
	{ "access_log /x nosuch\n", DIAG_ERROR, 1, 15, "neither a logformat nor an acl" },
	{ "access_log module:/x\n", DIAG_ERROR, 1, 12, "no log module" },
	{ "access_log udp:nowhere\n", DIAG_ERROR, 1, 12, "host:port" },
	{ "access_log syslog:local9.info\n", DIAG_ERROR, 1, 12, "facility" },
	{ "access_log /x logformat=nosuch\n", DIAG_ERROR, 1, 15, "no logformat 'nosuch'" },
	{ "external_acl_type\n", DIAG_ERROR, 1, 18, "needs a name" },
	{ "external_acl_type who %>a\n", DIAG_ERROR, 1, 26, "needs a program" },
	{ "external_acl_type who %nosuch /bin/true\n", DIAG_ERROR, 1, 23, "unknown code" },
	{ "external_acl_type who %USER_CA_CERT_O /bin/true\n", DIAG_NOTE, 1, 23, "has no value" },
	{ "external_acl_type who ttl=x %>a /bin/true\n", DIAG_ERROR, 1, 23, "is no number" },
	{ "external_acl_type who colour=1 %>a /bin/true\n", DIAG_ERROR, 1, 23, "is no option" },
	{ "external_acl_type who children-max=0 %>a /bin/true\n", DIAG_ERROR, 1, 19,
	    "nobody to ask" },
	{ "external_acl_type who %>a /nowhere/helper\n", DIAG_ERROR, 1, 27,
	    "cannot run /nowhere/helper" },
	{ "external_acl_type who %>a /bin/true\nexternal_acl_type who %>a /bin/true\n", DIAG_ERROR,
	    2, 19, "there already" },
	{ "acl x external who\nexternal_acl_type who %>a /bin/true\n", DIAG_ERROR, 1, 16,
	    "no external_acl_type who" },
	{ "append_domain example\n", DIAG_ERROR, 1, 1, "dot in front" },
	{ "append_domain .a b\n", DIAG_WARNING, 1, 18, "takes less" },
	{ "append_domain .10.0.0.1\n", DIAG_ERROR, 1, 1, "dot in front" },
	{ "uri_whitespace strip\n", DIAG_NOTE, 1, 1, "RFC 9112" },
	{ "ignore_unknown_nameservers off\n", DIAG_NOTE, 1, 1, "always dropped" },
	{ "client_dst_passthru off\n", DIAG_NOTE, 1, 1, "always go to the address" },
	{ "connect_retries 11\n", DIAG_WARNING, 1, 1, "10 is used" },
	{ "reply_body_max_size much\n", DIAG_ERROR, 1, 21, "needs a size" },
	{ "reply_body_max_size 9999999999 GB\n", DIAG_ERROR, 1, 21, "too large" },
	{ "http_port 3128 vport\n", DIAG_ERROR, 1, 1, "vport needs accel" },
	{ "http_port 3128 vport=80\n", DIAG_ERROR, 1, 1, "vport needs accel" },
	{ "http_port 3128 no-vhost\n", DIAG_ERROR, 1, 1, "no-vhost needs accel" },
	{ "http_port 3128 accel act-as-origin\n", DIAG_NOTE, 1, 1, "Date and Expires" },
	{ "http_port 3128 accel protocol=https\n", DIAG_NOTE, 1, 1, "taken for http" },
	{ "http_port 3128 accel vport=x\n", DIAG_ERROR, 1, 22, "vport= needs a port" },
	{ "pconn_total 2000000\n", DIAG_ERROR, 1, 1, "out of bounds (0 to 1048576)" },
};

START_TEST(complaint)
{
	says(complaints[_i].text, complaints[_i].level, complaints[_i].line, complaints[_i].col,
	    complaints[_i].part);
}
END_TEST

/* Names that must be known whatever becomes of them: of each generation of Squid some. */
START_TEST(names)
{
	static const char *const	 known[] = {
		"http_access2", "header_access", "header_replace", "no_cache", "hierarchy_stoplist",
		    "max_filedesc", "zph_mode", "zph_option", "ignore_expect_100",
		"dns_v4_first", "redirect_program", "redirector_access", "storeurl_rewrite_program",
		    "ascii_port", "udp_port", "cache_access_log",
		"cache_swap_log", "cache_host_domain", "wais_relay_host", "upgrade_http0.9",
		    "extension_methods", "request_entities", "esi_parser",
		"ident_timeout", "mcast_miss_addr", "tls_key_log", "cache_log_message",
		    "response_delay_pool", "collapsed_forwarding_access",
		"paranoid_hit_validation", "shared_transient_entries_limit",
		    "http_upgrade_request_protocols", "mark_client_packet", "auth_schemes",
		"proxy_protocol_access", "on_unsupported_protocol", "tls_outgoing_options",
		    "happy_eyeballs_connect_limit", "url_rewrite_timeout",
		"store_id_extras", "send_hit", "store_miss", "icap_class", "ecap_service",
		    "wccp2_service_info", "htcp_clr_access", "external_acl_type",
		"cachemgr_passwd", "windows_ipaddrchangemonitor", "pac_proxy", "destination_access",
	};
	size_t			 n;
	const char *const	*all = conf_names(&n);

	ck_assert_uint_eq(n, directives_count);
	for (size_t i = 1; i < n; i++)
		ck_assert_msg(strcmp(all[i - 1], all[i]) < 0, "%s is there twice", all[i]);
	for (size_t i = 0; i < COUNT_OF(known); i++)
		ck_assert_msg(directives_find(span_of(known[i])) != NULL, "%s", known[i]);
	for (size_t i = 0; i < directives_count; i++) {
		const struct directive	*r = &directives[i];

		ck_assert_msg(r->type == DIR_ALIAS ? directives_find(span_of(r->unit)) != NULL :
		    r->doc != NULL, "%s", r->name);
		ck_assert_msg(r->type != DIR_OWN || r->parse != NULL, "%s", r->name);
	}
}
END_TEST

/* One notice a name, however often it is there. */
START_TEST(one_notice)
{
	struct diag	 d;
	struct settings	*s = made("snmp_port 1\nsnmp_port 2\nmemory_pools on\nmemory_pools "
	    "off\nhttp_access allow all\n", &d);

	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(d.n, 2);
	ck_assert_uint_eq(d.errors + d.warnings, 0);
	conf_free(&s);
	diag_free(&d);
}
END_TEST

/* All mistakes are told in one pass. */
START_TEST(all_errors)
{
	struct diag	 d;
	struct settings	*s =
	    made("via maybe\nread_timeout x\nhttp_access permit all\nacl a nosuchtype "
	    "x\nhttp_port 99999\n", &d);

	ck_assert_ptr_null(s);
	for (unsigned line = 1; line <= 5; line++)
		ck_assert_msg(told(&d, DIAG_ERROR, line, 0, ""), "line %u", line);
	diag_free(&d);
}
END_TEST

static char *
dumped(const struct settings *s)
{
	char	*text = NULL;
	size_t	 n;
	FILE	*f = open_memstream(&text, &n);

	conf_dump(s, f);
	fclose(f);
	return text;
}

/* What is dumped loads, and means the same. */
START_TEST(dump)
{
	struct settings	*s = good("workers 2\nread_timeout 5 seconds\nacl lan src "
	    "10.0.0.0/8\nhttp_access allow lan \\\n  !to_localhost\n"
	    "dns_nameservers 10.0.0.1 10.0.0.2\nforwarded_for delete\nlogformat f %ts "
	    "\"%{Referer}>h\"\naccess_log stdio:/tmp/x.log f\n"
	    "cache_peer 10.1.1.1 parent 3128 0 no-query login=joe:secret name=up\nhttp_port "
	    "127.0.0.1:3128 name=here\n");
	char		*first = dumped(s), *second;

	ck_assert_ptr_nonnull(strstr(first, "read_timeout 5000 milliseconds\n"));
	ck_assert_ptr_nonnull(strstr(first, "http_access allow lan !to_localhost\n"));
	ck_assert_ptr_nonnull(strstr(first, "login=******** name=up"));
	ck_assert_ptr_null(strstr(first, "secret"));
	conf_free(&s);
	says(first, DIAG_ERROR, 0, 0, "login=");	/* the mask is no password */
	free(first);

	s = good("workers 2\nhttp_access allow localhost\nnegative_dns_ttl 3 seconds\nrun_dir \"/a \\\"b\\\"\"\n"
	    "cache_log stdio:/dev/stderr\n");
	ck_assert_str_eq(s->run_dir, "/a \"b\"");
	ck_assert_str_eq(s->cache_log, "/dev/stderr");
	first = dumped(s);
	conf_free(&s);
	s = good(first);
	second = dumped(s);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	conf_free(&s);
}
END_TEST

START_TEST(list)
{
	char	*text = NULL;
	size_t	 n;
	FILE	*f = open_memstream(&text, &n);

	conf_list(f, true);
	fclose(f);
	ck_assert_ptr_nonnull(strstr(text, ".It Ic http_access Ar \"allow|deny [!]acl ...\"\n"));
	ck_assert_ptr_nonnull(strstr(text, ".It Ic no_cache\nOlder name of\n.Ic cache .\n"));
	free(text);
}
END_TEST

TCase *
test_directives(void)
{
	TCase	*tc = tcase_create("directives");

	tcase_add_loop_test(tc, number, 0, COUNT_OF(numbers));
	tcase_add_loop_test(tc, complaint, 0, COUNT_OF(complaints));
	tcase_add_test(tc, names);
	tcase_add_test(tc, one_notice);
	tcase_add_test(tc, all_errors);
	tcase_add_test(tc, dump);
	tcase_add_test(tc, list);
	return tc;
}
