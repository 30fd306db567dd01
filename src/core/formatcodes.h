/* SPDX-License-Identifier: Apache-2.0 */
/* The value of each logformat code for a transaction. Used by core/format only. */
#ifndef CORE_FORMATCODES_H
#define CORE_FORMATCODES_H

#include "core/facts.h"
#include "core/formatnames.h"
#include "core/formatquote.h"
#include "core/txn.h"

struct format_op {
	uint8_t			 code;		/* enum format_code */
	uint8_t			 quote;		/* enum format_quote, resolved: never DEFAULT */
	bool			 left, zero;
	int			 min, max;	/* -1: not given */
	uint32_t		 divisor;	/* of microseconds, for parts of a second */
	/* LITERAL: the bytes; else the argument, or empty */
	struct span		 text;
	/* fields and notes: {name:element}; note: element is the separator */
	struct span		 name, element;
	char			 separator;
	uint16_t		 field;		/* enum field_id of name */
	/* different for every operation of the process's life */
	uint32_t		 serial;
	const struct fact_row	*row;		/* FACT */
};

enum value_kind { VALUE_NONE, VALUE_TEXT, VALUE_INT, VALUE_MSEC, VALUE_SEC };

struct format_value {
	enum value_kind	 kind;
	struct span	 text;
	uint64_t	 number;	/* INT; MSEC and SEC: microseconds */
	char		 room[ADDR_TEXT];
};

/*
 * Never allocates; texts borrow from t, the value's room, or a buffer of the process that the next
 * call may reuse.
 */
void		 formatcodes_value(const struct format_op *op, const struct txn *t,
		    struct format_value *v);

/*
 * The client as records may show it: log_uses_indirect_client, client_netmask. Masked: an address
 * of a client under client_netmask.
 */
struct addr	 formatcodes_client(const struct txn *t);
struct addr	 formatcodes_masked(const struct txn *t, const struct addr *a);
bool		 formatcodes_is_masked(const struct txn *t);

/* A URL as strip_query_terms wants it shown; the request's. */
struct span	 formatcodes_shown(const struct txn *t, struct span url);
struct span	 formatcodes_shown_url(const struct txn *t);
/* or "error:..." where there is none */
struct span	 formatcodes_url(const struct txn *t);
/*
 * "TCP_MISS_ABORTED"; may borrow from room (ADDR_TEXT bytes). "_INTERIM" marks records of tunnels
 * that are still open.
 */
struct span	 formatcodes_result(const struct facts *f, char *room);

#endif
