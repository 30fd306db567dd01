/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into the proxy: a machine that permits 1,048,576 descriptors a process. The kernel's
 * own limit stays what it is.
 */
#define _GNU_SOURCE 1
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MANY = 1048576 };

static struct rlimit	 played = { MANY, MANY };

int
getrlimit(__rlimit_resource_t what, struct rlimit *l)
{
	if (what != RLIMIT_NOFILE)
		return (int)syscall(SYS_getrlimit, what, l);
	*l = played;
	return 0;
}

int
setrlimit(__rlimit_resource_t what, const struct rlimit *l)
{
	if (what != RLIMIT_NOFILE)
		return (int)syscall(SYS_setrlimit, what, l);
	played = *l;
	return 0;
}
