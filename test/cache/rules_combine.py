# SPDX-License-Identifier: Apache-2.0
"""RFC 9111, 3.3 and 3.4; RFC 9110, 14 and 15.3.7: answers that are stored in part, by 206 or because they were cut short, what they answer, and how
they are completed."""
import threading
import time

from cachetest import A, case, check, get, head, script, send
from rules_flights import BIG, ask, head_of, until, whole
from rules_ranges import LONG, MAX, of
from rules_storms import own_proxy

SHORT = 'Cache-Control: max-age=100'
SIZE = len(LONG)


def origin(*fields, text=LONG, **options):
    """A with ranges of the text."""
    return A(*(fields or (MAX, 'ETag: "a"')), ranges=text.encode() if isinstance(text, str) else text, **options)


def ranged(want, first, last, *fields, text=LONG, **options):
    """A step: this range is asked for, and got."""
    options.setdefault('a', origin(text=text))
    return get(want, 'Range: bytes=%d-%d' % (first, last), *fields, status=206, gets=of(text, first, last),
        has=['Content-Range: bytes %d-%d/%d' % (first, min(last, len(text) - 1), len(text))], **options)


ALL = dict(a=origin())
BEGIN = ranged('miss', 0, 99)
GOOD = A(SHORT, 'ETag: "a"', status=304)

# --- what is there -------------------------------------------------------------------------------------------------------

case('3.3 parts: a hit like others', ranged('miss', 100, 199), ranged('hit', 110, 120, at=50, cs='; hit'), ranged('hit', 100, 199, at=3599))
case('3.3 parts: an end behind the size', ranged('miss', SIZE - 100, SIZE - 1), get('hit', 'Range: bytes=%d-%d' % (SIZE - 50, SIZE + 50), status=206, gets=LONG[-50:]))
case('3.3 parts: unsatisfiable, as the size is known', BEGIN, get('none', 'Range: bytes=%d-' % SIZE, status=416, has=['Content-Range: bytes */%d' % SIZE]))
case('3.3 parts: one of several ranges is missing', ranged('miss', 100, 299), get('any', 'Range: bytes=120-129,900-909', a=A(MAX, 'ETag: "a"', body=LONG), times=1, asked=['Range: bytes=120-129,900-909'],
    unasked=['If-Range'], status=200, gets=LONG))
case('3.3 parts: HEAD is not answered by them', BEGIN, head('any', a=A(MAX, 'ETag: "a"', body=LONG), times=1, status=200))
case('3.3 parts: HEAD with Range neither', BEGIN, head('any', 'Range: bytes=0-9', a=A(MAX, 'ETag: "a"', body=LONG), times=1, status=200))
case('3.3 parts: HEAD tells that they are good', ranged('miss', 0, 99, a=origin(SHORT, 'ETag: "a"')), head('any', a=A(SHORT, 'ETag: "a"', body=LONG), times=1, at=90), ranged('any', 0, 99, at=150, times=0))
case('3.3 parts: HEAD tells that they are not', BEGIN, head('any', a=A(MAX, 'ETag: "b"', body=LONG), times=1), ranged('any', 0, 9, times=1))
case('3.3 parts: a condition without a range is the origin\'s', BEGIN, get('any', 'If-None-Match: "a"', a=A(MAX, 'ETag: "a"', status=304), times=1, status=304, asked=['If-None-Match: "a"'], unasked=['Range']))
case('3.3 parts: a condition with a range that is there', BEGIN, get('304', 'Range: bytes=0-9', 'If-None-Match: "a"'), ranged('hit', 0, 9, 'If-None-Match: "b"'))
case('3.3 parts: If-Match is the origin\'s', BEGIN, ranged('any', 10, 20, 'If-Match: "a"', times=1, asked=['If-Match: "a"', 'Range: bytes=10-20']))
case('3.3 parts: If-Range holds', BEGIN, ranged('hit', 10, 20, 'If-Range: "a"'))
case('3.3 parts: If-Range does not hold: the whole', BEGIN, get('any', 'Range: bytes=10-20', 'If-Range: "b"', **ALL, times=1, status=200, gets=LONG, asked=['Range: bytes=100-', 'If-Range: "a"']))
case('3.3 parts: only-if-cached', BEGIN, ranged('hit', 10, 20, 'Cache-Control: only-if-cached'), get('none', 'Cache-Control: only-if-cached', status=504),
    get('none', 'Range: bytes=90-110', 'Cache-Control: only-if-cached', status=504))
case('3.3 parts: no-cache', BEGIN, ranged('any', 10, 20, 'Cache-Control: no-cache', times=1, asked=['Range: bytes=10-20'], unasked=['If-Range', 'If-None-Match']), ranged('hit', 0, 99, age=None))
case('3.3 parts: no-cache for a part that has changed', BEGIN, ranged('any', 10, 20, 'Cache-Control: no-cache', text='x' * 1000, a=origin(MAX, 'ETag: "b"', text='x' * 1000), times=1),
    ranged('any', 10, 20, text='x' * 1000, times=0), ranged('any', 0, 9, text='x' * 1000, a=origin(MAX, 'ETag: "b"', text='x' * 1000), times=1))
case('3.3 parts: a part does not take the place of the whole', get('miss', **ALL, gets=LONG), ranged('any', 10, 20, 'Cache-Control: no-cache', times=1), get('hit', gets=LONG, age=None))
case('3.3 parts: a date as the validator', ranged('miss', 0, 99, a=origin(MAX, 'Last-Modified: {-5000}')), ranged('any', 0, 199, a=origin(MAX, 'Last-Modified: {-5000}'), times=1,
    asked=['Range: bytes=100-199', 'If-Range: {-5000}']), ranged('any', 0, 199, times=0))
case('3.3 parts: a date that is no strong validator', ranged('miss', 0, 99, a=origin(MAX, 'Last-Modified: {+0}')), ranged('any', 0, 99, a=origin(MAX, 'Last-Modified: {+0}'), times=1))
case('3.3 parts: a 206 in chunks', ranged('miss', 0, 99, a=origin(framing='chunked')), ranged('hit', 10, 20))
case('3.3 parts: Vary', ranged('miss', 0, 99, 'Foo: 1', a=origin(MAX, 'ETag: "a"', 'Vary: Foo')), ranged('miss', 0, 99, 'Foo: 2', text='y' * 500, a=origin(MAX, 'ETag: "b"', 'Vary: Foo', text='y' * 500)),
    ranged('hit', 10, 20, 'Foo: 1', of=0, age=None), ranged('hit', 10, 20, 'Foo: 2', text='y' * 500, of=1, age=None),
    ranged('any', 0, 199, 'Foo: 2', text='y' * 500, a=origin(MAX, 'ETag: "b"', 'Vary: Foo', text='y' * 500), times=1, asked=['Range: bytes=100-199', 'If-Range: "b"']))
case('3.3 parts: made invalid by POST', BEGIN, send('POST', a=A(), body=b'x'), ranged('any', 0, 9, times=1))
case('3.3 parts: PURGE', BEGIN, send('PURGE', 'none', status=200), ranged('any', 0, 9, times=1))
case('3.3 parts: a large part', ranged('miss', 10, 150009), *[ranged('hit', f, l) for f, l in ((10, 150009), (10, 10), (65545, 65546), (70000, 150000))])


@script('3.3 parts: several ranges that are there')
def _(c):
    seen = []

    def answer(request):
        seen.append(request)
        origin().send(request, c.world.clock.now(), '')
    c.script = answer
    check(ask(c, 'Range: bytes=100-299\r\n').answer().status == 206, 'no 206')
    until(lambda: ask(c, 'Range: bytes=100-299\r\nCache-Control: only-if-cached\r\n').answer().status == 206)
    a = ask(c, 'Range: bytes=120-129,200-209\r\n').answer()
    pieces = a.body.split(b'\r\n\r\n')
    check(a.status == 206 and a.complete and len(pieces) == 3, 'no two parts', a.raw_head, a.body)
    check(pieces[1].startswith(LONG[120:130].encode() + b'\r\n--') and pieces[2].startswith(LONG[200:210].encode() + b'\r\n--'), 'other bytes', a.body)
    check(b'bytes 120-129/%d' % SIZE in pieces[0] and b'bytes 200-209/%d' % SIZE in pieces[1], 'Content-Range', a.body)
    check(len(seen) == 1, 'the origin was asked %d times' % len(seen))


# --- validation ----------------------------------------------------------------------------------------------------------

STALE = ranged('miss', 0, 99, a=origin(SHORT, 'ETag: "a"'))
case('4.3 stale parts: good, for the range', STALE, ranged('any', 0, 9, at=100, a=GOOD, times=1, asked=['If-None-Match: "a"', 'Range: bytes=0-9']), ranged('any', 50, 99, at=199, times=0),
    ranged('any', 0, 9, at=200, times=1, a=GOOD))
case('4.3 stale parts: changed, the range comes', STALE, ranged('any', 0, 49, at=100, text='z' * 300, a=origin(SHORT, 'ETag: "b"', text='z' * 300), times=1), ranged('any', 10, 19, at=101, text='z' * 300, times=0),
    ranged('any', 60, 69, at=101, text='z' * 300, a=origin(SHORT, 'ETag: "b"', text='z' * 300), times=1))
case('4.3 stale parts: changed, If-Range wants the whole then', STALE, get('any', 'Range: bytes=0-9', 'If-Range: "a"', at=100, a=origin(SHORT, 'ETag: "b"', text='z' * 300), times=1,
    asked=['If-Range: "a"', 'If-None-Match: "a"'], status=200, gets='z' * 300), get('any', at=101, times=0, gets='z' * 300))
case('4.3 stale parts: gone', STALE, get('any', 'Range: bytes=0-9', at=100, a=A(SHORT, status=404), times=1, status=404))
case('4.3 stale parts: no answer', STALE, ranged('any', 0, 9, at=100, a=A(nothing=True)), ranged('any', 0, 9, at=101, times=1, a=GOOD))
case('4.3 stale parts: the rest is asked for, which tells that they are good', STALE, ranged('any', 0, 199, at=150, a=origin(SHORT, 'ETag: "a"'), times=1, asked=['Range: bytes=100-199', 'If-Range: "a"']),
    ranged('any', 0, 199, at=249, times=0), ranged('any', 0, 199, at=250, times=1, a=GOOD))
case('4.3 stale parts: the origin does not know conditions', STALE, ranged('any', 10, 19, at=100, a=origin(SHORT, 'ETag: "a"'), times=1, asked=['If-None-Match: "a"']), ranged('any', 0, 99, at=199, times=0))
case('4.2.4 stale parts: stale-while-revalidate', ranged('miss', 0, 99, a=origin(SHORT + ', stale-while-revalidate=100', 'ETag: "a"')),
    get('behind', 'Range: bytes=0-9', at=150, status=206, gets=LONG[:10], age=150), ranged('any', 0, 9, at=249, times=0))
case('5.2.2.4 stale parts: no-cache, validated each time', ranged('miss', 0, 99, a=origin('Cache-Control: no-cache', 'ETag: "a"')), *[ranged('any', 0, 9, times=1, a=A(status=304), asked=['If-None-Match: "a"'])] * 2)

# --- completing ----------------------------------------------------------------------------------------------------------

case('3.4 a gap in the middle', BEGIN, ranged('any', 200, 299, times=1, asked=['Range: bytes=200-299', 'If-Range: "a"']), ranged('any', 0, 99, times=0), ranged('any', 200, 299, times=0),
    ranged('any', 50, 249, times=1, asked=['Range: bytes=100-199', 'If-Range: "a"']), ranged('any', 0, 299, times=0))
case('3.4 parts in any order', *[ranged('any', f, l, times=1) for f, l in ((500, 599), (100, 199), (900, 999), (300, 399))], *[ranged('any', f, l, times=0) for f, l in ((100, 199), (350, 399), (500, 599), (900, 910))],
    get('any', **ALL, times=1, unasked=['Range', 'If-Range'], status=200, gets=LONG), get('any', times=0, gets=LONG))
case('3.4 more parts than are kept', *[ranged('any', f, f + 9, times=1) for f in range(0, 2000, 100)], *[ranged('any', f, f + 9, times=0) for f in range(0, 1600, 100)], ranged('any', 1900, 1909, times=1),
    get('any', **ALL, times=1, status=200, gets=LONG))
case('3.4 what lies over both ends', ranged('miss', 100, 199), ranged('any', 50, 149, times=1, asked=['Range: bytes=50-99']), ranged('any', 150, 249, times=1, asked=['Range: bytes=200-249']), ranged('any', 50, 249, times=0))
case('3.4 two gaps: the client\'s own range is asked for', ranged('miss', 100, 199), ranged('any', 50, 249, times=1, asked=['Range: bytes=50-249'], unasked=['If-Range']), ranged('any', 60, 240, times=0))
case('3.4 the client\'s own range beside what is there', *[ranged('any', f, f + 9, times=1) for f in (100, 300, 500)], ranged('any', 250, 350, times=1, asked=['Range: bytes=250-350'], unasked=['If-Range']),
    ranged('any', 100, 109, times=0), ranged('any', 250, 350, times=0), ranged('any', 500, 509, times=0))
case('3.4 a reload of a range makes all of it young', STALE, ranged('any', 50, 59, 'Cache-Control: no-cache', at=90, a=origin(SHORT, 'ETag: "a"'), times=1, asked=['Range: bytes=50-59'], unasked=['If-Range']),
    ranged('any', 0, 99, at=189, times=0), ranged('any', 0, 99, at=190, times=1, a=GOOD))
case('3.4 the beginning is missing', ranged('miss', 100, SIZE - 1), get('any', **ALL, times=1, status=200, gets=LONG, asked=['Range: bytes=0-99', 'If-Range: "a"'], has=['Content-Length: %d' % SIZE],
    lacks=['Content-Range']), get('any', times=0, gets=LONG))
case('3.4 a middle is missing, the whole comes of it', BEGIN, ranged('any', 1000, SIZE - 1, times=1), get('any', **ALL, times=1, status=200, gets=LONG, asked=['Range: bytes=100-999']),
    get('any', times=0, status=200, gets=LONG), head('any', times=0, status=200, has=['Content-Length: %d' % SIZE]))
case('3.4 a range completes the whole', BEGIN, ranged('any', 50, SIZE - 1, times=1, asked=['Range: bytes=100-']), get('any', times=0, status=200, gets=LONG))
case('3.4 a suffix', get('miss', 'Range: bytes=-100', **ALL, status=206), get('any', 'Range: bytes=-300', **ALL, times=1, asked=['Range: bytes=%d-%d' % (SIZE - 300, SIZE - 101)], status=206, gets=LONG[-300:]),
    get('any', 'Range: bytes=-300', times=0, status=206, gets=LONG[-300:]))
case('3.4 the head is the new one', ranged('miss', 0, 99, a=origin(SHORT, 'ETag: "a"', 'X-A: old', 'X-B: old')), get('any', at=50, a=origin(SHORT, 'ETag: "a"', 'X-A: new'), times=1, gets=LONG,
    has=['X-A: new', 'X-B: old', 'Cache-Status: ?']), get('any', at=149, times=0, gets=LONG, has=['X-A: new', 'X-B: old', 'Age: 99']), get('any', at=150, times=1, a=A(status=304)))
case('3.4 Age of the new one', BEGIN, get('any', a=origin(MAX, 'ETag: "a"', 'Age: 7'), times=1, gets=LONG, has=['Age: 7']))
case('3.4 Cache-Status says why', BEGIN, get('asked', **ALL, status=200, gets=LONG, asked=['Range: bytes=100-'], cs='; fwd=partial; fwd-status=206; stored'))
case('3.4 chunks', BEGIN, get('any', a=origin(framing='chunked'), times=1, status=200, gets=LONG, asked=['Range: bytes=100-']), get('any', times=0, gets=LONG))
case('3.4 the new one says no-store', BEGIN, get('any', a=origin('Cache-Control: no-store', 'ETag: "a"'), times=1, status=200, gets=LONG, asked=['Range: bytes=100-']), ranged('any', 0, 9, times=1))
case('3.4 the new one says no-store, a range', BEGIN, ranged('any', 50, 149, a=origin('Cache-Control: no-store', 'ETag: "a"'), times=1, asked=['Range: bytes=100-149']), ranged('any', 0, 9, times=1))
case('3.4 the size is another: asked once more, plainly', BEGIN, get('any', a=origin(text='0123456789' * 30), times=2, status=200, gets='0123456789' * 30))
case('3.4 the gap is not there any more', BEGIN, get('any', a=origin(text='0123456789' * 5), times=2, status=200, gets='0123456789' * 5), get('any', times=0, gets='0123456789' * 5))
for name, field in (('of another representation', 'ETag: "b"'), ('with a weak validator', 'ETag: W/"a"'), ('without a validator', 'X-A: b')):
    case('3.4 a 206 %s is not put to what is there' % name, BEGIN, get('any', 'Range: bytes=0-199', a=A(MAX, field, 'Content-Range: bytes 100-199/%d' % SIZE, status=206, body=LONG[100:200]), times=2,
        status=206, gets=LONG[100:200]), ranged('any', 0, 99, times=1))
case('3.4 a 206 with less than was asked for', BEGIN, get('any', 'Range: bytes=0-199', a=A(MAX, 'ETag: "a"', 'Content-Range: bytes 100-149/%d' % SIZE, status=206, body=LONG[100:150]), times=2,
    status=206, gets=LONG[100:150], has=['Content-Range: bytes 100-149/%d' % SIZE]))
case('3.4 changed, the client wanted a range', BEGIN, ranged('any', 50, 149, text='n' * 200, a=origin(MAX, 'ETag: "b"', text='n' * 200), times=1, asked=['If-Range: "a"']), get('any', times=0, gets='n' * 200))
case('3.4 changed, and not to be stored', BEGIN, get('any', a=origin('Cache-Control: no-store', 'ETag: "b"', text='n' * 200), times=1, status=200, gets='n' * 200), ranged('any', 0, 9, times=1))
case('3.4 an error of the origin leaves what is there', BEGIN, get('any', a=A(status=503), times=1, status=503), ranged('any', 0, 99, times=0))
case('3.4 no answer leaves what is there', BEGIN, get('fail', a=A(nothing=True), status=502), ranged('any', 0, 99, times=0))
case('3.4 gone', BEGIN, get('any', a=A(status=404), times=1, status=404))
case('3.4 not where store_miss forbids it', ranged('miss', 0, 99, rest='/never-store'), ranged('any', 0, 99, rest='/never-store', times=1))


def in_part(c, upto, fields=''):
    """Bytes before upto are asked for, and are stored."""
    check(ask(c, 'Range: bytes=0-%d\r\n%s' % (upto - 1, fields)).answer().body == BIG[:upto], 'other bytes')
    stored(c, upto)


def stored(c, upto):
    until(lambda: ask(c, 'Range: bytes=0-%d\r\nCache-Control: only-if-cached\r\n' % (upto - 1)).answer().status == 206)


@script('3.4 many clients at once want the whole of what is there in part', 'collapse')
def _(c):
    seen = []

    def answer(request):
        seen.append(request.fields.get('Range'))
        time.sleep(0.2)
        origin(MAX, 'ETag: "a"', text=BIG).send(request, c.world.clock.now(), '')
    c.script = answer
    in_part(c, 400000)
    for k in [ask(c) for _ in range(10)]:
        whole(k, BIG)
    check(seen == ['bytes=0-399999', 'bytes=400000-'], 'asked otherwise', seen)


@script('3.4 a client that reads slowly while the rest comes', 'collapse')
def _(c):
    def answer(request):
        origin(MAX, 'ETag: "a"', text=BIG * 8).send(request, c.world.clock.now(), '')
    c.script = answer
    in_part(c, 400000)
    k = ask(c, receive_buffer=4096)
    time.sleep(0.5)
    whole(ask(c), BIG * 8)
    whole(k, BIG * 8)


@script('3.4 two ranges at once: the later one is put to the other')
def _(c):
    seen, first_is_there = [], threading.Event()

    def answer(request):
        seen.append(request.fields.get('Range'))
        if request.fields.get('Range') == 'bytes=50-99':
            first_is_there.wait(60)
        origin().send(request, c.world.clock.now(), '')
    c.script = answer
    later = ask(c, 'Range: bytes=50-99\r\n')
    until(lambda: seen)
    check(ask(c, 'Range: bytes=0-49\r\n').answer().status == 206, 'no 206')
    until(lambda: ask(c, 'Range: bytes=0-49\r\nCache-Control: only-if-cached\r\n').answer().status == 206)
    first_is_there.set()
    check(later.answer().body == LONG[50:100].encode(), 'other bytes')
    until(lambda: ask(c, 'Range: bytes=0-99\r\nCache-Control: only-if-cached\r\n').answer().status == 206)
    check(seen == ['bytes=50-99', 'bytes=0-49'], 'asked otherwise', seen)


@script('3.4 ranges right one after the other, in either worker: none is lost')
def _(c):
    seen = []

    def answer(request):
        seen.append(request.target)
        origin(MAX, 'ETag: "a"', text=body).send(request, c.world.clock.now(), '')
    body = BIG * 8
    c.script = answer
    own_proxy(c, megabytes=256)

    def get_range(n, first, last):
        began = time.monotonic()
        a = ask(c, 'Range: bytes=%d-%d\r\n' % (first, last), rest='?%d' % n).answer()
        check(a.status == 206 and a.body == body[first:last + 1], 'another part', a.raw_head)
        return time.monotonic() - began

    def twelve(n, each):
        """How long the longest took."""
        seen.clear()
        order = range(0, 12 * each, each)[::-1 if n % 2 else 1]
        return max([get_range(n, first, first + each - 1) for first in order] + [get_range(n, 0, 12 * each - 1)])
    for n, each in enumerate((20000, 20000, 20000, 300000, 300000, 300000)):
        for again in range(10):
            longest = twelve(n + 6 * again, each)
            # where the one that puts together is kept from its processor for as long as the next one has patience (100 ms, collapse.c), that goes its own way
            if len(seen) == 12 or longest < 0.09:
                break
        check(len(seen) == 12, 'the origin was asked %d times for 12 ranges' % len(seen), longest)


@script('3.4 a slow client of what is put together and not stored')
def _(c):
    def answer(request):
        origin(*((MAX,) if request.fields.get('Range') == 'bytes=0-399999' else ('Cache-Control: no-store',)), 'ETag: "a"', text=BIG * 8).send(request, c.world.clock.now(), '')
    c.script = answer
    in_part(c, 400000)
    k = ask(c, receive_buffer=4096)
    time.sleep(0.5)
    whole(k, BIG * 8)


@script('3.4 many bytes are not copied for a few new ones', 'collapse')
def _(c):
    seen = []

    def answer(request):
        seen.append(request.fields.get('Range'))
        origin(MAX, 'ETag: "a"', text=BIG).send(request, c.world.clock.now(), '')
    c.script = answer
    in_part(c, 400000)
    for first, last, times in ((500000, 500009, 2), (500000, 500009, 2), (399000, 400009, 2), (500000, 550000, 1), (500000, 500009, 0), (600000, len(BIG) - 1, 1), (500000, 500009, 0)):
        before = len(seen)
        for _ in range(2):
            a = ask(c, 'Range: bytes=%d-%d\r\n' % (first, last)).answer()
            check(a.status == 206 and a.complete and a.body == BIG[first:last + 1], 'other bytes', first, a.raw_head)
            if times < 2:
                until(lambda: ask(c, 'Range: bytes=%d-%d\r\nCache-Control: only-if-cached\r\n' % (first, last)).answer().status == 206)
        check(len(seen) - before == times, '%d-%d: asked %d times' % (first, last, len(seen) - before), seen)
    before = len(seen)
    whole(ask(c), BIG)      # two gaps
    check(seen[before:] == [None], 'asked otherwise', seen)


@script('3.4 a client that leaves while the rest comes', 'quick-abort-always')
def _(c):
    seen, more = [], threading.Event()

    def answer(request):
        seen.append(request.fields.get('Range'))
        if len(seen) != 2:
            origin(MAX, 'ETag: "a"', text=BIG).send(request, c.world.clock.now(), '')
            return
        request.send(head_of(BIG[400000:], MAX + '\r\nETag: "a"\r\nContent-Range: bytes 400000-%d/%d\r\n' % (len(BIG) - 1, len(BIG)), 206) + BIG[400000:700000])
        more.wait(60)
        request.close()
    c.script = answer
    in_part(c, 400000)
    k = ask(c)
    k.until(b'\r\n\r\n')
    check(k.exactly(700000) == BIG[:700000], 'other bytes')
    k.reset()
    stored(c, 700000)
    more.set()
    whole(ask(c), BIG)
    check(seen == ['bytes=0-399999', 'bytes=400000-', 'bytes=700000-'], 'asked otherwise', seen)


# --- cut short -----------------------------------------------------------------------------------------------------------

for name, text in (('small', LONG[:3000]), ('large', LONG)):
    CUT = get('any', a=A(MAX, 'ETag: "a"', body=text, cut=1000))
    case('3.3 cut short, %s: the rest is asked for' % name, CUT, get('any', a=origin(text=text), times=1, status=200, gets=text, asked=['Range: bytes=%d-' % (len(text) - 1000), 'If-Range: "a"']),
        get('any', times=0, status=200, gets=text))
    case('3.3 cut short, %s: what came answers ranges' % name, CUT, ranged('any', 0, 99, text=text, times=0), ranged('any', 500, len(text) - 1001, text=text, times=0),
        ranged('any', 100, len(text) - 1000, text=text, times=1, asked=['Range: bytes=%d-%d' % (len(text) - 1000, len(text) - 1000)]))
    case('3.3 cut short, %s: it has changed since' % name, CUT, get('any', a=origin(MAX, 'ETag: "b"', text='n' * 4000), times=1, status=200, gets='n' * 4000), get('any', times=0, gets='n' * 4000))
case('3.3 cut short three times', *[get('any', a=origin(cut=cut), asked=['Range: bytes=%d-' % begin] if begin else []) for cut, begin in ((100000, 0), (30000, SIZE - 100000), (500, SIZE - 30000))],
    get('any', **ALL, times=1, status=200, gets=LONG, asked=['Range: bytes=%d-' % (SIZE - 500)]), get('any', times=0, gets=LONG))
case('3.3 cut short: a 206', get('any', 'Range: bytes=100-1099', a=origin(cut=400)), ranged('any', 100, 699, times=0), ranged('any', 100, 1099, times=1, asked=['Range: bytes=700-1099']), ranged('any', 100, 1099, times=0))
case('3.3 cut short: what was put to parts', ranged('miss', 5000, 5999), get('any', 'Range: bytes=5500-7499', a=origin(cut=400)), ranged('any', 5000, 7099, times=0), ranged('any', 7000, 7499, times=1, asked=['Range: bytes=7100-7499']))
case('3.3 cut short: what lay in front of parts', ranged('miss', 5000, 5999), get('any', 'Range: bytes=4000-5999', a=origin(cut=999)), ranged('any', 5000, 5999, times=0))
for name, fields in (('no validator', ()), ('a weak tag', ('ETag: W/"a"',)), ('a date that is no strong validator', ('Last-Modified: {+0}',))):
    case('3.3 cut short: %s' % name, get('any', a=A(MAX, *fields, body=LONG, cut=1000)), get('any', a=A(MAX, *fields, body=LONG), times=1, gets=LONG, status=200, unasked=['Range', 'If-Range']))
WHOLE = get('any', a=A(MAX, 'ETag: "a"', body=LONG), times=1, gets=LONG, unasked=['Range'])
case('3.3 cut short: the length is not known', get('any', a=A(MAX, 'ETag: "a"', body=LONG, framing='chunked', cut=1000)), WHOLE)
case('3.3 cut short: nothing came', get('any', a=A(MAX, 'ETag: "a"', body=LONG, cut=SIZE)), WHOLE)
case('3.3 cut short: not to be stored', get('any', a=A('Cache-Control: no-store', 'ETag: "a"', body=LONG, cut=1000)), WHOLE)
case('3.3 cut short: a reload leaves the whole', get('miss', **ALL, gets=LONG), get('any', 'Cache-Control: no-cache', a=A(MAX, 'ETag: "b"', body=LONG, cut=1000)), get('hit', of=0, gets=LONG, age=None))
case('3.3 cut short: range_offset_limit has it fetched whole for a range', get('any', a=A(MAX, 'ETag: "a"', body=LONG, cut=1000), rest='/whole'), ranged('any', SIZE - 500, SIZE - 1, rest='/whole', times=1, unasked=['Range']),
    get('any', rest='/whole', times=0, gets=LONG), conf='range-offset')


@script('3.3 cut short: the client went away (quick_abort)', 'quick-abort-always')
def _(c):
    seen, more = [], threading.Event()

    def answer(request):
        seen.append(request)
        if request.fields.get('Range'):
            origin(MAX, 'ETag: "a"', text=BIG).send(request, c.world.clock.now(), '')
            return
        request.send(head_of(BIG, MAX + '\r\nETag: "a"\r\n') + BIG[:500000])
        more.wait(60)
        request.close()
    c.script = answer
    k = ask(c)
    k.until(b'\r\n\r\n')
    check(k.exactly(500000) == BIG[:500000], 'other bytes')
    k.reset()
    stored(c, 500000)
    more.set()
    whole(ask(c), BIG)
    check(len(seen) == 2 and seen[1].fields.get('Range') == 'bytes=500000-' and seen[1].fields.get('If-Range') == '"a"', 'the rest was not asked for', [r.head for r in seen])
    whole(ask(c), BIG)
    check(len(seen) == 2, 'the origin was asked %d times' % len(seen))


@script('3.3 cut short: a slow client gets what was stored, then the rest', 'collapse')
def _(c):
    seen = []

    def answer(request):
        seen.append(request.fields.get('Range'))
        if len(seen) > 1:
            origin(MAX, 'ETag: "a"', text=BIG * 8).send(request, c.world.clock.now(), '')
            return
        request.send(head_of(BIG * 8, MAX + '\r\nETag: "a"\r\n') + (BIG * 8)[:-1000])
        request.close()
    c.script = answer
    k = ask(c, receive_buffer=4096)
    time.sleep(0.7)
    whole(k, BIG * 8)
    whole(ask(c), BIG * 8)
    check(seen == [None, 'bytes=%d-' % (len(BIG) * 8 - 1000)], 'asked otherwise', seen)
