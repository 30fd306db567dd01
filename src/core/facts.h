/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts: what happened to one request, from one table. The access log, JSON, explain and the tests
 * read these and nothing else (heads apart). A tunnel packs them into a few hundred bytes while it
 * lasts (facts_pack).
 *
 * FACT(member, type, json key, what)
 *   U64: a number; 0 means absent or none      TIME: microseconds since 1970; 0: it did not happen
 *   DUR: microseconds; 0: none                 TEXT: bytes from the network, any value
 *   ADDR: struct addr; all-zero: none          ENUM: a number that the reader turns into a word
 */
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/span.h"

#define FACT_TABLE(FACT) \
	FACT(number,		U64,  "request",	"request number, unique in this installation's lifetime (hex in texts)") \
	FACT(connection,	U64,  "connection",	"number of the client connection") \
	FACT(worker,		U64,  "worker",		"worker index, from 1") \
	FACT(started,		TIME, "time",		"first byte of the request (of the connection for the first one)") \
	FACT(ended,		TIME, "end",		"last byte sent, or the end of the connection") \
	FACT(client,		ADDR, "client",		"address of the connection's other end") \
	FACT(indirect,		ADDR, "client_indirect",	"address by follow_x_forwarded_for; equals client without it") \
	FACT(local,		ADDR, "local",		"our end of the client connection") \
	FACT(port_name,		TEXT, "port",		"name= of the listening port, else its address") \
	FACT(client_name,	TEXT, "client_name",	"reverse DNS of the client, where a rule or log asked for it") \
	FACT(method,		TEXT, "method",		"as received; empty: none was") \
	FACT(url,		TEXT, "url",		"canonical URL (host:port for CONNECT); as received when malformed") \
	FACT(url_asked,		TEXT, "url_asked",	"the URL before url_rewrite_program changed it; empty: it did not") \
	FACT(host,		TEXT, "host",		"canonical host of the target") \
	FACT(target_port,	U64,  "target_port",	"port of the target") \
	FACT(version,		U64,  "version",	"of the request: major * 10 + minor") \
	FACT(user,		TEXT, "user",		"authenticated user name; never one that was refused") \
	FACT(user_claimed,	TEXT, "user_refused",	"user name of refused credentials") \
	FACT(auth_scheme,	TEXT, "auth_scheme",	"basic ...") \
	FACT(tag,		TEXT, "tag",		"tag= of an external helper") \
	FACT(rule,		TEXT, "rule",		"the rule that decided, as written: http_access deny ads") \
	FACT(rule_file,		TEXT, "rule_file",	"its file") \
	FACT(rule_line,		U64,  "rule_line",	"its line") \
	FACT(rule_acl,		TEXT, "rule_acl",	"the last ACL that was tested in it") \
	FACT(why,		ENUM, "why",		"enum why: why the request failed or was refused") \
	FACT(why_detail,	TEXT, "detail",		"what exactly, for people: errno text, parse error") \
	FACT(tag_result,	ENUM, "result",		"enum facts_result: Squid's result code") \
	FACT(route,		ENUM, "route",		"enum facts_route: Squid's hierarchy code") \
	FACT(origin,		ADDR, "origin",		"address connected to, or tried last (server or peer), with port") \
	FACT(outgoing,		ADDR, "outgoing",	"our end of that connection") \
	FACT(peer,		TEXT, "peer",		"name of the cache_peer used") \
	FACT(reused,		U64,  "reused",		"1: the origin connection was used before") \
	FACT(tries,		U64,  "tries",		"connection attempts") \
	FACT(status,		U64,  "status",		"status sent to the client; 0: none") \
	FACT(origin_status,	U64,  "origin_status",	"status received from the origin") \
	FACT(mime,		TEXT, "type",		"Content-Type of the answer without parameters") \
	FACT(req_head,		U64,  "request_head",	"bytes of the request head received") \
	FACT(req_body,		U64,  "request_body",	"bytes of the request body received (decoded)") \
	FACT(in,		U64,  "in",		"all bytes received from the client for this request") \
	FACT(out_head,		U64,  "reply_head",	"bytes of the reply head sent") \
	FACT(out,		U64,  "out",		"all bytes sent to the client for this request") \
	FACT(origin_in,		U64,  "origin_in",	"bytes received from the origin") \
	FACT(origin_out,	U64,  "origin_out",	"bytes sent to the origin") \
	FACT(head_time,		DUR,  "t_head",		"first byte of the request to its whole head") \
	FACT(auth_time,		DUR,  "t_auth",		"waiting for authentication") \
	FACT(dns_time,		DUR,  "t_dns",		"waiting for DNS") \
	FACT(connect_time,	DUR,  "t_connect",	"connecting") \
	FACT(first_time,	DUR,  "t_first_byte",	"request sent to first byte of the answer") \
	FACT(duration,		DUR,  "duration",	"started to ended") \
	FACT(persistent,	U64,  "keep_alive",	"1: the client connection stays open afterwards") \
	FACT(interim,		U64,  "interim",	"n-th interim record of a tunnel that is still open; 0: final") \
	FACT(aborted,		U64,  "aborted",	"1: the client went away before the end; 2: it timed out") \
	FACT(truncated,		U64,  "truncated",	"1: the answer was cut short by the origin and the client told so") \
	FACT(tunnel,		U64,  "tunnel",		"1: CONNECT or Upgrade got through") \
	FACT(notes,		TEXT, "notes",		"note directive and helpers: key=value lines")

#define FACT_C_U64	uint64_t
#define FACT_C_TIME	uint64_t
#define FACT_C_DUR	uint64_t
#define FACT_C_ENUM	uint64_t
#define FACT_C_TEXT	struct span
#define FACT_C_ADDR	struct addr

struct facts {
#define FACT(member, type, key, what) FACT_C_##type member;
	FACT_TABLE(FACT)
#undef FACT
};

enum fact_type { FACT_U64, FACT_TIME, FACT_DUR, FACT_ENUM, FACT_TEXT, FACT_ADDR };

struct fact_row {
	const char	*member, *key, *what;
	enum fact_type	 type;
	uint16_t	 offset;
};

extern const struct fact_row	 fact_rows[];
extern const unsigned		 fact_count;

/* Squid's result codes (%Ss). */
#define FACTS_RESULT_TABLE(R) \
	R(NONE, "NONE") R(MISS, "TCP_MISS") R(DENIED, "TCP_DENIED") R(DENIED_REPLY, "TCP_DENIED_REPLY") \
	R(TUNNEL, "TCP_TUNNEL") R(HIT, "TCP_HIT") R(MEM_HIT, "TCP_MEM_HIT") R(NEGATIVE_HIT, "TCP_NEGATIVE_HIT") \
	R(IMS_HIT, "TCP_IMS_HIT") R(INM_HIT, "TCP_INM_HIT") R(REFRESH_UNMODIFIED, "TCP_REFRESH_UNMODIFIED") \
	R(REFRESH_MODIFIED, "TCP_REFRESH_MODIFIED") R(REFRESH_FAIL_OLD, "TCP_REFRESH_FAIL_OLD") \
	R(REFRESH_FAIL_ERR, "TCP_REFRESH_FAIL_ERR") R(CLIENT_REFRESH_MISS, "TCP_CLIENT_REFRESH_MISS") \
	R(SWAPFAIL_MISS, "TCP_SWAPFAIL_MISS") R(CF_MISS, "TCP_CF_MISS") R(CF_HIT, "TCP_CF_HIT") \
	R(OFFLINE_HIT, "TCP_OFFLINE_HIT") R(REDIRECT, "TCP_REDIRECT")

enum facts_result {
#define R(symbol, text) RESULT_##symbol,
	FACTS_RESULT_TABLE(R)
#undef R
	RESULT_COUNT
};

/* Squid's hierarchy codes (%Sh). */
#define FACTS_ROUTE_TABLE(R) \
	R(NONE, "HIER_NONE") R(DIRECT, "HIER_DIRECT") R(PARENT, "FIRSTUP_PARENT") R(ROUNDROBIN_PARENT, "ROUNDROBIN_PARENT") \
	R(DEFAULT_PARENT, "DEFAULT_PARENT") R(ANY_PARENT, "ANY_OLD_PARENT") R(ORIGINAL_DST, "ORIGINAL_DST") \
	R(SOURCEHASH_PARENT, "SOURCEHASH_PARENT") R(USERHASH_PARENT, "USERHASH_PARENT") R(CARP, "CARP") R(SIBLING_HIT, "SIBLING_HIT")

enum facts_route {
#define R(symbol, text) ROUTE_##symbol,
	FACTS_ROUTE_TABLE(R)
#undef R
	ROUTE_COUNT
};

const char	*facts_result_name(uint64_t result);	/* "TCP_MISS" */
const char	*facts_route_name(uint64_t route);	/* "HIER_DIRECT" */

/*
 * One malloc'd block with all facts that are not zero or empty, as small as is simple; free() it.
 */
void		*facts_pack(const struct facts *f, size_t *size);
/* Texts borrow from the block. */
void		 facts_unpack(const void *block, size_t size, struct facts *f);

#endif
