/* SPDX-License-Identifier: Apache-2.0 */
/* Letters over a socket pair. In the master and its children. */
#include "proc/leash.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool
leash_make(int *master, int *child)
{
	int	 pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return false;
	*master = pair[0];
	*child = pair[1];
	return true;
}

union room {
	struct cmsghdr	 header;
	char		 bytes[CMSG_SPACE(sizeof(int))];
};

bool
leash_say(int fd, enum leash_word w, int passed)
{
	char		 letter = (char)w;
	struct iovec	 iov = { &letter, 1 };
	struct msghdr	 m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union room	 room;

	if (passed >= 0) {
		struct cmsghdr	*c;

		memset(&room, 0, sizeof room);
		m.msg_control = room.bytes;
		m.msg_controllen = sizeof room.bytes;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passed, sizeof(int));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

static int
descriptor_in(struct msghdr *m)
{
	int	 fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		    c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

enum leash_word
leash_hear(int fd, int *passed)
{
	char		 letter;
	struct iovec	 iov = { &letter, 1 };
	union room	 room;
	struct msghdr	 m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room.bytes,
	    .msg_controllen = sizeof room.bytes };
	ssize_t		 n;

	*passed = -1;
	do
		n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? LEASH_NOTHING : LEASH_GONE;
	if (n == 0)
		return LEASH_GONE;
	*passed = descriptor_in(&m);
	return (enum leash_word)letter;
}
