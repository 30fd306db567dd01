/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes as a cache sees them. Pure; worker. */
#include "cache/statusclass.h"

enum statusclass
statusclass_of(unsigned status)
{
	switch (status) {
	case 200: case 203: case 300: case 301: case 308: case 410:
		return STATUSCLASS_POSITIVE;
	case 204: case 404: case 405: case 414: case 501:
		return STATUSCLASS_FAILURE;
	case 305: case 403: case 421: case 500: case 502: case 503: case 504:
		return STATUSCLASS_NEGATIVE;
	case 206:
		return STATUSCLASS_PARTIAL;
	case 226:				/* RFC 3229: selected by A-IM */
	case 304: case 401: case 407:
	case 412: case 416: case 417: case 426:	/* answers to fields that are no part of the key */
	case 428: case 429: case 431: case 511:	/* RFC 6585: MUST NOT be stored */
		return STATUSCLASS_NEVER;
	default:
		return status < 200 ? STATUSCLASS_NEVER : STATUSCLASS_EXPLICIT;
	}
}

bool
statusclass_understood(unsigned status)
{
	switch (status) {
	case 200: case 201: case 202: case 203: case 204: case 205: case 206: case 207: case 208:
	case 300: case 301: case 302: case 303: case 305: case 307: case 308:
	case 400: case 402: case 403: case 404: case 405: case 406: case 408: case 409: case 410: case 411: case 413:
	case 414: case 415: case 421: case 422: case 423: case 424: case 425: case 451:
	case 500: case 501: case 502: case 503: case 504: case 505: case 506: case 507: case 508:
		return true;
	default:
		return false;
	}
}

bool
statusclass_heuristic(unsigned status)
{
	switch (statusclass_of(status)) {
	case STATUSCLASS_POSITIVE: case STATUSCLASS_FAILURE: case STATUSCLASS_PARTIAL:
		return true;
	case STATUSCLASS_NEGATIVE: case STATUSCLASS_EXPLICIT: case STATUSCLASS_NEVER:
		break;
	}
	return false;
}
