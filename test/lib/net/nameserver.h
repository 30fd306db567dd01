/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DNS server for tests, on the loop of the test. What it answers is said by the name's first
 * label:
 *   both 192.0.2.1 and 2001:db8::1 · four, six one family only · slow6, slow4 that family 150 ms
 *   late · mute6 never for AAAA
 *   short TTL 1 · zero TTL 0 · none NXDOMAIN · empty no records · fail SERVFAIL · mute nothing at
 *   all · junk a broken packet
 *   alias a CNAME to both.test · big truncated, 30 addresses over TCP · anything else 192.0.2.99
 */
#ifndef NAMESERVER_H
#define NAMESERVER_H

#include <stdint.h>

uint16_t	 nameserver_start(void);	/* the port on 127.0.0.1 */
void		 nameserver_stop(void);

extern int	 nameserver_asked;		/* questions, of whatever kind */
enum { NAMESERVER_PORTS = 1024 };
/* the ports the first ones over UDP came from */
extern uint16_t	 nameserver_from[NAMESERVER_PORTS];

#endif
