/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the logformat codes: Squid's with their aliases, and our own. */
#ifndef CORE_FORMATNAMES_H
#define CORE_FORMATNAMES_H

#include <stdbool.h>

#include "base/span.h"

/*
 * CODE(symbol, name, escaped, what): its default encoding is QUOTE_RAW (0), QUOTE_PASS (1) or
 * QUOTE_ADDRESS (2). Names that share a symbol are listed in formatnames.c as aliases. The table is
 * what the manual page lists.
 */
#define FORMAT_CODE_TABLE(CODE) \
	CODE(PERCENT,		"%",		0, "a percent sign") \
	CODE(CLIENT_IP,		">a",		0, "address of the client") \
	CODE(CLIENT_NAME,	">A",		0, "name of the client (reverse DNS), else its address") \
	CODE(CLIENT_PORT,	">p",		0, "port of the client") \
	CODE(CLIENT_LOCAL_IP,	">la",		0, "our address on the client connection") \
	CODE(CLIENT_LOCAL_PORT,	">lp",		0, "our port on the client connection") \
	CODE(LOCAL_IP,		"la",		0, "our address on the client connection") \
	CODE(LOCAL_PORT,	"lp",		0, "our port on the client connection") \
	CODE(CLIENT_TOS,	">qos",		0, "always 0x0") \
	CODE(SERVER_IP,		"<a",		0, "address of the server or peer connected to last") \
	CODE(SERVER_NAME,	"<A",		0, "name of that server or peer") \
	CODE(SERVER_PORT,	"<p",		0, "its port") \
	CODE(SERVER_LOCAL_IP,	"<la",		0, "our address on that connection") \
	CODE(SERVER_LOCAL_PORT,	"<lp",		0, "our port on that connection") \
	CODE(SERVER_TOS,	"<qos",		0, "TOS set on that connection") \
	CODE(SERVER_MARK,	"<nfmark",	0, "mark set on that connection") \
	CODE(TIME_S,		"ts",		0, "seconds since 1970 when the request was done") \
	CODE(TIME_SUB,		"tu",		0, "the part of a second behind ts (milliseconds, or digits by .precision)") \
	CODE(TIME_LOCAL,	"tl",		0, "local time, {strftime format}") \
	CODE(TIME_GMT,		"tg",		0, "GMT, {strftime format}") \
	CODE(TIME_START,	"tS",		0, "when the request began: seconds.milliseconds") \
	CODE(TIME_TOTAL,	"tr",		0, "milliseconds from the request's head to the end") \
	CODE(TIME_PEER,		"<pt",		0, "milliseconds from the request sent to the first byte of the answer") \
	CODE(TIME_SERVER,	"<tt",		0, "milliseconds from connecting to the first byte of the answer") \
	CODE(TIME_DNS,		"dt",		0, "milliseconds waited for DNS") \
	CODE(EXT_TAG,		"et",		1, "tag of an external helper") \
	CODE(EXT_LOG,		"ea",		1, "log= of an external helper") \
	CODE(EXT_USER,		"ue",		1, "user= of an external helper") \
	CODE(USER,		"un",		0, "name of the user") \
	CODE(USER_LOGIN,	"ul",		0, "name of the authenticated user") \
	CODE(METHOD,		"rm",		1, "method") \
	CODE(URL,		"ru",		2, "URL, without the query where strip_query_terms is on") \
	CODE(URL_NOW,		"URI",		1, "URL, for external_acl_type") \
	CODE(URL_ASKED,		">ru",		1, "URL that the client asked for") \
	CODE(URL_SERVER,	"<ru",		1, "URL asked of the server") \
	CODE(METHOD_SERVER,	"<rm",		1, "method sent to the server") \
	CODE(URL_SCHEME,	"<rs",		1, "scheme of the URL") \
	CODE(URL_HOST,		"<rd",		1, "host of the URL") \
	CODE(URL_PORT,		"<rP",		0, "port of the URL") \
	CODE(URL_PATH,		"<rp",		1, "path and query of the URL") \
	CODE(ASKED_SCHEME,	">rs",		1, "the same of the URL that the client asked for: scheme") \
	CODE(ASKED_HOST,	">rd",		1, "host") \
	CODE(ASKED_PORT,	">rP",		0, "port") \
	CODE(ASKED_PATH,	">rp",		1, "path and query") \
	CODE(VERSION,		"rv",		0, "HTTP version of the request") \
	CODE(VERSION_SERVER,	"<rv",		0, "HTTP version of the request to the server") \
	CODE(REQ_FIELD,		">h",		1, "field of the request {name[:[separator]element]}, or all") \
	CODE(REP_FIELD,		"<h",		1, "field of the answer, or all") \
	CODE(STATUS,		">Hs",		0, "status sent to the client") \
	CODE(STATUS_SERVER,	"<Hs",		0, "status received from the server") \
	CODE(MIME,		"mt",		0, "content type of the answer") \
	CODE(SIZE_ALL,		"st",		0, "bytes received from and sent to the client") \
	CODE(SIZE_REQ,		">st",		0, "bytes received from the client") \
	CODE(SIZE_REP,		"<st",		0, "bytes sent to the client") \
	CODE(SIZE_REQ_HEAD,	">sh",		0, "bytes of the request's head") \
	CODE(SIZE_REP_HEAD,	"<sh",		0, "bytes of the head sent to the client") \
	CODE(SIZE_OBJECT,	"<sS",		0, "bytes sent to the client behind the head") \
	CODE(SIZE_SERVER,	"<bs",		0, "bytes received from the server") \
	CODE(RESULT,		"Ss",		0, "result code: TCP_MISS ..., with _ABORTED, _TIMEDOUT, or _INTERIM while a tunnel is open") \
	CODE(ROUTE,		"Sh",		0, "hierarchy code: HIER_DIRECT ...") \
	CODE(ERR_CODE,		"err_code",	0, "name of the error page") \
	CODE(ERR_DETAIL,	"err_detail",	1, "what exactly went wrong") \
	CODE(NOTE,		"note",		1, "annotation {name[:separator]}, or all") \
	CODE(SEQUENCE,		"sn",		0, "number of the line in this worker") \
	CODE(XACTION,		"master_xaction", 0, "request number, decimal") \
	CODE(REQUEST,		"request",	0, "request number as error pages and messages show it") \
	CODE(RULE,		"rule",		1, "the rule that decided, as written") \
	CODE(RULE_FILE,		"rule_file",	1, "its file") \
	CODE(RULE_LINE,		"rule_line",	0, "its line") \
	CODE(RULE_ACL,		"rule_acl",	1, "the last ACL tested in it") \
	CODE(WHY,		"why",		0, "why the request was refused or failed: acl-denied ...") \
	CODE(WHY_TEXT,		"why_text",	1, "the same in words") \
	CODE(FACT,		"fact",		1, "any fact {by its name in the JSON format}") \
	CODE(NOTHING,		">eui",		0, "always -")

enum format_code {
	CODE_LITERAL,
#define CODE(symbol, name, escaped, what) CODE_##symbol,
	FORMAT_CODE_TABLE(CODE)
#undef CODE
	CODE_COUNT
};

/*
 * Longest name that rest begins with: its length, 0 for none. dead: the code exists in Squid but
 * has no meaning here.
 */
size_t		 formatnames_find(struct span rest, enum format_code *code, unsigned *escaped,
		    bool *dead);

#endif
