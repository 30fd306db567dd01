/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to addresses for the master, which has no loop while it compiles: a few children call
 * getaddrinfo and write what they find into one pipe; records are smaller than PIPE_BUF and so
 * arrive whole. When the time is up the children are killed.
 */
#include "acl/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { CHILDREN = 8, PER_NAME = 64, MINUTE_US = 60000000 };

struct resolve_name {
	char			*name;
	struct diag_place	 at;
	unsigned		 found;
};

struct record {
	uint32_t	 index;
	struct addr	 addr;
};

bool	 resolve_never;

/* Time spent since the minute began: many lists share one allowance. */
static uint64_t	 spent_us, minute_us;

void
resolve_add(struct resolve *r, struct span name, struct diag_place at)
{
	r->list = mem_room(r->list, r->n, &r->cap, sizeof(*r->list));
	r->list[r->n++] = (struct resolve_name){ span_dup(name), at, 0 };
}

void
resolve_free(struct resolve *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->list[i].name);
	free(r->list);
	*r = (struct resolve){ 0 };
}

static void
look_up(const struct resolve *r, size_t i, int to)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;
	struct record rec = { .index = (uint32_t)i };
	unsigned n = 0;

	if (getaddrinfo(r->list[i].name, NULL, &hints, &all) != 0)
		return;
	for (const struct addrinfo *a = all; a != NULL && n < PER_NAME; a = a->ai_next, n++) {
		if (!addr_from_sock(&rec.addr, a->ai_addr))
			continue;
		rec.addr.port = 0;
		if (write(to, &rec, sizeof(rec)) != (ssize_t)sizeof(rec))
			break;
	}
	freeaddrinfo(all);
}

static pid_t
start_child(const struct resolve *r, unsigned k, unsigned children, int to)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	signal(SIGPIPE, SIG_DFL);
	for (size_t i = k; i < r->n; i += children)
		look_up(r, i, to);
	_exit(0);
}

/* Reads records until all children are done or the time is up. */
static void
collect(struct resolve *r, int from, uint64_t until_us,
    void (*found)(void *arg, const struct addr *a), void *arg)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	struct record rec;
	uint64_t now;

	while ((now = clock_exact_us()) < until_us) {
		int ready = poll(&p, 1, (int)((until_us - now) / 1000) + 1);

		if (ready < 0 && errno != EINTR)
			return;
		if (ready <= 0)
			continue;
		if (read(from, &rec, sizeof(rec)) != (ssize_t)sizeof(rec))
			return;
		if (rec.index >= r->n)
			continue;
		r->list[rec.index].found++;
		found(arg, &rec.addr);
	}
}

static void
ask(struct resolve *r, uint64_t most_us, void (*found)(void *arg, const struct addr *a), void *arg)
{
	unsigned children = (r->n < CHILDREN) ? (unsigned)r->n : CHILDREN;
	pid_t pid[CHILDREN];
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) != 0)
		return;
	for (unsigned k = 0; k < children; k++)
		pid[k] = start_child(r, k, children, fd[1]);
	close(fd[1]);
	collect(r, fd[0], clock_exact_us() + most_us, found, arg);
	close(fd[0]);
	for (unsigned k = 0; k < children; k++) {
		if (pid[k] <= 0)
			continue;
		kill(pid[k], SIGKILL);
		while (waitpid(pid[k], NULL, 0) < 0 && errno == EINTR)
			;
	}
}

static uint64_t
allowance_us(uint64_t now)
{
	if (minute_us == 0 || now - minute_us > MINUTE_US) {
		minute_us = now;
		spent_us = 0;
	}
	return (spent_us < (uint64_t)RESOLVE_MOST_MS * 1000) ?
	    (uint64_t)RESOLVE_MOST_MS * 1000 - spent_us : 0;
}

void
resolve_all(struct resolve *r, const char *acl, void (*found)(void *arg, const struct addr *a),
    void *arg, struct diag *d)
{
	uint64_t began = clock_exact_us(), most = allowance_us(began);

	if (r->n > 0 && most > 0 && !resolve_never) {
		ask(r, most, found, arg);
		spent_us += clock_exact_us() - began;
	}
	for (size_t i = 0; i < r->n; i++)
		if (r->list[i].found == 0)
			diag_warn(d, r->list[i].at,
			    "acl %s: the name %s does not resolve%s; it matches nothing until the next reload",
			    acl, r->list[i].name, (most == 0) ?
			    " (the time for look-ups is used up)" : "");
	resolve_free(r);
}
