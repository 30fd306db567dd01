# SPDX-License-Identifier: Apache-2.0
# Sourced by clients*.sh: lib.sh, the server of clients_origin.py behind a proxy with two workers and a store, what is compared.
. "$(dirname "$0")/lib.sh"
export HOME=$T LC_ALL=C
unset http_proxy https_proxy ftp_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
python=/usr/bin/python3		# the one that packages bring their modules to
mkdir -p "$T/www"
mkdir -m 777 "$T/d/cache"
echo "127.0.0.1 site.test" >"$T/hosts"
chmod 644 "$T/hosts"
site=http://site.test:$origin_port

origin() {
	python3 "$here/clients_origin.py" "$origin_port" "$T/www" "$T/asked" &
	own="$own $!"
	till curl -s -o /dev/null "http://127.0.0.1:$origin_port/none"
}

# store: the proxy; more lines of configuration come from standard input
store() {
	proxy < <(
		cat <<-END
		workers 2
		hosts_file $T/hosts
		destination_access allow all
		cache_dir sepia $T/d/cache 500
		maximum_object_size 200 MB
		collapsed_forwarding on
		END
		cat
		echo "http_access allow all"
	)
	through=http://127.0.0.1:$port
	till stored_twice
}

# The first answers may come before the store is there.
stored_twice() { curl -s -m 5 -o /dev/null -x "$through" "$site/f/" && curl -s -m 5 -o /dev/null -D - -x "$through" "$site/f/" | grep -q '; hit'; }

c() { curl -sS -m 60 -x "$through" "$@"; }
same() { cmp "$1" "$2"; }

# asked REGEX: how many requests the server had that match
asked() { grep -cE "$1" "$T/asked"; }
asked_is() { local n; n=$(asked "$2"); [ "$n" = "$1" ] || { echo "asked $n times, not $1: $2"; grep -E "$2" "$T/asked" | tail; return 1; }; }

# log_is NUMBER JQ WORDS: of the last NUMBER finished requests that went to the site, what jq makes of each
logged() { jq -rs "map(select(.host == \"site.test\")) | .[-$1:] | map($2) | join(\" \")" "$T/d/access.json"; }
log_is() { local got; got=$(logged "$1" "$2"); [ "$got" = "$3" ] || { echo "the log says: $got; expected: $3"; return 1; }; }

# kill_workers: with SIGKILL; the master starts new ones
kill_workers() {
	local kids p
	kids=$(pgrep -P "$pid")
	for p in $kids; do
		kill -KILL "$p"
	done
	till sh -c "for p in $(echo $kids); do ! kill -0 \$p 2>/dev/null || exit 1; done" && till curl -s -m 2 -o /dev/null "$through/proxy.pac"
}
