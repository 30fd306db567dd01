/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every ACL type against requests, as a table, which makes it long; then what is told about
 * mistakes.
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "acl/acl.h"
#include "acl/acltype.h"
#include "base/clock.h"
#include "base/sb.h"
#include "core/shared.h"
#include "made.h"
#include "shm/sightings.h"
#include "shm/tally.h"

#define NEVER_KNOWN	((enum acl_need)NEED_NEVER)

/* The ACL asked is x. */
static const struct answer_case {
	const char	*conf, *request;
	enum acl_answer	 want;
	enum acl_need	 need;
} answers[] = {
	/* src, localip */
	{ "acl x src 10.0.0.0/8 192.168.1.1", "GET http://a/ src=10.9.8.7", ACL_YES },
	{ "acl x src 10.0.0.0/8 192.168.1.1", "GET http://a/ src=192.168.1.2", ACL_NO },
	{ "acl x src 10.0.0.0/8\nacl x src fe80::/10", "GET http://a/ src=fe80::1", ACL_YES },
	{ "acl x src 10.0.0.5-10.0.0.9", "GET http://a/ src=10.0.0.9", ACL_YES },
	{ "acl x src 10.0.0.5-10.0.0.9", "GET http://a/ src=10.0.0.10", ACL_NO },
	{ "acl x src all", "GET http://a/ src=2001:db8::1", ACL_YES },
	{ "acl x src 0.0.0.0/0.0.0.0", "GET http://a/ src=2001:db8::1", ACL_YES },
	{ "acl x any-of localhost", "GET http://a/ src=127.0.0.1", ACL_YES },
	{ "acl x localip 192.0.2.7", "GET http://a/ local=192.0.2.7:3128", ACL_YES },
	{ "acl x myip 192.0.2.8", "GET http://a/ local=192.0.2.7:3128", ACL_NO },
	/* dst */
	{ "acl x dst 203.0.113.0/24", "GET http://203.0.113.9/", ACL_YES },
	{ "acl x dst 203.0.113.0/24", "GET http://example.com/", ACL_NEED, NEED_HOST_ADDRS },
	{ "acl x dst 203.0.113.0/24", "GET http://example.com/ addrs=10.0.0.1,203.0.113.1",
	    ACL_YES },
	{ "acl x dst 203.0.113.0/24", "GET http://example.com/ addrs=10.0.0.1", ACL_NO },
	{ "acl x dst 203.0.113.0/24", "GET http://example.com/ addrs=fail", ACL_NO },
	{ "acl x dst -n 203.0.113.0/24", "GET http://example.com/", ACL_NO },
	{ "acl x dst all", "GET http://example.com/", ACL_YES },
	{ "acl x any-of to_localhost", "CONNECT 127.1:443", ACL_YES },
	{ "acl x any-of to_localhost", "GET http://[::1]/", ACL_YES },
	{ "acl x any-of to_localhost", "GET http://[::ffff:127.0.0.1]/", ACL_YES },
	{ "acl x any-of to_localhost", "GET http://[64:ff9b::7f00:1]/", ACL_YES },
	{ "acl x any-of to_localhost", "GET http://[2002:7f00:1::]/", ACL_YES },
	{ "acl x any-of to_localhost", "GET http://[2001:db8::1]/", ACL_NO },
	{ "acl x any-of to_linklocal", "GET http://169.254.169.254/", ACL_YES },
	{ "acl x any-of to_linklocal", "GET http://[64:ff9b::a9fe:a9fe]/", ACL_YES },
	{ "acl x any-of to_linklocal", "GET http://[fd00:ec2::254]/", ACL_YES },
	{ "acl x any-of to_private", "GET http://192.168.3.4/", ACL_YES },
	{ "acl x any-of to_private", "GET http://100.64.1.1/", ACL_YES },
	{ "acl x any-of to_private", "GET http://[fd12::1]/", ACL_YES },
	{ "acl x any-of to_private", "GET http://[2002:c0a8:0101::1]/", ACL_YES },
	/* Teredo: 10.0.0.1 */
	{ "acl x any-of to_private", "GET http://[2001:0:4136:e378:8000:63bf:f5ff:fffe]/",
	    ACL_YES },
	{ "acl x any-of to_private", "GET http://8.8.8.8/", ACL_NO },
	{ "acl x any-of to_private", "GET http://[2606:4700::1]/", ACL_NO },
	{ "acl x any-of to_nowhere", "GET http://239.1.2.3/", ACL_YES },
	{ "acl x any-of to_nowhere", "GET http://[ff02::1]/", ACL_YES },
	{ "acl x any-of to_nowhere", "GET http://0.1.2.3/", ACL_YES },
	/* names */
	{ "acl x dstdomain .example.com", "GET http://example.com/", ACL_YES },
	{ "acl x dstdomain .example.com", "GET http://WWW.Example.Com./", ACL_YES },
	{ "acl x dstdomain .example.com", "CONNECT a.b.example.com:443", ACL_YES },
	{ "acl x dstdomain .example.com", "GET http://badexample.com/", ACL_NO },
	{ "acl x dstdomain example.com", "GET http://www.example.com/", ACL_NO },
	{ "acl x dstdomain .example.com", "GET http://192.0.2.1/", ACL_NEED, NEED_HOST_NAME },
	{ "acl x dstdomain .example.com", "GET http://192.0.2.1/ name=www.example.com", ACL_YES },
	{ "acl x dstdomain none", "GET http://192.0.2.1/ name=fail", ACL_YES },
	{ "acl x dstdomain -n .example.com", "GET http://192.0.2.1/", ACL_NO },
	{ "acl x dstdomain 192.0.2.1", "GET http://192.0.2.1/", ACL_YES },
	{ "acl x dstdomain [2001:db8::1]", "GET http://[2001:DB8:0::1]/", ACL_YES },
	{ "acl x dstdomain -- .example.com", "GET http://example.com/", ACL_YES },
	{ "acl x srcdomain .lan", "GET http://a/", ACL_NEED, NEED_CLIENT_NAME },
	{ "acl x srcdomain .lan", "GET http://a/ client=pc1.lan", ACL_YES },
	{ "acl x srcdomain none", "GET http://a/ client=fail", ACL_YES },
	{ "acl x srcdomain .lan", "GET http://a/ client=fail", ACL_NO },
	{ "acl x ssl::server_name .example.com", "CONNECT www.example.com:443", ACL_YES },
	{ "acl x ssl::server_name .example.com", "CONNECT 192.0.2.1:443", ACL_NO },
	{ "acl x dstdom_regex ^www\\.", "GET http://WWW.a.de/", ACL_YES },
	{ "acl x dstdom_regex ^WWW\\.", "GET http://www.a.de/", ACL_NO },
	{ "acl x dstdom_regex -i ^WWW\\.", "GET http://www.a.de/", ACL_YES },
	{ "acl x dstdom_regex -n ^\\[.*\\]$", "GET http://[::2]/", ACL_YES },
	{ "acl x dstdom_regex -n -i ^([0-9]{1,3}\\.){3}[0-9]{1,3}$", "GET http://10.1.2.3/",
	    ACL_YES },
	{ "acl x dstdom_regex foo", "GET http://192.0.2.1/", ACL_NEED, NEED_HOST_NAME },
	{ "acl x dstdom_regex foo", "GET http://192.0.2.1/ name=foo.de", ACL_YES },
	{ "acl x srcdom_regex ^pc", "GET http://a/ client=pc1.lan", ACL_YES },
	{ "acl x ssl::server_name_regex -i bank", "CONNECT my.bank.de:443", ACL_YES },
	/* URLs */
	{ "acl x url_regex ^http://a\\.de/b$", "GET http://A.de:80/b", ACL_YES },
	{ "acl x url_regex -i SEX", "GET http://a.de/ssex", ACL_YES },
	{ "acl x url_regex sex", "GET http://a.de/s%65x", ACL_YES },
	{ "acl x url_regex ^a\\.de:443$", "CONNECT a.de:443", ACL_YES },
	{ "acl x url_regex -i FOO +i bar", "GET http://a.de/BAR", ACL_NO },
	{ "acl x url_regex -i FOO +i bar", "GET http://a.de/foo", ACL_YES },
	{ "acl x urlpath_regex \\.gif$", "GET http://a.de/x.gif", ACL_YES },
	{ "acl x urlpath_regex \\.gif", "GET http://a.gif.de/", ACL_NO },
	{ "acl x urlpath_regex \\?q=1", "GET http://a.de/x?q=1", ACL_YES },
	{ "acl x urlpath_regex .", "CONNECT a.de:443", ACL_NO },
	{ "acl x urllogin ^bob", "GET http://bob:pw@a.de/", ACL_YES },
	{ "acl x urllogin ^b@b", "GET http://b%40b@a.de/", ACL_YES },
	{ "acl x urllogin .", "GET http://a.de/", ACL_NO },
	{ "acl x any-of manager", "GET http://a.de/squid-internal-mgr/info", ACL_YES },
	/* fields */
	{ "acl x browser -i firefox", "GET http://a/ h:User-Agent=Mozilla_Firefox", ACL_YES },
	{ "acl x browser .", "GET http://a/", ACL_NO },
	{ "acl x referer_regex ^http://b", "GET http://a/ h:Referer=http://b/c", ACL_YES },
	{ "acl x req_header X-Net ^public$", "GET http://a/ h:X-Net=public", ACL_YES },
	{ "acl x req_header x-net -i ^PUBLIC$", "GET http://a/ h:X-Net=public", ACL_YES },
	{ "acl x req_header X-Net ^b$", "GET http://a/ h:X-Net=a h:X-Net=b", ACL_NO },
	{ "acl x req_header X-Net ^a,.b$", "GET http://a/ h:X-Net=a h:X-Net=b", ACL_YES },
	{ "acl x req_header Accept text\nacl x req_header Cookie id", "GET http://a/ h:Cookie=id",
	    ACL_YES },
	{ "acl x req_header X-Net .", "GET http://a/", ACL_NO },
	{ "acl x req_mime_type -i ^multipart/", "POST http://a/ h:Content-Type=Multipart/form-data",
	    ACL_YES },
	{ "acl x rep_mime_type ^text/", "GET http://a/ r:Content-Type=text/html", ACL_YES },
	{ "acl x rep_mime_type ^$", "GET http://a/ status=200", ACL_YES },
	{ "acl x rep_mime_type .", "GET http://a/", ACL_NO },
	{ "acl x rep_header Server ^Apache", "GET http://a/ r:Server=Apache/2", ACL_YES },
	{ "acl x rep_header Server ^Apache", "GET http://a/ r:Server=nginx", ACL_NO },
	/* numbers */
	{ "acl x port 80 443 1025-65535", "GET http://a/", ACL_YES },
	{ "acl x port 80 443 1025-65535", "CONNECT a:1024", ACL_NO },
	{ "acl x port 80 443 1025-65535", "CONNECT a:65535", ACL_YES },
	{ "acl x localport 3128", "GET http://a/ local=10.0.0.1:3128", ACL_YES },
	{ "acl x myport 3129", "GET http://a/ local=10.0.0.1:3128", ACL_NO },
	{ "acl x http_status 200 301 500- 400-403", "GET http://a/ status=503", ACL_YES },
	{ "acl x http_status 200 301 500- 400-403", "GET http://a/ status=404", ACL_NO },
	{ "acl x http_status 200 301 500- 400-403", "GET http://a/ status=402", ACL_YES },
	/* words */
	{ "acl x method GET", "GET http://a/", ACL_YES },
	{ "acl x method get", "GET http://a/", ACL_YES },
	{ "acl x method GET", "get http://a/", ACL_NO },
	{ "acl x method PROPFIND", "PROPFIND http://a/", ACL_YES },
	{ "acl x method GET POST", "PUT http://a/", ACL_NO },
	{ "acl x any-of CONNECT", "CONNECT a:443", ACL_YES },
	{ "acl x proto http FTP", "GET http://a/", ACL_YES },
	{ "acl x proto FTP", "GET http://a/", ACL_NO },
	{ "acl x proto FTP", "GET ftp://a/", ACL_YES },
	{ "acl x proto HTTPS", "CONNECT a:443", ACL_NO },
	{ "acl x myportname guests", "GET http://a/ port=guests", ACL_YES },
	{ "acl x myportname Guests", "GET http://a/ port=guests", ACL_NO },
	{ "acl x peername up1", "GET http://a/ peer=up1", ACL_YES },
	{ "acl x peername up1", "GET http://a/", ACL_NO },
	{ "acl x peername_regex ^up", "GET http://a/ peer=up1", ACL_YES },
	{ "acl x hier_code HIER_DIRECT", "GET http://a/ status=200 route=1", ACL_YES },
	{ "acl x hier_code DIRECT", "GET http://a/ status=200 route=1", ACL_YES },
	{ "acl x hier_code HIER_NONE", "GET http://a/ status=200 route=1", ACL_NO },
	{ "acl x tag gold", "GET http://a/ tag=gold", ACL_YES },
	{ "acl x note level", "GET http://a/ note=level=3", ACL_YES },
	{ "acl x note level 2 3", "GET http://a/ note=a=b|level=3", ACL_YES },
	{ "acl x note level 2", "GET http://a/ note=level=3", ACL_NO },
	{ "acl x note level 2", "GET http://a/ note=level=1,2", ACL_NO },
	{ "acl x note -m level 2", "GET http://a/ note=level=1,2", ACL_YES },
	{ "acl x note -m=; level 2", "GET http://a/ note=level=1;2", ACL_YES },
	{ "acl x has request", "GET http://a/", ACL_YES },
	{ "acl x has response", "GET http://a/", ACL_NO },
	{ "acl x has response", "GET http://a/ status=200", ACL_YES },
	{ "acl x at_step SslBump1", "CONNECT a:443", ACL_YES },
	{ "acl x at_step SslBump2", "CONNECT a:443", ACL_NO },
	{ "acl x transaction_initiator certificate-fetching", "GET http://a/", ACL_NO },
	{ "acl x transaction_initiator client", "GET http://a/", ACL_YES },
	{ "acl x connections_encrypted", "GET http://a/", ACL_NO },
	/* users */
	{ "acl x proxy_auth REQUIRED", "GET http://a/", ACL_NEED, NEED_USER },
	{ "acl x proxy_auth REQUIRED", "GET http://a/ auth=missing", ACL_NEED, NEED_USER },
	{ "acl x proxy_auth REQUIRED", "GET http://a/ auth=refused", ACL_NEED, NEED_USER },
	{ "acl x proxy_auth REQUIRED", "GET http://a/ user=bob", ACL_YES },
	{ "acl x proxy_auth alice bob", "GET http://a/ user=bob", ACL_YES },
	{ "acl x proxy_auth alice", "GET http://a/ user=bob", ACL_NO },
	{ "acl x proxy_auth Bob", "GET http://a/ user=bob", ACL_NO },
	{ "acl x proxy_auth -i Bob", "GET http://a/ user=bOb", ACL_YES },
	{ "acl x proxy_auth_regex ^b", "GET http://a/ user=bob", ACL_YES },
	{ "acl x proxy_auth_regex ^b", "GET http://a/", ACL_NEED, NEED_USER },
	{ "acl x max_user_ip 2", "GET http://a/", ACL_NEED, NEED_USER },
	/* groups */
	{ "acl a src 10.0.0.1\nacl b method PUT\nacl x any-of a b", "PUT http://a/ src=10.0.0.2",
	    ACL_YES },
	{ "acl a src 10.0.0.1\nacl b method PUT\nacl x any-of a b", "GET http://a/ src=10.0.0.2",
	    ACL_NO },
	{ "acl a src 10.0.0.1\nacl b method PUT\nacl x all-of a b", "PUT http://a/ src=10.0.0.1",
	    ACL_YES },
	{ "acl a src 10.0.0.1\nacl b method PUT\nacl x all-of a !b", "PUT http://a/ src=10.0.0.1",
	    ACL_NO },
	{ "acl a src 10.0.0.1\nacl b method PUT\nacl x all-of a b\nacl x all-of !a !b",
	    "GET http://a/ src=10.0.0.2", ACL_YES },
	{ "acl a src 10.0.0.1\nacl b method PUT\nacl x all-of a b\nacl x all-of !a !b",
	    "GET http://a/ src=10.0.0.1", ACL_NO },
	{ "acl u proxy_auth REQUIRED\nacl b method PUT\nacl x any-of b u", "PUT http://a/",
	    ACL_YES },
	{ "acl u proxy_auth REQUIRED\nacl b method PUT\nacl x any-of b u", "GET http://a/",
	    ACL_NEED, NEED_USER },
	{ "acl u proxy_auth REQUIRED\nacl b method PUT\nacl x all-of b u", "GET http://a/",
	    ACL_NO },
	{ "acl m arp 00:11:22:33:44:55\nacl b method PUT\nacl x any-of m b", "PUT http://a/",
	    ACL_YES },
	{ "acl m arp 00:11:22:33:44:55\nacl b method PUT\nacl x all-of m b", "GET http://a/",
	    ACL_NO },
	{ "acl m arp 00:11:22:33:44:55\nacl b method PUT\nacl x all-of m b", "PUT http://a/",
	    ACL_NEED, NEVER_KNOWN },
	/* never known here */
	{ "acl x arp 00:11:22:33:44:55", "GET http://a/", ACL_NEED, NEVER_KNOWN },
	{ "acl x ssl_error X509_V_ERR_CERT_REVOKED", "GET http://a/", ACL_NO },
	{ "acl x user_cert CN joe", "GET http://a/", ACL_NO },
	{ "acl x ca_cert CN ca", "CONNECT a:443", ACL_NO },
	{ "acl x server_cert_fingerprint 00:11", "CONNECT a:443", ACL_NO },
	{ "acl x src_as 1241", "GET http://a/", ACL_NEED, NEVER_KNOWN },
	{ "acl x dst_country DE AT", "GET http://a/", ACL_NEED, NEVER_KNOWN },
};

START_TEST(answer)
{
	const struct answer_case *c = &answers[_i];
	enum acl_need need = NEED_NOTHING;
	struct acl *x;
	struct made m;

	made_start(&m);
	made_conf(&m, c->conf);
	x = acl_find(m.s.acls, SPAN("x"));
	ck_assert_ptr_nonnull(x);
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_msg(m.d.errors == 0, "%s: %s", c->conf, m.d.n > 0 ? m.d.entries[0].text : "");
	made_request(&m, c->request);
	ck_assert_msg(acl_test(x, m.t, &need) == c->want, "%s | %s", c->conf, c->request);
	ck_assert_msg(need == c->need, "%s | %s: need %d", c->conf, c->request, need);
	made_end(&m);
}
END_TEST

static const struct time_case {
	const char	*conf, *when;	/* local time */
	bool		 want;
} times[] = {
	{ "acl x time MTWHF 08:00-18:00", "2024-01-03 08:00:00", true },	/* a Wednesday */
	{ "acl x time MTWHF 08:00-18:00", "2024-01-03 18:00:59", true },
	{ "acl x time MTWHF 08:00-18:00", "2024-01-03 18:01:00", false },
	{ "acl x time MTWHF 08:00-18:00", "2024-01-03 07:59:59", false },
	{ "acl x time MTWHF 08:00-18:00", "2024-01-06 12:00:00", false },
	{ "acl x time D", "2024-01-05 23:59:00", true },
	{ "acl x time D", "2024-01-07 12:00:00", false },
	{ "acl x time AS", "2024-01-07 12:00:00", true },
	{ "acl x time 00:00-07:59", "2024-01-07 07:59:59", true },
	{ "acl x time 20:00-24:00", "2024-01-07 23:59:59", true },
	{ "acl x time M 08:00-09:00 T 10:00-11:00", "2024-01-02 10:30:00", true },
	{ "acl x time M 08:00-09:00 T 10:00-11:00", "2024-01-02 08:30:00", false },
	{ "acl x time M\nacl x time W 10:00-11:00", "2024-01-03 10:30:00", true },
	/* Monday and Friday (Squid) */
	{ "acl x time M-F 10:00-11:00", "2024-01-03 10:30:00", false },
};

START_TEST(when)
{
	const struct time_case *c = &times[_i];
	struct tm tm = { .tm_isdst = -1 };
	struct made m;

	ck_assert_ptr_nonnull(strptime(c->when, "%Y-%m-%d %H:%M:%S", &tm));
	clock_fake(1000000, (uint64_t)mktime(&tm) * 1000000);
	made_start(&m);
	made_conf(&m, c->conf);
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_uint_eq(m.d.errors, 0);
	made_request(&m, "GET http://a/");
	ck_assert_msg((acl_test(acl_find(m.s.acls, SPAN("x")), m.t, NULL) == ACL_YES) == c->want,
	    "%s at %s", c->conf, c->when);
	made_end(&m);
}
END_TEST

static const struct told_case {
	const char	*conf, *text;
	unsigned	 errors;
} told[] = {
	{ "acl x dstdomian .a.de", "is \"dstdomain\" meant?", 1 },
	{ "acl x src 10.0.0.300", "10.0.0.300", 1 },
	{ "acl x src 10.0.0.0/8\nacl x dst 10.0.0.0/8", "cannot be of type dst", 1 },
	{ "acl x src 10.0.0.0/8 10.1.0.0/16", "10.1.0.0/16 is covered by 10.0.0.0/8", 0 },
	{ "acl x src 10.0.0.0/255.0.0.0 10.1.2.3", "10.1.2.3/32 is covered by 10.0.0.0/8", 0 },
	{ "acl x dstdomain .a.de www.a.de", "www.a.de is covered by .a.de", 0 },
	{ "acl x dstdomain a.de A.de", "is there already", 0 },
	{ "acl x dstdomain *.a.de", "matches nothing", 0 },
	{ "acl x dstdomain http://a.de/", "matches nothing", 0 },
	{ "acl x port 80 70000", "70000", 1 },
	{ "acl x port 90-80", "90-80", 1 },
	{ "acl x port 1-1000 443", "443 is there already", 0 },
	{ "acl x time XY", "days are letters", 1 },
	{ "acl x time 18:00-08:00", "ends before it begins", 1 },
	{ "acl x time 18:00", "h1:m1-h2:m2", 1 },
	{ "acl x url_regex (", "\"(\"", 1 },
	{ "acl x req_header", "needs a name", 1 },
	{ "acl x any-of y", "there is no ACL \"y\"", 1 },
	{ "acl y any-of all\nacl x any-of y\nacl y any-of x", "leads back", 1 },
	{ "acl x random 2", "probability", 1 },
	{ "acl x has head", "part of a transaction", 1 },
	{ "acl x hier_code FOO", "hierarchy code", 1 },
	{ "acl x maxconn many", "number of connections", 1 },
	{ "acl x max_user_ip 100", "0 to 63", 1 },
	{ "acl x dst_country Germany", "two letters", 1 },
	{ "acl x src_as x", "AS number", 1 },
	{ "acl x dstdomain -i .a.de", "-i has no meaning", 0 },
	{ "acl x src", "no values", 0 },
	{ "acl x src 10.0.0.1", "never used", 0 },
	{ "acl manager proto cache_object", "built in", 0 },
	{ "acl x note a b\nacl x note c d", "judges the note a", 1 },
	{ "acl x arp 00:11:22:33:44:55\nhttp_access deny x", "hardware addresses", 0 },
	{ "acl x ssl_error X509_V_ERR_CERT_REVOKED\nhttp_access deny x",
	    "ssl_error matches nothing", 0 },
	{ "acl x rep_mime_type text\nhttp_access deny x", "reads the answer", 1 },
	{ "acl g any-of CONNECT\nhttp_access deny g\nacl x http_status 200\nacl g any-of x",
	    "reads the answer", 1 },
	{ "http_access deny nobody", "there is no ACL \"nobody\"", 1 },
	{ "acl x ident bob\nhttp_access deny x", "ident", 0 },
};

START_TEST(tell)
{
	const struct told_case *c = &told[_i];
	struct made m;

	made_start(&m);
	made_conf(&m, c->conf);
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_msg(made_told(&m, c->text) == 1, "%s: %s", c->conf,
	    m.d.n > 0 ? m.d.entries[0].text : "nothing told");
	ck_assert_msg(m.d.errors == c->errors, "%s: %u errors", c->conf, m.d.errors);
	made_end(&m);
}
END_TEST

/* Redefinitions of what is built in, as real configurations have them, are no mistakes. */
START_TEST(redefined)
{
	struct made m;

	made_start(&m);
	made_conf(&m,
	    "acl all src all\nacl localhost src 127.0.0.1/32 ::1\nacl to_localhost dst 127.0.0.0/8 0.0.0.0/32 ::1\n"
	    "acl to_linklocal dst 169.254.0.0/16 fe80::/10\nacl CONNECT method CONNECT\nacl manager proto cache_object");
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_uint_eq(m.d.errors, 0);
	ck_assert_uint_eq(m.d.warnings, 0);
	made_end(&m);
}
END_TEST

START_TEST(file_of_values)
{
	static const char domains[] =
	    "# list\n.ads.example\r\n\nTracker.example # why\n*.bad\nsub.ads.example\n";
	static const char patterns[] =
	    "^http://a b\n# no\n/commented  # why # so\n\t/tabbed\t#\n/sharp#s\n-i\nXyZ\n";
	static const char nets[] = "10.0.0.0/8 # office\n192.0.2.1 192.0.2.2\n";
	struct diag_place at = { "f.conf", 3, 1 };
	struct made m;

	made_start(&m);
	ck_assert(acl_add_text(m.s.acls, SPAN("d"), SPAN("dstdomain"), NULL, 0, span_of(domains),
	    "/l/domains", at, &m.d));
	ck_assert(acl_add_text(m.s.acls, SPAN("r"), SPAN("url_regex"), NULL, 0, span_of(patterns),
	    "/l/patterns", at, &m.d));
	ck_assert(acl_add_text(m.s.acls, SPAN("n"), SPAN("src"), NULL, 0, span_of(nets), "/l/nets",
	    at, &m.d));
	ck_assert(!acl_add_text(m.s.acls, SPAN("g"), SPAN("any-of"), NULL, 0, span_of(nets),
	    "/l/nets", at, &m.d));
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_uint_eq(m.d.errors, 0);
	ck_assert_uint_eq(made_told(&m, "*.bad"), 1);
	ck_assert_uint_eq(made_told(&m, "sub.ads.example is covered by"), 1);
	made_request(&m, "GET http://x.ads.example/xyz src=192.0.2.2");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("d")), m.t, NULL), ACL_YES);
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("r")), m.t, NULL), ACL_YES);
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("n")), m.t, NULL), ACL_YES);
	made_request(&m, "GET http://tracker.example/XY src=192.0.2.3");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("d")), m.t, NULL), ACL_YES);
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("r")), m.t, NULL), ACL_NO);
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("n")), m.t, NULL), ACL_NO);
	made_request(&m, "GET http://a/commented");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("r")), m.t, NULL), ACL_YES);
	made_request(&m, "GET http://a/tabbed");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("r")), m.t, NULL), ACL_YES);
	made_request(&m, "GET http://a/sharp");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("r")), m.t, NULL), ACL_NO);
	made_end(&m);
}
END_TEST

START_TEST(draws)
{
	struct made m;
	unsigned n[3] = { 0 };

	made_start(&m);
	made_conf(&m, "acl a random 0.25\nacl b random 1/3\nacl c random 1:3");
	acl_set_seal(m.s.acls, &m.d);
	for (unsigned i = 0; i < 12000; i++) {
		char text[64];

		snprintf(text, sizeof(text), "GET http://a/ number=%u", i);
		made_request(&m, text);
		for (unsigned k = 0; k < 3; k++) {
			enum acl_answer r = acl_test(acl_find(m.s.acls, span_at(&"abc"[k], 1)), m.t,
			    NULL);

			ck_assert_int_eq(acl_test(acl_find(m.s.acls, span_at(&"abc"[k], 1)), m.t,
			    NULL), r);
			n[k] += (r == ACL_YES);
		}
	}
	ck_assert(n[0] > 2700 && n[0] < 3300);
	ck_assert(n[1] > 3600 && n[1] < 4400);
	ck_assert(n[2] > 2700 && n[2] < 3300);
	made_end(&m);
}
END_TEST

START_TEST(counted)
{
	struct made m;
	void *p = calloc(1, tally_size(2, 64));

	made_start(&m);
	made_conf(&m, "acl x maxconn 2");
	acl_set_seal(m.s.acls, &m.d);
	shared.connections = tally_make(p, 2, 64);
	made_request(&m, "GET http://a/ src=10.0.0.1");
	tally_count(shared.connections, 0, m.t->f.client.ip, 1);
	tally_count(shared.connections, 1, m.t->f.client.ip, 1);
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("x")), m.t, NULL), ACL_NO);
	tally_count(shared.connections, 1, m.t->f.client.ip, 1);
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("x")), m.t, NULL), ACL_YES);
	shared.connections = NULL;
	free(p);
	made_end(&m);
}
END_TEST

static enum acl_answer
seen_from(struct made *m, const char *name, const char *src)
{
	char text[64];

	snprintf(text, sizeof(text), "GET http://a/ user=bob src=%s", src);
	made_request(m, text);
	return acl_test(acl_find(m->s.acls, span_of(name)), m->t, NULL);
}

START_TEST(user_addresses)
{
	struct made m;
	void *p = calloc(1, sightings_size(256));

	clock_fake(1000000, 1700000000ull * 1000000);
	made_start(&m);
	made_conf(&m, "acl x max_user_ip 2\nacl s max_user_ip -s 2");
	acl_set_seal(m.s.acls, &m.d);
	shared.user_ips = sightings_make(p, 256);
	ck_assert_int_eq(seen_from(&m, "s", "10.0.0.1"), ACL_NO);
	ck_assert_int_eq(seen_from(&m, "s", "10.0.0.2"), ACL_NO);
	ck_assert_int_eq(seen_from(&m, "s", "10.0.0.3"), ACL_YES);
	ck_assert_int_eq(seen_from(&m, "s", "10.0.0.1"), ACL_NO);
	ck_assert_int_eq(seen_from(&m, "s", "10.0.0.3"), ACL_YES);
	ck_assert_int_eq(seen_from(&m, "x", "10.0.0.3"), ACL_YES);	/* forgets them all */
	ck_assert_int_eq(seen_from(&m, "x", "10.0.0.3"), ACL_NO);
	clock_fake(1000000, 1700000100ull * 1000000);
	ck_assert_int_eq(seen_from(&m, "x", "10.0.0.4"), ACL_NO);
	ck_assert_int_eq(seen_from(&m, "x", "10.0.0.5"), ACL_NO);
	shared.user_ips = NULL;
	free(p);
	made_end(&m);
}
END_TEST

START_TEST(own_addresses)
{
	struct addr self[2];
	struct made m;

	made_start(&m);
	acl_set_seal(m.s.acls, &m.d);
	ck_assert(addr_parse(&self[0], SPAN("192.0.2.10")));
	ck_assert(addr_parse(&self[1], SPAN("::")));
	self[0].port = 3128;
	self[1].port = 3129;
	shared.self = self;
	shared.n_self = 2;
	made_request(&m, "GET http://192.0.2.10:3128/");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("to_self")), m.t, NULL), ACL_YES);
	made_request(&m, "GET http://192.0.2.10:80/");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("to_self")), m.t, NULL), ACL_NO);
	made_request(&m, "GET http://127.0.0.1:3129/");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("to_self")), m.t, NULL), ACL_YES);
	made_request(&m, "GET http://[64:ff9b::c000:20a]:3128/");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("to_self")), m.t, NULL), ACL_YES);
	made_request(&m, "GET http://[2001:db8::5]:3129/");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("to_self")), m.t, NULL), ACL_NO);
	shared.n_self = 0;
	made_end(&m);
}
END_TEST

/* A candidate address is judged alone, whatever else the name has. */
START_TEST(candidate)
{
	struct addr one;
	struct made m;

	made_start(&m);
	made_conf(&m, "acl x dst 10.0.0.0/8");
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, "GET http://a/ addrs=10.0.0.1,192.0.2.1");
	ck_assert(addr_parse(&one, SPAN("192.0.2.1")));
	m.t->candidate = &one;
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("x")), m.t, NULL), ACL_NO);
	ck_assert(addr_parse(&one, SPAN("10.3.3.3")));
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("x")), m.t, NULL), ACL_YES);
	made_end(&m);
}
END_TEST

START_TEST(names_in_dst)
{
	struct made m;

	made_start(&m);
	made_conf(&m, "acl x dst localhost no-such-name.invalid");
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_uint_eq(m.d.errors, 0);
	ck_assert_uint_eq(made_told(&m, "no-such-name.invalid does not resolve"), 1);
	made_request(&m, "GET http://127.0.0.1/");
	ck_assert_int_eq(acl_test(acl_find(m.s.acls, SPAN("x")), m.t, NULL), ACL_YES);
	made_end(&m);
}
END_TEST

/*
 * As in test/lib/match/test_geo.c: a database of two networks. 0.0.0.0/1 is in Germany, 128.0.0.0/1
 * in Sweden and in AS 65001.
 */
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

static const struct geo_case {
	const char	*conf, *request;
	enum acl_answer	 want;
} geos[] = {
	{ "acl x dst_country DE", "GET http://1.2.3.4/", ACL_YES },
	{ "acl x country se", "GET http://1.2.3.4/", ACL_NO },
	{ "acl x country se", "GET http://192.0.2.1/", ACL_YES },
	{ "acl x country DE", "GET http://a/ addrs=192.0.2.1,1.2.3.4", ACL_YES },
	{ "acl x country DE", "GET http://a/", ACL_NEED },
	{ "acl x country -n DE", "GET http://a/", ACL_NO },
	{ "acl x src_country DE SE", "GET http://a/ src=10.0.0.1", ACL_YES },
	{ "acl x src_country AT", "GET http://a/ src=10.0.0.1", ACL_NO },
	{ "acl x src_as 65001", "GET http://a/ src=192.0.2.1", ACL_YES },
	{ "acl x src_as AS65001", "GET http://a/ src=10.0.0.1", ACL_NO },
	{ "acl x dst_as 1 65001", "GET http://192.0.2.1/", ACL_YES },
};

START_TEST(geo)
{
	const struct geo_case *c = &geos[_i];
	char path[] = "/tmp/test_acl.XXXXXX";
	int fd = mkstemp(path);
	struct made m;

	ck_assert_int_ge(fd, 0);
	close(fd);
	write_db(path);
	made_start(&m);
	acl_geo_file(m.s.acls, ACL_GEO_COUNTRY, path);
	acl_geo_file(m.s.acls, ACL_GEO_ASN, path);
	made_conf(&m, c->conf);
	acl_set_seal(m.s.acls, &m.d);
	unlink(path);
	ck_assert_uint_eq(m.d.errors, 0);
	made_request(&m, c->request);
	ck_assert_msg(acl_test(acl_find(m.s.acls, SPAN("x")), m.t, NULL) == c->want, "%s | %s",
	    c->conf, c->request);
	made_end(&m);
}
END_TEST

START_TEST(geo_broken)
{
	struct made m;

	made_start(&m);
	made_conf(&m,
	    "acl x dst_country /nonexistent/db.mmdb DE\nhttp_access deny x\nhttp_access allow all");
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_uint_eq(m.d.errors, 0);
	ck_assert_uint_eq(made_told(&m, "/nonexistent/db.mmdb"), 1);
	ck_assert_uint_eq(made_told(&m, "its database cannot be read"), 1);
	made_end(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("acl");
	TCase *c = tcase_create("types");
	SRunner *r;
	int failed;

	tcase_add_loop_test(c, answer, 0, (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_loop_test(c, when, 0, (int)(sizeof(times) / sizeof(times[0])));
	tcase_add_loop_test(c, tell, 0, (int)(sizeof(told) / sizeof(told[0])));
	tcase_add_loop_test(c, geo, 0, (int)(sizeof(geos) / sizeof(geos[0])));
	tcase_add_test(c, geo_broken);
	tcase_add_test(c, redefined);
	tcase_add_test(c, file_of_values);
	tcase_add_test(c, draws);
	tcase_add_test(c, counted);
	tcase_add_test(c, user_addresses);
	tcase_add_test(c, own_addresses);
	tcase_add_test(c, candidate);
	tcase_add_test(c, names_in_dst);
	tcase_set_timeout(c, 30);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
