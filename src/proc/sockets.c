/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets. In the master only. */
#include "proc/sockets.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "proc/bindport.h"
#include "proc/privilege.h"
#include "proc/steer.h"

/* a handshake that began before has ended one way or the other */
enum { UNUSED_FOR_MS = 10000 };

struct place {
	struct addr	 addr;
	bool		 v6_any;
	int		*fds;		/* by row */
	size_t		 rows, cap;
	size_t		 fresh_from;	/* rows opened since the last commit */
	bool		 removed;
	/* the kernel chooses among so many first rows; 0: among all */
	size_t		 steered;
};

static struct place	*places;
static size_t		 n_places, cap_places;
static size_t		 n_rows;	/* of every place that is not removed */

static size_t		 steered;	/* the same of every place; 0: not every one */
static uint64_t		 steered_ms;	/* since when */
/* rows that new connections go to, while some are avoided */
static unsigned		*tended;
static size_t		 n_tended;	/* 0: to all of those that are steered to */

static struct place *
find(const struct port *p)
{
	for (size_t i = 0; i < n_places; i++)
		if (!places[i].removed && places[i].v6_any == p->v6_any &&
		    addr_same(&places[i].addr, &p->addr))
			return &places[i];
	return NULL;
}

static bool
number_is_ours(uint16_t port)
{
	for (size_t i = 0; i < n_places; i++)
		if (places[i].addr.port == port && places[i].rows > 0)
			return true;
	return false;
}

static void
close_rows(struct place *l, size_t from)
{
	while (l->rows > from)
		close(l->fds[--l->rows]);
}

static void
drop_empty(void)
{
	size_t	 to = 0;

	for (size_t i = 0; i < n_places; i++) {
		if (places[i].rows == 0)
			free(places[i].fds);
		else
			places[to++] = places[i];
	}
	n_places = to;
}

static bool
open_rows(const struct settings *s, const struct port *p, size_t rows, struct diag *d)
{
	struct place	*l = find(p);
	char		 why[256];

	if (l == NULL) {
		if (!number_is_ours(p->addr.port) && !bindport_is_free(s, p, why, sizeof why)) {
			diag_error(d, p->at, "%s", why);
			return false;
		}
		places = mem_room(places, n_places, &cap_places, sizeof *places);
		l = &places[n_places++];
		*l = (struct place){ .addr = p->addr, .v6_any = p->v6_any };
	}
	while (l->rows < rows) {
		int	 fd = bindport_open(s, p, why, sizeof why);

		if (fd < 0) {
			diag_error(d, p->at, "%s", why);
			return false;
		}
		l->fds = mem_room(l->fds, l->rows, &l->cap, sizeof *l->fds);
		l->fds[l->rows++] = fd;
	}
	return true;
}

static bool
all_differ(const struct settings *s, struct diag *d)
{
	bool	 ok = true;

	for (size_t i = 0; i < s->n_ports; i++)
		for (size_t j = 0; j < i; j++)
			if (s->ports[i].v6_any == s->ports[j].v6_any &&
			    addr_same(&s->ports[i].addr, &s->ports[j].addr)) {
				diag_error(d, s->ports[i].at,
				    "this port is listed already in line %u", s->ports[j].at.line);
				ok = false;
			}
	return ok;
}

static bool
all_empty(size_t from)
{
	for (size_t i = 0; i < n_places; i++)
		for (size_t r = from; r < places[i].rows; r++)
			if (steer_waiting(places[i].fds[r]) != 0)
				return false;
	return true;
}

/* Before the new workers are forked, so that none of them gets a socket that nobody keeps. */
static void
drop_unused_rows(size_t workers)
{
	if (n_rows <= workers || steered == 0 || steered > workers ||
	    clock_ms() - steered_ms < UNUSED_FOR_MS || !all_empty(workers))
		return;
	for (size_t i = 0; i < n_places; i++)
		if (!places[i].removed)
			close_rows(&places[i], workers);
	n_rows = workers;
}

bool
sockets_prepare(const struct settings *s, struct diag *d)
{
	size_t	 rows;
	bool	 ok = true;

	if (!all_differ(s, d))
		return false;
	drop_unused_rows(s->workers);
	rows = n_rows > s->workers ? n_rows : s->workers;
	for (size_t i = 0; i < n_places; i++)
		places[i].fresh_from = places[i].rows;
	privilege_raise("listening");
	for (size_t i = 0; i < s->n_ports && ok; i++)
		ok = open_rows(s, &s->ports[i], rows, d);
	privilege_lower();
	if (!ok)
		sockets_abandon();
	return ok;
}

void
sockets_abandon(void)
{
	for (size_t i = 0; i < n_places; i++)
		close_rows(&places[i], places[i].fresh_from);
	drop_empty();
}

/*
 * Once the kernel was told to choose, it is told again whenever the number changes; where it cannot
 * be told, all rows are served.
 */
static void
steer(size_t workers)
{
	size_t	 all = workers;

	if (steered == 0 && n_rows == workers)
		return;
	for (size_t i = 0; i < n_places; i++) {
		struct place	*l = &places[i];

		if (l->removed || l->steered == workers)
			continue;
		l->steered = steer_to(l->fds[0], (unsigned)workers) ? workers : 0;
		steered_ms = clock_ms();
		if (l->steered == 0)
			all = 0;
	}
	steered = all;
}

void
sockets_avoid(const struct settings *s, const bool *absent)
{
	size_t	 n = 0;
	bool	 same = true, ok = true;

	tended = mem_grow(tended, s->workers * sizeof *tended);
	for (unsigned w = 0; w < s->workers; w++)
		if (!absent[w]) {
			same = same && n < n_tended && tended[n] == w;
			tended[n++] = w;
		}
	if (n == s->workers)
		n = 0;
	if (n == n_tended && (n == 0 || same))
		return;
	n_tended = n;
	for (size_t i = 0; i < n_places; i++) {
		struct place	*l = &places[i];

		if (l->removed)
			continue;
		ok = (n != 0 ? steer_among(l->fds[0], tended, (unsigned)n) :
		    steer_to(l->fds[0], (unsigned)s->workers)) && ok;
		l->steered = ok ? s->workers : 0;
	}
	if (!ok || steered != s->workers)
		steered_ms = clock_ms();
	steered = ok ? s->workers : 0;
}

bool
sockets_commit(const struct settings *s)
{
	bool	 removed = false;

	for (size_t i = 0; i < n_places; i++) {
		struct place	*l = &places[i];

		l->fresh_from = l->rows;
		l->removed = true;
		for (size_t j = 0; j < s->n_ports; j++)
			if (l->v6_any == s->ports[j].v6_any &&
			    addr_same(&l->addr, &s->ports[j].addr))
				l->removed = false;
		for (size_t r = 0; l->removed && r < l->rows; r++)
			steer_shut(l->fds[r]);
		if (l->removed)
			removed = true;
		else
			n_rows = l->rows;
		if (n_tended != 0)
			l->steered = 0;
	}
	n_tended = 0;
	steer(s->workers);
	return removed;
}

void
sockets_close_removed(void)
{
	for (size_t i = 0; i < n_places; i++)
		if (places[i].removed)
			close_rows(&places[i], 0);
	drop_empty();
}

void
sockets_close_all(void)
{
	for (size_t i = 0; i < n_places; i++)
		close_rows(&places[i], 0);
	drop_empty();
}

int *
sockets_of(const struct settings *s, unsigned worker, size_t *n)
{
	size_t	 rows = find(&s->ports[0])->rows, k = 0;
	int	*list = mem_alloc((rows / s->workers + 1) * s->n_ports * sizeof *list);

	MUST(worker >= 1 && worker <= s->workers && s->n_ports > 0);
	for (size_t row = worker - 1; row < rows; row += s->workers)
		for (size_t i = 0; i < s->n_ports; i++) {
			const struct place	*l = find(&s->ports[i]);

			MUST(l != NULL && l->rows == rows);
			list[k++] = l->fds[row];
		}
	*n = k;
	return list;
}

static void
add_self(struct addr **list, unsigned *n, size_t *cap, const struct addr *a)
{
	*list = mem_room(*list, *n, cap, sizeof **list);
	(*list)[(*n)++] = *a;
}

struct addr *
sockets_self(const struct settings *s, unsigned *n)
{
	struct addr	*list = NULL, a;
	struct ifaddrs	*all = NULL;
	size_t		 cap = 0;

	*n = 0;
	if (getifaddrs(&all) != 0)
		all = NULL;
	for (size_t i = 0; i < s->n_ports; i++) {
		const struct port	*p = &s->ports[i];

		add_self(&list, n, &cap, &p->addr);
		if (!addr_is_any(&p->addr))
			continue;
		for (const struct ifaddrs *f = all; f != NULL; f = f->ifa_next) {
			if (f->ifa_addr == NULL || !addr_from_sock(&a, f->ifa_addr))
				continue;
			a.port = p->addr.port;
			add_self(&list, n, &cap, &a);
		}
	}
	if (all != NULL)
		freeifaddrs(all);
	return list;
}
