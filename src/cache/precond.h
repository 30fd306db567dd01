/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's conditions, judged on a stored response that may be sent (RFC 9111, 4.3.2; RFC 9110,
 * 13).
 */
#ifndef CACHE_PRECOND_H
#define CACHE_PRECOND_H

#include "cache/storedattr.h"

enum precond {
	PRECOND_SEND,		/* the stored response (its ranges are another question) */
	PRECOND_NOT_MODIFIED,	/* 304 */
	PRECOND_FORWARD,	/* If-Match, If-Unmodified-Since: the origin's to judge */
};

enum precond	 precond_judge(const struct head *req, const struct storedattr *at);

/*
 * Makes the head of a 304 from the head of the stored response (RFC 9110, 15.4.5): removes what
 * only describes a body.
 */
void		 precond_not_modified(struct head *reply, const struct storedattr *at);

#endif
