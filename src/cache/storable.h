/* SPDX-License-Identifier: Apache-2.0 */
/* May this answer be stored (RFC 9111, 3)? One verdict with one reason. */
#ifndef CACHE_STORABLE_H
#define CACHE_STORABLE_H

#include "cache/storedattr.h"

/* STORABLE(SYMBOL, text for people, and for logs and tests) */
#define STORABLE_TABLE(STORABLE) \
	STORABLE(YES, "it may be stored") \
	STORABLE(METHOD, "answers to this method are not stored") \
	STORABLE(REQUEST_BODY, "the request has a body, which is no part of the key") \
	STORABLE(REQUEST_NO_STORE, "the request says no-store") \
	STORABLE(REQUEST_SOCKET, "the request opens a WebSocket") \
	STORABLE(STATUS, "answers with this status are never stored") \
	STORABLE(STATUS_UNKNOWN, "must-understand, and the status is not understood") \
	STORABLE(NO_STORE, "the answer says no-store") \
	STORABLE(PRIVATE, "the answer is private") \
	STORABLE(AUTHORIZATION, "the request has credentials and the answer does not say that others may see it") \
	STORABLE(VARY_STAR, "the answer varies by more than the request's fields") \
	STORABLE(VARY_MALFORMED, "Vary is malformed or names too many fields") \
	STORABLE(PUSHED, "a stream of parts that replace one another never ends") \
	STORABLE(NOT_EXPLICIT, "with this status it would have to say for how long it is fresh") \
	STORABLE(NOT_REUSABLE, "it is stale too soon and cannot be validated") \
	STORABLE(PARTIAL, "a part without a strong validator or without its place in the whole") \
	STORABLE(RANGE_UNASKED, "a part that nobody asked for") \
	STORABLE(OLDER, "it is older than what is stored")

enum storable {
#define STORABLE(symbol, text) STORABLE_##symbol,
	STORABLE_TABLE(STORABLE)
#undef STORABLE
};

const char	*storable_text(enum storable s);

struct storable_in {
	const struct head	*req, *reply;
	const struct cachectl	*req_cc, *reply_cc;
	const struct storedattr	*at;		/* of the reply */
	const struct refresh_rule *rule;	/* for the URL */
	const struct cachepolicy *policy;
	bool			 req_body;	/* the request has a body of more than no bytes */
	bool			 logged_in;	/* txn.logged_in: as if it had Authorization */
};

/* Judges when the head has come. */
enum storable	 storable_head(const struct storable_in *in);
/*
 * The same in two steps. First what can be said without in->at: most of what is not to be stored
 * says so itself, and its dates need not be read.
 */
enum storable	 storable_undated(const struct storable_in *in);
enum storable	 storable_dated(const struct storable_in *in);

/*
 * RFC 9111, 4: an answer older than the stored one (by Date; when they came if those are equal)
 * must not replace it.
 */
enum storable	 storable_newer(const struct storedattr *stored, const struct storedattr *at);

/*
 * Whether a request can be answered from the store, or its answer stored, at all, before anything
 * is looked up (STORABLE_YES), for collapsed forwarding and to spare a look-up.
 */
enum storable	 storable_request(const struct head *req, const struct cachectl *req_cc,
		    bool req_body);

/* A list of field names as no-cache="" and private="" have it: at least one, all tokens. */
bool		 storable_field_list(struct span list);

#endif
