/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes of a worker. posix_spawn starts them (vfork semantics: nothing of this process is
 * copied), a pidfd on the loop tells of their death; where there is none, or it cannot be watched,
 * a timer asks. There is no SIGCHLD handler. Each child leads a process group of its own, so that
 * the terminal's Ctrl-C does not reach it and a shell wrapper is ended together with what it
 * started.
 */
#include "net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "net/loop.h"

#define WATCH_TAG	TAG4('C', 'H', 'L', 'D')

enum { POLL_MS = 200, KILL_MS = 2000 };

struct watch {			/* one for each child that is not reaped yet */
	uint32_t	 tag;
	struct list	 node;
	pid_t		 pid;
	struct io	 io;		/* its pidfd; closed where there is none */
	struct timer	 poll;		/* then this asks */
	struct timer	 end;		/* the next signal of child_end */
	int		 signal;	/* ... which is this one */
	void		(*died)(void *arg, int status);
	void		*arg;
};

static struct list	 watches = { &watches, &watches };

static struct watch *
find(pid_t pid)
{
	LIST_EACH(&watches, n) {
		struct watch *w = CONTAINER_OF(n, struct watch, node);

		if (w->pid == pid)
			return w;
	}
	return NULL;
}

static void
reap(struct watch *w)
{
	void	(*died)(void *, int) = w->died;
	void	*arg = w->arg;
	int	 status = 0;
	pid_t	 r = waitpid(w->pid, &status, WNOHANG);

	if (r == 0 || (r < 0 && errno == EINTR))
		return;
	if (r < 0)			/* somebody else has waited for it */
		status = 0;
	io_close(&w->io);
	timer_stop(&w->poll);
	timer_stop(&w->end);
	list_remove(&w->node);
	OBJ_GONE(w);
	free(w);
	if (died != NULL)
		died(arg, status);
}

static void
on_pidfd(struct io *io, unsigned events)
{
	struct watch	*w = CONTAINER_OF(io, struct watch, io);

	(void)events;
	OBJ_OK(w, WATCH_TAG);
	reap(w);
}

static void
on_poll(struct timer *t)
{
	struct watch	*w = CONTAINER_OF(t, struct watch, poll);

	OBJ_OK(w, WATCH_TAG);
	timer_set(&w->poll, POLL_MS);
	reap(w);
}

static void
on_end(struct timer *t)
{
	struct watch	*w = CONTAINER_OF(t, struct watch, end);

	OBJ_OK(w, WATCH_TAG);
	/* Not reaped, so the number is still its own. */
	if (kill(-w->pid, w->signal) != 0)
		kill(w->pid, w->signal);
	if (w->signal == SIGKILL)
		return;
	w->signal = SIGKILL;
	timer_set(&w->end, KILL_MS);
}

static void
watch(pid_t pid)
{
	struct watch	*w = mem_zero(sizeof *w);
	int		 fd = (int)syscall(SYS_pidfd_open, pid, 0);

	w->tag = WATCH_TAG;
	w->pid = pid;
	w->io.fd = -1;
	list_init(&w->node);
	timer_init(&w->poll, on_poll);
	timer_init(&w->end, on_end);
	list_add(&watches, &w->node);
	if (fd >= 0 && io_open(&w->io, fd, 0, on_pidfd))
		return;
	if (fd >= 0)
		close(fd);
	timer_set(&w->poll, POLL_MS);
}

/*
 * Two connected ends; the child's is never one of the standard descriptors, so that dup2 always
 * makes a real copy.
 */
static bool
pair(int sv[2])
{
	int	 fd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		if (sv[i] > STDERR_FILENO)
			continue;
		fd = fcntl(sv[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (fd < 0)
			goto fail;
		close(sv[i]);
		sv[i] = fd;
	}
	if (fcntl(sv[0], F_SETFL, O_NONBLOCK) != 0)
		goto fail;
	return true;
fail:
	close(sv[0]);
	close(sv[1]);
	return false;
}

static int
spawn(pid_t *pid, const char *const *argv, int fd)
{
	posix_spawn_file_actions_t	 files;
	posix_spawnattr_t		 attr;
	sigset_t			 none, all;
	int				 error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	/* stderr first: the message descriptor may be one of those that are replaced next. */
	error = posix_spawn_file_actions_adddup2(&files, msg_where(), STDERR_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&files, fd, STDIN_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&files, fd, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	if (error == 0)		/* it does not change them */
		error = posix_spawn(pid, argv[0], &files, &attr, (char *const *)(uintptr_t)argv,
		    environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

bool
child_start(struct child *c, const char *const *argv)
{
	int	 sv[2], error;

	*c = (struct child){ .fd = -1 };
	if (!pair(sv))
		return false;
	error = spawn(&c->pid, argv, sv[1]);
	close(sv[1]);
	if (error != 0) {
		close(sv[0]);
		c->pid = 0;
		errno = error;
		return false;
	}
	c->fd = sv[0];
	watch(c->pid);
	return true;
}

void
child_watch(struct child *c, void (*died)(void *arg, int status), void *arg)
{
	struct watch	*w = find(c->pid);

	if (w == NULL)
		return;
	w->died = died;
	w->arg = arg;
}

void
child_end(struct child *c, unsigned grace_ms)
{
	struct watch	*w = c->pid == 0 ? NULL : find(c->pid);

	if (c->fd >= 0)
		close(c->fd);
	*c = (struct child){ .fd = -1 };
	if (w == NULL)
		return;
	w->died = NULL;
	w->signal = SIGTERM;
	timer_set(&w->end, grace_ms);
}
