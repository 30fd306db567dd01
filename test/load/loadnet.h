/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets for the load programs: IPv4 on this machine, non-blocking. Whatever fails at the start
 * ends the program with a message.
 */
#ifndef LOAD_LOADNET_H
#define LOAD_LOADNET_H

#include <netinet/in.h>
#include <stdint.h>

/* "address:port" or "port" (then 127.0.0.1). */
struct sockaddr_in	 loadnet_address(const char *text);
int			 loadnet_listen(struct sockaddr_in at);
/* Under way when it returns; bound to *from unless NULL (its port 0: any). -1 with errno. */
int			 loadnet_connect(const struct sockaddr_in *to,
		    const struct sockaddr_in *from);
void			 loadnet_nodelay(int fd);
uint64_t		 loadnet_now_us(void);
/* As many descriptors as the hard limit allows. */
void			 loadnet_many_files(void);

#endif
