/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services that look at content (ICAP, eCAP, TLS inspection) are not there. Where such a thing may
 * be what keeps somebody out of something, a configuration that has it is refused; elsewhere it is
 * told. Runs in the master.
 */
#include "conf/parsers.h"
#include "conf/values.h"

void
filterline_icap_enable(struct args *a)
{
	values_bool(a, &a->l->icap_on);
	args_end(a);
}

void
filterline_ecap_enable(struct args *a)
{
	values_bool(a, &a->l->ecap_on);
	args_end(a);
}

/* icap_service NAME VECTORING [bypass=on] URI, older: NAME VECTORING 1 URI */
void
filterline_service(struct args *a)
{
	bool	 bypass = false;

	for (; args_more(a); args_next(a)) {
		struct span	 w = args_peek(a).text, v;

		bypass |= span_is(w, "1") || (values_key(w, "bypass", &v) && (span_is(v, "on") ||
		    span_is(v, "1")));
	}
	a->l->service_essential |= !bypass;
}

/* adaptation_access SERVICE allow|deny acl... */
void
filterline_access(struct args *a)
{
	args_next(a);
	if (args_take(a, "allow") && a->l->adaptation_at.file == NULL)
		a->l->adaptation_at = a->at;
	miscline_named(a);
}

void
filterline_ssl_bump(struct args *a)
{
	if (args_take(a, "terminate") && a->l->terminate_at.file == NULL)
		a->l->terminate_at = a->at;
	else if ((args_take(a, "bump") || args_take(a, "client-first") || args_take(a,
	    "server-first") || args_take(a, "allow")) &&
	    a->l->bump_at.file == NULL)
		a->l->bump_at = a->at;
	else
		args_next(a);
	miscline_named(a);
}

static void
finish_bump(struct loader *l)
{
	bool	 port = false;

	for (size_t i = 0; i < l->s->n_ports; i++)
		port |= l->s->ports[i].ssl_bump;
	if (!port)
		return;
	if (l->terminate_at.file != NULL)
		diag_error(l->d, l->terminate_at,
		    "ssl_bump terminate: tunnels are not looked into, so "
		    "leaving this out would let them through; "
		    "refuse the names with http_access deny CONNECT instead");
	if (l->bump_at.file != NULL)
		diag_warn(l->d, l->bump_at,
		    "tunnels are passed on as they are: rules about what is "
		    "inside them (paths, types, answers) never see it");
}

void
filterline_finish(struct loader *l)
{
	if ((l->icap_on || l->ecap_on) && l->adaptation_at.file != NULL) {
		if (l->service_essential)
			diag_error(l->d, l->adaptation_at,
			    "traffic is to pass a service (ICAP, eCAP), "
			    "which is not spoken here: leaving it out could let "
			    "through what it stops; turn icap_enable and ecap_enable off to go without it");
		else
			diag_warn(l->d, l->adaptation_at,
			    "the services (ICAP, eCAP), all of which may "
			    "be bypassed, always are: they are not spoken here");
	}
	finish_bump(l);
}
