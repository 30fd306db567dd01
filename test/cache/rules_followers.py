# SPDX-License-Identifier: Apache-2.0
"""Followers of a fetch that comes to nothing in mid-body: they go on by themselves where it can be proven that they may, and are cut where not."""
import contextlib
import os
import re
import signal
import threading
import time

from cachetest import check, script
from rules_flights import BIG, HOLD, MAX, ask, has_bytes, has_head, head_of, in_five, until, whole
from rules_storms import children, own_proxy

BODY = b''.join(BIG[i:] + BIG[:i] for i in (0, 8, 16))         # 3 MB, nowhere the same as elsewhere
OTHER = BODY[8:] + BODY[:8]
HALF = 1500000
TAG = MAX + 'ETag: "one"\r\n'
LONG = 'Cache-Control: max-age=999999999\r\n'
MODIFIED = LONG + 'Date: Sun, 06 Nov 2022 08:49:37 GMT\r\nLast-Modified: Sun, 06 Nov 2022 07:49:37 GMT\r\n'


def chunks(data, size=70000):
    return b''.join(b'%x\r\n%s\r\n' % (len(data[i:i + size]), data[i:i + size]) for i in range(0, len(data), size))


def chunked_head(fields=TAG):
    return ('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n%s\r\n' % fields).encode()


def ranges(body=BODY, fields=TAG, chunked=False, shift=0, size=None):
    """Answers with the range that is asked for, or the whole where none is or If-Range does not hold."""
    def answer(request):
        request.read_body()
        m = re.fullmatch('bytes=(\\d+)-(\\d*)', request.fields.get('Range') or '')
        condition = request.fields.get('If-Range')
        if not m or (condition and ': %s\r\n' % condition not in fields):
            request.send(chunked_head(fields) + chunks(body) + b'0\r\n\r\n' if chunked else head_of(body, fields) + body)
            return
        first, last = int(m.group(1)) + shift, min(int(m.group(2) or len(body)), len(body) - 1)
        request.send(('HTTP/1.1 206 Part\r\nContent-Length: %d\r\nContent-Range: bytes %d-%d/%d\r\n%s\r\n' % (last + 1 - first, first, last, size or len(body), fields)).encode() + body[first:last + 1])
    return answer


def no_ranges(body=BODY, fields=TAG):
    def answer(request):
        request.read_body()
        request.send(head_of(body, fields) + body)
    return answer


class Breaks:
    """An origin that sends .first, and at .go does something else than it should; who asks again gets another answer."""

    def __init__(self, c, first, after, again, method='GET'):
        self.go, self.started = threading.Event(), threading.Event()
        self.seen, self.first = [], None
        self.sent = len(first.partition(b'\r\n\r\n')[2])
        lock = threading.Lock()

        def answer(request):
            with lock:
                began, self.first = self.first, self.first or request
                self.seen.append(request)
            if began is not None:
                again(request)
                return
            request.read_body()
            request.send(first)
            self.started.set()
            self.go.wait(HOLD)
            after(request)
        c.script = answer

    def asked(self, most, least=2):
        """One asks for all; another one where what it is put to cannot be had at once (a page that is just being written)."""
        check(least <= len(self.seen) <= most, 'the origin was asked %d times' % len(self.seen), *[r.head for r in self.seen])


def reset(request):
    request.reset()


def started(k):
    """It has the head of the answer, and more."""
    k.rest = k.exactly(1000) + k.rest


def all_of(k, body):
    """The whole, though the machine be busy: who goes on by himself may first wait for another one (collapse.c's patience)."""
    while len(k.rest) < len(body) and k.more():
        pass
    return whole(k, body)


def fetching(c, o, fields='', rest='', receive_buffer=None):
    """A client whose request the origin has begun to answer."""
    k = ask(c, fields, rest=rest, receive_buffer=receive_buffer)
    check(o.started.wait(HOLD), 'the origin was not asked')
    has_head(k)
    if receive_buffer is None:
        has_bytes(k, o.sent - 1000)     # chunks may come in other sizes
    return k


def following(c, n, fields='', rest=''):
    """n clients that have the answer's head."""
    followers = [ask(c, fields, rest=rest) for _ in range(n)]
    for k in followers:
        started(k)
    return followers


def begun(c, o, n=4, fields='', rest=''):
    """A client that fetches, and n that follow it."""
    return fetching(c, o, fields, rest), following(c, n, fields, rest)


def broken_off(c, again, n=4, first=head_of(BODY, TAG) + BODY[:HALF], fields=''):
    """An origin that sends `first` to the one that fetches and n that follow, and breaks off; who asks again is answered by `again`."""
    o = Breaks(c, first, reset, again)
    one, followers = begun(c, o, n, fields)
    o.go.set()
    return o, one, followers


def go_on(one, followers, body=BODY):
    """Who followed gets the whole, who fetched does not."""
    for k in followers:
        all_of(k, body)
    cut(one, body)


def posts_or(fetched):
    """Answers to POST; `fetched` answers the others."""
    def answer(request):
        if request.method != 'POST':
            fetched(request)
            return
        request.read_body()
        request.send(head_of(b'done', '') + b'done')
    return answer


def cut(k, body=BODY):
    a = k.answer()
    check(not a.complete, 'an answer that could not be gone on with looks complete', a.raw_head, len(a.body))
    check(body.startswith(a.body), 'wrong bytes')
    return a


# --- the origin breaks off -----------------------------------------------------------------------------------------------

for name, first, fields in (('Content-Length', head_of(BODY, TAG) + BODY[:HALF], TAG), ('chunked', chunked_head() + chunks(BODY[:HALF]), TAG),
        ('Last-Modified', head_of(BODY, MODIFIED) + BODY[:HALF], MODIFIED)):
    @script('followers go on by themselves: the origin breaks off (%s)' % name, 'rest')
    def _(c, first=first, fields=fields):
        o, one, followers = broken_off(c, ranges(fields=fields), first=first)
        go_on(one, followers)
        o.asked(3)
        check(all('Range' in r.fields and 'If-Range' in r.fields for r in o.seen[1:]), 'more was asked for than the rest', *[r.head for r in o.seen])


@script('followers go on by themselves: the rest is stored', 'rest')
def _(c):
    o, one, followers = broken_off(c, ranges(), 12)
    go_on(one, followers)
    o.asked(3)
    asked = len(o.seen)
    whole(ask(c), BODY)
    o.asked(asked + 1)


@script('followers go on by themselves: the origin knows no ranges', 'rest')
def _(c):
    _, one, followers = broken_off(c, no_ranges())
    go_on(one, followers)


@script('followers go on by themselves: the rest breaks off as well, again and again', 'rest')
def _(c):
    left = [5]

    def again(request):
        left[0] -= 1
        if left[0] <= 0:
            ranges()(request)
            return
        m = re.fullmatch('bytes=(\\d+)-', request.fields.get('Range') or 'bytes=0-')
        first = int(m.group(1))
        request.send(('HTTP/1.1 206 Part\r\nContent-Length: %d\r\nContent-Range: bytes %d-%d/%d\r\n%s\r\n' % (len(BODY) - first, first, len(BODY) - 1, len(BODY), TAG)).encode() + BODY[first:first + 300000])
        time.sleep(0.1)
        request.reset()
    _, one, followers = broken_off(c, again, 1)
    go_on(one, followers)


@script('followers are cut: nothing more comes of the rest', 'rest')
def _(c):
    o, one, followers = broken_off(c, reset)
    for k in followers + [one]:
        cut(k)
    check(len(o.seen) < 20, 'the origin was asked %d times' % len(o.seen))


for name, fields in (('no validator', MAX), ('a weak one', MAX + 'ETag: W/"one"\r\n'), ('a weak date', LONG + 'Last-Modified: Sun, 06 Nov 2022 08:49:37 GMT\r\nDate: Sun, 06 Nov 2022 08:49:37 GMT\r\n')):
    @script('followers are cut: %s' % name, 'rest')
    def _(c, fields=fields):
        o, one, followers = broken_off(c, ranges(fields=fields), first=head_of(BODY, fields) + BODY[:HALF])
        for k in followers + [one]:
            cut(k)
        o.asked(1, 1)


for name, again in (('200', no_ranges(OTHER, MAX + 'ETag: "two"\r\n')), ('206', ranges(OTHER, TAG.replace('one', 'two').replace('\r\n', '\r\nX: : "one"\r\n', 1))),
        ('200, weak now', no_ranges(BODY, MAX + 'ETag: W/"one"\r\n')), ('another length', no_ranges(BODY + b'x', TAG)), ('206, another length', ranges(size=len(BODY) + 1)),
        ('206, another place', ranges(shift=300000)), ('404', lambda r: r.send(head_of(b'gone', TAG, 404) + b'gone')), ('416', lambda r: r.send(head_of(b'', TAG, 416)))):
    @script('followers are cut: it has changed (%s)' % name, 'rest')
    def _(c, again=again):
        _, one, followers = broken_off(c, again)
        for k in followers + [one]:
            cut(k)


@script('followers go on by themselves: with collapsed_forwarding off', 'main')
def _(c):
    _, one, followers = broken_off(c, ranges())
    go_on(one, followers)


@script('followers go on by themselves: a range, HEAD, a condition', 'rest')
def _(c):
    o = Breaks(c, head_of(BODY, TAG) + BODY[:HALF], reset, ranges())
    one = fetching(c, o)
    part, head, known, several = ask(c, 'Range: bytes=100000-1999999\r\n'), ask(c, method='HEAD'), ask(c, 'If-None-Match: "one"\r\n'), ask(c, 'Range: bytes=0-9,1400000-1999999\r\n')
    check(head.answer('HEAD').status == 200 and known.answer().status == 304, 'HEAD and If-None-Match need no body')
    for k in (part, several):
        started(k)
    o.go.set()
    a = part.answer()
    check(a.status == 206 and a.complete and a.body == BODY[100000:2000000], 'another part: %d bytes' % len(a.body), a.raw_head)
    check(not several.answer().complete, 'several ranges, cut short, look complete')
    cut(one)


@script('a slow client whose fetch breaks off: what it reads from the store is gone on with', 'rest')
def _(c):
    body = BIG * 8
    o = Breaks(c, head_of(body, TAG) + body[:len(BIG) * 6], reset, ranges(body))
    slow = fetching(c, o, receive_buffer=4096)
    time.sleep(1)
    o.go.set()
    time.sleep(0.2)
    whole(slow, body)
    o.asked(2)


@script('a slow client whose fetch breaks off without a strong validator gets what came', 'rest')
def _(c):
    body = BIG * 8
    o = Breaks(c, head_of(body) + body[:-1000], lambda r: r.close(), no_ranges(body, MAX))
    slow = fetching(c, o, receive_buffer=4096)
    time.sleep(0.6)
    o.go.set()
    time.sleep(0.2)
    a = slow.answer()
    check(not a.complete and a.body == body[:-1000], 'not what came: %d bytes' % len(a.body))
    o.asked(1, 1)


# --- storing ends ----------------------------------------------------------------------------------------------------------

@script('followers go on by themselves: it grows over maximum_object_size', 'follow')
def _(c):
    o = Breaks(c, chunked_head() + chunks(BODY[:HALF]), lambda r: r.send(chunks(BODY[HALF:]) + b'0\r\n\r\n'), ranges())
    one, followers = begun(c, o)
    o.go.set()
    for k in followers:
        all_of(k, BODY)
    whole(one, BODY)
    check(all('Range' in r.fields for r in o.seen[1:]), 'more was asked for than the rest', *[r.head for r in o.seen])


@script('followers go on by themselves, at once, though the client whose fetch is not stored any more reads on in the store', 'follow')
def _(c):
    body = BIG * 8

    def at_once(n):
        o = Breaks(c, chunked_head() + chunks(body[:2000000]), lambda r: r.send(chunks(body[2000000:]) + b'0\r\n\r\n'), ranges(body))
        slow = fetching(c, o, rest='?%d' % n, receive_buffer=4096)
        time.sleep(0.2)
        k, = following(c, 1, rest='?%d' % n)
        o.go.set()
        began = time.monotonic()
        all_of(k, body)
        took = time.monotonic() - began
        whole(slow, body)
        return took < 4
    in_five(at_once)


for name, method in (('POST', 'POST'), ('PURGE', 'PURGE')):
    @script('an object made invalid in mid-body: followers get the whole, the next request asks (%s)' % method, 'main')
    def _(c, method=method):
        own_proxy(c, megabytes=256)     # no other URL's mark meets this one's

        def validates(request):
            if 'If-None-Match' in request.fields:
                request.send(b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n' + MAX.encode() + b'\r\n')
            else:
                no_ranges(BODY, TAG.replace('one', 'two'))(request)
        o = Breaks(c, head_of(BODY, TAG) + BODY[:HALF], lambda r: r.send(BODY[HALF:]), posts_or(validates))
        one, followers = begun(c, o)
        ask(c, 'Content-Length: 0\r\n', method).answer(method)
        o.go.set()
        for k in [one] + followers:
            all_of(k, BODY)
        n = len(o.seen)
        check(n == (2 if method == 'POST' else 1), 'the origin was asked %d times' % n)
        whole(ask(c), BODY)
        check(len(o.seen) == n + 1 and o.seen[-1].fields.get('If-None-Match') == '"one"', 'the next request did not validate', *[r.head for r in o.seen])
        whole(ask(c), BODY)
        check(len(o.seen) == n + 1, 'it is asked about again and again')


@script('an object made invalid in mid-body: a younger one is stored meanwhile, both are whole', 'main')
def _(c):
    own_proxy(c, megabytes=256)
    o = Breaks(c, head_of(BODY, TAG) + BODY[:HALF], lambda r: r.send(BODY[HALF:]), posts_or(no_ranges(OTHER, TAG.replace('one', 'two'))))
    one, followers = begun(c, o)
    ask(c, 'Content-Length: 0\r\n', 'POST').answer('POST')
    whole(ask(c), OTHER)
    o.go.set()
    for k in [one] + followers:
        all_of(k, BODY)
    for _ in range(3):
        whole(ask(c), OTHER)


@script('an object made invalid in mid-body, whom nobody follows, does not take the place of a younger one', 'main')
def _(c):
    own_proxy(c, megabytes=256)
    o = Breaks(c, head_of(BODY, TAG) + BODY[:HALF], lambda r: r.send(BODY[HALF:]), posts_or(no_ranges(OTHER, TAG.replace('one', 'two'))))
    one, _ = begun(c, o, 0)
    ask(c, 'Content-Length: 0\r\n', 'POST').answer('POST')
    whole(ask(c, 'Cache-Control: no-cache\r\n'), OTHER)      # one that does not look whether there is something to follow
    o.go.set()
    whole(one, BODY)
    whole(ask(c), OTHER)
    o.asked(3, 3)


@script('an object made invalid in mid-body: a variant', 'rest')
def _(c):
    own_proxy(c, 'collapsed_forwarding on\n', megabytes=256)
    vary = TAG + 'Vary: Foo\r\n'
    o = Breaks(c, head_of(BODY, vary) + BODY[:HALF], lambda r: r.send(BODY[HALF:]), posts_or(no_ranges(b'another', vary.replace('one', 'two'))))
    one, followers = begun(c, o, 3, 'Foo: 1\r\n')
    ask(c, 'Content-Length: 0\r\n', 'POST').answer('POST')
    o.go.set()
    for k in [one] + followers:
        all_of(k, BODY)
    whole(ask(c, 'Foo: 1\r\n'), b'another')


# --- the rules count for the rest as well --------------------------------------------------------------------------------------

@script('followers that may not miss (miss_access) are cut, the others go on', 'rules')
def _(c):
    o = Breaks(c, head_of(BODY, TAG) + BODY[:HALF], reset, ranges())
    one, followers = begun(c, o)
    kept = following(c, 2, 'X-No-Miss: 1\r\n')
    o.go.set()
    for k in followers:
        all_of(k, BODY)
    for k in kept + [one]:
        a = k.answer()      # unless others have stored the rest before they were there
        check(a.body == BODY if a.complete else BODY.startswith(a.body), 'wrong bytes')
    cut_ones = Breaks(c, head_of(BODY, TAG) + BODY[:HALF], reset, ranges())
    one, kept = fetching(c, cut_ones, rest='?2'), following(c, 2, 'X-No-Miss: 1\r\n', '?2')
    cut_ones.go.set()
    for k in kept + [one]:
        cut(k)
    cut_ones.asked(1, 1)


@script('followers go on by themselves: a variant is asked for as it was asked for', 'rest')
def _(c):
    fields = TAG + 'Vary: Foo\r\n'
    o, one, followers = broken_off(c, ranges(fields=fields), 3, head_of(BODY, fields) + BODY[:HALF], 'Foo: 1\r\n')
    go_on(one, followers)
    check(all(r.fields.get('Foo') == '1' for r in o.seen), 'another variant was asked for', *[r.head for r in o.seen])
    o.asked(3)


@script('followers go on by themselves: very many of them', 'rest')
def _(c):
    o, one, followers = broken_off(c, ranges(), 60, chunked_head() + chunks(BODY[:HALF]))
    go_on(one, followers)
    o.asked(3)


@script('followers that leave while the rest is asked for', 'rest')
def _(c):
    held = threading.Event()

    def again(request):
        held.wait(4)
        ranges()(request)
    o, _, followers = broken_off(c, again, 6)
    until(lambda: len(o.seen) > 1)
    for k in followers[:4]:
        k.reset()
    time.sleep(0.1)
    held.set()
    for k in followers[4:]:
        all_of(k, BODY)
    whole(ask(c), BODY)
    o.asked(6)      # at most each that leaves was the one that asked


# --- a worker dies -----------------------------------------------------------------------------------------------------------

def owner(workers, sock):
    """Which of the processes has the other end of this connection; None: none of them."""
    here, there = sock.getsockname()[1], sock.getpeername()[1]
    with open('/proc/net/tcp') as f:
        lines = [l.split() for l in f.readlines()[1:]]
    inodes = {'socket:[%s]' % l[9] for l in lines if [int(end.split(':')[1], 16) for end in l[1:3]] == [there, here]}
    for pid in workers:
        for fd in descriptors(pid):
            with contextlib.suppress(OSError):          # it was closed meanwhile
                if os.readlink('/proc/%d/fd/%s' % (pid, fd)) in inodes:
                    return pid
    return None


def descriptors(pid):
    try:
        return os.listdir('/proc/%d/fd' % pid)
    except OSError:             # it has ended
        return []


for name, first, again, goes_on, most in (('Content-Length', head_of(BODY, TAG) + BODY[:HALF], ranges(), True, 4),
        ('chunked', chunked_head() + chunks(BODY[:HALF]), ranges(chunked=True), True, 4),
        ('little of it was sent', head_of(BODY, TAG) + BODY[:100000], ranges(), True, 4),
        ('the origin knows no ranges', head_of(BODY, TAG) + BODY[:HALF], no_ranges(), True, 4),
        ('it has changed', head_of(BODY, TAG) + BODY[:HALF], ranges(OTHER, MAX + 'ETag: "two"\r\n'), False, 4),
        ('no validator', head_of(BODY) + BODY[:HALF], ranges(fields=MAX), False, 1)):
    @script('followers go on by themselves: the worker that fetches is killed (%s)' % name)
    def _(c, first=first, again=again, goes_on=goes_on, most=most):
        p = own_proxy(c, 'collapsed_forwarding on\n', 256)
        tried = 0
        for round in range(8):
            o = Breaks(c, first, reset, again)
            rest = '?%d' % round
            one, followers = begun(c, o, 8, rest=rest)
            workers = children(p, 'worker')
            fetches = owner(workers, o.first.stream.sock)
            check(fetches, 'nobody fetches')
            others = [k for k in followers if owner(workers, k.sock) not in (fetches, None)]
            os.kill(fetches, signal.SIGKILL)
            for k in others:
                if goes_on:
                    all_of(k, BODY)
                else:
                    cut(k)
            o.go.set()
            check(not others or len(o.seen) <= most, 'the origin was asked %d times' % len(o.seen), *[r.head for r in o.seen])
            tried += len(others)
            until(lambda: len(children(p, 'worker')) == 2)
        check(tried > 0, 'nobody followed in the other worker')


# --- what is recorded ----------------------------------------------------------------------------------------------------------

@script('followers go on by themselves: what the log says of them', 'follow')
def _(c):
    o = Breaks(c, head_of(BODY[:1800000], TAG) + BODY[:HALF], reset, ranges(BODY[:1800000]))
    one, followers = fetching(c, o), following(c, 3, 'X-Step: %s.f\r\n' % c.id)
    o.go.set()
    go_on(one, followers, BODY[:1800000])
    lines = []

    def there():
        with open(os.path.join(c.world.proxy(c.conf).folder, 'bytes.log')) as f:
            lines[:] = [l.split() for l in f if l.startswith('%s.f ' % c.id)]
        return len(lines) == 3
    until(there)
    check({l[1] for l in lines} <= {'TCP_CF_HIT', 'TCP_CF_MISS'} and 'TCP_CF_MISS' in {l[1] for l in lines}, 'results', lines)
    came = [int(l[3].replace('-', '0')) for l in lines]
    check(all(int(l[2]) > 1800000 for l in lines), 'bytes to clients', lines)
    check(any(n >= 300000 for n in came) and all(n < 700000 for n in came), 'bytes from the origin', lines)
    check(all((l[4].startswith('HIER_DIRECT')) == (l[3] != '-') for l in lines), 'where they came from', lines)
