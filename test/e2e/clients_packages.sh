#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Package managers and git through a proxy that stores: apt from a repository of three packages that then gets a newer one, git by files and by its own
# protocol (clone, fetch, push), pip and npm from directories in the form of their registries.
. "$(dirname "$0")/clients_lib.sh"
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_TERMINAL_PROMPT=0
origin
store </dev/null
seed() { openssl enc -aes-128-ctr -pass "pass:$1" -nosalt -md md5 </dev/zero 2>/dev/null | head -c "$2"; }

# ---- apt
# package NAME VERSION SIZE
package() {
	local d=$T/p/$1
	mkdir -p "$d/DEBIAN" "$d/usr/share/$1"
	seed "$1$2" "$3" >"$d/usr/share/$1/data"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: a <a@b>\nDescription: test\n' "$1" "$2" >"$d/DEBIAN/control"
	dpkg-deb --root-owner-group -Znone -b "$d" "$T/www/deb/$1_$2_all.deb" >/dev/null
}
# The index of a repository, as "deb [trusted=yes] URL ./" wants it.
release() {
	(cd "$T/www/deb" && dpkg-scanpackages -m . >Packages 2>/dev/null && gzip -9nkf Packages &&
	    printf 'Suite: t\nDate: %s\nSHA256:\n' "$(date -u -R)" >Release.new &&
	    for f in Packages Packages.gz; do printf ' %s %s %s\n' "$(sha256sum "$f" | cut -c1-64)" "$(stat -c %s "$f")" "$f"; done >>Release.new && mv Release.new Release)
}
apt_get() {
	(cd "$T/apt" && apt-get -q -o Dir="$T/apt" -o Dir::State::status="$T/apt/status" -o Dir::Etc::sourcelist="$T/apt/list" -o Dir::Etc::sourceparts=- \
	    -o Dir::Etc::main=- -o Dir::Etc::parts=- -o Dir::Bin::Methods=/usr/lib/apt/methods -o APT::Architecture=amd64 -o APT::Sandbox::User=root \
	    -o Acquire::http::Proxy="$through" -o Acquire::http::Pipeline-Depth=10 -o Acquire::Languages=none -o Debug::NoLocking=1 "$@")
}
apt_fresh() {
	rm -rf "$T/apt"
	mkdir -p "$T/apt/lists/partial" "$T/apt/var/lib/apt/lists/partial" "$T/apt/var/cache/apt/archives/partial"
	touch "$T/apt/status"
	echo "deb [trusted=yes] $site/f/deb ./" >"$T/apt/list"
}
download() { apt_get download one two three four && for f in one two three four; do cmp "$T/apt/${f}_$1_all.deb" "$T/www/deb/${f}_$1_all.deb" || return 1; done; }
if has apt-get && has dpkg-scanpackages; then
	mkdir -p "$T/www/deb"
	for p in one two three four; do package $p 1 $((3000000 * (${#p} - 2))); done
	release
	for turn in first second; do
		apt_fresh
		check "apt-get update, $turn" apt_get update
		check "apt-get download, $turn" download 1
	done
	check "each package was fetched once" asked_is 4 '^GET /f/deb/./[a-z]*_1_all.deb'
	rm "$T/apt"/*.deb
	mkdir -p "$T/apt/partial"
	apt_part() {
		apt_get -o Dir::Cache::archives="$T/apt/" -y -d install one && cmp "$T/apt/one_1_all.deb" "$T/www/deb/one_1_all.deb"
	}
	head -c 1000000 "$T/www/deb/one_1_all.deb" >"$T/apt/partial/one_1_all.deb"
	touch -r "$T/www/deb/one_1_all.deb" "$T/apt/partial/one_1_all.deb"
	check "apt-get resumes what it has a part of" apt_part
	check "apt-get update of what has not changed" apt_get update
	sleep 1
	for p in one two three four; do package $p 2 $((2000000 * (${#p} - 2))); done
	release
	check "what is fresh in the store is made new with No-Cache" apt_get -o Acquire::http::No-Cache=true update
	check "apt-get download of the new ones" download 2
	check "every worker is killed" kill_workers
	rm "$T/apt"/*.deb
	check "apt-get download after that" download 2
	check "each was fetched once" asked_is 4 '^GET /f/deb/./[a-z]*_2_all.deb'
fi

# ---- git
if has git; then
	mkdir -p "$T/www/git"
	g() { git -c "http.proxy=$through" -c safe.directory='*' -c http.postBuffer=100000 "$@"; }
	git init -q --bare -b main "$T/www/git/r.git"
	git init -q -b main "$T/work"
	seed git 5000000 >"$T/work/large"
	seq 1000 >"$T/work/text"
	(cd "$T/work" && git add . && git commit -q -m first && git push -q "$T/www/git/r.git" main && git -C "$T/www/git/r.git" update-server-info)
	for turn in first second; do
		check "git clone, $turn" g clone -q "$site/git/r.git" "$T/smart$turn"
		check "all of it" diff -r -x .git "$T/work" "$T/smart$turn"
		check "git clone by files, $turn" env GIT_SMART_HTTP=0 git -c "http.proxy=$through" clone -q "$site/f/git/r.git" "$T/dumb$turn"
		check "all of it" diff -r -x .git "$T/work" "$T/dumb$turn"
	done
	check "git push" sh -c "cd '$T/smartfirst' && seq 5 >text && head -c 3000000 /dev/urandom >new && git add . && git commit -q -m second && git -c http.proxy=$through push -q origin main"
	check "git fetch of what was pushed" sh -c "cd '$T/smartsecond' && git -c http.proxy=$through pull -q"
	check "all of it" diff -r -x .git "$T/smartfirst" "$T/smartsecond"
	check "git clone --depth 1" g clone -q --depth 1 "$site/git/r.git" "$T/shallow"
	check "all of it" diff -r -x .git "$T/smartfirst" "$T/shallow"
fi

# ---- pip: a simple index is directories with links
if has pip; then
	mkdir -p "$T/www/simple/sepiatest"
	python3 - "$T/www/simple/sepiatest" <<'END'
import sys, zipfile, hashlib, base64
w = zipfile.ZipFile(sys.argv[1] + '/sepiatest-1.0-py3-none-any.whl', 'w')
files = {'sepiatest.py': b'x = %r\n' % ('y' * 400000), 'sepiatest-1.0.dist-info/METADATA': b'Metadata-Version: 2.1\nName: sepiatest\nVersion: 1.0\n',
    'sepiatest-1.0.dist-info/WHEEL': b'Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n'}
record = ''
for name, data in files.items():
    w.writestr(name, data)
    record += '%s,sha256=%s,%d\n' % (name, base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode(), len(data))
w.writestr('sepiatest-1.0.dist-info/RECORD', record + 'sepiatest-1.0.dist-info/RECORD,,\n')
w.close()
END
	for turn in first second; do
		check "pip install, $turn" pip --isolated --no-cache-dir --disable-pip-version-check -q --proxy "$through" install --trusted-host site.test \
		    --index-url "$site/f/simple/" --target "$T/pip$turn" --no-warn-conflicts sepiatest
		check "it can be imported" sh -c "PYTHONPATH='$T/pip$turn' python3 -c 'import sepiatest; assert len(sepiatest.x) == 400000'"
	done
	check "it was fetched once" asked_is 1 '^GET /f/simple/sepiatest/.*whl - 200'
fi

# ---- npm: a registry answers a document for each name
if has npm; then
	mkdir -p "$T/pack/package" "$T/www/npm" "$T/proj"
	echo '{"name": "sepia-test", "version": "1.0.0", "main": "index.js"}' >"$T/pack/package/package.json"
	echo "module.exports = '$(seed npm 300000 | base64 -w0)'" >"$T/pack/package/index.js"
	tar -C "$T/pack" -czf "$T/www/npm/sepia-test-1.0.0.tgz" package
	sum=$(openssl dgst -sha512 -binary "$T/www/npm/sepia-test-1.0.0.tgz" | base64 -w0)
	echo "{\"name\": \"sepia-test\", \"dist-tags\": {\"latest\": \"1.0.0\"}, \"versions\": {\"1.0.0\": {\"name\": \"sepia-test\", \"version\": \"1.0.0\", \"dist\": {\"tarball\": \"$site/f/npm/sepia-test-1.0.0.tgz\", \"integrity\": \"sha512-$sum\"}}}}" >"$T/www/npm/sepia-test"
	for turn in first second; do
		rm -rf "$T/proj" "$T/.npm"
		mkdir "$T/proj"
		echo '{"name": "p", "version": "1.0.0"}' >"$T/proj/package.json"
		check "npm install, $turn" sh -c "cd '$T/proj' && npm_config_noproxy= npm install --no-audit --no-fund --no-update-notifier --proxy=$through --registry=$site/f/npm/ --cache='$T/.npm' --fetch-retries=0 sepia-test"
		check "it is there" diff -r "$T/proj/node_modules/sepia-test" "$T/pack/package"
	done
	check "its archive was fetched once" asked_is 1 '^GET /f/npm/.*tgz'
fi
