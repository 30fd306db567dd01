/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of directives. Squid's units are recognised by their beginnings ("second", "seconds"),
 * case does not matter there. Runs in the master.
 */
#include "conf/values.h"

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"

struct unit {
	const char	*name;
	double		 factor;
};

static const struct unit	 time_units[] = {	/* in milliseconds */
	{ "millisecond", 1 },
	{ "second", 1e3 },
	{ "minute", 60e3 },
	{ "hour", 3600e3 },
	{ "day", 86400e3 },
	{ "week", 7 * 86400e3 },
	{ "fortnight", 14 * 86400e3 }, { "month", 30 * 86400e3 }, { "year", 365.2522 * 86400e3 },
	    { "decade", 3652.522 * 86400e3 },
	{ "microsecond", 1e-3 }, { "nanosecond", 1e-6 },
};

static const struct unit	 size_units[] = {
	{ "byte", 1 }, { "KB", 1024 }, { "MB", 1024 * 1024.0 }, { "GB", 1024 * 1024 * 1024.0 },
};

static const struct unit *
find_unit(const struct unit *u, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_istarts(name, span_of(u[i].name)))
			return &u[i];
	return NULL;
}

bool
values_decimal(struct span s, double *out)
{
	char	 text[32];
	bool	 digits = false, point = false;

	if (s.n == 0 || s.n >= sizeof text)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			digits = true;
		else if (s.p[i] == '.' && !point)
			point = true;
		else
			return false;
	}
	*out = strtod(span_copy(s, text, sizeof text), NULL);
	return digits;
}

bool
values_bool(struct args *a, bool *out)
{
	struct acl_word	 w = args_peek(a);

	if (span_is(w.text, "on") || span_is(w.text, "enable"))
		*out = true;
	else if (span_is(w.text, "off") || span_is(w.text, "disable"))
		*out = false;
	else if (!args_more(a))
		return args_error(a, "'on' or 'off' is missing");
	else
		return args_error(a, "'%.*s' is neither 'on' nor 'off'", SPAN_ARG(w.text));
	args_next(a);
	return true;
}

bool
values_u64(struct span s, uint64_t *out)
{
	uint64_t	 v = 0;

	if (!span_istarts(s, SPAN("0x")))
		return span_u64(s, UINT64_MAX - 1, out);
	if (s.n < 3 || s.n > 17)
		return false;
	for (size_t i = 2; i < s.n; i++) {
		char	 c = ascii_lower(s.p[i]);

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		v = v << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*out = v;
	return true;
}

static bool
unlimited(struct span s)
{
	return span_is(s, "none") || span_is(s, "-1");
}

bool
values_number(struct args *a, uint64_t *out)
{
	struct acl_word	 w = args_peek(a);

	if (!args_more(a))
		return args_error(a, "a number is missing");
	if (unlimited(w.text))
		*out = UINT64_MAX;
	else if (!values_u64(w.text, out))
		return args_error(a, "'%.*s' is not a number", SPAN_ARG(w.text));
	args_next(a);
	return true;
}

/* A number and, if one follows, its unit. */
static bool
measure(struct args *a, const struct unit *units, size_t n, const char *unit, const char *what,
    double *out)
{
	const struct unit	*u = find_unit(units, n, span_of(unit));
	struct acl_word		 w = args_peek(a);

	MUST(u != NULL);
	if (!args_more(a))
		return args_error(a, "a %s is missing", what);
	if (!values_decimal(w.text, out))
		return args_error(a,
		    "'%.*s' is not a %s: a number is expected, a blank, and a unit",
		    SPAN_ARG(w.text), what);
	args_next(a);
	if (args_more(a)) {
		w = args_peek(a);
		if ((u = find_unit(units, n, w.text)) == NULL)
			return args_error(a, "'%.*s' is not a unit of a %s", SPAN_ARG(w.text),
			    what);
		args_next(a);
	}
	*out *= u->factor;
	return *out < 9e18 || args_error(a, "this %s is too large", what);
}

bool
values_time(struct args *a, const char *unit, uint64_t *ms)
{
	double	 v;

	if (!measure(a, time_units, COUNT_OF(time_units), unit, "time", &v))
		return false;
	*ms = (uint64_t)ceil(v);
	return true;
}

bool
values_size(struct args *a, const char *unit, uint64_t *bytes)
{
	double	 v;

	if (unlimited(args_peek(a).text)) {
		args_next(a);
		*bytes = UINT64_MAX;
		return true;
	}
	if (!measure(a, size_units, COUNT_OF(size_units), unit, "size", &v))
		return false;
	*bytes = (uint64_t)v;
	return true;
}

bool
values_key(struct span w, const char *key, struct span *value)
{
	size_t	 n = strlen(key);

	if (w.n <= n || memcmp(w.p, key, n) != 0 || w.p[n] != '=')
		return false;
	*value = span_at(w.p + n + 1, w.n - n - 1);
	return true;
}

bool
values_port(struct span s, bool zero_ok, uint16_t *out)
{
	uint64_t	 v;

	if (!span_u64(s, 65535, &v) || (v == 0 && !zero_ok))
		return false;
	*out = (uint16_t)v;
	return true;
}

bool
values_addr(struct span s, struct addr *out)
{
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = span_at(s.p + 1, s.n - 2);
	return addr_parse(out, s);
}

bool
values_host_addr(struct span host, struct addr *out)
{
	struct addrinfo	 hints = { .ai_socktype = SOCK_STREAM }, *all = NULL;
	char		 name[256];
	bool		 found;

	if (host.n == 0 || host.n >= sizeof name ||
	    getaddrinfo(span_copy(host, name, sizeof name), NULL, &hints, &all) != 0)
		return false;
	found = addr_from_sock(out, all->ai_addr);
	freeaddrinfo(all);
	return found;
}

bool
values_hostport(struct span s, struct span *host, struct addr *addr, bool *is_addr, uint16_t *port)
{
	ptrdiff_t	 at = -1;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ':')
			at = (ptrdiff_t)i;
	*host = SPAN_NONE;
	*is_addr = false;
	if (at < 0)
		return values_port(s, false, port);
	*host = span_at(s.p, (size_t)at);
	if (!values_port(span_at(s.p + at + 1, s.n - (size_t)at - 1), false, port))
		return false;
	*is_addr = values_addr(*host, addr);
	if (*is_addr) {
		addr->port = *port;
		/* a bare IPv6 address would make its last group a port */
		return host->p[0] == '[' || addr_is_v4(addr);
	}
	return host->n > 0 && span_find(*host, ':') < 0 && span_find(*host, '[') < 0;
}

bool
values_program(struct args *a, const char ***argv)
{
	const struct acl_word	*w;
	size_t			 n;

	if (!args_more(a))
		return args_error(a, "%s needs a program", a->row->name);
	w = args_list(a, &n);
	*argv = loader_get(a->l, (n + 1) * sizeof **argv);
	for (size_t i = 0; i < n; i++)
		(*argv)[i] = loader_str(a->l, w[i].text);
	if (access((*argv)[0], X_OK) == 0)
		return true;
	diag_error(a->l->d, w[0].at, "cannot run %s: %s", (*argv)[0], strerror(errno));
	return false;
}

static bool
children_option(struct args *a, const struct values_children *to)
{
	struct { const char *key; unsigned *to; } options[] =
	    { { "startup", to->startup }, { "idle", to->idle },
	    { "concurrency", to->concurrency }, { "queue-size", to->queue } };
	struct span	 w = args_peek(a).text, v;
	uint64_t	 n;

	for (size_t i = 0; i < COUNT_OF(options); i++)
		if (values_key(w, options[i].key, &v) && span_u64(v, 1000000, &n)) {
			*options[i].to = (unsigned)n;
			return true;
		}
	if (values_key(w, "on-persistent-overload", &v) &&
	    (span_iis(v, "die") || span_iis(v, "err"))) {
		if (to->overload_passes != NULL)
			*to->overload_passes = span_iis(v, "err");
		return true;
	}
	return args_error(a, "'%.*s' is no option of children", SPAN_ARG(w));
}

bool
values_children(struct args *a, const struct values_children *to)
{
	struct acl_word	 w = args_next(a);
	uint64_t	 n;

	if (!span_u64(w.text, 4096, &n) || n == 0) {
		diag_error(a->l->d, w.at, "children needs a number from 1 to 4096");
		return false;
	}
	*to->children = (unsigned)n;
	for (; args_more(a); args_next(a))
		if (!children_option(a, to))
			return false;
	if (*to->startup > *to->children)
		*to->startup = *to->children;
	return true;
}

/*
 * Out of bounds is an error for our own directives; what Squid takes is taken as the nearest that
 * can be.
 */
static bool
in_bounds(const struct args *a, uint64_t *v)
{
	const struct directive	*r = a->row;
	const char		*unit = r->type == DIR_SIZE ? " bytes" : r->type == DIR_MS ?
	    " milliseconds" : r->type == DIR_S ? " seconds" : "";
	uint64_t		 nearest = *v < r->min ? r->min : r->max;

	if ((r->min == 0 && r->max == 0) || (*v >= r->min && *v <= r->max))
		return true;
	/* Squid: not used */
	if (*v == UINT64_MAX && r->type == DIR_SIZE && r->min == 0 && !r->own) {
		*v = 0;
		return true;
	}
	if (*v == UINT64_MAX && (r->own || r->type != DIR_NUMBER ||
	    span_is(a->w[a->i - 1].text, "none")))
		return args_error(a, "%s cannot be without limit", r->name);
	if (*v == UINT64_MAX) {
		diag_warn(a->l->d, a->at, "%s: -1 is out of bounds (%llu to %llu): %llu is used",
		    r->name, (unsigned long long)r->min, (unsigned long long)r->max,
		    (unsigned long long)r->min);
		*v = r->min;
		return true;
	}
	if (r->own) {
		diag_error(a->l->d, a->at, "%s: %llu is out of bounds (%llu to %llu%s)", r->name,
		    (unsigned long long)*v, (unsigned long long)r->min, (unsigned long long)r->max,
		    unit);
		return false;
	}
	diag_warn(a->l->d, a->at, "%s: %llu is out of bounds (%llu to %llu%s): %llu is used",
	    r->name, (unsigned long long)*v, (unsigned long long)r->min, (unsigned long long)r->max,
	    unit, (unsigned long long)nearest);
	*v = nearest;
	return true;
}

/* Of a word in "one|two|three"; -1: none of them. */
static int
index_of(const char *choices, struct span word)
{
	struct span	 rest = span_of(choices), one;

	for (int i = 0; span_cut(&rest, '|', &one); i++)
		if (span_ieq(one, word))
			return i;
	return -1;
}

static bool
choice(struct args *a, const char *choices, int *out)
{
	struct acl_word	 w = args_peek(a);
	int		 i = index_of(choices, w.text);

	if (i >= 0) {
		*out = i;
		args_next(a);
		return true;
	}
	if (a->row->other == NULL || w.text.n == 0)
		return args_error(a, "%s takes one of %s", a->row->name, choices);
	args_warn(a, "%s takes one of %s: this means %s, as in Squid", a->row->name, choices,
	    a->row->other);
	*out = index_of(choices, span_of(a->row->other));
	args_next(a);
	return true;
}

static void
text(struct args *a, const char **out)
{
	struct acl_word	 w = args_next(a);

	if (w.text.n == 0) {
		args_error(a, "%s needs a value", a->row->name);
		return;
	}
	*out = span_is(w.text, "none") ? NULL : loader_str(a->l, w.text);
}

static void
words(struct args *a, const char ***out)
{
	size_t		 old = 0, n;
	const struct acl_word *w = args_list(a, &n);
	const char	**list;

	while (*out != NULL && (*out)[old] != NULL)
		old++;
	if (n == 0)
		args_error(a, "%s needs a value", a->row->name);
	list = loader_get(a->l, (old + n + 1) * sizeof *list);
	if (old > 0)
		memcpy(list, *out, old * sizeof *list);
	for (size_t i = 0; i < n; i++)
		list[old + i] = loader_str(a->l, w[i].text);
	*out = list;
}

/* A value that has no member is parsed into this all the same. */
union spare {
	bool		 b;
	int		 i;
	uint64_t	 n;
	const char	*text;
	const char	**words;
};

/* Long, because it is the list of the types. */
void
values_parse(struct args *a)
{
	const struct directive	*r = a->row;
	union spare		 spare = { 0 };
	void			*to = r->at < 0 ? (void *)&spare : (char *)a->l->s + r->at;
	uint64_t		 v;

	switch (r->type) {
	case DIR_BOOL:
		values_bool(a, to);
		break;
	case DIR_NUMBER:
		if (values_number(a, &v) && in_bounds(a, &v))
			*(uint64_t *)to = v;
		break;
	case DIR_SIZE:
		if (values_size(a, r->unit, &v) && in_bounds(a, &v))
			*(uint64_t *)to = v;
		break;
	case DIR_MS:
		if (values_time(a, r->unit, &v) && in_bounds(a, &v))
			*(uint64_t *)to = v;
		break;
	case DIR_S:
		if (!values_time(a, r->unit, &v))
			break;
		v = (v + 999) / 1000;
		if (in_bounds(a, &v))
			*(uint64_t *)to = v;
		break;
	case DIR_TEXT:
		text(a, to);
		break;
	case DIR_WORDS:
		words(a, to);
		break;
	case DIR_CHOICE:
		choice(a, r->unit, to);
		break;
	case DIR_OWN:
	case DIR_ALIAS:
	case DIR_IDLE:
		NEVER("these rows have no plain value");
	}
	args_end(a);
}
