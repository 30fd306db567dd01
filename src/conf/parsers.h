/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parsers of directives that are more than one plain value; the directive table names them.
 * Each file's carry its name.
 */
#ifndef CONF_PARSERS_H
#define CONF_PARSERS_H

#include "conf/loader.h"

/* acl lines (aclline.c), and the helpers they may name (externalline.c) */
void	 aclline_acl(struct args *a);
void	 externalline_type(struct args *a);

/* Rule lists and what applies under ACLs (ruleline.c). */
void	 ruleline_start(struct loader *l);		/* makes the empty lists */
void	 ruleline_lint(struct loader *l);
/* allow|deny acl...; the list is the row's member */
void	 ruleline_rules(struct args *a);
void	 ruleline_deny_info(struct args *a);
void	 ruleline_body_max(struct args *a);
void	 ruleline_range_offset(struct args *a);
void	 ruleline_outgoing_address(struct args *a);
void	 ruleline_outgoing_tos(struct args *a);
void	 ruleline_outgoing_mark(struct args *a);
void	 ruleline_note(struct args *a);
void	 ruleline_upgrade(struct args *a);
/* The words that are left as a condition; NULL: always. False after an error told. */
bool	 ruleline_cond(struct args *a, bool reply_ok, struct cond **out);

/* Header rules (headerline.c). */
void	 headerline_request_access(struct args *a);
void	 headerline_reply_access(struct args *a);
void	 headerline_both_access(struct args *a);	/* Squid 2's header_access */
void	 headerline_request_replace(struct args *a);
void	 headerline_reply_replace(struct args *a);
void	 headerline_both_replace(struct args *a);
void	 headerline_request_add(struct args *a);
void	 headerline_reply_add(struct args *a);

/* Ports and peers. */
void	 portline_http(struct args *a);
void	 portline_https(struct args *a);
void	 portline_finish(struct loader *l);
void	 peerline_peer(struct args *a);
void	 peerline_access(struct args *a);
void	 peerline_finish(struct loader *l);

/* Records (logline.c). */
void	 logline_logformat(struct args *a);
void	 logline_access_log(struct args *a);
void	 logline_finish(struct loader *l);

/* Users (authline.c). */
void	 authline_param(struct args *a);
void	 authline_finish(struct loader *l);

/* The cache (cacheline.c, refreshline.c). */
void	 cacheline_cache_dir(struct args *a);
void	 cacheline_quick_abort(struct args *a);		/* into the row's member */
void	 cacheline_finish(struct loader *l);
void	 refreshline_pattern(struct args *a);
void	 refreshline_finish(struct loader *l);

/*
 * Helpers that are told URLs: store_id_program, url_rewrite_program (urlhelperline.c). The row says
 * which one it is (.at).
 */
void	 urlhelperline_program(struct args *a);
void	 urlhelperline_children(struct args *a);
void	 urlhelperline_concurrency(struct args *a);
void	 urlhelperline_extras(struct args *a);
void	 urlhelperline_timeout(struct args *a);
void	 urlhelperline_finish(struct loader *l);

/* Odds and ends (miscline.c). */
void	 miscline_quoted_values(struct args *a);
void	 miscline_client_netmask(struct args *a);
void	 miscline_debug(struct args *a);
void	 miscline_emulate_httpd(struct args *a);
void	 miscline_pac_proxy(struct args *a);
void	 miscline_pac_direct(struct args *a);
void	 miscline_pac_failover(struct args *a);
/* idle, but the ACLs it names are not "never used" */
void	 miscline_named(struct args *a);

/*
 * What filters content and is not there: refused where leaving it out would let through what it
 * stops (filterline.c).
 */
void	 filterline_icap_enable(struct args *a);
void	 filterline_ecap_enable(struct args *a);
void	 filterline_service(struct args *a);
void	 filterline_access(struct args *a);
void	 filterline_ssl_bump(struct args *a);
void	 filterline_finish(struct loader *l);

#endif
