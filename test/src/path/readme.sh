#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The way of a request as src/README shows it is the one of the step table.
# After a change of the table: make test/src/path/printpath && test/src/path/printpath, and put that into src/README between the marks.
set -eu
readme=${srcdir:-.}/src/README
shown=$(sed -n '/^\.\. path begins/,/^\.\. path ends/p' "$readme" | sed '1d;$d')
if [ "$shown" != "$(./test/src/path/printpath)" ]; then
	echo "src/README does not show the way of a request as it is:"
	./test/src/path/printpath
	exit 1
fi
