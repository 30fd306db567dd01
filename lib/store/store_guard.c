/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index is mapped; when somebody cuts its file off, touching what is gone raises SIGBUS. Then
 * empty memory takes its place in this process and the cache_dir goes off. All else is read with
 * preadv2 and cannot raise anything. Called in a signal handler: only mmap and stores.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "store/store_inner.h"
#include "store/volume.h"

enum { WATCHED = STORE_DIRS_MAX * 4 };

static struct volume	*watched[WATCHED];

void
volume_watch(struct volume *v)
{
	for (unsigned i = 0; i < WATCHED; i++) {
		if (watched[i] == NULL || watched[i] == v) {
			watched[i] = v;
			return;
		}
	}
}

void
volume_unwatch(struct volume *v)
{
	for (unsigned i = 0; i < WATCHED; i++)
		if (watched[i] == v)
			watched[i] = NULL;
}

bool
store_fault(const void *addr)
{
	for (unsigned i = 0; i < WATCHED; i++) {
		struct volume *v = watched[i];

		if (v == NULL || v->index_map == NULL ||
		    (uintptr_t)addr < (uintptr_t)v->index_map ||
		    (uintptr_t)addr >= (uintptr_t)v->index_map + v->index_bytes)
			continue;
		if (mmap(v->index_map, v->index_bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
		    -1, 0) == MAP_FAILED)
			return false;
		v->shared->cut = 1;
		v->shared->on = 0;
		return true;
	}
	return false;
}

static void
on_bus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (!store_fault(info->si_addr))
		signal(sig, SIG_DFL);		/* the same access ends the process now */
}

void
store_guard(void)
{
	struct sigaction	 a;

	memset(&a, 0, sizeof a);
	a.sa_sigaction = on_bus;
	a.sa_flags = SA_SIGINFO;
	sigemptyset(&a.sa_mask);
	sigaction(SIGBUS, &a, NULL);
}
