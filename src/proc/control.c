/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket's server. In the master; never waits for a client. */
#include "proc/control.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/sb.h"
#include "proc/watch.h"

enum { CONTROL_TAG = TAG4('C', 'T', 'L', '1'), COMMAND_MAX = 256, CLIENTS_MAX = 16,
    ANSWER_MAX = 8 << 20 };

struct control {
	uint32_t	 tag;
	int		 fd;
	bool		 asked, ended, broken;
	char		 command[COMMAND_MAX];
	size_t		 got, sent;
	struct sb	 out;
};

static int	 listener = -1;
static char	*listener_path;
static unsigned	 clients;
static void	 (*on_command)(struct control *, const char *);

static void
gone(struct control *c)
{
	OBJ_OK(c, CONTROL_TAG);
	watch_remove(c->fd);
	close(c->fd);
	sb_free(&c->out);
	OBJ_GONE(c);
	free(c);
	clients--;
}

/* Writes what the socket takes. False: there is more, or nobody to write to. */
static bool
flush(struct control *c)
{
	struct span	 all = sb_done(&c->out);

	while (!c->broken && c->sent < all.n) {
		ssize_t	 n = send(c->fd, all.p + c->sent, all.n - c->sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			c->sent += (size_t)n;
		else if (errno == EAGAIN)
			return false;
		else if (errno != EINTR)
			c->broken = true;
	}
	return true;
}

static void
writable(void *arg, int fd)
{
	struct control	*c = arg;

	(void)fd;
	if (flush(c))
		gone(c);
}

static void
readable(void *arg, int fd)
{
	struct control	*c = arg;
	ssize_t		 n = recv(fd, c->command + c->got, sizeof c->command - 1 - c->got,
	    MSG_DONTWAIT);
	char		*end;

	OBJ_OK(c, CONTROL_TAG);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		gone(c);
		return;
	}
	c->got += (size_t)n;
	end = memchr(c->command, '\n', c->got);
	if (end == NULL) {
		if (c->got == sizeof c->command - 1)
			gone(c);
		return;
	}
	*end = '\0';
	/*
	 * From here on only the answer's end ends it; a client that goes away meanwhile is noticed
	 * then.
	 */
	watch_remove(fd);
	c->asked = true;
	on_command(c, c->command);
}

static bool
is_trusted(int fd)
{
	struct ucred	 who;
	socklen_t	 n = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	    (who.uid == 0 || who.uid == getuid());
}

static void
connected(void *arg, int fd)
{
	struct control	*c;
	int		 s = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)arg;
	if (s < 0)
		return;
	if (clients == CLIENTS_MAX || !is_trusted(s)) {
		close(s);
		return;
	}
	clients++;
	c = mem_zero(sizeof *c);
	c->tag = CONTROL_TAG;
	c->fd = s;
	sb_heap(&c->out, ANSWER_MAX);
	watch_add(s, false, readable, c);
}

/* A socket left behind by a dead master is in the way; anything else at that path stays. */
static bool
clear_path(const char *path)
{
	struct stat	 st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return false;
	}
	return unlink(path) == 0;
}

bool
control_listen(const char *path, void (*command)(struct control *, const char *))
{
	struct sockaddr_un	 un = { .sun_family = AF_UNIX };
	mode_t			 mask;
	int			 fd, r, error;

	if (strlen(path) >= sizeof un.sun_path) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(un.sun_path, path);
	if (!clear_path(path) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return false;
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&un, sizeof un);
	umask(mask);
	if (r != 0 || listen(fd, CLIENTS_MAX) != 0) {
		error = errno;
		close(fd);
		errno = error;
		return false;
	}
	on_command = command;
	listener = fd;
	listener_path = mem_str(path);
	watch_add(fd, false, connected, NULL);
	return true;
}

void
control_close(void)
{
	if (listener < 0)
		return;
	watch_remove(listener);
	close(listener);
	unlink(listener_path);
	free(listener_path);
	listener = -1;
}

void
control_say(struct control *c, const char *text)
{
	if (c == NULL)
		return;
	OBJ_OK(c, CONTROL_TAG);
	sb_str(&c->out, text);
	sb_char(&c->out, '\n');
}

void
control_end(struct control *c, int status)
{
	if (c == NULL)
		return;
	OBJ_OK(c, CONTROL_TAG);
	MUST(c->asked && !c->ended);
	if (!sb_ok(&c->out))		/* more diagnostics than anybody reads */
		sb_clear(&c->out);
	sb_printf(&c->out, "exit %d\n", status);
	c->ended = true;
	if (flush(c))
		gone(c);
	else
		watch_add(c->fd, true, writable, c);
}
