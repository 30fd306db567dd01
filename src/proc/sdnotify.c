/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify without libsystemd. In the master. */
#include "proc/sdnotify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_un	 to;
static socklen_t		 to_len;

void
sdnotify_init(void)
{
	const char	*path = getenv("NOTIFY_SOCKET");
	size_t		 n = path == NULL ? 0 : strlen(path);

	/* "/path" or "@abstract"; AF_VSOCK forms are for virtual machines' first processes. */
	if (n < 2 || n >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	to.sun_family = AF_UNIX;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	unsetenv("NOTIFY_SOCKET");
}

static void
tell(const char *text)
{
	int	 fd;

	if (to_len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&to,
	    to_len) < 0) {
		/* the service manager went away; it will find out by itself */
	}
	close(fd);
}

void
sdnotify_ready(const char *status)
{
	char	 text[256];

	snprintf(text, sizeof text, "READY=1\nMAINPID=%d\nSTATUS=%s\n", (int)getpid(), status);
	tell(text);
}

void
sdnotify_reloading(void)
{
	struct timespec	 now;
	char		 text[128];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof text,
	    "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Reading the configuration\n",
	    (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	tell(text);
}

void
sdnotify_stopping(void)
{
	tell("STOPPING=1\nSTATUS=Finishing requests\n");
}
