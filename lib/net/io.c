/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors on the loop. Registered once for everything, edge-triggered; after that the kernel is
 * asked only for what it announced. An event carries descriptor and generation, and finds its io in
 * a table: one that was closed or moved meanwhile is simply not there any more.
 */
#include "net/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "net/loop.h"

enum { IO_TAG = TAG4('I', 'O', ' ', '1') };
enum { TOGETHER = 2048 };	/* bytes of a vector that are written as one */

static struct entry {
	struct io	*io;
	uint32_t	 generation;
}			*table;
static size_t		 table_cap;

void
io_table_free(void)
{
	free(table);
	table = NULL;
	table_cap = 0;
}

static struct entry *
enter(struct io *io)
{
	size_t	 fd = (size_t)io->fd, cap = table_cap;

	if (fd >= cap) {
		cap = cap == 0 ? 64 : cap;
		while (cap <= fd)
			cap *= 2;
		table = mem_grow(table, cap * sizeof *table);
		memset(table + table_cap, 0, (cap - table_cap) * sizeof *table);
		table_cap = cap;
	}
	table[fd].io = io;
	return &table[fd];
}

static void
forget(struct io *io)
{
	MUST(table[io->fd].io == io);
	table[io->fd].io = NULL;
	table[io->fd].generation++;	/* events still in this round's batch are for nobody */
	io->fd = -1;
	io->ready = 0;
}

bool
io_starved(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOSPC || error == ENOMEM ||
	    error == ENOBUFS;
}

bool
io_open(struct io *io, int fd, unsigned ready, void (*cb)(struct io *, unsigned))
{
	struct entry		*e;
	struct epoll_event	 ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };

	MUST(fd >= 0 && cb != NULL);
	*io = (struct io){ .tag = IO_TAG, .fd = fd, .ready = (uint8_t)ready, .cb = cb };
	e = enter(io);
	io->generation = ++e->generation;
	ev.data.u64 = (uint64_t)io->generation << 32 | (uint32_t)fd;
	if (epoll_ctl(loop_fd(), EPOLL_CTL_ADD, fd, &ev) == 0)
		return true;
	MUST(io_starved(errno));
	forget(io);
	return false;
}

void
io_move(struct io *dst, struct io *src, void (*cb)(struct io *, unsigned))
{
	OBJ_OK(src, IO_TAG);
	MUST(io_is_open(src));
	*dst = *src;
	dst->cb = cb;
	dst->quiet = false;
	table[dst->fd].io = dst;
	src->fd = -1;
}

void
io_close(struct io *io)
{
	int	 fd = io->fd;

	if (fd < 0)
		return;
	forget(io);
	close(fd);
}

int
io_release(struct io *io)
{
	int	 fd = io->fd;

	MUST(fd >= 0);
	forget(io);
	epoll_ctl(loop_fd(), EPOLL_CTL_DEL, fd, NULL);
	return fd;
}

void
io_event(uint64_t data, uint32_t events)
{
	uint32_t	 fd = (uint32_t)data;
	struct io	*io;
	unsigned	 ready = 0;

	if (fd >= table_cap || table[fd].generation != (uint32_t)(data >> 32) ||
	    table[fd].io == NULL)
		return;
	io = table[fd].io;
	if (events & EPOLLIN)
		ready |= IO_READ;
	if (events & EPOLLOUT)
		ready |= IO_WRITE;
	if (events & EPOLLRDHUP)
		ready |= IO_READ | IO_HUP;
	if (events & (EPOLLHUP | EPOLLERR))
		ready |= IO_READ | IO_WRITE | IO_HUP;
	if (events & EPOLLERR)
		ready |= IO_ERR;
	io->ready |= (uint8_t)ready;
	if (!io->quiet)
		io->cb(io, ready);
}

static enum io_result
refused(struct io *io, unsigned what)
{
	if (errno == EAGAIN || errno == EINTR) {
		if (errno == EAGAIN)
			io->ready &= (uint8_t)~what;
		return IO_AGAIN;
	}
	return IO_FAIL;
}

static enum io_result
judge_read(struct io *io, ssize_t r, size_t cap, size_t *got)
{
	if (r < 0)
		return refused(io, IO_READ);
	if (r == 0)
		return IO_EOF;
	if ((size_t)r < cap && !(io->ready & IO_HUP))
		io->ready &= (uint8_t)~IO_READ;
	*got = (size_t)r;
	return IO_OK;
}

enum io_result
io_read(struct io *io, void *p, size_t cap, size_t *got)
{
	ssize_t	 r;

	*got = 0;
	MUST(cap > 0);
	if (!(io->ready & IO_READ))
		return IO_AGAIN;
	r = recv(io->fd, p, cap, 0);		/* a tenth cheaper than read(2) */
	if (r < 0 && errno == ENOTSOCK)
		r = read(io->fd, p, cap);
	return judge_read(io, r, cap, got);
}

enum io_result
io_readv(struct io *io, struct iovec *iov, int n, size_t *got)
{
	size_t	 cap = 0;

	*got = 0;
	for (int i = 0; i < n; i++)
		cap += iov[i].iov_len;
	MUST(cap > 0);
	if (!(io->ready & IO_READ))
		return IO_AGAIN;
	return judge_read(io, readv(io->fd, iov, n), cap, got);
}

static enum io_result
judge_write(struct io *io, ssize_t r, size_t want, size_t *put)
{
	if (r < 0)
		return refused(io, IO_WRITE);
	if ((size_t)r < want)
		io->ready &= (uint8_t)~IO_WRITE;
	*put = (size_t)r;
	return IO_OK;
}

static enum io_result
write_one(struct io *io, const void *p, size_t n, bool more, size_t *put)
{
	ssize_t	 r;

	*put = 0;
	if (!(io->ready & IO_WRITE))
		return IO_AGAIN;
	r = send(io->fd, p, n, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
	if (r < 0 && errno == ENOTSOCK)
		r = write(io->fd, p, n);
	return judge_write(io, r, n, put);
}

enum io_result
io_write(struct io *io, const void *p, size_t n, size_t *put)
{
	return write_one(io, p, n, false, put);
}

/* Few bytes: a copy costs less than what the kernel does with a vector. */
static enum io_result
write_together(struct io *io, const struct iovec *iov, int n, size_t want, size_t *put)
{
	char	 all[TOGETHER];
	size_t	 at = 0;

	MUST(want <= sizeof all);
	for (int i = 0; i < n; at += iov[i++].iov_len)
		memcpy(all + at, iov[i].iov_base, iov[i].iov_len);
	return io_write(io, all, want, put);
}

static enum io_result
write_vector(struct io *io, const struct iovec *iov, int n, size_t want, bool more, size_t *put)
{
	struct msghdr	 m = { .msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)n };
	ssize_t		 r;

	*put = 0;
	if (!(io->ready & IO_WRITE))
		return IO_AGAIN;
	r = sendmsg(io->fd, &m, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
	if (r < 0 && errno == ENOTSOCK)
		r = writev(io->fd, iov, n);
	return judge_write(io, r, want, put);
}

enum io_result
io_writev(struct io *io, const struct iovec *iov, int n, bool more, size_t *put)
{
	size_t	 want = 0;

	for (int i = 0; i < n; i++)
		want += iov[i].iov_len;
	if (n == 1)		/* the kernel need not fetch a vector first */
		return write_one(io, iov->iov_base, want, more, put);
	if (!more && want <= TOGETHER)
		return write_together(io, iov, n, want, put);
	return write_vector(io, iov, n, want, more, put);
}

enum io_result
io_splice_in(struct io *from, int pipe, size_t n, size_t *got)
{
	ssize_t	 r;

	*got = 0;
	if (!(from->ready & IO_READ))
		return IO_AGAIN;
	r = splice(from->fd, NULL, pipe, NULL, n, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (r < 0)
		return refused(from, IO_READ);	/* the caller knows whether the pipe was full */
	if (r == 0)
		return IO_EOF;
	*got = (size_t)r;
	return IO_OK;
}

enum io_result
io_splice_out(int pipe, struct io *to, size_t n, bool more, size_t *put)
{
	ssize_t	 r;

	*put = 0;
	if (!(to->ready & IO_WRITE))
		return IO_AGAIN;
	r = splice(pipe, NULL, to->fd, NULL, n,
	    SPLICE_F_MOVE | SPLICE_F_NONBLOCK | (more ? SPLICE_F_MORE : 0));
	if (r < 0)
		return refused(to, IO_WRITE);
	*put = (size_t)r;
	return IO_OK;
}

enum io_result
io_sendfile(struct io *to, int fd, int64_t *at, size_t n, size_t *put)
{
	off_t	 off = (off_t)*at;
	ssize_t	 r;

	*put = 0;
	if (!(to->ready & IO_WRITE))
		return IO_AGAIN;
	r = sendfile(to->fd, fd, &off, n);
	if (r == 0)
		return IO_EOF;		/* the file is shorter than it was */
	if (r > 0)
		*at = (int64_t)off;
	return judge_write(to, r, n, put);
}

void
io_shut_write(struct io *io)
{
	if (io->fd >= 0)
		shutdown(io->fd, SHUT_WR);
}

void
io_abortive(struct io *io, bool on)
{
	struct linger	 l = { .l_onoff = on, .l_linger = 0 };

	setsockopt(io->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
}

void
io_reset(struct io *io)
{
	if (io->fd < 0)
		return;
	io_abortive(io, true);
	io_close(io);
}

void
io_gather(struct io *io, unsigned bytes)
{
	int	 n = (int)bytes;

	if (io->fd >= 0)
		setsockopt(io->fd, SOL_SOCKET, SO_RCVLOWAT, &n, sizeof n);
}

int
io_error(struct io *io)
{
	int		 e = 0;
	socklen_t	 n = sizeof e;

	if (getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &e, &n) != 0)
		return errno;
	return e;
}
