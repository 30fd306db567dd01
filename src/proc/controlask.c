/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket's client: in `sepia -k`. */
#include "proc/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
dial_master(const char *path)
{
	struct sockaddr_un	 un = { .sun_family = AF_UNIX };
	int			 fd;

	if (strlen(path) >= sizeof un.sun_path)
		return -1;
	strcpy(un.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&un, sizeof un) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The last line is the status and is not printed. False: it is none. */
static bool
is_status(const char *line, int *status)
{
	char	*end;
	long	 v;

	if (strncmp(line, "exit ", 5) != 0)
		return false;
	v = strtol(line + 5, &end, 10);
	*status = (int)v;
	return *end == '\n' && end != line + 5 && v >= 0 && v <= 255;
}

int
control_ask(const char *path, const char *command, int out)
{
	char	*line = NULL;
	size_t	 cap = 0;
	ssize_t	 n;
	int	 status = -2, fd = dial_master(path);
	FILE	*f;

	if (fd < 0)
		return -1;
	if (dprintf(fd, "%s\n", command) < 0 || (f = fdopen(fd, "r")) == NULL) {
		close(fd);
		return -1;
	}
	while ((n = getline(&line, &cap, f)) > 0) {
		if (is_status(line, &status))
			break;
		if (write(out, line, (size_t)n) < 0)
			break;
	}
	free(line);
	fclose(f);
	return status;
}
