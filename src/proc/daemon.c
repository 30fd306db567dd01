/* SPDX-License-Identifier: Apache-2.0 */
/* The background. In the process that becomes the master. */
#include "proc/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"

static int	 report = -1;

static _Noreturn void
wait_for(int fd)
{
	unsigned char	 status = 1;
	ssize_t		 n;

	do
		n = read(fd, &status, 1);
	while (n < 0 && errno == EINTR);
	/* The end without a word: it died at its start, and has said why. */
	_exit(n == 1 ? status : 1);
}

void
daemon_begin(void)
{
	int	 ends[2];
	pid_t	 pid;

	if (pipe2(ends, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		fprintf(stderr, "sepia: cannot go into the background: %s\n", strerror(errno));
		_exit(1);
	}
	if (pid > 0) {
		close(ends[1]);
		wait_for(ends[0]);
	}
	close(ends[0]);
	report = ends[1];
	setsid();
}

void
daemon_report(int status)
{
	unsigned char	 byte = (unsigned char)status;
	int		 null;

	if (report < 0)
		return;
	MUST(status >= 0 && status <= 255);
	if (status == 0 && (null = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (write(report, &byte, 1) < 0) {
		/* whoever waited has gone */
	}
	close(report);
	report = -1;
}
