/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a configuration: reads all of it, applies the defaults of what it does not say, compiles
 * what others need, checks what concerns several lines. Runs in the master before it forks, and
 * in -k parse and explain.
 */
#include "conf/conf.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "acl/external.h"
#include "acl/rules.h"
#include "admin/errorpage.h"
#include "admin/pac.h"
#include "auth/auth.h"
#include "auth/htpasswd.h"
#include "base/mem.h"
#include "base/must.h"
#include "cache/refreshpat.h"
#include "conf/parsers.h"
#include "conf/reader.h"
#include "conf/values.h"
#include "core/format.h"
#include "core/via.h"
#include "http/target.h"

static const char	 guard_text[] =
    "destination_access deny to_self\n"
    "destination_access deny to_localhost\n"
    "destination_access deny to_linklocal\n"
    "destination_access deny to_nowhere\n"
    "destination_access allow all\n";

static uint64_t
cores(void)
{
	cpu_set_t	 set;
	int		 n = 0;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		n = CPU_COUNT(&set);
	return n > 0 ? (uint64_t)n : 1;
}

/* Every row that no line used gets its default text. */
static void
apply_defaults(struct loader *l)
{
	char	 line[512];

	l->defaults = true;
	for (size_t i = 0; i < directives_count; i++) {
		const struct directive	*r = &directives[i];
		int			 n;

		if (l->seen[i] || r->value == NULL || r->type == DIR_IDLE || r->type == DIR_ALIAS ||
		    (r->at < 0 && r->type != DIR_OWN))
			continue;
		n = snprintf(line, sizeof line, "%s %s\n", r->name, r->value);
		MUST(n > 0 && (size_t)n < sizeof line);
		loader_text(l, "(default)", span_at(line, (size_t)n));
	}
}

static bool
used(const struct loader *l, const char *name)
{
	return l->seen[directives_index(directives_find(span_of(name)))];
}

/* Where a directive was used first. */
static struct diag_place
where(const struct loader *l, const char *name)
{
	size_t	 i = directives_index(directives_find(span_of(name)));

	return l->seen[i] ? l->first[i] : (struct diag_place){ l->s->path, 0, 0 };
}

static bool
plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    strchr("-._:[]", c) != NULL;
}

/*
 * It goes into fields and pages: letters, digits, and what else stands in host names; in place of
 * other bytes a dash.
 */
static const char *
fit_name(struct loader *l, const char *directive, const char *name)
{
	char	*fit = loader_get(l, strlen(name) + 1);

	for (size_t i = 0; name[i] != '\0'; i++)
		fit[i] = plain(name[i]) ? name[i] : '-';
	if (strcmp(fit, name) == 0)
		return name;
	diag_warn(l->d, where(l, directive), "%s: '%s' is no host name: '%s' is used", directive,
	    name, fit);
	return fit;
}

/* What is no address is left out, as Squid does; without any, resolv.conf is asked. */
static void
check_nameservers(struct loader *l)
{
	const char	**to = l->s->dns_nameservers;
	struct span	  host;
	struct addr	  addr;
	bool		  literal;
	uint16_t	  port;

	for (const char **p = to; p != NULL && *p != NULL; p++) {
		struct span	 w = span_of(*p);

		if (values_addr(w, &addr) ||
		    (values_hostport(w, &host, &addr, &literal, &port) && literal))
			*to++ = *p;
		else
			diag_warn(l->d, where(l, "dns_nameservers"),
			    "dns_nameservers: '%s' is not an address: it is left out", *p);
	}
	if (to != NULL)
		*to = NULL;
	if (to == l->s->dns_nameservers)
		l->s->dns_nameservers = NULL;
}

/* It becomes part of canonical names: it must be one, behind its dot. */
static void
check_append_domain(struct loader *l)
{
	const char	*domain = l->s->append_domain;
	struct target	 g;

	if (domain == NULL)
		return;
	if (domain[0] != '.' || target_host(&g, span_of(domain + 1), &l->s->arena) != TARGET_OK ||
	    g.is_addr) {
		diag_error(l->d, where(l, "append_domain"),
		    "append_domain: '%s' is no domain with a dot in front", domain);
		return;
	}
	l->s->append_domain = arena_printf(&l->s->arena, ".%.*s", SPAN_ARG(g.host)).p;
}

static void
set_names(struct loader *l)
{
	struct settings	*s = l->s;
	char		 host[256];

	if (gethostname(host, sizeof host) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	host[sizeof host - 1] = '\0';
	if (s->visible_hostname == NULL)
		s->visible_hostname = loader_str(l, span_of(host));
	s->visible_hostname = fit_name(l, "visible_hostname", s->visible_hostname);
	if (s->unique_hostname != NULL)
		s->unique_hostname = fit_name(l, "unique_hostname", s->unique_hostname);
	else
		s->unique_hostname = s->visible_hostname;
	via_settle(s);
	cachestatus_settle(&s->cachestatus, span_of(s->visible_hostname), &s->arena);
	check_append_domain(l);
	if (s->hostname_aliases == NULL)
		s->hostname_aliases = loader_get(l, sizeof *s->hostname_aliases);
}

/* Members whose default is another member's value or depends on the machine. */
static void
set_dependent(struct loader *l)
{
	struct settings	*s = l->s;

	/* Squid takes "stdio:" there, too */
	if (s->cache_log != NULL && strncmp(s->cache_log, "stdio:", 6) == 0)
		s->cache_log += 6;
	if (s->workers == 0)
		s->workers = cores();
	if (!used(l, "tunnel_idle_timeout"))
		s->tunnel_idle_timeout_ms = s->read_timeout_ms;
	if (s->pconn_lifetime_ms == 0)
		s->pconn_lifetime_ms = UINT64_MAX;
	if (s->request_body_max_size == 0)	/* Squid: 0 is no limit */
		s->request_body_max_size = UINT64_MAX;
	s->destination_default = !used(l, "destination_access");
	if (s->destination_default)
		loader_text(l, "(default)", span_at(guard_text, sizeof guard_text - 1));
	if (!used(l, "http_access"))
		diag_warn(l->d, (struct diag_place){ s->path, 0, 0 },
		    "there is no http_access line: " "every request is refused");
}

/* The address by which browsers reach this proxy. */
static struct span
own_address(struct loader *l)
{
	const struct port	*p = l->s->ports;
	char			 text[ADDR_TEXT];

	if (l->s->n_ports == 0)
		return SPAN_NONE;
	if (!p->v6_any && !addr_is_any(&p->addr))
		return arena_printf(&l->s->arena, "%s", addr_print_port(&p->addr, text));
	return arena_printf(&l->s->arena, "%s:%u", l->s->visible_hostname, p->addr.port);
}

static void
make_pac(struct loader *l)
{
	struct pac_input	 in = { l->pac_proxies, l->n_pac_proxies, l->pac_direct,
	    l->n_pac_direct, l->pac_failover, own_address(l) };

	for (size_t i = 0; i < l->n_pac_proxies; i++)
		if (span_is(l->pac_proxies[i].text, "this"))
			l->pac_proxies[i].text = in.fallback;
	l->s->pac = pac_build(&in, &l->s->arena, l->d);
}

static void
finish(struct loader *l)
{
	apply_defaults(l);
	set_names(l);
	set_dependent(l);
	check_nameservers(l);
	portline_finish(l);
	peerline_finish(l);
	logline_finish(l);
	authline_finish(l);
	filterline_finish(l);
	urlhelperline_finish(l);
	cacheline_finish(l);
	refreshline_finish(l);
	ruleline_lint(l);
	if (l->s->geo_country_file != NULL)
		acl_geo_file(l->s->acls, ACL_GEO_COUNTRY, l->s->geo_country_file);
	if (l->s->geo_asn_file != NULL)
		acl_geo_file(l->s->acls, ACL_GEO_ASN, l->s->geo_asn_file);
	acl_set_seal(l->s->acls, l->d);
	make_pac(l);
	if (l->d->errors == 0)
		errorpage_load(l->s, l->d);
}

static struct settings *
load(const char *path, const struct span *text, uint64_t generation, struct diag *d)
{
	struct settings		*s = mem_zero(sizeof *s);
	struct loader		 l = { .s = s, .d = d };
	unsigned		 before = d->errors;

	arena_init(&s->arena, SIZE_MAX / 2);
	s->acls = acl_set_new();
	s->generation = generation;
	s->path = loader_str(&l, span_of(path));
	s->places = loader_get(&l, directives_count * sizeof *s->places);
	s->refresh = refreshpat_new();
	s->store_id.children = s->rewrite.helper.children = 20;
	s->store_id.idle = s->rewrite.helper.idle = 1;
	auth_defaults(&s->basic);
	l.seen = mem_zero(directives_count * sizeof *l.seen);
	l.told = mem_zero(directives_count * sizeof *l.told);
	l.first = mem_zero(directives_count * sizeof *l.first);
	ruleline_start(&l);
	if (text != NULL)
		reader_text(&l, s->path, *text, 0);
	if (text != NULL || reader_file(&l, s->path, 0, (struct diag_place){ s->path, 0, 0 }))
		finish(&l);
	free(l.seen);
	free(l.told);
	free(l.first);
	free(l.words);
	free(l.starts);
	if (d->errors > before)
		conf_free(&s);
	return s;
}

struct settings *
conf_load(const char *path, uint64_t generation, struct diag *d)
{
	return load(path, NULL, generation, d);
}

struct settings *
conf_load_text(const char *path, struct span text, uint64_t generation, struct diag *d)
{
	return load(path, &text, generation, d);
}

static struct diag_place
place_of(const struct settings *s, struct span directive)
{
	const struct directive	*r = directives_find(directive);

	MUST(r != NULL);
	if (s->places[directives_index(r)].line == 0)
		return (struct diag_place){ s->path, 0, 0 };
	return s->places[directives_index(r)];
}

struct diag_place
conf_place(const struct settings *s, const char *directive)
{
	return place_of(s, span_of(directive));
}

void
conf_blame(const struct settings *s, const char *why, struct diag *d)
{
	diag_error(d, place_of(s, span_at(why, strcspn(why, ": "))), "%s", why);
}

void
conf_complain(const struct settings *s, const char *why)
{
	struct diag	 d;

	diag_init(&d);
	conf_blame(s, why, &d);
	diag_print(&d, stderr);
	diag_free(&d);
}

static void
free_header_rules(struct header_rules *h)
{
	for (size_t i = 0; i < h->n; i++)
		rules_free(&h->list[i].rules);
}

static void
free_header_adds(struct header_add *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		format_free(&h[i].value);
		cond_free(&h[i].when);
	}
}

static void
free_nums(struct cond_num *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cond_free(&c[i].when);
}

static void
free_lists(struct settings *s)
{
	struct rules	**const lists[] = { &s->http_access, &s->http_reply_access, &s->miss_access,
	    &s->cache, &s->always_direct,
		&s->never_direct, &s->destination_access, &s->log_access,
		    &s->follow_x_forwarded_for,
		&s->send_hit, &s->store_miss, &s->collapsed_forwarding_access,
		    &s->store_id.access, &s->rewrite.helper.access, &s->rewrite.adapted };

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		rules_free(lists[i]);
	for (size_t i = 0; i < s->n_upgrades; i++)
		rules_free(&s->upgrades[i].rules);
	for (size_t i = 0; i < s->n_peers; i++)
		rules_free(&s->peers[i].access);
}

void
conf_free(struct settings **sp)
{
	struct settings	*s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	errorpage_free(s);
	htpasswd_free(&s->htpasswd);
	free_lists(s);
	free_header_rules(&s->request_header_access);
	free_header_rules(&s->reply_header_access);
	free_header_adds(s->request_header_add, s->n_request_header_add);
	free_header_adds(s->reply_header_add, s->n_reply_header_add);
	free_nums(s->reply_body_max_size, s->n_reply_body_max_size);
	free_nums(s->range_offset_limit, s->n_range_offset_limit);
	refreshpat_free(&s->refresh);
	format_free(&s->store_id.extras);
	format_free(&s->rewrite.helper.extras);
	free_nums(s->tcp_outgoing_tos, s->n_tcp_outgoing_tos);
	free_nums(s->tcp_outgoing_mark, s->n_tcp_outgoing_mark);
	for (size_t i = 0; i < s->n_tcp_outgoing_address; i++)
		cond_free(&s->tcp_outgoing_address[i].when);
	for (size_t i = 0; i < s->n_externals; i++)
		for (size_t k = 0; k < s->externals[i]->n_items; k++)
			format_free(&s->externals[i]->items[k].format);
	for (size_t i = 0; i < s->n_notes; i++) {
		format_free(&s->notes[i].value);
		cond_free(&s->notes[i].when);
	}
	for (size_t i = 0; i < s->n_logs; i++)
		cond_free(&s->logs[i].when);
	for (size_t i = 0; i < s->n_formats; i++)
		format_free(&s->formats[i]);
	acl_set_free(&s->acls);
	arena_reset(&s->arena);
	free(s);
}
