/* SPDX-License-Identifier: Apache-2.0 */
/* poll(2) for the master. */
#include "proc/watch.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"

static struct watcher {
	void	(*cb)(void *arg, int fd);
	void	*arg;
}			*watchers;
static struct pollfd	*fds;
static size_t		 n_fds, cap_watchers, cap_fds;
static uint64_t		 due = UINT64_MAX;

void
watch_add(int fd, bool writing, void (*cb)(void *, int), void *arg)
{
	MUST(fd >= 0 && cb != NULL);
	watchers = mem_room(watchers, n_fds, &cap_watchers, sizeof *watchers);
	fds = mem_room(fds, n_fds, &cap_fds, sizeof *fds);
	watchers[n_fds] = (struct watcher){ cb, arg };
	fds[n_fds++] = (struct pollfd){ .fd = fd, .events = writing ? POLLOUT : POLLIN };
}

/* Entries are only marked here; watch_round closes the gaps when nobody walks over them. */
void
watch_remove(int fd)
{
	for (size_t i = 0; fd >= 0 && i < n_fds; i++)
		if (fds[i].fd == fd)
			fds[i] = (struct pollfd){ .fd = -1 };
}

void
watch_due(uint64_t at_ms)
{
	if (at_ms < due)
		due = at_ms;
}

static void
close_gaps(void)
{
	size_t	 to = 0;

	for (size_t i = 0; i < n_fds; i++) {
		if (fds[i].fd < 0)
			continue;
		fds[to] = fds[i];
		watchers[to++] = watchers[i];
	}
	n_fds = to;
}

static int
wait_ms(void)
{
	uint64_t	 now;

	if (due == UINT64_MAX)
		return -1;
	now = clock_exact_us() / 1000;
	return due <= now ? 0 : due - now > 60000 ? 60000 : (int)(due - now);
}

void
watch_round(void)
{
	size_t	 n;

	close_gaps();
	n = n_fds;
	if (poll(fds, n, wait_ms()) < 0) {
		MUST(errno == EINTR || errno == ENOMEM);
		n = 0;
	}
	due = UINT64_MAX;
	clock_tick();
	for (size_t i = 0; i < n; i++)
		if (fds[i].fd >= 0 && fds[i].revents != 0)
			watchers[i].cb(watchers[i].arg, fds[i].fd);
}
