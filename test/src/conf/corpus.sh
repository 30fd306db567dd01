#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Loads the configurations of cases/ and compares what is said with cases/NAME.expect (first line: exit status). With SEPIA_CORPUS naming a directory of
# further *.conf files, loads those, too: each loads, or is refused by errors that name file, line and column; none crashes.
# corpus.sh --update writes the expectations anew. And the manual page is what scripts/gen-man makes of the directive table.
src=${srcdir:-.}/test/src/conf
here=$(pwd)
top=$(cd "${srcdir:-.}" && pwd)
check=$here/test/src/conf/confcheck
[ -x "$check" ] || check=${CONFCHECK:?"confcheck is not built"}
failed=0

cd "$src/cases" || exit 99
for f in *.conf; do
	out=$("$check" "$f" 2>&1)
	got=$(printf '%s\n%s' "$?" "$out")
	if [ "$1" = --update ]; then
		printf '%s\n' "$got" >"${f%.conf}.expect"
	elif [ "$got" != "$(cat "${f%.conf}.expect")" ]; then
		echo "FAIL $f"
		printf '%s\n' "$got" | diff "${f%.conf}.expect" -
		failed=1
	fi
done

for f in ${SEPIA_CORPUS:+"$SEPIA_CORPUS"/*.conf}; do
	out=$("$check" -q "$f" 2>&1)
	status=$?
	if [ $status -gt 1 ]; then
		echo "FAIL $f: exit status $status"
		failed=1
	elif [ $status -eq 1 ] && ! printf '%s\n' "$out" | grep -Eq '^[^ ]+(:[0-9]+:[0-9]+)?: error: '; then
		echo "FAIL $f: refused without a reason"
		failed=1
	elif printf '%s\n' "$out" | grep -Eq 'unknown directive|AddressSanitizer|runtime error'; then
		echo "FAIL $f"
		printf '%s\n' "$out"
		failed=1
	fi
done
"$top/scripts/gen-man" "$check" --check || failed=1
exit $failed
