/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small programs in the kernel that decide what reaches a listening socket (classic BPF, no
 * privilege needed).
 */
#ifndef PROC_STEER_H
#define PROC_STEER_H

#include <stdbool.h>

/*
 * New connections to the SO_REUSEPORT group of fd go to its first n sockets (in the order they
 * began to listen), at random. False: not possible here.
 */
bool	 steer_to(int fd, unsigned n);
/* ... go to these of its sockets only, numbered from 0 in that order. */
bool	 steer_among(int fd, const unsigned *rows, unsigned n);
/* No new handshake any more on this socket; those that are under way end as they would. */
bool	 steer_shut(int fd);
/* Connections in the accept queue. */
unsigned steer_waiting(int fd);

#endif
