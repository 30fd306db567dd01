#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A store_id_program with concurrency: URLs that differ only behind /same/ get one store id."""
import re
import sys

for line in sys.stdin:
    words = line.split()
    if len(words) < 2:
        continue
    m = re.match(r'(http://[^/]*/[^/]*/same/)', words[1])
    sys.stdout.write('%s %s\n' % (words[0], 'OK store-id=' + m.group(1) if m else 'ERR'))
    sys.stdout.flush()
