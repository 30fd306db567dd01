/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled settings: one snapshot per generation of workers, made by the master before it
 * forks, read-only afterwards. Names follow the directives of squid.conf; the table in
 * src/conf/directives.c fills every member, defaults included. Times are in milliseconds (suffix
 * _ms) or seconds (_s), sizes in bytes; UINT64_MAX means no limit.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/diag.h"
#include "core/cachestatus.h"
#include "http/field.h"

struct acl_set;
struct logformat;
struct htpasswd;
struct external_type;	/* src/acl/external.h */
struct rules;		/* src/acl; never NULL in finished settings, maybe empty */
struct cond;		/* src/acl; NULL: always */
struct store_dir;	/* lib/store/store.h */
struct refreshpat;	/* src/cache */
struct cachepolicy;	/* src/cache */

/* http_port [addr:]port [options] */
struct port {
	/* any-address for "3128"; is_v6_any tells :: from 0.0.0.0 */
	struct addr		 addr;
	/* no address given: listen on [::] with IPv4 too, or on 0.0.0.0 where IPv6 is missing */
	bool			 v6_any;
	const char		*name;		/* name=, else "addr:port" as Squid prints it */
	bool			 accel, intercept, tproxy, ssl_bump, https, proxy_protocol;
	const char		*defaultsite;
	/* of accel: Host says which site; else defaultsite alone does */
	bool			 vhost;
	bool			 allow_direct;
	/* Cache-Control of requests has no effect but no-store */
	bool			 ignore_cc;
	/* of accel: 0 is Host's port, else this one; -1: the one that was connected to */
	int32_t			 vport;
	bool			 keepalive;	/* tcpkeepalive[=idle,interval,timeout] */
	uint32_t		 ka_idle_s, ka_interval_s, ka_timeout_s;
	struct diag_place	 at;
	unsigned		 index;		/* position in ports[] */
};

/*
 * A directive's value that applies under a condition (tcp_outgoing_address, deny_info is separate,
 * reply_body_max_size ...).
 */
struct cond_addr { struct addr addr; struct cond *when; struct diag_place at; };
struct cond_num { uint64_t value; struct cond *when; struct diag_place at; };

/*
 * request_header_access NAME allow|deny acl...; one list a field name, in order of first mention.
 */
struct header_rule {
	enum field_id	 id;
	const char	*name;		/* "All", "Other" or the field's name */
	struct rules	*rules;
	const char	*replace;	/* *_header_replace value, or NULL */
};
struct header_rules { struct header_rule *list; size_t n, cap; };
/* request_header_add / reply_header_add */
struct header_add { const char *name; struct logformat *value; struct cond *when; bool quoted; };

struct deny_info {
	const char	*what;		/* page name, URL (with %codes), or "TCP_RESET" */
	unsigned	 status;	/* given as "NNN:what"; 0: by default */
	const char	**acls;		/* NULL-terminated names */
	struct diag_place at;
};

/* cache_peer HOST TYPE HTTP-PORT ICP-PORT [options] */
enum peer_auth { PEER_AUTH_NONE, PEER_AUTH_FIXED, PEER_AUTH_PASS, PEER_AUTH_PASSTHRU,
    PEER_AUTH_STAR };
struct peer {
	const char	*name, *host;
	uint16_t	 port;
	/* else sibling (never used without ICP: noticed when loaded) */
	bool		 parent;
	bool		 round_robin, is_default, no_query, originserver, proxy_only, allow_miss,
	    sourcehash, userhash, carp, no_tproxy;
	uint32_t	 weight, max_conn;
	uint64_t	 connect_timeout_ms, connect_fail_limit;
	enum peer_auth	 auth;
	/* FIXED: base64 of user:password; STAR: password part */
	const char	*login;
	const char	*forceddomain;
	struct rules	*access;		/* cache_peer_access */
	unsigned	 index;
};

/* access_log PLACE [format] [acl...] */
enum log_place_kind { LOG_NONE, LOG_FILE, LOG_SYSLOG, LOG_UDP, LOG_TCP, LOG_PER_USER };
struct log_place {
	enum log_place_kind	 kind;
	/* FILE: path; PER_USER: directory; SYSLOG: "facility.priority"; UDP/TCP: "host:port" */
	const char		*path;
	struct addr		 to;		/* UDP/TCP */
	struct logformat	*format;
	struct cond		*when;
	/* on-error=drop: may lose lines rather than slow down */
	bool			 drop;
	bool			 access;	/* access_log; else another stream */
	struct diag_place	 at;
	unsigned		 dest;		/* number at the logger (src/log) */
};

/* auth_param basic ... */
struct auth_basic {
	bool			 on;
	const char		*file;		/* htpasswd read by Sepia itself, or */
	const char		**program;	/* argv, NULL-terminated */
	unsigned		 children, startup, idle, concurrency, queue;
	const char		*realm;
	uint64_t		 credentials_ttl_s;
	bool			 case_sensitive, utf8;
};

enum forwarded_for { FORWARDED_ON, FORWARDED_OFF, FORWARDED_TRANSPARENT, FORWARDED_DELETE,
    FORWARDED_TRUNCATE };

/* A line of the configuration as it was written, for the dump; row: in the directive table. */
struct settings_line { unsigned row; const char *text; };

/* http_upgrade_request_protocols PROTOCOL|OTHER allow|deny acl... */
struct upgrade_rule { const char *protocol; struct rules *rules; };
/* note KEY VALUE acl...: the key=value line is added to f.notes where the condition holds */
struct note_rule { const char *key; struct logformat *value; struct cond *when; };

/* A helper that is told the URL of a request: store_id_program, url_rewrite_program */
struct url_helper {
	const char		**program;	/* argv, NULL-terminated; NULL: none */
	/* queue 0: `bypass` chooses */
	unsigned		 children, startup, idle, concurrency, queue;
	/* on-persistent-overload=ERR: then, too, without it */
	bool			 overload_passes;
	struct rules		*access;	/* which requests it is asked about */
	bool			 bypass;	/* without it when all are busy */
	/* what the line holds behind the URL; NULL: nothing */
	struct logformat	*extras;
};

/* url_rewrite_timeout: what becomes of a request that the helper does not answer in time */
enum rewrite_late { REWRITE_LATE_FAIL, REWRITE_LATE_BYPASS, REWRITE_LATE_RETRY,
    REWRITE_LATE_RESPONSE };

/* Between http_access and the cache: another address, and rules that judge it. */
struct url_rewrite {
	struct url_helper	 helper;
	bool			 host_header;	/* Host is made of the new address */
	uint64_t		 timeout_ms;	/* 0: none was set */
	enum rewrite_late	 late;
	const char		*late_response;	/* REWRITE_LATE_RESPONSE: taken as the answer */
	struct rules		*adapted;	/* adapted_http_access */
	bool			 wanted;	/* there is a helper, or a rule */
};

struct settings {
	struct arena		 arena;		/* texts and lists of this snapshot */
	const char		*path;		/* of the main file */
	struct diag_place	*places;	/* conf_place */
	struct acl_set		*acls;
	uint64_t		 generation;	/* 1 for the first */

	/* processes */
	uint64_t		 workers;	/* 0 in the file: number of cores (resolved) */
	const char		*pid_filename, *cache_effective_user, *cache_effective_group,
	    *run_dir, *coredump_dir;
	const char		*cache_log;
	uint64_t		 shutdown_lifetime_ms, reload_lifetime_ms;
	uint64_t		 max_filedescriptors;	/* 0: the hard limit */
	const char		*visible_hostname, *unique_hostname;	/* resolved, never NULL */
	struct span		 via_rest;	/* via_settle */
	struct cachestatus_texts cachestatus;	/* of visible_hostname */
	const char		**hostname_aliases;	/* NULL-terminated */
	const char		*cache_mgr;
	bool			 httpd_suppress_version_string;
	uint64_t		 debug_level;

	/* listening */
	struct port		*ports;
	size_t			 n_ports;

	/* limits and times */
	uint64_t		 request_header_max_size, reply_header_max_size,
	    request_body_max_size;
	/* own directives: request_line_max_size, header_max_fields */
	uint64_t		 request_line_max, header_fields_max;
	uint64_t		 request_timeout_ms, request_start_timeout_ms,
	    client_idle_pconn_timeout_ms, server_idle_pconn_timeout_ms;
	uint64_t		 connect_timeout_ms, peer_connect_timeout_ms, read_timeout_ms,
	    write_timeout_ms, forward_timeout_ms;
	/* the last: own; default read_timeout */
	uint64_t		 client_lifetime_ms, pconn_lifetime_ms, tunnel_idle_timeout_ms;
	uint64_t		 forward_max_tries, connect_retries;
	/* RFC 8305: before the next attempt is started beside one under way; 250 */
	uint64_t		 happy_eyeballs_connect_timeout_ms;
	/* between two such attempts of all workers; UINT64_MAX (default): no rule, not a delay */
	uint64_t		 happy_eyeballs_connect_gap_ms;
	uint64_t		 client_ip_max_connections;	/* UINT64_MAX: none */
	bool			 client_persistent_connections, server_persistent_connections,
	    half_closed_clients, retry_on_error, detect_broken_pconn;
	/* own: most idle origin connections kept by a worker */
	uint64_t		 pconn_per_host, pconn_total;
	/* own: cap of a transaction's arena */
	uint64_t		 txn_memory_max;
	uint64_t		 tcp_recv_bufsize;
	struct cond_num		*reply_body_max_size;
	size_t			 n_reply_body_max_size;

	/* forwarding */
	bool			 via;
	enum forwarded_for	 forwarded_for;
	bool			 strip_query_terms, check_hostnames, allow_underscore,
	    request_entities, vary_ignore_expire;
	struct rules		*follow_x_forwarded_for;
	bool			 acl_uses_indirect_client, log_uses_indirect_client;
	/* client_netmask: so many bits at the end of addresses are not recorded */
	uint8_t			 client_hidden_v4, client_hidden_v6;
	struct header_rules	 request_header_access, reply_header_access;
	struct header_add	*request_header_add, *reply_header_add;
	size_t			 n_request_header_add, n_reply_header_add;
	struct peer		*peers;
	size_t			 n_peers;
	bool			 prefer_direct, nonhierarchical_direct;
	struct cond_addr	*tcp_outgoing_address;
	struct cond_num		*tcp_outgoing_tos, *tcp_outgoing_mark;
	size_t			 n_tcp_outgoing_address, n_tcp_outgoing_tos, n_tcp_outgoing_mark;

	/* DNS */
	const char		**dns_nameservers;	/* NULL-terminated, or NULL */
	const char		*hosts_file, *append_domain;
	bool			 dns_defnames, dns_v4_first;
	uint64_t		 dns_timeout_ms, dns_retransmit_interval_ms, positive_dns_ttl_s,
	    negative_dns_ttl_s, ipcache_size, dns_packet_max;

	/* rules */
	struct rules		*http_access, *http_reply_access, *miss_access, *cache,
	    *always_direct, *never_direct, *destination_access, *log_access;
	/*
	 * no such line in the file: the built-in guard is in force (it is in destination_access as
	 * rules)
	 */
	bool			 destination_default;
	/* MaxMind databases of the country and AS ACLs */
	const char		*geo_country_file, *geo_asn_file;
	struct deny_info	*deny_info;
	size_t			 n_deny_info;
	const char		*error_directory, *err_page_stylesheet;
	bool			 email_err_data;

	/* caching */
	/* none: nothing is stored. min_size and max_size are resolved from the two sizes below */
	struct store_dir	*cache_dirs;
	struct diag_place	*cache_dirs_at;	/* their lines */
	size_t			 n_cache_dirs;
	/* of cache_dirs that say nothing of their own */
	uint64_t		 maximum_object_size, minimum_object_size;
	/* body that some cache_dir takes; 0: none does */
	uint64_t		 largest_object;
	uint64_t		 cache_mem, store_avg_object_size;
	bool			 collapsed_forwarding, cache_miss_revalidate;
	/* bytes still to come; min -1: never abort */
	int64_t			 quick_abort_min, quick_abort_max;
	uint64_t		 quick_abort_pct;
	/* value UINT64_MAX: none; without a line that applies: 0 */
	struct cond_num		*range_offset_limit;
	size_t			 n_range_offset_limit;
	/* fast lists; the first two may read the answer */
	struct rules		*send_hit, *store_miss, *collapsed_forwarding_access;
	struct refreshpat	*refresh;	/* never NULL */
	/* never NULL; made of the next ones and vary_ignore_expire */
	struct cachepolicy	*cachepolicy;
	uint64_t		 negative_ttl_s, minimum_expiry_time_s, max_stale_s;
	bool			 offline_mode, reload_into_ims, refresh_all_ims;
	struct url_helper	 store_id;
	struct url_rewrite	 rewrite;

	/* users */
	struct auth_basic	 basic;
	struct htpasswd		*htpasswd;	/* basic.file compiled (src/auth), or NULL */
	uint64_t		 authenticate_ttl_s, authenticate_ip_ttl_s;

	/* records */
	struct log_place	*logs;
	size_t			 n_logs;
	struct logformat	**formats;	/* all logformat lines and the built-in ones */
	size_t			 n_formats;
	/* some format in use reads header fields: tunnels keep them */
	bool			 log_wants_heads;
	bool			 log_wants_client_name;
	/* own: tunnel_interim_interval; 0: none */
	uint64_t		 logfile_rotate, interim_interval_ms;
	bool			 log_mime_hdrs;
	uint64_t		 log_ring_size;		/* own: bytes of a worker's ring */

	/* PAC (own directives) */
	struct span		 pac;			/* the finished file; empty: 404 */

	/*
	 * first that names the protocol (or OTHER) decides; without any line upgrades are relayed
	 */
	struct upgrade_rule	*upgrades;
	size_t			 n_upgrades;
	struct external_type	**externals;		/* external_acl_type */
	size_t			 n_externals;
	struct note_rule	*notes;
	size_t			 n_notes;

	struct settings_line	*lines;			/* for conf_dump */
	size_t			 n_lines;

	/* steps' own compiled things, index by enum settings_extra */
	void			*extra[8];
};

enum settings_extra { EXTRA_ERROR_PAGES, EXTRA_COUNT };

#endif
