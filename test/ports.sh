# SPDX-License-Identifier: Apache-2.0
# Sourced by tests that need ports before somebody listens there. A port that take_port gave is nobody else's among the tests of this user, on the whole machine, until
# it is given back, or the shell and what it started have ended: a lock on a file with its number says so (test/wire/wire.py does the same). None is of those that the kernel
# gives to who connects, so none is lost, or connected to itself, between two starts of a proxy.

PORT_LOCKS=${TMPDIR:-/tmp}/sepia-ports-$(id -u)
mkdir -m 700 "$PORT_LOCKS" 2>/dev/null

# take_port FD: sets `port`; the lock is held by descriptor FD
take_port() {
	while :; do
		port=$((10240 + $(od -An -N2 -tu2 /dev/urandom) % 22000))
		# opened for reading: who writes keeps a file system from being made read-only
		: > "$PORT_LOCKS/$port" || return 1
		eval "command exec $1<\"$PORT_LOCKS/$port\"" || continue
		# the file may be one that was removed meanwhile
		flock -n "$1" && [ "$PORT_LOCKS/$port" -ef "/proc/self/fd/$1" ] && ! port_used "$port" && return 0
	done
}

# port_used PORT: somebody listens there, or has a connection from there
port_used() { grep -qis "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") " /proc/net/tcp /proc/net/tcp6; }

# give_ports PORT...: before the end
give_ports() {
	for port in "$@"; do
		[ -z "$port" ] || rm -f "$PORT_LOCKS/$port" 2>/dev/null
	done
}
