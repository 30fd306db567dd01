/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction between two sockets. Little goes through a scratch buffer that the whole process
 * shares: two system calls, nothing held. When reads fill that buffer the pump takes a pipe and
 * splices: the bytes never come up to user space. What the destination does not take stays in the
 * pipe, or in a buffer of the pump's own, and nothing more is read until it is gone.
 */
#include "net/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/must.h"

enum {
	SCRATCH = 32768,
	PIPE_BYTES = 1 << 20,	/* asked for; the kernel may give less */
	PIPES = 16,		/* spare ones kept */
	ROUNDS = 8,		/* per call: then others get their turn */
	BULK = 65536,
	FULL = 2,		/* full reads in a row that show a bulk transfer */
};

static char	 scratch[SCRATCH];
static int	 spare[PIPES][2];
static unsigned	 spares;

static bool
take_pipe(int fd[2])
{
	if (spares > 0) {
		spares--;
		fd[0] = spare[spares][0];
		fd[1] = spare[spares][1];
		return true;
	}
	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) != 0) {
		fd[0] = fd[1] = -1;
		return false;
	}
	if (fcntl(fd[1], F_SETPIPE_SZ, PIPE_BYTES) < 0)
		fcntl(fd[1], F_SETPIPE_SZ, PIPE_BYTES / 4);
	return true;
}

/* Only an empty pipe may serve somebody else. */
static void
give_pipe(struct pump *p)
{
	if (p->pipe[0] < 0)
		return;
	if (p->stuck == 0 && spares < PIPES) {
		spare[spares][0] = p->pipe[0];
		spare[spares][1] = p->pipe[1];
		spares++;
	} else {
		close(p->pipe[0]);
		close(p->pipe[1]);
	}
	p->pipe[0] = p->pipe[1] = -1;
}

void
pump_init(struct pump *p, struct io *from, struct io *to, uint64_t left)
{
	*p = (struct pump){ .from = from, .to = to, .left = left, .pipe = { -1, -1 } };
	if (left != UINT64_MAX && left >= BULK)
		p->full = FULL;			/* known to be much: nothing has to prove it */
}

static void
hold(struct pump *p, struct span rest)
{
	p->stuck = (uint32_t)rest.n;
	buf_need(&p->rest, buf_fit(rest.n));
	memcpy(p->rest.p, rest.p, rest.n);
	p->rest.to = p->stuck;
}

void
pump_first(struct pump *p, struct span bytes)
{
	MUST(p->stuck == 0 && p->pipe[0] < 0 && bytes.n <= PUMP_FIRST_MOST && bytes.n <= p->left);
	if (bytes.n == 0)
		return;
	hold(p, bytes);
	if (p->left != UINT64_MAX)
		p->left -= bytes.n;
}

static void
sent(struct pump *p, size_t n)
{
	p->stuck -= (uint32_t)n;
	p->moved += n;
}

/* Writes what is stuck: IO_OK when nothing is any more. */
static enum io_result
flush(struct pump *p)
{
	enum io_result	 r;
	size_t		 n;

	while (p->stuck > 0) {
		if (p->pipe[0] >= 0) {
			r = io_splice_out(p->pipe[0], p->to, p->stuck, false, &n);
		} else {
			r = io_write(p->to, p->rest.p + p->rest.from, p->stuck, &n);
			if (r == IO_OK)
				buf_took(&p->rest, n);
		}
		if (r != IO_OK)
			return r;
		sent(p, n);
	}
	buf_drop(&p->rest);
	return IO_OK;
}

/* PUMP_AGAIN: something was moved. */
static enum pump_result
by_copy(struct pump *p)
{
	size_t		 want = p->left < SCRATCH ? (size_t)p->left : SCRATCH, n, put = 0;
	enum io_result	 r = io_read(p->from, scratch, want, &n);

	if (r != IO_OK)
		return r == IO_EOF ? PUMP_EOF : r == IO_AGAIN ? PUMP_WAIT : PUMP_READ_FAIL;
	p->full = (uint8_t)(n < SCRATCH && p->left == UINT64_MAX ? 0 : p->full < FULL ?
	    p->full + 1 : FULL);
	if (p->left != UINT64_MAX)
		p->left -= n;
	if (io_write(p->to, scratch, n, &put) == IO_FAIL)
		return PUMP_WRITE_FAIL;
	p->moved += put;
	if (put < n)
		hold(p, span_at(scratch + put, n - put));
	return PUMP_AGAIN;
}

static enum pump_result
by_splice(struct pump *p)
{
	size_t		 want = p->left < PIPE_BYTES ? (size_t)p->left : PIPE_BYTES, n;
	enum io_result	 r = io_splice_in(p->from, p->pipe[1], want, &n);

	if (r != IO_OK)
		return r == IO_EOF ? PUMP_EOF : r == IO_AGAIN ? PUMP_WAIT : PUMP_READ_FAIL;
	p->stuck = (uint32_t)n;
	if (p->left != UINT64_MAX)
		p->left -= n;
	return PUMP_AGAIN;
}

/* Reads once; what was read is written by the next flush at the latest. */
static enum pump_result
turn(struct pump *p)
{
	if (p->pipe[0] < 0 && p->full >= FULL && p->left >= SCRATCH && !take_pipe(p->pipe))
		p->full = 0;			/* no descriptors left: copying works too */
	return p->pipe[0] >= 0 ? by_splice(p) : by_copy(p);
}

/*
 * The source is drained: an idle pump holds nothing, and splices again at once only after a real
 * burst.
 */
static enum pump_result
rest(struct pump *p, uint64_t before)
{
	if (p->left == UINT64_MAX && p->moved - before < 2 * SCRATCH)
		p->full = 0;
	give_pipe(p);
	return PUMP_WAIT;
}

enum pump_result
pump_run(struct pump *p)
{
	uint64_t	 before = p->moved;

	for (unsigned i = 0;; i++) {
		enum pump_result result;

		switch (flush(p)) {
		case IO_OK:
			break;
		case IO_AGAIN:
			return PUMP_WAIT;
		case IO_EOF:
		case IO_FAIL:
			return PUMP_WRITE_FAIL;
		}
		if (p->left == 0)
			return PUMP_DONE;
		if (!(p->from->ready & IO_READ))
			return rest(p, before);
		if (i >= ROUNDS)
			return PUMP_AGAIN;
		result = turn(p);
		if (result == PUMP_WAIT)
			return rest(p, before);
		if (result != PUMP_AGAIN)
			return result;
	}
}

void
pump_free(struct pump *p)
{
	give_pipe(p);
	buf_drop(&p->rest);
	p->stuck = 0;
}
