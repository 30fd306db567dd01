/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of directives: booleans, numbers, sizes, times, addresses, as Squid writes them. Each
 * takes its words from `a`; false after an error told.
 */
#ifndef CONF_VALUES_H
#define CONF_VALUES_H

#include "base/addr.h"
#include "conf/loader.h"

bool	 values_bool(struct args *a, bool *out);
/* Digits with at most one point among them. */
bool	 values_decimal(struct span s, double *out);
/* Text of one word; decimal, or hexadecimal with 0x. */
bool	 values_u64(struct span s, uint64_t *out);
bool	 values_number(struct args *a, uint64_t *out);
/* Milliseconds; `unit` is what a bare number counts ("second"). */
bool	 values_time(struct args *a, const char *unit, uint64_t *ms);
/* Bytes; `unit` as above ("KB"); "none" and "-1" are UINT64_MAX. */
bool	 values_size(struct args *a, const char *unit, uint64_t *bytes);
/* "key=value" words: true and the value if `w` begins with key and '='. */
bool	 values_key(struct span w, const char *key, struct span *value);
/* A port number 1..65535 (0 too with zero_ok). */
bool	 values_port(struct span s, bool zero_ok, uint16_t *out);
/*
 * "port", "a.b.c.d:port", "[v6]:port", "host:port"; host is {NULL,0} where none is given,
 * *is_addr when it is a literal.
 */
bool	 values_hostport(struct span s, struct span *host, struct addr *addr, bool *is_addr,
    uint16_t *port);
/* A literal address, brackets around IPv6 allowed. */
bool	 values_addr(struct span s, struct addr *out);
/* The first address of a name, by the resolver of the system, which may take its time. */
bool	 values_host_addr(struct span host, struct addr *out);
/* The words that are left: a command that can be run and its arguments, NULL-terminated. */
bool	 values_program(struct args *a, const char ***argv);

/*
 * Where the numbers of "N [startup=] [idle=] [concurrency=] [queue-size=]
 * [on-persistent-overload=]" go.
 */
struct values_children {
	unsigned	*children, *startup, *idle, *concurrency, *queue;
	/* on-persistent-overload is ERR; NULL: it makes no difference */
	bool		*overload_passes;
};
bool	 values_children(struct args *a, const struct values_children *to);

/* Does what the row's type says: parses into its member, with its bounds. */
void	 values_parse(struct args *a);

#endif
