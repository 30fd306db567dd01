/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into the proxy: while the file $NOWATCHES exists, the kernel cannot watch another
 * descriptor.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	const char	*name = getenv("NOWATCHES");

	if (op == EPOLL_CTL_ADD && name != NULL && access(name, F_OK) == 0) {
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, epfd, op, fd, ev);
}
