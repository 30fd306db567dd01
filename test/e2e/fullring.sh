#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A log ring that is full: fullring.py stops the logger, fills the ring, kills and aborts, and counts lines. One worker, the smallest ring, two places
# that must get every line and one that may drop.
. "$(dirname "$0")/lib.sh"
proxy <<END
workers 1
log_ring_size 64 KB
tunnel_interim_interval 400 milliseconds
destination_access allow all
http_access allow all
access_log stdio:$T/d/second.json logformat=json
access_log stdio:$T/d/may_drop.json logformat=json on-error=drop
END
/usr/bin/python3 "$here/fullring.py" "$port" "$sepia" "$T" || bad=1
pid=		# it has stopped the proxy
