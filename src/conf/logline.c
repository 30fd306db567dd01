/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logformat and access_log in all of Squid's spellings, and access_log user:DIRECTORY. Runs in
 * the master.
 */

#include "base/must.h"
#include "conf/parsers.h"
#include "conf/values.h"
#include "core/format.h"

static void
keep_format(struct loader *l, struct logformat *f)
{
	struct logformat	**to = LOADER_ADD(l, l->s->formats, l->s->n_formats);

	*to = f;
}

/* Built-in ones are made when a line asks for them first. */
static struct logformat *
find_format(struct loader *l, struct span name)
{
	struct logformat	*f;
	char			 text[128];

	for (size_t i = l->s->n_formats; i-- > 0;)
		if (span_is(name, format_name(l->s->formats[i])))
			return l->s->formats[i];
	if (name.n >= sizeof text ||
	    (f = format_builtin(span_copy(name, text, sizeof text))) == NULL)
		return NULL;
	keep_format(l, f);
	return f;
}

static bool
builtin(struct span name)
{
	static const char *const	 names[] = { "squid", "common", "combined", "referrer",
	    "useragent", "json", "auto" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (span_is(name, names[i]))
			return true;
	return false;
}

void
logline_logformat(struct args *a)
{
	struct acl_word		 name = args_next(a), first = args_peek(a);
	struct span		 text;
	struct logformat	*f;

	if (name.text.n == 0 || !args_more(a)) {
		args_error(a, "logformat needs a name and a format");
		return;
	}
	if (builtin(name.text)) {
		diag_warn(a->l->d, name.at,
		    "the format '%.*s' is built in, and stays what it is, as in Squid: give this one "
		    "another name", SPAN_ARG(name.text));
		a->i = a->n;
		return;
	}
	text = args_rest(a);
	if (text.n == 0)
		return;
	f = format_compile(loader_str(a->l, name.text), text, first.at, a->l->d);
	if (f != NULL)
		keep_format(a->l, f);
}

static bool
named(struct span w, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_iis(w, names[i]))
			return true;
	return false;
}

/* "facility.priority", "facility|priority", or a facility or a priority alone. */
static bool
syslog_place(struct args *a, struct span v, struct acl_word w, struct log_place *p)
{
	static const char *const	 facilities[] = { "auth", "authpriv", "cron", "daemon",
	    "ftp", "kern", "local0", "local1", "local2",
		"local3", "local4", "local5", "local6", "local7", "lpr", "mail", "news", "syslog",
		    "user", "uucp" };
	static const char *const	 priorities[] = { "emerg", "alert", "crit", "err", "error",
	    "warning", "notice", "info", "debug" };
	struct span	 rest = v, one, facility = SPAN("local4"), priority = SPAN("info");
	char		 text[64];

	for (size_t i = 0; i < v.n && v.n < sizeof text; i++)
		text[i] = v.p[i] == '|' ? '.' : v.p[i];
	if (v.n >= sizeof text)
		return false;
	rest = span_at(text, v.n);
	while (v.n > 0 && span_cut(&rest, '.', &one)) {
		if (span_istarts(one, SPAN("LOG_")))		/* the names of <syslog.h> */
			one = span_at(one.p + 4, one.n - 4);
		if (named(one, facilities, COUNT_OF(facilities)))
			facility = one;
		else if (named(one, priorities, COUNT_OF(priorities)))
			priority = one;
		else {
			diag_error(a->l->d, w.at, "'%.*s' is neither a facility nor a priority of "
			    "syslog", SPAN_ARG(one));
			return false;
		}
	}
	p->kind = LOG_SYSLOG;
	p->path = arena_printf(&a->l->s->arena, "%.*s.%.*s", SPAN_ARG(facility),
	    SPAN_ARG(priority)).p;
	return true;
}

/* "//host:port" or "host:port". */
static bool
network_place(struct args *a, struct span v, struct acl_word w, enum log_place_kind kind,
    struct log_place *p)
{
	struct span	 host;
	bool		 literal;
	uint16_t	 port;

	if (span_starts(v, SPAN("//")))
		v = span_at(v.p + 2, v.n - 2);
	if (!values_hostport(v, &host, &p->to, &literal, &port) || host.n == 0) {
		diag_error(a->l->d, w.at, "'%.*s' is not host:port", SPAN_ARG(v));
		return false;
	}
	if (!literal)
		p->to = (struct addr){ .port = port };	/* the logger resolves path */
	p->kind = kind;
	p->path = loader_str(a->l, v);
	return true;
}

static bool
file_place(struct args *a, struct span v, struct acl_word w, enum log_place_kind kind,
    struct log_place *p)
{
	if (span_starts(v, SPAN("//")) && kind == LOG_FILE)
		v = span_at(v.p + 1, v.n - 1);
	if (v.n == 0) {
		diag_error(a->l->d, w.at, "a path is missing");
		return false;
	}
	p->kind = kind;
	p->path = loader_str(a->l, v);
	return true;
}

static bool
place(struct args *a, struct log_place *p)
{
	struct acl_word	 w = args_next(a);
	struct span	 v;
	ptrdiff_t	 colon = span_find(w.text, ':');

	v = colon < 0 ? SPAN_NONE : span_at(w.text.p + colon + 1, w.text.n - (size_t)colon - 1);
	if (w.text.n == 0)
		return args_error(a,
		    "%s needs a place: a file, stdio:, daemon:, syslog:, udp:, tcp:, "
		    "user: or none", a->row->name);
	if (span_is(w.text, "none")) {
		p->kind = LOG_NONE;
		return true;
	}
	if (span_starts(w.text, SPAN("syslog")) && (colon == 6 || w.text.n == 6))
		return syslog_place(a, v, w, p);
	if (span_starts(w.text, SPAN("udp:")))
		return network_place(a, v, w, LOG_UDP, p);
	if (span_starts(w.text, SPAN("tcp:")))
		return network_place(a, v, w, LOG_TCP, p);
	if (span_starts(w.text, SPAN("user:")))
		return file_place(a, v, w, LOG_PER_USER, p);
	if (span_starts(w.text, SPAN("stdio:")) || span_starts(w.text, SPAN("daemon:")))
		return file_place(a, v, w, LOG_FILE, p);
	if (colon > 0 && span_find(span_at(w.text.p, (size_t)colon), '/') < 0) {
		diag_error(a->l->d, w.at,
		    "there is no log module '%.*s': stdio, daemon, syslog, udp, "
		    "tcp, user", (int)colon, w.text.p);
		return false;
	}
	return file_place(a, w.text, w, LOG_FILE, p);
}

static bool
on_error(struct args *a, struct span v, struct log_place *p)
{
	if (!span_is(v, "drop") && !span_is(v, "die"))
		return args_error(a, "on-error= takes 'die' or 'drop'");
	p->drop = span_is(v, "drop");
	return true;
}

static bool
set_format(struct args *a, struct span name, struct log_place *p)
{
	p->format = find_format(a->l, span_is(name, "auto") ? SPAN("squid") : name);
	return p->format != NULL || args_error(a, "there is no logformat '%.*s' above this line",
	    SPAN_ARG(name));
}

/*
 * `access_log none` for every request ends the list (Squid): what stands behind it is never written
 * to, and without any place a request need not be prepared for logging.
 */
static void
end_at_none(struct settings *s)
{
	size_t	 i = 0;

	while (i < s->n_logs && s->logs[i].access &&
	    (s->logs[i].kind != LOG_NONE || s->logs[i].when != NULL))
		i++;
	if (i < s->n_logs && !s->logs[i].access)
		return;			/* another stream: it goes by its own rules */
	for (size_t k = i; k < s->n_logs; k++)
		cond_free(&s->logs[k].when);
	s->n_logs = i;
}

/* key=value options; then an old-style format name may stand in front of the ACLs. */
static bool
options(struct args *a, struct log_place *p)
{
	struct span	 v;
	uint64_t	 n;

	for (; args_more(a); args_next(a)) {
		struct span	 w = args_peek(a).text;

		if (values_key(w, "logformat", &v)) {
			if (!set_format(a, v, p))
				return false;
		} else if (values_key(w, "on-error", &v)) {
			if (!on_error(a, v, p))
				return false;
		} else if (values_key(w, "rotate", &v)) {
			if (!span_u64(v, 1000000, &n))
				return args_error(a, "rotate= needs a number");
			diag_note(a->l->d, args_peek(a).at,
			    "rotate= has no effect here: logfile_rotate " "is for all logs");
		} else if (!values_key(w, "buffer-size", &v))
			break;
	}
	if (p->format == NULL && args_more(a)) {
		struct span	 w = args_peek(a).text;

		if (span_is(w, "auto") || find_format(a->l, w) != NULL)
			return set_format(a, args_next(a).text, p);
		if (w.p[0] != '!' && acl_find(a->l->s->acls, w) == NULL)
			return args_error(a, "'%.*s' is neither a logformat nor an acl that stands "
			    "above this line", SPAN_ARG(w));
	}
	return true;
}

void
logline_access_log(struct args *a)
{
	struct log_place	 p = { .at = a->at, .access = true }, *to;

	if (!place(a, &p) || !options(a, &p) || !ruleline_cond(a, true, &p.when))
		return;
	to = LOADER_ADD(a->l, a->l->s->logs, a->l->s->n_logs);
	*to = p;
}

void
logline_finish(struct loader *l)
{
	struct settings	*s = l->s;
	const char	*usual = l->log_common ? "common" : "squid";

	end_at_none(s);
	for (size_t i = 0; i < s->n_logs; i++) {
		struct log_place	*p = &s->logs[i];

		if (p->kind == LOG_NONE)
			continue;
		if (p->format == NULL)
			p->format = find_format(l, span_of(usual));
		MUST(p->format != NULL);
		s->log_wants_heads |= format_wants_heads(p->format);
		s->log_wants_client_name |= format_wants_client_name(p->format);
	}
}
