/* SPDX-License-Identifier: Apache-2.0 */
/* Directives that fit nowhere else. Runs in the master. */
#include "conf/parsers.h"
#include "conf/values.h"

void
miscline_quoted_values(struct args *a)
{
	values_bool(a, &a->l->quoted_values);
	args_end(a);
}

/* debug_options [rotate=N] SECTION,LEVEL ...: only the level of ALL counts. */
void
miscline_debug(struct args *a)
{
	for (; args_more(a); args_next(a)) {
		struct span	 w = args_peek(a).text, section, v;
		uint64_t	 level, n;

		if (values_key(w, "rotate", &v))
			continue;
		if (!span_cut(&w, ',', &section) || (!span_iis(section, "ALL") && !span_u64(section,
		    255, &n)) || w.n < 1 ||
		    !span_u64(w.p[0] == '-' ? span_at(w.p + 1, w.n - 1) : w, 9, &level)) {
			args_warn(a,
			    "this has no effect: debug_options takes ALL,level or section,level");
			continue;
		}
		if (span_iis(section, "ALL"))
			a->l->s->debug_level = w.p[0] == '-' ? 0 : level;
	}
}

/* How many bits are zero at the end of a mask; false: its ones do not stand together. */
static bool
hidden_bits(const struct addr *mask, unsigned *out)
{
	struct addr	 net;

	for (*out = 0; *out < 128; ++*out)
		if ((mask->ip[15 - *out / 8] >> *out % 8 & 1) != 0)
			break;
	memset(&net, 0, sizeof net);
	memset(net.ip, 0xff, sizeof net.ip);
	addr_mask(&net, 128 - *out);
	return memcmp(net.ip + (addr_is_v4(mask) ? 12 : 0), mask->ip + (addr_is_v4(mask) ? 12 : 0),
	    addr_is_v4(mask) ? 4 : 16) == 0;
}

void
miscline_client_netmask(struct args *a)
{
	struct settings	*s = a->l->s;
	struct acl_word	 w = args_next(a);
	struct addr	 mask;
	unsigned	 n;

	if (!values_addr(w.text, &mask) || !hidden_bits(&mask, &n)) {
		diag_error(a->l->d, w.at, "'%.*s' is no mask like 255.255.255.0", SPAN_ARG(w.text));
		return;
	}
	if (addr_is_v4(&mask)) {
		s->client_hidden_v4 = (uint8_t)(n > 32 ? 32 : n);
		if (s->client_hidden_v6 == 0 && n > 0)
			s->client_hidden_v6 = 64;
	} else
		s->client_hidden_v6 = (uint8_t)n;
	args_end(a);
}

void
miscline_emulate_httpd(struct args *a)
{
	values_bool(a, &a->l->log_common);
	args_end(a);
}

void
miscline_named(struct args *a)
{
	for (; args_more(a); args_next(a)) {
		struct span	 w = args_peek(a).text;

		if (w.n > 1 && w.p[0] == '!')
			w = span_at(w.p + 1, w.n - 1);
		acl_mark_used(a->l->s->acls, w);
	}
}

static void
add_pac(struct args *a, struct acl_word **list, size_t *n)
{
	if (!args_more(a))
		args_error(a, "%s needs a value", a->row->name);
	while (args_more(a)) {
		struct acl_word	 w = args_next(a),
		    *to = loader_more(a->l, (void **)list, n, sizeof **list);

		*to = (struct acl_word){ span_of(loader_str(a->l, w.text)), w.at };
	}
}

void
miscline_pac_proxy(struct args *a)
{
	add_pac(a, &a->l->pac_proxies, &a->l->n_pac_proxies);
}

void
miscline_pac_direct(struct args *a)
{
	add_pac(a, &a->l->pac_direct, &a->l->n_pac_direct);
}

void
miscline_pac_failover(struct args *a)
{
	struct acl_word	 w = args_next(a);

	a->l->pac_failover = (struct acl_word){ span_of(loader_str(a->l, w.text)), w.at };
	args_end(a);
}
