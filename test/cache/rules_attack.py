# SPDX-License-Identifier: Apache-2.0
"""Hostile origins and clients: what is stored while it comes must not be spoilt, shared wrongly or held up by any of them."""
import threading
import time

import cacheconfs
from cachetest import A, case, check, date, get, head, script
from rules_flights import BIG, HOLD, MAX, Held, ask, has_bytes, has_head, head_of, until, whole
from rules_storms import own_proxy

cacheconfs.CONFS['proxy-only'] = cacheconfs.conf(cacheconfs.BOTH + '''
cache_peer 127.0.0.1 parent {origin} 0 proxy-only no-query no-digest name=up
acl through urlpath_regex /through
cache_peer_access up allow through
cache_peer_access up deny all
always_direct deny through
never_direct allow through
always_direct allow all
''', quiet=True)
cacheconfs.CONFS['dead-peer'] = cacheconfs.conf(cacheconfs.BOTH + '''
cache_peer 127.0.0.1 parent {origin} 0 no-query no-digest name=up
cache_peer 127.0.0.1 parent 1 0 no-query no-digest name=down
acl dead req_header X-Dead yes
cache_peer_access up deny dead
cache_peer_access down allow dead
cache_peer_access down deny all
never_direct allow all
''', quiet=True)
cacheconfs.CONFS['dead-destination'] = cacheconfs.conf(cacheconfs.BOTH.replace('destination_access allow all', '''
acl dead req_header X-Dead yes
destination_access deny dead
destination_access allow all
'''), quiet=True)
cacheconfs.CONFS['attack-silence'] = cacheconfs.conf(cacheconfs.BOTH + '''
collapsed_forwarding on
quick_abort_min -1 KB
read_timeout 1 second
''', quiet=True)
cacheconfs.CONFS['attack-shared'] = cacheconfs.conf(cacheconfs.BOTH + '''
collapsed_forwarding on
acl denied req_header X-Deny yes
http_reply_access deny denied
reply_header_access X-Secret deny denied
acl plain req_header X-Plain yes
reply_header_access X-Secret deny plain
acl small req_header X-Small yes
reply_body_max_size 1000 bytes small
''', quiet=True)
cacheconfs.CONFS['attack-sizes'] = cacheconfs.conf(cacheconfs.COMMON + '''
cache_dir sepia {dir}/store 256 max-size=2000000
cache_dir sepia {dir}/other 256 min-size=2000001
maximum_object_size 64 MB
''')
cacheconfs.CONFS['attack-denied'] = cacheconfs.conf(cacheconfs.BOTH + '''
acl denied urlpath_regex /denied
http_reply_access deny denied
quick_abort_min -1 KB
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

# --- what is the client's own of an answer that is stored ----------------------------------------------------------------

case('a 304 made of a new answer has the Set-Cookie and Age of that answer',
    get('asked', 'If-None-Match: "a"', a=A(*STALE, 'Set-Cookie: a=b', 'Age: 5'), status=304, gets='', has=['Set-Cookie: a=b', 'Age: 5', 'ETag: "a"']),
    get('hit', lacks=['Set-Cookie'], age=5, of=0), conf='miss-revalidate-off')
case('a 206 made of a new answer has the Set-Cookie and Age of that answer',
    get('asked', 'Range: bytes=2-4', rest='/whole', a=A(*STALE, 'Set-Cookie: a=b', 'Age: 5', body='0123456789'), status=206, gets='234',
        has=['Set-Cookie: a=b', 'Age: 5', 'Content-Range: bytes 2-4/10']),
    get('hit', rest='/whole', lacks=['Set-Cookie'], age=5, of=0), conf='range-offset')

# --- peers ---------------------------------------------------------------------------------------------------------------

case('proxy-only: what a peer answers is not stored', get('asked', rest='/through', a=A(MAX.strip())), get('asked', rest='/through', a=A(MAX.strip())),
    get('asked', a=A(MAX.strip())), get('hit'), conf='proxy-only')

case('no way is left to the origin: the stored answer may stand in', get('miss', a=A(*STALE)), get('stale', 'X-Dead: yes', at=20), conf='dead-peer')
case('destination_access denies the validation: nothing stands in', get('miss', a=A(*STALE)), get('any', 'X-Dead: yes', at=20, status=403),
    get('val', at=20), conf='dead-destination')
case('destination_access denies where the stored answer came from: it is not sent', get('miss', a=A(MAX.strip())), get('hit'), get('any', 'X-Dead: yes', status=403),
    get('any', 'X-Dead: yes', 'Cache-Control: only-if-cached', status=504), get('hit', at=20), get('any', 'X-Dead: yes', 'Cache-Control: max-stale', at=200, status=403), conf='dead-destination')
case('... nor that it has not changed', get('miss', a=A(MAX.strip(), 'ETag: "a"')), get('any', 'X-Dead: yes', 'If-None-Match: "a"', status=403), get('any', 'If-None-Match: "a"', status=304),
    conf='dead-destination')
case('... nor after it was validated', get('miss', a=A(*STALE)), get('val', at=20), get('any', 'X-Dead: yes', at=21, status=403), get('hit', at=22), conf='dead-destination')
case('no way is left to the origin, and nothing may stand in', get('miss', a=A('Cache-Control: max-age=10, must-revalidate', 'ETag: "a"')),
    get('fail', 'X-Dead: yes', at=20, status=504), conf='dead-peer')

# --- one fetch for many --------------------------------------------------------------------------------------------------


def endless(request, first, piece, seconds, pause=0.002):
    """Sends until the other end closes; False: it did not."""
    end = time.monotonic() + seconds
    try:
        request.send(first)
        while time.monotonic() < end:
            request.stream.send(piece)
            time.sleep(pause)
    except OSError:
        return True
    return False


CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: "e"\r\n' + MAX.encode() + b'\r\n'


@script('a part that goes to the origin as it is keeps nobody waiting', 'collapse')
def _(c):
    go, seen = threading.Event(), []

    def answer(request):
        seen.append(request)
        if 'Range' in request.fields:
            go.wait(HOLD)
            request.send(b'HTTP/1.1 206 Part\r\nContent-Range: bytes 0-1/4\r\nContent-Length: 2\r\n\r\nab')
        else:
            time.sleep(0.3)
            request.send(head_of(b'abcd') + b'abcd')
    c.script = answer
    part = ask(c, 'Range: bytes=0-1\r\n')
    until(lambda: len(seen) == 1)
    for k in [ask(c) for _ in range(5)]:
        whole(k, b'abcd')
    check(len(seen) == 2, 'the origin was asked %d times' % len(seen))
    go.set()
    check(part.answer().status == 206, 'no part')


@script('an answer that nobody wants and that cannot be stored ends', 'quick-abort-never')
def _(c):
    ended = threading.Event()

    def answer(request):
        if endless(request, CHUNKED, b'4000\r\n%s\r\n' % (b'x' * 0x4000), 100):
            ended.set()
        request.close()
    c.script = answer
    k = ask(c)
    k.exactly(1000)
    k.reset()
    check(ended.wait(110), 'it is read for ever, for nobody')


@script('what cannot be stored any more is not found by others while a slow client reads it', 'collapse')
def _(c):
    """The origin breaks off; the first client has not read what came before that."""
    size = 3 << 20
    body = (BIG * 3)[:size]

    def breaks(request):
        request.send(head_of(body + b'more') + body)
        time.sleep(0.8)
        request.close()
    c.script = breaks
    slow = ask(c, receive_buffer=4096)
    time.sleep(1.5)
    c.script = lambda r: r.send(head_of(b'whole') + b'whole')
    until(lambda: ask(c).answer().body == b'whole')         # as soon as the proxy knows of the end
    a = slow.answer()
    check(not a.complete, 'an answer cut short looks complete')


for name, chunk in (('one span a window', 16000), ('several spans a window', 300)):
    @script('storing ends while a slow client reads behind: no byte is lost or comes twice (%s)' % name, 'attack-sizes')
    def _(c, chunk=chunk):
        body = b''.join(b'%07d\n' % i for i in range(3 << 17))
        pieces = b''.join(b'%x\r\n%s\r\n' % (len(p), p) for p in (body[i:i + chunk] for i in range(0, len(body), chunk)))
        c.script = lambda r: r.send(CHUNKED + pieces + b'0\r\n\r\n')
        slow = [ask(c, rest='?%d' % n, receive_buffer=4096) for n in range(8)]      # some go to the cache_dir that does not take it
        time.sleep(1)
        for k in slow:
            a = k.answer()
            check(a.complete, 'not complete: %d bytes' % len(a.body))
            check(a.body == body, 'other bytes, from %s on' % next((i for i in range(min(len(a.body), len(body))) if a.body[i] != body[i]), 'the end'))


@script('a client that may not see the answer: the fetch goes on without it', 'attack-denied')
def _(c):
    o = Held(c, head_of(BIG) + BIG[:3000], BIG[3000:])
    a = ask(c, rest='/denied').answer()
    check(a.status == 403, 'status %s' % a.status, a.raw_head)
    time.sleep(0.2)
    o.go.set()
    c.left.wait(HOLD)
    check(ask(c, rest='/denied').answer().status == 403, 'what is stored is let through')
    check(len(o.seen) == 1, 'the origin was asked %d times: it was not stored' % len(o.seen))


# --- each with the rules that are its own --------------------------------------------------------------------------------

for who in ('first', 'second'):
    @script('http_reply_access denies the %s of two that share a fetch' % who, 'attack-shared')
    def _(c, who=who):
        o = Held(c, head_of(BIG) + BIG[:50000], BIG[50000:])
        deny = 'X-Deny: yes\r\n'
        one = ask(c, deny if who == 'first' else '')
        check(o.started.wait(HOLD), 'the origin was not asked')
        two = ask(c, deny if who == 'second' else '')
        time.sleep(0.3)
        o.go.set()
        denied, free = (one, two) if who == 'first' else (two, one)
        check(denied.answer().status == 403, 'it is not denied')
        whole(free, BIG)
        check(len(o.seen) == 1 or who == 'first', 'the origin was asked %d times' % len(o.seen))


@script("header rules and sizes are each client's own where a fetch is shared", 'attack-shared')
def _(c):
    o = Held(c, head_of(BIG, MAX + 'X-Secret: a\r\n') + BIG[:50000], BIG[50000:])
    clients = [ask(c, 'X-Plain: yes\r\n')]
    check(o.started.wait(HOLD), 'the origin was not asked')
    clients += [ask(c), ask(c, 'X-Small: yes\r\n')]
    time.sleep(0.3)
    o.go.set()
    check('X-Secret' not in whole(clients[0], BIG).fields, 'the first has the field')
    check('X-Secret' in whole(clients[1], BIG).fields, 'the second has not the field')
    small = clients[2].answer()
    check(small.status == 403, 'status %s' % small.status, small.raw_head)
    check('X-Secret' not in whole(ask(c, 'X-Plain: yes\r\n'), BIG).fields, 'a hit has the field')
    check(len(o.seen) == 1, 'the origin was asked %d times' % len(o.seen))


# --- an origin that falls silent -----------------------------------------------------------------------------------------

for who in ('the first', 'all', 'nobody'):
    @script('the origin falls silent in mid-body, %s left before' % who, 'attack-silence')
    def _(c, who=who):
        o = Held(c, head_of(BIG) + BIG[:300000], b'', lambda r: r.close())
        one = ask(c)
        check(o.started.wait(HOLD), 'the origin was not asked')
        two = ask(c)
        two.until(b'\r\n\r\n')
        if who != 'nobody':
            one.reset()
        if who == 'all':
            two.reset()
            time.sleep(2)
        else:
            began = time.monotonic()
            check(len(two.to_end()) < len(BIG) and two.ended and time.monotonic() - began < 20, 'it is not cut')
        c.script = lambda r: r.send(head_of(b'whole') + b'whole')
        until(lambda: ask(c).answer().body == b'whole')
        o.go.set()


@script('5861 3 the origin falls silent while it validates behind', 'attack-silence')
def _(c):
    stale = 'Cache-Control: max-age=0, stale-while-revalidate=1000\r\nAge: 5\r\nETag: "a"\r\n'
    c.script = lambda r: r.send(head_of(b'old', stale) + b'old')
    whole(ask(c), b'old')
    seen = []

    def silent(request):
        seen.append(request)
        time.sleep(3)
        request.close()
    c.script = silent
    for _ in range(5):
        whole(ask(c), b'old')
    time.sleep(1.6)
    c.script = lambda r: (seen.append(r), r.send(head_of(b'new') + b'new'))

    def once_more():
        a = ask(c).answer()
        check(a.complete and a.body in (b'old', b'new'), 'something else', a.raw_head)
        return a.body == b'new'
    until(once_more)
    check(len(seen) == 2, 'the origin was asked %d times' % len(seen))

# --- what comes late -----------------------------------------------------------------------------------------------------

SIZE = 100000


def dated(c, body, tag, age, more='', status='200 OK'):
    return ('HTTP/1.1 %s\r\nDate: %s\r\nETag: "%s"\r\nCache-Control: max-age=1000\r\n%sContent-Length: %d\r\n\r\n' %
        (status, date(c.world.clock.now() - age), tag, more, len(body))).encode() + body


def late(c, first, rest, newer, fields):
    """One asks and waits; meanwhile another one gets something newer past the store. The requests that the origin saw, the first client."""
    go, begun, seen = threading.Event(), threading.Event(), []

    def answer(request):
        seen.append(request)
        if len(seen) > 1:
            return request.send(newer if len(seen) == 2 else dated(c, b'3' * SIZE, 'c', 0))
        request.send(first)
        begun.set()
        go.wait(HOLD)
        request.send(rest)
        if not rest:
            request.close()
    own_proxy(c)            # no other URL's mark meets this one's
    c.script = answer
    slow = ask(c)
    check(begun.wait(HOLD), 'the origin was not asked')
    if first:
        has_bytes(slow, len(first) - SIZE // 100)
    k = ask(c, 'Cache-Control: no-cache\r\n' + fields)
    check(k.answer().complete, 'the second got nothing')
    return go, seen, slow


OLD, NEW = b'1' * SIZE, b'2' * SIZE
for name, cut, rest in (('its body', 5000, True), ('its head', -SIZE, True), ('and is cut', 5000, False)):
    @script('4 an answer that is older and comes late does not take the place of a newer one: ' + name)
    def _(c, cut=cut, rest=rest):
        old = dated(c, OLD, 'a', 50)
        at = len(old) - SIZE + cut if cut > 0 else 0
        go, seen, slow = late(c, old[:at], old[at:] if rest else b'', dated(c, NEW, 'b', 0), '')
        go.set()
        a = slow.answer()
        check(a.body == OLD[:len(a.body)] and a.complete == rest, 'the first did not get its own')
        time.sleep(0.2)
        a = ask(c).answer()
        check(a.body == NEW and a.complete and len(seen) == 2, 'it did', a.raw_head, len(seen))


@script('4 an answer that is older, late and followed is whole for who follows, and asked about later')
def _(c):
    old = dated(c, OLD, 'a', 50)
    go, begun, seen = threading.Event(), threading.Event(), []

    def answer(request):
        seen.append(request)
        if len(seen) > 1:
            return request.send(dated(c, NEW, 'b', 0))
        request.send(old[:9000])
        begun.set()
        go.wait(HOLD)
        request.send(old[9000:])
    own_proxy(c)
    c.script = answer
    slow = ask(c)
    has_head(slow)
    behind = ask(c)
    has_head(behind)
    check(ask(c, 'Cache-Control: no-cache\r\n').answer().body == NEW, 'the third did not get what is new')
    go.set()
    for k in (slow, behind):
        a = k.answer()
        check(a.body == OLD and a.complete, 'who came first did not get what he began with', a.raw_head, len(a.body))
    time.sleep(0.2)
    a = ask(c).answer()
    check(a.body == NEW and a.complete, 'what is old is there again', a.raw_head)


@script('4 a whole that comes late takes the place of a newer part of the same')
def _(c):
    old = dated(c, OLD, 'a', 50)
    go, seen, slow = late(c, old[:9000], old[9000:], dated(c, OLD[:10], 'a', 0, 'Content-Range: bytes 0-9/%d\r\n' % SIZE, '206 Part'), 'Range: bytes=0-9\r\n')
    go.set()
    check(slow.answer().body == OLD, 'the first did not get its own')
    time.sleep(0.2)
    a = ask(c).answer()
    check(a.body == OLD and len(seen) == 2, 'it did not', a.raw_head, len(seen))
