/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's life: its loop, what it starts with, and how it leaves. */
#ifndef PROC_WORKER_H
#define PROC_WORKER_H

#include <stddef.h>

#include "core/settings.h"

/* listen_fds as sockets_of gives them. Ends the process. */
_Noreturn void	 worker_run(const struct settings *s, int leash, int *listen_fds, size_t n);

#endif
