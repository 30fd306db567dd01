/* SPDX-License-Identifier: Apache-2.0 */
/* Classic BPF on listening sockets. In the master. */
#include "proc/steer.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/must.h"

enum { TCP_FLAGS_AT = 13, FLAG_SYN = 0x02, FLAG_ACK = 0x10 };

bool
steer_to(int fd, unsigned n)
{
	/*
	 * At random, because a hash of the packet is not there on every interface; a handshake
	 * stays with the socket that got its SYN.
	 */
	struct sock_filter	 code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, n),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog	 p = { .len = sizeof code / sizeof code[0], .filter = code };

	return n > 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &p, sizeof p) == 0;
}

/* The number is looked for in a list: its length grows with the workers, of which there are few. */
bool
steer_among(int fd, const unsigned *rows, unsigned n)
{
	struct sock_filter	*code = mem_alloc((2 + 2 * (size_t)n) * sizeof *code);
	struct sock_fprog	 p = { .filter = code };
	bool			 ok;

	MUST(n > 0);
	code[p.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM));
	code[p.len++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, n);
	for (unsigned i = 0; i < n && p.len < BPF_MAXINSNS; i++) {
		if (i + 1 < n)
			code[p.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, i,
			    0, 1);
		code[p.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rows[i]);
	}
	ok = p.len < BPF_MAXINSNS && setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &p,
	    sizeof p) == 0;
	free(code);
	return ok;
}

bool
steer_shut(int fd)
{
	struct sock_filter	 code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_AT),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, FLAG_SYN | FLAG_ACK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FLAG_SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_fprog	 p = { .len = sizeof code / sizeof code[0], .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof p) == 0;
}

unsigned
steer_waiting(int fd)
{
	struct tcp_info	 info;
	socklen_t	 n = sizeof info;

	memset(&info, 0, sizeof info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
		return 0;
	return info.tcpi_unacked;	/* of a listening socket: its accept queue (tcp_get_info) */
}
