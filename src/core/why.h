/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a request did not get what it asked for. One row each: status on the wire, word of the access
 * log (Squid's result code where it has one), name of Squid's error page (deny_info and
 * error_directory know it), text for the person.
 */
#ifndef CORE_WHY_H
#define CORE_WHY_H

#include "base/span.h"

#define WHY_TABLE(WHY) \
	WHY(NOTHING,		  0, NULL,	  NULL,			 "Nothing went wrong.") \
	WHY(ACL_DENIED,		403, "DENIED",	  "ERR_ACCESS_DENIED",	 "The rules of this proxy refuse this request.") \
	WHY(MISS_DENIED,	403, "DENIED",	  "ERR_FORWARDING_DENIED", "The rules of this proxy do not let it fetch this for you.") \
	WHY(REPLY_DENIED,	403, "DENIED_REPLY", "ERR_ACCESS_DENIED", "The rules of this proxy refuse the answer that the server gave.") \
	WHY(DESTINATION_DENIED,	403, "DENIED",	  "ERR_ACCESS_DENIED",	 "The address of this server is one that the proxy does not connect to.") \
	WHY(AUTH_NEEDED,	407, "DENIED",	  "ERR_CACHE_ACCESS_DENIED", "This proxy needs to know who you are: please log in.") \
	WHY(AUTH_REFUSED,	407, "DENIED",	  "ERR_CACHE_ACCESS_DENIED", "The user name or the password is wrong.") \
	WHY(AUTH_BROKEN,	500, "DENIED",	  "ERR_CANNOT_FORWARD",	 "The proxy cannot check passwords at the moment.") \
	WHY(LIMIT_CONNECTIONS,	429, "DENIED",	  "ERR_ACCESS_DENIED",	 "There are too many connections from your address.") \
	WHY(BAD_REQUEST,	400, "NONE",	  "ERR_INVALID_REQ",	 "The request is malformed.") \
	WHY(BAD_TARGET,		400, "NONE",	  "ERR_INVALID_URL",	 "The address in the request is malformed.") \
	WHY(BAD_HOST,		400, "NONE",	  "ERR_INVALID_REQ",	 "The Host field of the request is missing, repeated or malformed.") \
	WHY(BAD_FRAMING,	400, "NONE",	  "ERR_INVALID_REQ",	 "The length of the request body is ambiguous or malformed.") \
	WHY(BAD_CODING,		501, "NONE",	  "ERR_UNSUP_REQ",	 "The request body has a transfer coding that this proxy does not know.") \
	WHY(BAD_BODY,		400, "NONE",	  "ERR_INVALID_REQ",	 "The request body is malformed.") \
	WHY(BAD_EXPECTATION,	417, "NONE",	  "ERR_INVALID_REQ",	 "The request expects something that this proxy does not know.") \
	WHY(TARGET_LONG,	414, "NONE",	  "ERR_TOO_BIG",	 "The address in the request is too long.") \
	WHY(HEAD_LONG,		431, "NONE",	  "ERR_TOO_BIG",	 "The head of the request is too large.") \
	WHY(BODY_LONG,		413, "NONE",	  "ERR_TOO_BIG",	 "The request body is larger than this proxy allows.") \
	WHY(REPLY_LONG,		403, "DENIED_REPLY", "ERR_TOO_BIG",	 "The answer is larger than this proxy allows.") \
	WHY(VERSION_UNKNOWN,	505, "NONE",	  "ERR_UNSUP_HTTPVERSION", "The request has an HTTP version that this proxy does not speak.") \
	WHY(METHOD_UNKNOWN,	501, "NONE",	  "ERR_UNSUP_REQ",	 "This proxy does not carry out this method.") \
	WHY(TUNNEL_REFUSED,	405, "NONE",	  "ERR_UNSUP_REQ",	 "This is a server: it makes no tunnels.") \
	WHY(SCHEME_UNKNOWN,	501, "NONE",	  "ERR_UNSUP_REQ",	 "This proxy does not fetch addresses of this kind.") \
	WHY(NOT_FOUND,		404, "NONE",	  "ERR_INVALID_URL",	 "This proxy has no such page of its own.") \
	WHY(LOOP,		508, "DENIED",	  "ERR_ACCESS_DENIED",	 "The request came back to this proxy: it is a loop.") \
	WHY(REQUEST_TIMEOUT,	408, "NONE",	  "ERR_REQUEST_START_TIMEOUT", "The request did not arrive in time.") \
	WHY(LIFETIME,		408, "NONE",	  "ERR_LIFETIME_EXP",	 "The connection lasted longer than this proxy allows.") \
	WHY(NAME_UNKNOWN,	503, "NONE",	  "ERR_DNS_FAIL",	 "The name of the server does not exist.") \
	WHY(NAME_FAILED,	503, "NONE",	  "ERR_DNS_FAIL",	 "The name of the server could not be looked up.") \
	WHY(NO_ROUTE,		503, "NONE",	  "ERR_CANNOT_FORWARD",	 "The proxy may not connect directly and has no other proxy to ask.") \
	WHY(ORIGIN_REFUSED,	503, "NONE",	  "ERR_CONNECT_FAIL",	 "The server refused the connection.") \
	WHY(ORIGIN_UNREACHABLE,	503, "NONE",	  "ERR_CONNECT_FAIL",	 "The server cannot be reached.") \
	WHY(CONNECT_TIMEOUT,	504, "NONE",	  "ERR_CONNECT_FAIL",	 "The server did not answer the attempt to connect.") \
	WHY(PEER_REFUSED,	503, "NONE",	  "ERR_CONNECT_FAIL",	 "The next proxy refused to connect.") \
	WHY(ORIGIN_CLOSED,	502, "NONE",	  "ERR_ZERO_SIZE_OBJECT", "The server closed the connection without an answer.") \
	WHY(ORIGIN_RESET,	502, "NONE",	  "ERR_READ_ERROR",	 "The connection to the server broke.") \
	WHY(ORIGIN_WRITE,	502, "NONE",	  "ERR_WRITE_ERROR",	 "The request could not be sent to the server.") \
	WHY(ORIGIN_MALFORMED,	502, "NONE",	  "ERR_INVALID_RESP",	 "The server sent a malformed answer.") \
	WHY(ORIGIN_HEAD_LONG,	502, "NONE",	  "ERR_TOO_BIG",	 "The head of the server's answer is too large.") \
	WHY(ORIGIN_TRUNCATED,	502, "NONE",	  "ERR_READ_ERROR",	 "The server's answer was cut short.") \
	WHY(READ_TIMEOUT,	504, "NONE",	  "ERR_READ_TIMEOUT",	 "The server took too long to answer.") \
	WHY(FORWARD_TIMEOUT,	504, "NONE",	  "ERR_CANNOT_FORWARD",	 "No way to the server was found in time.") \
	WHY(WRITE_TIMEOUT,	408, "NONE",	  "ERR_WRITE_ERROR",	 "The client took too long to read the answer.") \
	WHY(CLIENT_GONE,	  0, "ABORTED",	  NULL,			 "The client went away.") \
	WHY(NO_MEMORY,		500, "NONE",	  "ERR_CANNOT_FORWARD",	 "The request needs more memory than this proxy gives one request.") \
	WHY(DESCRIPTORS,	503, "NONE",	  "ERR_SOCKET_FAILURE",	 "The proxy has no descriptor left for a connection.") \
	WHY(SHUTTING_DOWN,	503, "NONE",	  "ERR_SHUTTING_DOWN",	 "The proxy is being stopped.") \
	WHY(KILLED,		  0, "ABORTED",	  NULL,			 "The process that served the request was killed.") \
	WHY(ONLY_IF_CACHED,	504, "NONE",	  "ERR_ONLY_IF_CACHED_MISS", "The request wants a stored answer only, and there is none.") \
	WHY(VALIDATION_FAILED,	504, "NONE",	  "ERR_CANNOT_FORWARD",	 "The stored answer must be validated, and the server did not answer.") \
	WHY(REWRITE_FAILED,	500, "NONE",	  "ERR_GATEWAY_FAILURE", "The program that decides where this request goes gave no answer that can be used.") \
	WHY(HELPER_FAILED,	500, "DENIED",	  "ERR_CANNOT_FORWARD",	 "A helper program that decides about this request gave no answer.")

enum why {
#define WHY(symbol, status, word, page, text) WHY_##symbol,
	WHY_TABLE(WHY)
#undef WHY
	WHY_COUNT
};

struct why_row {
	const char	*name;		/* "ACL_DENIED": stable, for logs and JSON */
	unsigned	 status;	/* 0: no answer is sent */
	const char	*word;		/* of Squid's result code behind TCP_ */
	const char	*page;		/* Squid's error page, or NULL */
	const char	*text;
};

const struct why_row *why_row(enum why w);

#endif
