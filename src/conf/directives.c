/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directive table. Longer than a file of ours should be: it is one row a name, for some 450
 * names, and the place where to look what becomes of any of them. Rows are grouped as Squid's
 * manual groups them. What is accepted without effect says why; that text is what the notice
 * prints.
 */
#include "conf/directives.h"

#include "base/must.h"
#include "conf/parsers.h"
#include "core/settings.h"

#define IN(member)	((int32_t)offsetof(struct settings, member))

/* Plain values with a member. */
#define BOOL(name_, member, def, text) \
	{ .name = name_, .type = DIR_BOOL, .at = IN(member), .value = def, .syntax = "on|off", .doc = text }
#define NUMBER(name_, member, def, lo, hi, text) \
	{ .name = name_, .type = DIR_NUMBER, .at = IN(member), .value = def, .min = lo, .max = hi, \
	    .syntax = "number", .doc = text }
#define SIZE(name_, member, unit_, def, lo, hi, text) \
	{ .name = name_, .type = DIR_SIZE, .at = IN(member), .unit = unit_, .value = def, .min = lo, \
	    .max = hi, .syntax = "size", .doc = text }
#define MS(name_, member, def, lo, hi, text) \
	{ .name = name_, .type = DIR_MS, .at = IN(member), .unit = "second", .value = def, .min = lo, \
	    .max = hi, .syntax = "time", .doc = text }
#define SECONDS(name_, member, def, lo, hi, text) \
	{ .name = name_, .type = DIR_S, .at = IN(member), .unit = "second", .value = def, .min = lo, \
	    .max = hi, .syntax = "time", .doc = text }
#define TEXT(name_, member, def, form, text) \
	{ .name = name_, .type = DIR_TEXT, .mode = LEXER_QUOTES, .at = IN(member), .value = def, \
	    .syntax = form, .doc = text }
#define WORDS(name_, member, def, form, text) \
	{ .name = name_, .type = DIR_WORDS, .mode = LEXER_QUOTES, .at = IN(member), .value = def, \
	    .many = true, .syntax = form, .doc = text }
#define CHOICE(name_, member, choices, def, text) \
	{ .name = name_, .type = DIR_CHOICE, .at = IN(member), .unit = choices, .value = def, \
	    .syntax = choices, .doc = text }

/* Lines with a parser of their own. */
#define RULES(name_, member, text) \
	{ .name = name_, .type = DIR_OWN, .mode = LEXER_FILES, .at = IN(member), .parse = ruleline_rules, .many = true, \
	  .syntax = "allow|deny [!]acl ...", .doc = text }
#define LINES(name_, parser, form, text) \
	{ .name = name_, .type = DIR_OWN, .at = -1, .parse = parser, .many = true, .syntax = form, \
	    .doc = text }
/* The same, of the helper that is told URLs at that member. */
#define HELPER(name_, parser, member, form, text) \
	{ .name = name_, .type = DIR_OWN, .at = IN(member), .parse = parser, .many = true, \
	    .syntax = form, .doc = text }

/* Accepted without effect: not looked at; looked at for the ACLs it names; its value checked. */
#define IDLE(name_, reason) \
	{ .name = name_, .type = DIR_IDLE, .at = -1, .idle = true, .tell = TELL_NOTE, .doc = reason }
#define IDLE_WARN(name_, reason) \
	{ .name = name_, .type = DIR_IDLE, .at = -1, .idle = true, .tell = TELL_WARNING, .doc = reason }
#define IDLE_ACLS(name_, reason) \
	{ .name = name_, .type = DIR_OWN, .at = -1, .parse = miscline_named, .idle = true, \
	    .tell = TELL_NOTE, .doc = reason }
#define CHECKED(name_, kind, unit_, reason) \
	{ .name = name_, .type = kind, .at = -1, .unit = unit_, .idle = true, .tell = TELL_NOTE, \
	    .doc = reason }
#define CHECKED_LINE(name_, parser, reason) \
	{ .name = name_, .type = DIR_OWN, .at = -1, .parse = parser, .idle = true, .tell = TELL_NOTE, \
	    .doc = reason }

/* One value is in force in any case: of others it is told that they have no effect. */
#define KEPT(name_, kind, unit_, value_, reason) \
	{ .name = name_, .type = kind, .at = -1, .unit = unit_, .idle = true, .tell = TELL_NOTE, \
	    .kept = value_, .doc = reason }

/* Other spellings. */
#define ALIAS(name_, target) \
	{ .name = name_, .type = DIR_ALIAS, .at = -1, .unit = target }

/* Reasons that many rows share. */
#define PAGE_CACHE	"what is in use stays in the kernel's page cache, which takes what memory is free"
#define SWAP_MARKS	"a cache_dir is as large as its line says, and a part of it is reclaimed at a time"
#define FORWARDED_WORDS	"on|off|transparent|delete|truncate"
#define NO_ICP		"ICP is not spoken"
#define NO_HTCP		"HTCP is not spoken"
#define NO_SNMP		"SNMP is not spoken"
#define NO_WCCP		"WCCP is not spoken"
#define NO_ICAP		"ICAP is not spoken"
#define NO_ECAP		"eCAP modules are not loaded"
#define NO_DIGESTS	"cache digests are not exchanged"
#define NO_NETDB	"round-trip times are not measured by ICMP"
#define NO_DELAY	"bandwidth is not limited"
#define NO_FTP		"FTP addresses are not fetched"
#define NO_TLS_OUT	"the proxy makes no TLS connections of its own"
#define NO_BUMP		"tunnels are not looked into"
#define NO_ANNOUNCE	"caches are not announced"
#define NO_TPROXY	"transparent proxying by TPROXY is not there (see the option intercept of http_port)"
#define NO_MANAGER	"there is no cache manager"
#define NO_ADAPT	"ICAP and eCAP are not spoken"
#define LOOP_OWN	"the event loop needs no such tuning"
#define GONE		"Squid dropped it, too"

const struct directive	 directives[] = {
	/* Files and processes. */
	LINES("configuration_includes_quoted_values", miscline_quoted_values, "on|off",
	    "Whether values after this line are quoted in the newer way."),
	NUMBER("workers", workers, "0", 0, 1024, "Worker processes; 0 is one a core."),
	IDLE("cpu_affinity_map", "the kernel places the workers"),
	IDLE("shared_memory_locking", "shared memory is not locked into RAM"),
	IDLE("hopeless_kid_revival_delay",
	    "a worker that dies is always replaced at once, more slowly "
	    "when it keeps dying"),
	TEXT("pid_filename", pid_filename, RUNSTATEDIR "/sepia.pid", "path|none",
	    "File that holds the master's process number."),
	TEXT("cache_effective_user", cache_effective_user, "proxy", "user",
	    "User that the workers become when the master is started as root."),
	TEXT("cache_effective_group", cache_effective_group, NULL, "group",
	    "Group that they become; without it that of the user."),
	TEXT("coredump_dir", coredump_dir, NULL, "path|none", "Directory for core files."),
	TEXT("cache_log", cache_log, LOCALSTATEDIR "/log/sepia/cache.log", "path|none",
	    "File for messages of the program itself."),
	LINES("debug_options", miscline_debug, "ALL,level",
	    "How much is told in cache_log: 0 to 9."),
	MS("shutdown_lifetime", shutdown_lifetime_ms, "30 seconds", 0, 320000000000,
	    "How long requests and tunnels may go on after a stop was asked for."),
	NUMBER("max_filedescriptors", max_filedescriptors, "0", 0, 1 << 30,
	    "Most descriptors of a process; 0 is the system's hard limit."),
	ALIAS("max_filedesc", "max_filedescriptors"),
	TEXT("visible_hostname", visible_hostname, NULL, "name",
	    "Name of this proxy in pages and Via; " "without it that of the machine."),
	TEXT("unique_hostname", unique_hostname, NULL, "name",
	    "Name by which it recognises its own " "Via; without it visible_hostname."),
	WORDS("hostname_aliases", hostname_aliases, NULL, "name ...",
	    "Further names of this proxy: a "
	    "request for one of them and a port of its own is for itself."),
	TEXT("cache_mgr", cache_mgr, "webmaster", "address",
	    "Whom error pages name as the administrator."),
	BOOL("httpd_suppress_version_string", httpd_suppress_version_string, "off",
	    "Keeps the version out of pages and fields."),
	IDLE("mail_from", "no mail is sent when a process dies"),
	IDLE("mail_program", "no mail is sent when a process dies"),
	IDLE("umask", "files are made with fixed modes (0640, directories 0750)"),
	IDLE("announce_period", NO_ANNOUNCE),
	IDLE("announce_host", NO_ANNOUNCE),
	IDLE("announce_file", NO_ANNOUNCE),
	IDLE("announce_port", NO_ANNOUNCE),
	IDLE_WARN("chroot",
	    "the file system is not changed; run the proxy in a container or a systemd "
	    "sandbox for that"),
	IDLE("windows_ipaddrchangemonitor", "it is for Windows"),
	IDLE("sleep_after_fork", "helpers are started without a copy of the process"),
	IDLE("high_response_time_warning", "such warnings are made from the records"),
	IDLE("high_page_fault_warning", "such warnings are made from the records"),
	IDLE("high_memory_warning", "such warnings are made from the records"),
	IDLE("memory_pools", "memory is pooled in any case"),
	IDLE("memory_pools_limit", "memory is pooled in any case"),
	IDLE("loadable_modules", NO_ECAP),

	/* Listening. */
	LINES("http_port", portline_http, "[address:]port [option ...]",
	    "A port that takes proxy requests; without any, 3128. Options: name=, tcpkeepalive[=idle,interval,timeout], intercept; "
	    "for requests to a server: accel, defaultsite=, no-vhost (defaultsite= alone says which site), vport[=port], allow-direct, ignore-cc."),
	ALIAS("ascii_port", "http_port"),
	LINES("https_port", portline_https, "[address:]port [option ...]",
	    "A port with TLS towards clients: it is not opened, with a warning."),
	IDLE_WARN("ftp_port", "the port is not opened: there is no FTP gateway"),
	IDLE_ACLS("proxy_protocol_access", "the PROXY protocol is not spoken"),
	IDLE("accept_filter", LOOP_OWN),
	IDLE_ACLS("clientside_tos", "answers to clients are not marked"),
	IDLE("clientside_mark", "answers to clients are not marked"),
	IDLE_ACLS("mark_client_packet", "client connections are not marked"),
	IDLE_ACLS("mark_client_connection", "client connections are not marked"),
	IDLE("qos_flows", "answers to clients are not marked"),
	IDLE_ACLS("spoof_client_ip", NO_TPROXY),
	KEPT("host_verify_strict", DIR_BOOL, NULL, "off",
	    "redirected requests are not refused for their "
	    "Host: whatever it says, they go to the address that they were sent to"),
	KEPT("client_dst_passthru", DIR_BOOL, NULL, "on",
	    "redirected requests always go to the address " "that they were sent to"),
	IDLE_ACLS("on_unsupported_protocol", "what is no HTTP is always refused"),
	NUMBER("client_ip_max_connections", client_ip_max_connections, "-1", 0, UINT64_MAX,
	    "Most connections of one client address; -1 is no limit."),
	SIZE("tcp_recv_bufsize", tcp_recv_bufsize, "byte", "0 bytes", 0, 1 << 30,
	    "Receive buffer of sockets; 0 leaves it to the kernel."),
	IDLE("incoming_udp_average", LOOP_OWN),
	IDLE("incoming_tcp_average", LOOP_OWN),
	IDLE("incoming_dns_average", LOOP_OWN),
	IDLE("min_udp_poll_cnt", LOOP_OWN),
	IDLE("min_dns_poll_cnt", LOOP_OWN),
	IDLE("min_tcp_poll_cnt", LOOP_OWN),
	IDLE("incoming_icp_average", LOOP_OWN),
	IDLE("incoming_http_average", LOOP_OWN),
	IDLE("min_icp_poll_cnt", LOOP_OWN),
	IDLE("min_http_poll_cnt", LOOP_OWN),

	/* Users. */
	{ .name = "auth_param", .type = DIR_OWN, .mode = LEXER_PLAIN, .at = -1,
	    .parse = authline_param, .rest = true, .many = true,
	  .syntax = "basic file|program|children|realm|credentialsttl|casesensitive|utf8 value",
	  .doc =
	  "How users log in. Of Squid's schemes basic is there; 'file PATH' is an htpasswd file "
	    "that the proxy reads itself." },
	SECONDS("authenticate_ttl", authenticate_ttl_s, "1 hour", 0, 320000000,
	    "How long credentials "
	    "that nobody uses are remembered; used ones are for credentialsttl."),
	SECONDS("authenticate_ip_ttl", authenticate_ip_ttl_s, "1 second", 0, 320000000,
	    "How long max_user_ip remembers a user's address."),
	IDLE("authenticate_cache_garbage_interval",
	    "what is not used any more is dropped as room is "
	    "needed"),
	IDLE_ACLS("auth_schemes", "there is one scheme only"),
	{ .name = "external_acl_type", .type = DIR_OWN, .mode = LEXER_PLAIN, .at = -1,
	    .parse = externalline_type, .many = true,
	  .syntax =
	  "name [ttl=|negative_ttl=|grace=|cache=|children-max=|children-startup=|children-idle="
	    "|concurrency=|queue-size=|protocol=] %code ... program [argument ...]",
	  .doc =
	  "A helper that decides ACLs of type external, in Squid's protocol. Rules without its "
	    "answer fail closed." },

	/* Access rules. */
	{ .name = "acl", .type = DIR_OWN, .at = -1, .parse = aclline_acl, .raw = true, .many = true,
	    .syntax = "name type [option ...] value|\"file\" ...",
	  .doc = "Names a question about a request; further lines with the name add values." },
	RULES("http_access", http_access,
	    "Who may use the proxy for what. Without any line nobody may."),
	RULES("http_reply_access", http_reply_access, "Which answers may go to the client."),
	RULES("miss_access", miss_access, "Who may have things fetched that are not stored."),
	RULES("destination_access", destination_access, "Addresses that the proxy may connect to "
	    "itself, judged after http_access. A stored answer is sent where the address it came from is allowed. "
	    "Without any line: not its own ports, loopback, link-local, unspecified and multicast "
	    "addresses."),
	RULES("follow_x_forwarded_for", follow_x_forwarded_for,
	    "Whose X-Forwarded-For is believed."),
	BOOL("acl_uses_indirect_client", acl_uses_indirect_client, "on",
	    "Rules judge the address found by follow_x_forwarded_for."),
	BOOL("log_uses_indirect_client", log_uses_indirect_client, "on",
	    "Logs show the address found by follow_x_forwarded_for."),
	CHECKED("tproxy_uses_indirect_client", DIR_BOOL, NULL, NO_TPROXY),
	IDLE("delay_pool_uses_indirect_client", NO_DELAY),
	IDLE("adaptation_uses_indirect_client", NO_ADAPT),
	ALIAS("icap_uses_indirect_client", "adaptation_uses_indirect_client"),
	RULES("adapted_http_access", rewrite.adapted,
	    "Judges requests once more, after url_rewrite_program."),
	ALIAS("http_access2", "adapted_http_access"),
	LINES("reply_body_max_size", ruleline_body_max, "size [[!]acl ...]",
	    "Largest answer, for requests that the ACLs match."),
	LINES("deny_info", ruleline_deny_info, "[status:]page|URL|TCP_RESET acl ...",
	    "What is answered when one of these ACLs refused."),
	TEXT("geo_country_file", geo_country_file, NULL, "path",
	    "MaxMind database for src_country and " "dst_country."),
	TEXT("geo_asn_file", geo_asn_file, NULL, "path", "MaxMind database for src_as and dst_as."),
	IDLE_ACLS("ident_lookup_access", "the Ident protocol is not spoken (nor by Squid 7)"),
	IDLE("ident_timeout", "the Ident protocol is not spoken (nor by Squid 7)"),
	IDLE("as_whois_server",
	    "autonomous systems are looked up in a MaxMind database (geo_asn_file)"),
	IDLE("eui_lookup", "hardware addresses are not looked up"),

	/* Limits and times. */
	SIZE("request_header_max_size", request_header_max_size, "byte", "64 KB", 1024, 1 << 20,
	    "Largest head of a request."),
	SIZE("reply_header_max_size", reply_header_max_size, "byte", "64 KB", 1024, 1 << 20,
	    "Largest head of an answer."),
	SIZE("request_body_max_size", request_body_max_size, "byte", "0", 0, UINT64_MAX,
	    "Largest body of a request; 0 is no limit."),
	CHECKED("client_request_buffer_max_size", DIR_SIZE, "byte",
	    "bodies pass through in bounded memory"),
	MS("request_timeout", request_timeout_ms, "5 minutes", 100, 320000000000,
	    "For the whole head of a request, from its first byte."),
	MS("request_start_timeout", request_start_timeout_ms, "5 minutes", 100, 320000000000,
	    "From the connection to the first byte of a request."),
	MS("client_idle_pconn_timeout", client_idle_pconn_timeout_ms, "2 minutes", 100,
	    320000000000, "How long a client connection may wait for its next request."),
	ALIAS("persistent_request_timeout", "client_idle_pconn_timeout"),
	MS("server_idle_pconn_timeout", server_idle_pconn_timeout_ms, "1 minute", 0, 320000000000,
	    "How long an origin connection is kept for another request."),
	ALIAS("pconn_timeout", "server_idle_pconn_timeout"),
	MS("connect_timeout", connect_timeout_ms, "1 minute", 10, 320000000000,
	    "For one attempt to connect."),
	MS("peer_connect_timeout", peer_connect_timeout_ms, "30 seconds", 10, 320000000000,
	    "For one attempt to connect to a peer without connect-timeout= of its own."),
	MS("read_timeout", read_timeout_ms, "15 minutes", 10, 320000000000,
	    "Between two reads from an origin, or from a client that owes it a body."),
	MS("write_timeout", write_timeout_ms, "15 minutes", 10, 320000000000,
	    "Between two writes to a client or an origin."),
	MS("forward_timeout", forward_timeout_ms, "4 minutes", 10, 320000000000,
	    "For finding a way to the origin, all attempts together."),
	MS("client_lifetime", client_lifetime_ms, "1 day", 1000, 320000000000,
	    "Longest life of a client connection that is busy."),
	MS("pconn_lifetime", pconn_lifetime_ms, "0 seconds", 0, 320000000000,
	    "Longest life of a persistent connection; 0 is no limit."),
	NUMBER("forward_max_tries", forward_max_tries, "25", 1, 1000,
	    "Most attempts to connect for one request."),
	NUMBER("connect_retries", connect_retries, "0", 0, 10,
	    "How often all addresses of a server are "
	    "tried once more when none could be connected to."),
	NUMBER("happy_eyeballs_connect_timeout", happy_eyeballs_connect_timeout_ms, "250", 0, 60000,
	    "Milliseconds before the other family of addresses is tried as well (RFC 8305)."),
	NUMBER("happy_eyeballs_connect_gap", happy_eyeballs_connect_gap_ms, "-1", 0, UINT64_MAX,
	    "Least milliseconds between two such second attempts, of all workers together; -1 is no rule."),
	CHECKED("happy_eyeballs_connect_limit", DIR_NUMBER, NULL, "second attempts are limited by "
	    "descriptors alone"),
	BOOL("client_persistent_connections", client_persistent_connections, "on",
	    "Whether client connections are kept."),
	BOOL("server_persistent_connections", server_persistent_connections, "on",
	    "Whether origin connections are kept."),
	BOOL("half_closed_clients", half_closed_clients, "off",
	    "Goes on for a client that closed its direction; off gives the answer a moment only."),
	BOOL("retry_on_error", retry_on_error, "off",
	    "Asks another peer, or the server itself, when "
	    "the answer is 403, 500, 501 or 503; after 502 and 504 it is done in any case."),
	BOOL("detect_broken_pconn", detect_broken_pconn, "off",
	    "Takes an answer without a length, on a "
	    "connection that is said to stay open, for finished after 10 seconds of silence."),
	IDLE("persistent_connection_after_error",
	    "it is HTTP that says whether a connection stays"),
	IDLE_ACLS("server_pconn_for_nonretriable",
	    "requests that are not safe to retry use a fresh "
	    "connection"),
	IDLE("pipeline_prefetch", "requests of one connection are answered one after the other"),
	IDLE("client_db", "counts of clients are kept where a rule needs them"),
	IDLE("ftp_client_idle_timeout", NO_FTP),
	IDLE("dead_peer_timeout", NO_ICP),

	/* Messages. */
	BOOL("via", via, "on", "Whether Via is added."),
	{ .name = "forwarded_for", .type = DIR_CHOICE, .at = IN(forwarded_for),
	    .unit = FORWARDED_WORDS, .value = "on", .other = "transparent",
	    .syntax = FORWARDED_WORDS,
	    .doc =
	    "What becomes of X-Forwarded-For. Another word means transparent, as in Squid." },
	KEPT("uri_whitespace", DIR_CHOICE, "strip|deny|allow|encode|chop", "deny",
	    "an address with a blank in it is always refused, as 'deny' says: a request line put right "
	    "here can mean something else to the next program (RFC 9112, 3.2)"),
	BOOL("check_hostnames", check_hostnames, "off",
	    "Makes allow_underscore count. Whatever it says, "
	    "host names hold nothing but letters, digits, '-', '.' and '_'."),
	BOOL("allow_underscore", allow_underscore, "on", "Whether host names may hold '_', where "
	    "check_hostnames is on."),
	BOOL("request_entities", request_entities, "on",
	    "Whether GET and HEAD may have a body. (As in "
	    "Squid 6; Squid 5 refuses them by default.)"),
	CHECKED("relaxed_header_parser", DIR_CHOICE, "on|off|warn",
	    "malformed heads are always refused"),
	IDLE("ignore_expect_100", "100-continue is passed on, as HTTP/1.1 asks"),
	IDLE_ACLS("force_request_body_continuation", "100-continue is passed on, as HTTP/1.1 asks"),
	IDLE_ACLS("broken_posts", "no extra line end is sent after bodies"),
	IDLE("chunked_request_body_max_size", GONE),
	IDLE("server_http11", "HTTP/1.1 is always spoken"),
	IDLE("upgrade_http0.9", "HTTP/0.9 is not spoken"),
	IDLE("extension_methods", "every method is known"),
	IDLE("broken_vary_encoding", GONE),
	IDLE("cache_vary", GONE),
	IDLE("error_map", GONE),
	IDLE("update_headers", GONE),
	LINES("http_upgrade_request_protocols", ruleline_upgrade,
	    "protocol|OTHER allow|deny [!]acl ...",
	    "Which protocols of Upgrade are relayed. Without "
	    "any line all are."),
	{ .name = "request_header_access", .type = DIR_OWN, .mode = LEXER_FILES, .at = -1,
	    .parse = headerline_request_access, .many = true,
	  .syntax = "field|All|Other allow|deny [!]acl ...",
	  .doc = "Which fields of requests are sent "
	    "on." },
	{ .name = "reply_header_access", .type = DIR_OWN, .mode = LEXER_FILES, .at = -1,
	    .parse = headerline_reply_access, .many = true,
	  .syntax = "field|All|Other allow|deny [!]acl ...",
	  .doc = "Which fields of answers are sent "
	    "on." },
	{ .name = "header_access", .type = DIR_OWN, .mode = LEXER_FILES, .at = -1,
	    .parse = headerline_both_access, .many = true, .tell = TELL_NOTE,
	  .syntax = "field|All|Other allow|deny [!]acl ...",
	    .doc =
	    "an older name for request_header_access and reply_header_access: it is taken as both" },
	{ .name = "request_header_replace", .type = DIR_OWN, .at = -1,
	    .parse = headerline_request_replace, .rest = true, .many = true,
	  .syntax = "field text", .doc = "What a refused field of a request is replaced with." },
	{ .name = "reply_header_replace", .type = DIR_OWN, .at = -1,
	    .parse = headerline_reply_replace, .rest = true, .many = true, .syntax = "field text",
	    .doc = "What a refused field of an answer is replaced with." },
	{ .name = "header_replace", .type = DIR_OWN, .at = -1, .parse = headerline_both_replace,
	    .rest = true, .many = true, .tell = TELL_NOTE,
	  .syntax = "field text", .doc = "an older name for request_header_replace and "
	    "reply_header_replace: it is taken as both" },
	{ .name = "request_header_add", .type = DIR_OWN, .mode = LEXER_QUOTES, .at = -1,
	    .parse = headerline_request_add, .many = true,
	  .syntax = "field format [[!]acl ...]", .doc = "Adds a field to requests." },
	{ .name = "reply_header_add", .type = DIR_OWN, .mode = LEXER_QUOTES, .at = -1,
	    .parse = headerline_reply_add, .many = true,
	  .syntax = "field format [[!]acl ...]", .doc = "Adds a field to answers." },
	{ .name = "note", .type = DIR_OWN, .mode = LEXER_QUOTES, .at = -1, .parse = ruleline_note,
	    .many = true, .syntax = "name format [[!]acl ...]", .doc = "Annotates requests in the "
	    "records (%{name}note); of each name the first line whose ACLs match counts." },
	IDLE("httpd_accel_surrogate_id", "this is not a reverse proxy"),
	IDLE("http_accel_surrogate_remote", "this is not a reverse proxy"),
	IDLE("httpd_accel_no_pmtu_disc", GONE),

	/* Ways to the origin. */
	LINES("cache_peer", peerline_peer, "host parent|sibling port icp-port [option ...]",
	    "Another proxy to go through."),
	{ .name = "cache_peer_access", .type = DIR_OWN, .mode = LEXER_FILES, .at = -1,
	    .parse = peerline_access, .many = true,
	  .syntax = "peer allow|deny [!]acl ...", .doc = "Which requests go to a peer." },
	IDLE_WARN("cache_peer_domain",
	    "it is obsolete, Squid ignores it as well: use cache_peer_access "
	    "with a dstdomain acl"),
	IDLE_WARN("cache_host_domain",
	    "it is obsolete, Squid ignores it as well: use cache_peer_access "
	    "with a dstdomain acl"),
	IDLE("neighbor_type_domain", "the type of a peer is that of its cache_peer line"),
	IDLE("hierarchy_stoplist",
	    "Squid dropped it, too: use always_direct, or nonhierarchical_direct"),
	RULES("always_direct", always_direct, "Requests that never go through a peer."),
	RULES("never_direct", never_direct, "Requests that only go through a peer."),
	BOOL("prefer_direct", prefer_direct, "off",
	    "Goes direct first, and through a peer when that "
	    "fails."),
	BOOL("nonhierarchical_direct", nonhierarchical_direct, "on",
	    "Goes direct with requests that no peer could have stored."),
	LINES("tcp_outgoing_address", ruleline_outgoing_address, "address [[!]acl ...]",
	    "Our address on connections to origins."),
	LINES("tcp_outgoing_tos", ruleline_outgoing_tos, "tos [[!]acl ...]",
	    "TOS of packets to origins."),
	ALIAS("tcp_outgoing_ds", "tcp_outgoing_tos"),
	ALIAS("tcp_outgoing_dscp", "tcp_outgoing_tos"),
	LINES("tcp_outgoing_mark", ruleline_outgoing_mark, "mark [[!]acl ...]",
	    "Netfilter mark of packets to origins."),
	IDLE("balance_on_multiple_ip", GONE),
	IDLE("maximum_single_addr_tries", GONE),

	/* Names. */
	WORDS("dns_nameservers", dns_nameservers, NULL, "address ...",
	    "Servers to ask; without it those of resolv.conf."),
	TEXT("hosts_file", hosts_file, "/etc/hosts", "path|none", "A file of names and addresses."),
	TEXT("append_domain", append_domain, NULL, ".domain",
	    "Is appended to host names without a dot, " "for rules, connections and logs alike."),
	BOOL("dns_defnames", dns_defnames, "off",
	    "Appends the search domains of resolv.conf to names "
	    "without a dot."),
	BOOL("dns_v4_first", dns_v4_first, "off", "Begins with IPv4 where a name has both kinds of "
	    "addresses."),
	KEPT("ignore_unknown_nameservers", DIR_BOOL, NULL, "on",
	    "answers from servers that were not "
	    "asked are always dropped: the DNS library compares their address, number and question"),
	MS("dns_timeout", dns_timeout_ms, "30 seconds", 10, 3600000, "For a whole look-up."),
	MS("dns_retransmit_interval", dns_retransmit_interval_ms, "5 seconds", 10, 3600000,
	    "After which a server is asked again."),
	SECONDS("positive_dns_ttl", positive_dns_ttl_s, "6 hours", 1, 320000000,
	    "Longest time an answer is kept."),
	SECONDS("negative_dns_ttl", negative_dns_ttl_s, "1 minutes", 1, 320000000,
	    "Shortest time a failure is kept."),
	NUMBER("ipcache_size", ipcache_size, "1024", 1, 1 << 24, "Most names kept by a worker."),
	SIZE("dns_packet_max", dns_packet_max, "byte", "0", 0, 65535,
	    "Largest answer by UDP that is offered (EDNS); 0 is off."),
	CHECKED("ipcache_low", DIR_NUMBER, NULL, "the oldest names are dropped as room is needed"),
	CHECKED("ipcache_high", DIR_NUMBER, NULL, "the oldest names are dropped as room is needed"),
	CHECKED("fqdncache_size", DIR_NUMBER, NULL, "names of addresses are kept with the others "
	    "(ipcache_size)"),
	IDLE("dns_multicast_local", "multicast DNS is not spoken"),
	IDLE("dns_v4_fallback", GONE),
	IDLE("dns_testnames", GONE),
	IDLE("cache_dns_program", GONE),
	IDLE("dns_children", GONE),

	/* Error pages. */
	TEXT("error_directory", error_directory, NULL, "path",
	    "Pages of your own, by Squid's names and " "codes."),
	TEXT("err_page_stylesheet", err_page_stylesheet, NULL, "path", "Style sheet of the pages."),
	BOOL("email_err_data", email_err_data, "on", "Puts details into the mail links of pages."),
	IDLE("error_default_language", "the built-in pages are in English"),
	IDLE("error_log_languages", "the built-in pages are in English"),
	IDLE("err_html_text", GONE),
	IDLE("icon_directory", NO_FTP),
	IDLE("global_internal_static", "there are no icons to serve"),
	IDLE("short_icon_urls", "there are no icons to serve"),
	IDLE("mime_table", NO_FTP),

	/* Records. */
	{ .name = "logformat", .type = DIR_OWN, .at = -1, .parse = logline_logformat, .rest = true,
	    .many = true, .syntax = "name text with %codes",
	  .doc = "Names a format for access_log." },
	{ .name = "access_log", .type = DIR_OWN, .mode = LEXER_QUOTES, .at = -1,
	    .parse = logline_access_log, .many = true,
	  .value = "daemon:" LOCALSTATEDIR "/log/sepia/access.log squid",
	  .syntax = "place [logformat=name] [on-error=die|drop] [rotate=N] [[!]acl ...]",
	  .doc =
	  "Where finished requests are recorded: PATH, stdio:PATH, daemon:PATH, user:DIRECTORY "
	    "(one file a user and day), "
	    "syslog:facility.priority, udp:host:port, tcp:host:port, none." },
	ALIAS("cache_access_log", "access_log"),
	RULES("log_access", log_access, "Which requests are recorded."),
	NUMBER("logfile_rotate", logfile_rotate, "0", 0, 1000000,
	    "How many old files -k rotate keeps; " "0: files are only opened anew."),
	BOOL("log_mime_hdrs", log_mime_hdrs, "off",
	    "Adds the heads of request and answer to the squid "
	    "format."),
	BOOL("strip_query_terms", strip_query_terms, "on",
	    "Leaves what follows '?' out of the logs."),
	CHECKED("buffered_logs", DIR_BOOL, NULL,
	    "the logger always writes in batches, and no line waits "
	    "for more than a moment"),
	LINES("emulate_httpd_log", miscline_emulate_httpd, "on|off",
	    "Older: logs without a format are in the common format."),
	LINES("client_netmask", miscline_client_netmask, "mask",
	    "How much of client addresses is recorded: "
	    "255.255.255.0 leaves the last number out. IPv6 addresses then lose their last 64 bits, or what "
	    "a second line with a mask of theirs says."),
	IDLE_ACLS("stats_collection", "statistics are made from the records"),
	IDLE("logfile_daemon", "the logger is a part of the proxy"),
	IDLE("cache_store_log", "what was stored or sent from the store is told by the access log"),
	IDLE("cache_swap_state", "the index stands beside the store's file"),
	ALIAS("cache_swap_log", "cache_swap_state"),
	IDLE("log_icp_queries", NO_ICP),
	IDLE_ACLS("icap_log", NO_ICAP),
	IDLE("log_icap", NO_ICAP),
	IDLE("cache_log_message", "every message of the program is told"),
	IDLE("log_fqdn", "Squid dropped it, too: use a logformat with %>A"),
	IDLE("log_ip_on_direct", GONE),
	IDLE("forward_log", "Squid dropped it, too: use access_log with a logformat"),
	IDLE("referer_log", "Squid dropped it, too: use access_log with the format referrer"),
	ALIAS("referrer_log", "referer_log"),
	IDLE("useragent_log", "Squid dropped it, too: use access_log with the format useragent"),
	IDLE("tls_key_log", NO_TLS_OUT),

	/* The cache. */
	{ .name = "cache_dir", .type = DIR_OWN, .mode = LEXER_QUOTES, .at = -1,
	    .parse = cacheline_cache_dir, .many = true,
	    .syntax =
	    "ufs|aufs|diskd|rock|sepia directory MB [L1 L2] [min-size=bytes] [max-size=bytes] [no-store]",
	    .doc =
	    "A directory with a store of so many megabytes; without any, nothing is stored. All kinds mean "
	    "the same store." },
	RULES("cache", cache,
	    "Which requests may be answered from the cache and their answers stored."),
	ALIAS("no_cache", "cache"),
	RULES("send_hit", send_hit, "Which stored answers may be sent; may look at the answer."),
	RULES("store_miss", store_miss, "Which answers may be stored; may look at the answer."),
	SIZE("maximum_object_size", maximum_object_size, "byte", "4 MB", 0, UINT64_MAX,
	    "Largest body that is stored, where cache_dir has no max-size=."),
	SIZE("minimum_object_size", minimum_object_size, "byte", "0 bytes", 0, 1ull << 42,
	    "Smallest body that is stored, where cache_dir has no min-size=."),
	SIZE("store_avg_object_size", store_avg_object_size, "byte", "8 KB", 512, 1 << 30,
	    "What bodies measure on average: sizes the index of a store (16 bytes an object). Of small "
	    "ones it has room for a million in any case, or for one a KB."),
	LINES("refresh_pattern", refreshline_pattern, "[-i] regex min percent max [option ...]",
	    "For how many minutes answers stay fresh that do not say it. The first expression that "
	    "the address matches counts; without any, 0 20% 4320."),
	SECONDS("minimum_expiry_time", minimum_expiry_time_s, "0 seconds", 0, 320000000,
	    "What cannot be validated must be fresh for so long to be stored. Squid's 60 seconds have no "
	    "effect there: it takes Date for a validator."),
	SECONDS("negative_ttl", negative_ttl_s, "0 seconds", 0, 320000000,
	    "How long failures (404, 502 ...) are stored that do not say it themselves."),
	SECONDS("max_stale", max_stale_s, "1 week", 0, 3155760000,
	    "How stale an answer may be that is sent when validation fails."),
	BOOL("vary_ignore_expire", vary_ignore_expire, "off",
	    "Takes an Expires that equals Date for " "none, in answers with Vary."),
	BOOL("offline_mode", offline_mode, "off", "Never validates what is stored."),
	BOOL("reload_into_ims", reload_into_ims, "off", "Makes a validation of a client's reload."),
	BOOL("refresh_all_ims", refresh_all_ims, "off",
	    "Validates at every If-Modified-Since of a client."),
	BOOL("cache_miss_revalidate", cache_miss_revalidate, "on",
	    "Passes a client's condition to the "
	    "server when nothing is stored; off asks for the whole answer, to store it."),
	BOOL("collapsed_forwarding", collapsed_forwarding, "off",
	    "Requests for what is being fetched " "wait for it, in all workers."),
	RULES("collapsed_forwarding_access", collapsed_forwarding_access, "Which requests do so."),
	LINES("range_offset_limit", ruleline_range_offset, "size [[!]acl ...]",
	    "How far into a body a "
	    "range may begin for the whole of it to be fetched and stored; none is any distance."),
	{ .name = "quick_abort_min", .type = DIR_OWN, .at = IN(quick_abort_min),
	    .parse = cacheline_quick_abort, .value = "16 KB", .syntax = "size",
	    .doc =
	    "A fetch whose clients have gone goes on if less than this is left; -1: always." },
	{ .name = "quick_abort_max", .type = DIR_OWN, .at = IN(quick_abort_max),
	    .parse = cacheline_quick_abort, .value = "16 KB", .syntax = "size",
	    .doc = "It ends if more than this is left." },
	NUMBER("quick_abort_pct", quick_abort_pct, "95", 0, 100,
	    "It goes on if more than so many percent " "have come."),
	HELPER("store_id_program", urlhelperline_program, store_id, "command [argument ...]",
	    "A helper that names " "what is stored another way than by its address."),
	ALIAS("storeurl_rewrite_program", "store_id_program"),
	{ .name = "store_id_extras", .type = DIR_OWN, .mode = LEXER_QUOTES,
	    .at = IN(store_id),
	    .parse = urlhelperline_extras, .value = "\"%>a/%>A %un %>rm myip=%la myport=%lp\"",
	  .syntax = "format", .doc = "What it is told behind the address." },
	HELPER("store_id_children", urlhelperline_children, store_id,
	    "number [startup=N] [idle=N] [concurrency=N] " "[queue-size=N]",
	    "How many of it run in a worker."),
	ALIAS("storeurl_rewrite_children", "store_id_children"),
	HELPER("storeurl_rewrite_concurrency", urlhelperline_concurrency, store_id, "number",
	    "Older: concurrency= of store_id_children."),
	RULES("store_id_access", store_id.access, "Which requests it is asked about."),
	ALIAS("storeurl_access", "store_id_access"),
	ALIAS("storeurl_rewrite_access", "store_id_access"),
	ALIAS("storeurl_rewriter_access", "store_id_access"),
	BOOL("store_id_bypass", store_id.bypass, "on", "Goes on without it when all are busy."),
	ALIAS("storeurl_rewrite_bypass", "store_id_bypass"),
	/* without effect, but cacheline.c has to know that objects were to be kept */
	{ .name = "cache_mem", .type = DIR_SIZE, .at = IN(cache_mem), .unit = "byte",
	    .value = "256 MB", .idle = true, .tell = TELL_NOTE, .doc = PAGE_CACHE },
	CHECKED("maximum_object_size_in_memory", DIR_SIZE, "byte", PAGE_CACHE),
	IDLE("memory_cache_shared", PAGE_CACHE),
	CHECKED("memory_cache_mode", DIR_CHOICE, "always|disk|network|never", PAGE_CACHE),
	IDLE("memory_replacement_policy", PAGE_CACHE),
	IDLE("cache_replacement_policy",
	    "space is reclaimed in the order of writing, and what was asked for "
	    "since is written anew: as good as LRU or better"),
	IDLE("store_dir_select_algorithm",
	    "a body goes to a cache_dir by its key and size, in proportion to "
	    "the room"),
	IDLE("max_open_disk_fds", "a cache_dir is two open files, however many objects it holds"),
	CHECKED("cache_swap_low", DIR_NUMBER, NULL, SWAP_MARKS),
	CHECKED("cache_swap_high", DIR_NUMBER, NULL, SWAP_MARKS),
	CHECKED("read_ahead_gap", DIR_SIZE, "byte",
	    "what is stored is read at the server's speed, what is not "
	    "no faster than its client takes it"),
	CHECKED("store_objects_per_bucket", DIR_NUMBER, NULL,
	    "a bucket of the index is a cache line"),
	IDLE("shared_transient_entries_limit",
	    "the table of what is being fetched has room for 1024 a worker"),
	ALIAS("collapsed_forwarding_shared_entries_limit", "shared_transient_entries_limit"),
	IDLE("ignore_ims_on_miss", "Squid renamed it: cache_miss_revalidate off"),
	CHECKED("paranoid_hit_validation", DIR_MS, "millisecond",
	    "a hit is always compared with its checksum " "and its key"),
	IDLE("ie_refresh", GONE),
	IDLE("refresh_stale_hit", GONE),
	IDLE("external_refresh_check", GONE),
	IDLE("zero_buffers", GONE),
	IDLE("diskd_program", "no program stands between the workers and the store"),
	IDLE("unlinkd_program", "the store is one file: nothing is unlinked"),
	IDLE("esi_parser", "ESI is not processed (nor by Squid 7)"),

	/* Rewriting and content filters. */
	HELPER("url_rewrite_program", urlhelperline_program, rewrite.helper, "command [argument ...]",
	    "A helper that sends requests to another address, or clients."),
	ALIAS("redirect_program", "url_rewrite_program"),
	HELPER("url_rewrite_children", urlhelperline_children, rewrite.helper,
	    "number [startup=N] [idle=N] [concurrency=N] [queue-size=N] "
	    "[on-persistent-overload=ERR|die]", "How many of it run in a worker."),
	ALIAS("redirect_children", "url_rewrite_children"),
	HELPER("url_rewrite_concurrency", urlhelperline_concurrency, rewrite.helper, "number",
	    "Older: concurrency= of url_rewrite_children."),
	ALIAS("redirect_concurrency", "url_rewrite_concurrency"),
	RULES("url_rewrite_access", rewrite.helper.access, "Which requests it is asked about."),
	ALIAS("redirector_access", "url_rewrite_access"),
	BOOL("url_rewrite_bypass", rewrite.helper.bypass, "off",
	    "Goes on without it when all are busy, or it fails."),
	ALIAS("redirector_bypass", "url_rewrite_bypass"),
	BOOL("url_rewrite_host_header", rewrite.host_header, "on",
	    "Host is made of the new address."),
	ALIAS("redirect_rewrites_host_header", "url_rewrite_host_header"),
	{ .name = "url_rewrite_extras", .type = DIR_OWN, .mode = LEXER_QUOTES,
	    .at = IN(rewrite.helper),
	    .parse = urlhelperline_extras, .value = "\"%>a/%>A %un %>rm myip=%la myport=%lp\"",
	  .syntax = "format", .doc = "What it is told behind the address." },
	{ .name = "url_rewrite_timeout", .type = DIR_OWN, .at = -1, .rest = true,
	    .parse = urlhelperline_timeout,
	  .syntax = "time on_timeout=bypass|fail|retry|use_configured_response [response=\"...\"]",
	  .doc = "How long it may take to answer, and what is done then." },
	IDLE("location_rewrite_program", GONE),
	IDLE("location_rewrite_children", GONE),
	IDLE("location_rewrite_concurrency", GONE),
	IDLE_ACLS("location_rewrite_access", GONE),
	LINES("icap_enable", filterline_icap_enable, "on|off",
	    "Whether traffic passes ICAP services: "
	    "refused when on with an adaptation_access that allows."),
	LINES("ecap_enable", filterline_ecap_enable, "on|off", "The same for eCAP."),
	CHECKED_LINE("icap_service", filterline_service, NO_ICAP),
	CHECKED_LINE("ecap_service", filterline_service, NO_ECAP),
	CHECKED_LINE("adaptation_access", filterline_access, NO_ADAPT),
	CHECKED_LINE("icap_access", filterline_access, NO_ICAP),
	IDLE("icap_class", NO_ICAP),
	IDLE("icap_connect_timeout", NO_ICAP),
	IDLE("icap_io_timeout", NO_ICAP),
	IDLE("icap_service_failure_limit", NO_ICAP),
	IDLE("icap_service_revival_delay", NO_ICAP),
	IDLE("icap_preview_enable", NO_ICAP),
	IDLE("icap_preview_size", NO_ICAP),
	IDLE("icap_206_enable", NO_ICAP),
	IDLE("icap_default_options_ttl", NO_ICAP),
	IDLE("icap_persistent_connections", NO_ICAP),
	IDLE("icap_client_username_header", NO_ICAP),
	IDLE("icap_client_username_encode", NO_ICAP),
	IDLE_ACLS("icap_retry", NO_ICAP),
	IDLE("icap_retry_limit", NO_ICAP),
	IDLE("adaptation_service_set", NO_ADAPT),
	IDLE("adaptation_service_chain", NO_ADAPT),
	IDLE("adaptation_send_client_ip", NO_ADAPT),
	ALIAS("icap_send_client_ip", "adaptation_send_client_ip"),
	IDLE("adaptation_send_username", NO_ADAPT),
	ALIAS("icap_send_client_username", "adaptation_send_username"),
	IDLE("adaptation_service_iteration_limit", NO_ADAPT),
	IDLE("adaptation_masterx_shared_names", NO_ADAPT),
	IDLE_ACLS("adaptation_meta", NO_ADAPT),

	/* TLS. */
	CHECKED_LINE("ssl_bump", filterline_ssl_bump, NO_BUMP),
	IDLE("tls_outgoing_options", NO_TLS_OUT),
	IDLE("sslproxy_cafile", NO_TLS_OUT),
	IDLE("sslproxy_capath", NO_TLS_OUT),
	IDLE("sslproxy_cipher", NO_TLS_OUT),
	IDLE("sslproxy_client_certificate", NO_TLS_OUT),
	IDLE("sslproxy_client_key", NO_TLS_OUT),
	IDLE("sslproxy_flags", NO_TLS_OUT),
	IDLE("sslproxy_options", NO_TLS_OUT),
	IDLE("sslproxy_version", NO_TLS_OUT),
	IDLE("sslproxy_session_ttl", NO_TLS_OUT),
	IDLE("sslproxy_session_cache_size", NO_TLS_OUT),
	IDLE("sslproxy_foreign_intermediate_certs", NO_TLS_OUT),
	IDLE("sslproxy_cert_sign_hash", NO_BUMP),
	IDLE_ACLS("sslproxy_cert_error", NO_TLS_OUT),
	IDLE_ACLS("sslproxy_cert_sign", NO_BUMP),
	IDLE_ACLS("sslproxy_cert_adapt", NO_BUMP),
	IDLE("sslpassword_program", NO_TLS_OUT),
	IDLE("sslcrtd_program", NO_BUMP),
	IDLE("sslcrtd_children", NO_BUMP),
	IDLE("sslcrtvalidator_program", NO_TLS_OUT),
	IDLE("sslcrtvalidator_children", NO_TLS_OUT),
	IDLE("ssl_unclean_shutdown", GONE),
	IDLE("ssl_engine", NO_TLS_OUT),

	/* Bandwidth. */
	IDLE("delay_pools", NO_DELAY),
	IDLE("delay_class", NO_DELAY),
	IDLE_ACLS("delay_access", NO_DELAY),
	IDLE("delay_parameters", NO_DELAY),
	IDLE("delay_initial_bucket_level", NO_DELAY),
	IDLE("client_delay_pools", NO_DELAY),
	IDLE("client_delay_initial_bucket_level", NO_DELAY),
	IDLE("client_delay_parameters", NO_DELAY),
	IDLE_ACLS("client_delay_access", NO_DELAY),
	IDLE("response_delay_pool", NO_DELAY),
	IDLE_ACLS("response_delay_pool_access", NO_DELAY),

	/* Protocols between caches and for management. */
	IDLE("icp_port", NO_ICP),
	ALIAS("udp_port", "icp_port"),
	IDLE_ACLS("icp_access", NO_ICP),
	IDLE("icp_hit_stale", NO_ICP),
	IDLE("icp_query_timeout", NO_ICP),
	IDLE("maximum_icp_query_timeout", NO_ICP),
	IDLE("minimum_icp_query_timeout", NO_ICP),
	IDLE("mcast_icp_query_timeout", NO_ICP),
	IDLE("mcast_groups", NO_ICP),
	IDLE("mcast_miss_addr", NO_ICP),
	IDLE("mcast_miss_ttl", NO_ICP),
	IDLE("mcast_miss_port", NO_ICP),
	IDLE("mcast_miss_encode_key", NO_ICP),
	IDLE("udp_incoming_address", NO_ICP),
	IDLE("udp_outgoing_address", NO_ICP),
	IDLE("background_ping_rate", NO_ICP),
	IDLE("htcp_port", NO_HTCP),
	IDLE_ACLS("htcp_access", NO_HTCP),
	IDLE_ACLS("htcp_clr_access", NO_HTCP),
	IDLE("snmp_port", NO_SNMP),
	IDLE_ACLS("snmp_access", NO_SNMP),
	IDLE("snmp_incoming_address", NO_SNMP),
	IDLE("snmp_outgoing_address", NO_SNMP),
	IDLE("digest_generation", NO_DIGESTS),
	IDLE("digest_bits_per_entry", NO_DIGESTS),
	IDLE("digest_rebuild_period", NO_DIGESTS),
	IDLE("digest_rewrite_period", NO_DIGESTS),
	IDLE("digest_swapout_chunk_size", NO_DIGESTS),
	IDLE("digest_rebuild_chunk_percentage", NO_DIGESTS),
	IDLE("minimum_direct_hops", NO_NETDB),
	IDLE("minimum_direct_rtt", NO_NETDB),
	IDLE("netdb_low", NO_NETDB),
	IDLE("netdb_high", NO_NETDB),
	IDLE("netdb_ping_period", NO_NETDB),
	IDLE("netdb_filename", NO_NETDB),
	IDLE("query_icmp", NO_NETDB),
	IDLE("test_reachability", NO_NETDB),
	IDLE("pinger_program", NO_NETDB),
	IDLE("pinger_enable", NO_NETDB),
	IDLE("wccp_router", NO_WCCP),
	IDLE("wccp_version", NO_WCCP),
	IDLE("wccp_address", NO_WCCP),
	IDLE("wccp2_router", NO_WCCP),
	IDLE("wccp2_address", NO_WCCP),
	IDLE("wccp2_rebuild_wait", NO_WCCP),
	IDLE("wccp2_forwarding_method", NO_WCCP),
	IDLE("wccp2_return_method", NO_WCCP),
	IDLE("wccp2_assignment_method", NO_WCCP),
	IDLE("wccp2_service", NO_WCCP),
	IDLE("wccp2_service_info", NO_WCCP),
	IDLE("wccp2_weight", NO_WCCP),
	IDLE("cachemgr_passwd", NO_MANAGER),
	IDLE("ftp_user", NO_FTP),
	IDLE("ftp_passive", NO_FTP),
	IDLE("ftp_epsv", NO_FTP),
	IDLE("ftp_epsv_all", NO_FTP),
	IDLE("ftp_eprt", NO_FTP),
	IDLE("ftp_sanitycheck", NO_FTP),
	IDLE("ftp_telnet_protocol", NO_FTP),
	IDLE("ftp_list_width", NO_FTP),
	IDLE("wais_relay_host", GONE),
	IDLE("wais_relay_port", GONE),
	IDLE("incoming_rate", GONE),
	IDLE("zph_mode", GONE),
	IDLE("zph_local", GONE),
	IDLE("zph_sibling", GONE),
	IDLE("zph_parent", GONE),
	IDLE("zph_option", GONE),

	/* Our own. */
#define OWN .own = true
	{ .name = "request_line_max_size", .type = DIR_SIZE, .at = IN(request_line_max),
	    .unit = "byte", .value = "16 KB", .min = 1024, .max = 1 << 20,
	  .syntax = "size", .doc = "Longest request line.", OWN },
	{ .name = "header_max_fields", .type = DIR_NUMBER, .at = IN(header_fields_max),
	    .value = "256", .min = 16, .max = 8192, .syntax = "number",
	    .doc = "Most fields in a head.", OWN },
	{ .name = "reload_lifetime", .type = DIR_MS, .at = IN(reload_lifetime_ms), .unit = "second",
	    .value = "1 hour", .min = 0, .max = 320000000000,
	  .syntax = "time",
	  .doc = "How long workers of the former configuration may go on with their "
	    "requests and tunnels.", OWN },
	{ .name = "tunnel_idle_timeout", .type = DIR_MS, .at = IN(tunnel_idle_timeout_ms),
	    .unit = "second", .min = 100, .max = 320000000000,
	  .syntax = "time", .doc = "How long a tunnel may be silent; without it read_timeout.",
	  OWN },
	{ .name = "tunnel_interim_interval", .type = DIR_MS, .at = IN(interim_interval_ms),
	    .unit = "second", .value = "15 minutes", .min = 0, .max = 320000000000,
	  .syntax = "time", .doc = "How often a tunnel that stays open is recorded; 0 is never.",
	  OWN },
	{ .name = "pconn_per_host", .type = DIR_NUMBER, .at = IN(pconn_per_host), .value = "256",
	    .min = 0, .max = 65535,
	  .syntax = "number", .doc = "Most idle connections to one origin kept by a worker.", OWN },
	{ .name = "pconn_total", .type = DIR_NUMBER, .at = IN(pconn_total), .value = "4096",
	    .min = 0, .max = 1 << 20, .syntax = "number",
	    .doc = "Most idle connections to origins kept by a worker.", OWN },
	{ .name = "transaction_memory_max", .type = DIR_SIZE, .at = IN(txn_memory_max),
	    .unit = "byte", .value = "1 MB", .min = 65536, .max = 1 << 30, .syntax = "size",
	    .doc = "Most memory of one request, buffers of its bodies apart.", OWN },
	{ .name = "log_ring_size", .type = DIR_SIZE, .at = IN(log_ring_size), .unit = "byte",
	    .value = "4 MB", .min = 65536, .max = 1 << 30,
	  .syntax = "size", .doc = "Records of a worker that may wait for the logger.", OWN },
	{ .name = "run_dir", .type = DIR_TEXT, .mode = LEXER_QUOTES, .at = IN(run_dir),
	    .value = RUNSTATEDIR "/sepia",
	    .syntax = "path",
	  .doc = "Directory for files of the running proxy.", OWN },
	{ .name = "pac_proxy", .type = DIR_OWN, .at = -1, .parse = miscline_pac_proxy, .many = true,
	    .syntax = "[kind] host:port|this ...",
	  .doc = "Proxies that the PAC file names, in their order; without any, this one.", OWN },
	{ .name = "pac_direct", .type = DIR_OWN, .mode = LEXER_FILES, .at = -1,
	    .parse = miscline_pac_direct, .many = true, .syntax = "domain|network ...",
	  .doc = "What browsers with the PAC file fetch without a proxy.", OWN },
	{ .name = "pac_failover", .type = DIR_OWN, .at = -1, .parse = miscline_pac_failover,
	    .syntax = "direct|none",
	  .doc = "What browsers do when no proxy of the PAC file answers.", OWN },
};

const size_t	 directives_count = COUNT_OF(directives);
