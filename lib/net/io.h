/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A descriptor on the loop. Registered once, edge-triggered, for everything; `ready` remembers what
 * the kernel said, so that nobody asks it for what is not there. Freeing an io inside any callback
 * is safe: events find it by number and generation.
 */
#ifndef NET_IO_H
#define NET_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum {
	IO_READ = 1,		/* bytes, a connection or the end may be there */
	IO_WRITE = 2,		/* there is room */
	/*
	 * the peer will send no more (it may be half-closed): the end comes after what is to be
	 * read
	 */
	IO_HUP = 4,
	IO_ERR = 8,		/* the connection is broken */
};

enum io_result {
	IO_OK,
	IO_AGAIN,		/* nothing now: the callback comes */
	IO_EOF,			/* reading: the peer's orderly end */
	IO_FAIL,		/* errno says why */
};

struct io {
	uint32_t	 tag;
	int		 fd;		/* -1: closed */
	uint32_t	 generation;
	uint8_t		 ready;		/* IO_* seen and not used up */
	/* owner's: events are remembered in `ready` but the callback does not run */
	bool		 quiet;
	void		(*cb)(struct io *io, unsigned events);
};

/*
 * Takes over a non-blocking descriptor. Nothing is ready until the loop says so, unless it is
 * passed in `ready`. False: the kernel cannot watch another one (errno; io_starved); io is closed,
 * and fd is still the caller's.
 */
bool		 io_open(struct io *io, int fd, unsigned ready,
		    void (*cb)(struct io *, unsigned)) __attribute__((warn_unused_result));
/*
 * Errors that say that no more descriptors can be had or watched for the moment
 * (fs.epoll.max_user_watches: ENOSPC).
 */
bool		 io_starved(int error);
/*
 * dst takes over the descriptor, its registration and what is ready; src becomes closed. No system
 * call.
 */
void		 io_move(struct io *dst, struct io *src, void (*cb)(struct io *, unsigned));
void		 io_close(struct io *io);	/* closes the descriptor; harmless when closed */
/* takes it off the loop and gives the descriptor back */
int		 io_release(struct io *io);

static inline bool
io_is_open(const struct io *io)
{
	return io->fd >= 0;
}

/*
 * Reads at most cap > 0 bytes. A short read clears IO_READ (the socket is drained) unless the end
 * is announced. Answers IO_AGAIN without a system call when nothing is ready.
 */
enum io_result	 io_read(struct io *io, void *p, size_t cap, size_t *got);
enum io_result	 io_readv(struct io *io, struct iovec *iov, int n, size_t *got);
/*
 * Writes what it can: *put < total means the rest is IO_AGAIN. MSG_NOSIGNAL on sockets. `more`:
 * MSG_MORE.
 */
enum io_result	 io_writev(struct io *io, const struct iovec *iov, int n, bool more, size_t *put);
enum io_result	 io_write(struct io *io, const void *p, size_t n, size_t *put);
/* Moves at most n bytes between a socket and a pipe, or a file and a socket; the same answers. */
enum io_result	 io_splice_in(struct io *from, int pipe, size_t n, size_t *got);
enum io_result	 io_splice_out(int pipe, struct io *to, size_t n, bool more, size_t *put);
enum io_result	 io_sendfile(struct io *to, int fd, int64_t *at, size_t n, size_t *put);

void		 io_shut_write(struct io *io);	/* FIN */
void		 io_reset(struct io *io);	/* closes with a RST */
/* from now on closing is with a RST, by the death of this process too */
void		 io_abortive(struct io *io, bool on);
/*
 * A socket tells of bytes to read only when there are so many, or the end (SO_RCVLOWAT); 1: of any.
 */
void		 io_gather(struct io *io, unsigned bytes);
/* The error of the socket (SO_ERROR), 0 when none. */
int		 io_error(struct io *io);

/* For loop.c: one epoll event, and the end of the loop. */
void		 io_event(uint64_t data, uint32_t events);
void		 io_table_free(void);

#endif
