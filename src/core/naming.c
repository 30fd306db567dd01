/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts of targets, as the settings want them. In workers, and in -k explain. */
#include "core/naming.h"

#include "http/host.h"

enum target_result
naming_complete(const struct settings *s, struct target *g, struct arena *a)
{
	struct span	 domain = span_of(s->append_domain), whole;

	if (domain.n == 0 || g->is_addr || g->host.n == 0 || span_find(g->host, '.') >= 0)
		return TARGET_OK;
	if (g->host.n + domain.n > HOST_MAX)
		return TARGET_BAD_HOST;
	whole = arena_printf(a, "%.*s%.*s", SPAN_ARG(g->host), SPAN_ARG(domain));
	if (whole.p == NULL)
		return TARGET_NO_MEMORY;
	g->host = whole;
	g->plain = 0;
	return TARGET_OK;
}

const char *
naming_fault(const struct settings *s, const struct target *g)
{
	if (!s->check_hostnames || s->allow_underscore || span_find(g->host, '_') < 0)
		return NULL;
	return "the host name has an underscore (check_hostnames on, allow_underscore off)";
}

static bool
is_own_name(const struct settings *s, struct span host)
{
	if (span_iis(host, s->visible_hostname) || span_iis(host, s->unique_hostname))
		return true;
	for (const char **name = s->hostname_aliases; name != NULL && *name != NULL; name++)
		if (span_iis(host, *name))
			return true;
	return false;
}

bool
naming_is_self(const struct settings *s, const struct target *g)
{
	bool	 own_port = false;

	for (size_t i = 0; i < s->n_ports && !own_port; i++)
		own_port = s->ports[i].addr.port == g->port && !s->ports[i].accel &&
		    !s->ports[i].intercept;
	return own_port && !g->is_addr && is_own_name(s, g->host);
}
