# SPDX-License-Identifier: Apache-2.0
"""Hostile origins and clients: what is stored while it comes must not be spoilt, shared wrongly or held up by any of them."""
import threading
import time

import cacheconfs
from cachetest import A, case, check, get, head, script
from rules_flights import BIG, MAX, Held, ask, head_of, until, whole

cacheconfs.CONFS['proxy-only'] = cacheconfs.conf(cacheconfs.BOTH + '''
cache_peer 127.0.0.1 parent {origin} 0 proxy-only no-query no-digest name=up
acl through urlpath_regex /through
cache_peer_access up allow through
cache_peer_access up deny all
always_direct deny through
never_direct allow through
always_direct allow all
''', quiet=True)

STALE = ('Cache-Control: max-age=10', 'ETag: "a"')

# --- conditions that are the origin's to judge ---------------------------------------------------------------------------

for condition in ('If-Match: "a"', 'If-Unmodified-Since: {-10}'):
    name = condition.split(':')[0]
    case('%s on a stale answer goes to the origin' % name, get('miss', a=A(*STALE)),
        get('asked', condition, at=20, a=A(*STALE), asked=[condition]))
    case('%s on a stale answer, the origin says 412' % name, get('miss', a=A(*STALE)),
        get('asked', condition, at=20, a=A(status=412), asked=[condition]))
    case('%s on a stale answer, the origin fails' % name, get('miss', a=A(*STALE)),
        get('any', condition, at=20, a=A(status=503)))
    case('%s on a stale answer, nothing comes' % name, get('miss', a=A(*STALE)),
        get('any', condition, at=20, a=A(nothing=True)))
    case('%s with no-cache' % name, get('miss', a=A(*STALE)), get('asked', condition, 'Cache-Control: no-cache', asked=[condition], a=A(*STALE)))
    case('%s to HEAD on a stale answer' % name, get('miss', a=A(*STALE)), head('asked', condition, at=20, a=A(*STALE)))
