/* SPDX-License-Identifier: Apache-2.0 */
/* Ports, peers, logs, rules: what a configuration makes of them. */
#include "test_conf.h"

#include <string.h>

#include "acl/rules.h"
#include "base/must.h"
#include "core/format.h"

START_TEST(ports)
{
	struct settings	*s = good("http_access allow all\nhttp_port 3128\nhttp_port 127.0.0.1:8080 "
	    "name=x tcpkeepalive=60,30,3\n"
	    "http_port [::1]:8081 transparent\nhttp_port 8082 ssl-bump cert=/x.pem "
	    "generate-host-certificates=on\nhttps_port 443 tls-cert=/x\n");

	ck_assert_uint_eq(s->n_ports, 4);
	ck_assert(s->ports[0].v6_any && s->ports[0].addr.port == 3128);
	ck_assert_str_eq(s->ports[0].name, "[::]:3128");
	ck_assert(!s->ports[1].v6_any && addr_is_loopback(&s->ports[1].addr) &&
	    s->ports[1].keepalive);
	ck_assert_str_eq(s->ports[1].name, "x");
	ck_assert_uint_eq(s->ports[1].ka_interval_s, 30);
	ck_assert(s->ports[2].intercept);
	ck_assert_str_eq(s->ports[2].name, "[::1]:8081");
	ck_assert(s->ports[3].ssl_bump);
	ck_assert_uint_eq(s->ports[3].index, 3);
	conf_free(&s);

	s = good("");
	ck_assert_uint_eq(s->n_ports, 1);
	ck_assert_uint_eq(s->ports[0].addr.port, 3128);
	conf_free(&s);
}
END_TEST

static const struct {
	const char	*text;
	enum diag_level	 level;
	unsigned	 line, col;
	const char	*part;
} port_cases[] = {
	{ "http_port\n", DIAG_ERROR, 1, 10, "not a port" },
	{ "http_port 0\n", DIAG_ERROR, 1, 11, "not a port" },
	{ "http_port ::1:3128\n", DIAG_ERROR, 1, 11, "IPv6 in brackets" },
	{ "http_port proxy.invalid:3128\n", DIAG_ERROR, 1, 11,
	    "a host name that does not resolve" },
	{ "http_port 3128 sparkling\n", DIAG_ERROR, 1, 16, "unknown option 'sparkling'" },
	{ "http_port 3128\nhttp_port 3128\n", DIAG_WARNING, 2, 1, "there already" },
	{ "http_port 80 accel intercept\n", DIAG_ERROR, 1, 1, "cannot be mixed" },
	{ "http_port 80 defaultsite=x\n", DIAG_ERROR, 1, 1, "needs accel" },
	{ "http_port 80 ssl-bump key=/k cert=/c\n", DIAG_ERROR, 1, 23, "before its key" },
	{ "http_port 3128 require-proxy-header\n", DIAG_ERROR, 0, 0, "no port is left" },
	{ "http_port 3129\nhttp_port 3128 require-proxy-header\n", DIAG_WARNING, 2, 1,
	    "not opened" },
	{ "https_port 443 cert=/c\n", DIAG_ERROR, 0, 0, "no port is left" },
	{ "http_port 80 ssl-bump cert=/c\nssl_bump terminate all\n", DIAG_ERROR, 2, 1,
	    "ssl_bump terminate" },
	{ "cache_peer\n", DIAG_ERROR, 1, 0, "needs a host" },
	{ "cache_peer h cousin 1 0\n", DIAG_ERROR, 1, 14, "no type of a peer" },
	{ "cache_peer h parent nowhere! 0\n", DIAG_ERROR, 1, 21, "not a port" },
	{ "cache_peer h parent 3128 0 shiny\n", DIAG_WARNING, 1, 28, "unknown option" },
	{ "cache_peer h parent 3128 0\ncache_peer h parent 3129 0\n", DIAG_ERROR, 2, 1, "name=" },
	{ "cache_peer h parent 443 0 tls\n", DIAG_WARNING, 1, 1, "never used" },
	{ "cache_peer h sibling 3128 3130\n", DIAG_NOTE, 1, 1, "never used" },
	{ "cache_peer_access h allow all\n", DIAG_WARNING, 1, 19, "no cache_peer named 'h'" },
	{ "http_access all\n", DIAG_ERROR, 1, 13, "neither 'allow' nor 'deny'" },
	{ "http_access allow\n", DIAG_ERROR, 1, 18, "at least one ACL" },
	{ "http_access allow nobody\n", DIAG_ERROR, 1, 19, "nobody" },
	{ "request_header_access X:y deny all\n", DIAG_ERROR, 1, 23, "not the name" },
	{ "request_header_access Via maybe all\n", DIAG_ERROR, 1, 27, "'allow' or 'deny'" },
	{ "deny_info ERR_X nosuch\n", DIAG_WARNING, 1, 17, "no acl nosuch" },
	{ "tcp_outgoing_address nosuch.invalid\n", DIAG_ERROR, 1, 22,
	    "not an address, nor a name" },
	{ "tcp_outgoing_tos 0x1ff all\n", DIAG_ERROR, 1, 18, "TOS" },
	{ "acl u proxy_auth REQUIRED\nhttp_access allow u\n", DIAG_ERROR, 0, 0, "no auth_param" },
	{ "auth_param ntlm program /x\nacl u proxy_auth REQUIRED\nhttp_access allow u\n",
	    DIAG_WARNING, 0, 0, "refuse everybody" },
	{ "visible_hostname (a\"b)\n", DIAG_WARNING, 1, 1, "is no host name: '-a-b-' is used" },
	{ "logformat squid %ru\n", DIAG_WARNING, 1, 11, "stays what it is" },
	{ "debug_options ALL,1 33\n", DIAG_WARNING, 1, 21, "no effect" },
	{ "deny_info ERR_X\n", DIAG_WARNING, 1, 11, "never used" },
	{ "acl a src all\ndeny_info 999:ERR_X a\n", DIAG_ERROR, 2, 11, "999 is no status" },
	{ "acl a src all\ndeny_info 300:ERR_X a\n", DIAG_ERROR, 2, 11, "300 is no status" },
	{ "refresh_pattern ( 0 20% 1\n", DIAG_WARNING, 1, 17, "has no effect" },
	{ "via on\ndns_nameservers 10.0.0.1 ns.example\n", DIAG_WARNING, 2, 1,
	    "'ns.example' is not an address: it is left out" },
	{ "header_access Via deny all\n", DIAG_NOTE, 1, 1, "taken as both" },
};

START_TEST(port_and_rule_complaints)
{
	says(port_cases[_i].text, port_cases[_i].level, port_cases[_i].line, port_cases[_i].col,
	    port_cases[_i].part);
}
END_TEST

START_TEST(peers)
{
	struct settings	*s =
	    good("http_access allow all\ncache_peer up.example parent 3128 0 no-query "
	    "round-robin weight=3 login=joe:a%20b name=up max-conn=7\n"
	    "cache_peer 10.0.0.1 parent http-alt 7 default login=PASS connect-timeout=3\nacl a "
	    "dstdomain .a\ncache_peer_access up allow a\n"
	    "cache_peer_access up deny all\n");

	ck_assert_uint_eq(s->n_peers, 2);
	ck_assert_str_eq(s->peers[0].name, "up");
	ck_assert(s->peers[0].parent && s->peers[0].round_robin && s->peers[0].no_query);
	ck_assert_uint_eq(s->peers[0].weight, 3);
	ck_assert_uint_eq(s->peers[0].max_conn, 7);
	ck_assert_int_eq(s->peers[0].auth, PEER_AUTH_FIXED);
	ck_assert_str_eq(s->peers[0].login, "am9lOmEgYg==");
	ck_assert_uint_eq(s->peers[0].access->n, 2);
	ck_assert_uint_eq(s->peers[1].port, 8080);
	ck_assert_int_eq(s->peers[1].auth, PEER_AUTH_PASS);
	ck_assert_uint_eq(s->peers[1].connect_timeout_ms, 3000);
	ck_assert_uint_eq(s->peers[0].connect_timeout_ms, 30000);
	conf_free(&s);
}
END_TEST

static const struct {
	const char	*lines;
	size_t		 n;
} ends[] = {
	{ "access_log none\n", 0 },
	{ "access_log none\naccess_log /a localhost\n", 0 },
	{ "access_log /a\naccess_log none\naccess_log /b localhost\naccess_log /c\n", 1 },
	{ "access_log none localhost\naccess_log /a\n", 2 },
};

START_TEST(none_ends_the_list)
{
	struct settings	*s = good(ends[_i].lines);

	ck_assert_uint_eq(s->n_logs, ends[_i].n);
	conf_free(&s);
}
END_TEST

static const struct {
	const char		*line;
	enum log_place_kind	 kind;
	const char		*path, *format;
	bool			 drop, when;
} logs[] = {
	{ "access_log /a", LOG_FILE, "/a", "squid", false, false },
	{ "access_log /a squid", LOG_FILE, "/a", "squid", false, false },
	{ "access_log stdio:/a combined", LOG_FILE, "/a", "combined", false, false },
	{ "access_log daemon:/a logformat=mine on-error=drop buffer-size=64KB localhost", LOG_FILE,
	    "/a", "mine", true, true },
	{ "access_log stdio:/a mine !localhost", LOG_FILE, "/a", "mine", false, true },
	{ "access_log stdio:/a localhost", LOG_FILE, "/a", "squid", false, true },
	{ "access_log stdio:/a auto", LOG_FILE, "/a", "squid", false, false },
	{ "access_log user:/logs json", LOG_PER_USER, "/logs", "json", false, false },
	{ "access_log syslog:local5.notice squid", LOG_SYSLOG, "local5.notice", "squid", false,
	    false },
	{ "access_log syslog:daemon|info", LOG_SYSLOG, "daemon.info", "squid", false, false },
	{ "access_log syslog:local5", LOG_SYSLOG, "local5.info", "squid", false, false },
	{ "access_log syslog", LOG_SYSLOG, "local4.info", "squid", false, false },
	{ "access_log udp://10.0.0.1:514 squid", LOG_UDP, "10.0.0.1:514", "squid", false, false },
	{ "access_log tcp://log.example:99", LOG_TCP, "log.example:99", "squid", false, false },
	{ "access_log \"stdio:/a b\" squid", LOG_FILE, "/a b", "squid", false, false },
	{ "access_log none localhost", LOG_NONE, NULL, NULL, false, true },
	{ "cache_access_log /a", LOG_FILE, "/a", "squid", false, false },
	{ "emulate_httpd_log on\naccess_log /a", LOG_FILE, "/a", "common", false, false },
};

START_TEST(log_places)
{
	char		 text[512];
	struct settings	*s;

	snprintf(text, sizeof text, "http_access allow all\nlogformat mine %%ts %%>a\n%s\n",
	    logs[_i].line);
	s = good(text);
	ck_assert_uint_eq(s->n_logs, 1);
	ck_assert_int_eq(s->logs[0].kind, logs[_i].kind);
	if (logs[_i].path != NULL)
		ck_assert_str_eq(s->logs[0].path, logs[_i].path);
	if (logs[_i].format != NULL)
		ck_assert_str_eq(format_name(s->logs[0].format), logs[_i].format);
	ck_assert(s->logs[0].drop == logs[_i].drop && (s->logs[0].when != NULL) == logs[_i].when);
	conf_free(&s);
}
END_TEST

START_TEST(defaults)
{
	struct settings	*s = good("");

	ck_assert_uint_eq(s->http_access->n, 0);
	ck_assert(!s->http_access->if_empty && s->http_reply_access->if_empty &&
	    s->miss_access->if_empty);
	ck_assert(!s->always_direct->if_empty && !s->follow_x_forwarded_for->if_empty &&
	    s->log_access->if_empty);
	ck_assert(s->destination_default);
	ck_assert_uint_eq(s->destination_access->n, 5);
	ck_assert(!s->destination_access->list[0].allow && s->destination_access->list[4].allow);
	ck_assert_uint_ge(s->workers, 1);
	ck_assert_ptr_nonnull(s->visible_hostname);
	ck_assert_ptr_nonnull(s->hostname_aliases);
	ck_assert_uint_eq(s->n_logs, 1);
	ck_assert_uint_gt(s->pac.n, 0);
	conf_free(&s);

	s = good("destination_access allow all\nhttp_access deny all\n");
	ck_assert(!s->destination_default);
	ck_assert_uint_eq(s->destination_access->n, 1);
	conf_free(&s);
}
END_TEST

/* Squid's own older files redefine what is built in. */
START_TEST(old_spellings)
{
	struct settings	*s =
	    good("acl all src 0.0.0.0/0.0.0.0\nacl manager proto cache_object\nacl "
	    "localhost src 127.0.0.1/255.255.255.255\n"
	    "acl to_localhost dst 127.0.0.0/8\nacl CONNECT method CONNECT\nno_cache deny "
	    "all\nhttp_access allow localhost\nhttp_port 3128 transparent\n"
	    "hierarchy_stoplist cgi-bin ?\nheader_access From deny all\n");

	ck_assert_uint_eq(s->cache->n, 1);
	ck_assert_uint_eq(s->request_header_access.n, 1);
	ck_assert_uint_eq(s->reply_header_access.n, 1);
	ck_assert_int_eq(s->request_header_access.list[0].id, FIELD_FROM);
	conf_free(&s);
}
END_TEST

START_TEST(values_under_acls)
{
	struct settings	*s =
	    good("http_access allow all\nacl lan src 10.0.0.0/8\nreply_body_max_size "
	    "10 MB !lan\nreply_body_max_size 0\nreply_body_max_size none lan\n"
	    "reply_body_max_size 10000000000\nreply_body_max_size 1.5 GB lan\n"
	    "tcp_outgoing_address 192.0.2.1 lan\ntcp_outgoing_address [2001:db8::1]\ntcp_outgoing_tos "
	    "0x20 lan\ntcp_outgoing_mark 7\n"
	    "deny_info 404:ERR_X lan\ndeny_info TCP_RESET all\nrequest_header_access User-Agent deny "
	    "all\nrequest_header_replace User-Agent Nut \"5\"\n"
	    "request_header_add X-A \"v %>a\" lan\nnote k v lan\nhttp_upgrade_request_protocols "
	    "websocket allow all\n"
	    "http_upgrade_request_protocols OTHER allow all\n");

	ck_assert_uint_eq(s->n_reply_body_max_size, 5);
	ck_assert(s->reply_body_max_size[3].value == 10000000000 &&
	    s->reply_body_max_size[4].value == 1610612736);
	ck_assert(s->reply_body_max_size[0].value == 10 << 20 &&
	    s->reply_body_max_size[0].when != NULL);
	ck_assert(s->reply_body_max_size[1].value == 0 && s->reply_body_max_size[1].when == NULL);
	ck_assert_uint_eq(s->n_tcp_outgoing_address, 2);
	ck_assert(!addr_is_v4(&s->tcp_outgoing_address[1].addr));
	ck_assert(s->tcp_outgoing_tos[0].value == 0x20 && s->tcp_outgoing_mark[0].value == 7);
	ck_assert_uint_eq(s->n_deny_info, 2);
	ck_assert(s->deny_info[0].status == 404 && strcmp(s->deny_info[0].what, "ERR_X") == 0 &&
	    strcmp(s->deny_info[0].acls[0], "lan") == 0);
	ck_assert_str_eq(s->request_header_access.list[0].replace, "Nut \"5\"");
	ck_assert_uint_eq(s->n_request_header_add, 1);
	ck_assert_uint_eq(s->n_notes, 1);
	ck_assert_uint_eq(s->n_upgrades, 2);
	conf_free(&s);
}
END_TEST

START_TEST(pac)
{
	struct settings	*s = good("http_access allow all\nhttp_port 127.0.0.1:3128\npac_proxy "
	    "this\npac_proxy other.example:8080\npac_direct .lan 10.0.0.0/8\n"
	    "pac_failover direct\n");

	ck_assert_ptr_nonnull(memmem(s->pac.p, s->pac.n, "127.0.0.1:3128", 14));
	ck_assert_ptr_nonnull(memmem(s->pac.p, s->pac.n, "other.example:8080", 18));
	ck_assert_ptr_nonnull(memmem(s->pac.p, s->pac.n, "DIRECT", 6));
	conf_free(&s);
}
END_TEST

TCase *
test_policy(void)
{
	TCase	*tc = tcase_create("policy");

	tcase_add_test(tc, ports);
	tcase_add_loop_test(tc, port_and_rule_complaints, 0, COUNT_OF(port_cases));
	tcase_add_test(tc, peers);
	tcase_add_loop_test(tc, none_ends_the_list, 0, COUNT_OF(ends));
	tcase_add_loop_test(tc, log_places, 0, COUNT_OF(logs));
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, old_spellings);
	tcase_add_test(tc, values_under_acls);
	tcase_add_test(tc, pac);
	return tc;
}
