# SPDX-License-Identifier: Apache-2.0
"""A full disk, a failing one, none: the proxy goes on without storing, says so once, and comes back when it can."""
import errno
import mmap
import os
import time

from cachetest import A, Proxy, check, script
from rules_flights import BIG, MAX, ask, head_of, whole
from rules_storms import all_right, many, numbered, own_proxy


def grumbles(p):
    """Lines of complaint; the configuration's warnings are none."""
    return [l for l in p.messages().split('\n') if ('ERROR' in l or 'WARNING' in l) and 'killed' not in l]


def comes_back(c, wait=120):
    """Something is stored again."""
    end, n = time.monotonic() + wait, 100000
    while time.monotonic() < end:
        n += 1
        before = len(c.seen)
        for _ in range(2):
            whole(ask(c, rest='?%d' % n), numbered(c, n))
        if len(c.seen) == before + 1:
            return
        time.sleep(0.1)
        c.world.proxy(c.conf).clock.go(n - 100000)      # it waits some time before it tries again
    check(False, 'nothing is stored any more', *grumbles(c.world.proxy(c.conf))[:5])


for name, error in (('full (ENOSPC)', errno.ENOSPC), ('failing (EIO)', errno.EIO), ('read-only (EROFS)', errno.EROFS), ('over quota (EDQUOT)', errno.EDQUOT)):
    @script('a disk that is %s when it is written' % name)
    def _(c, error=error):
        p = own_proxy(c)
        many(c, 50)
        quiet = len(grumbles(p))
        p.disk(write=error)
        for _ in range(2):
            all_right(c, 150)
        said = grumbles(p)[quiet:]
        check(said, 'it says nothing')
        check(len(said) <= 6, 'it says so %d times' % len(said), *said[:8])
        p.disk()
        comes_back(c)
        all_right(c, 150)


@script('a disk that fails when it is read (EIO): misses instead of hits, or a cut, never wrong')
def _(c):
    p = own_proxy(c)
    many(c, 100)
    quiet = len(grumbles(p))
    p.disk(read=errno.EIO)
    all_right(c, 100, cut=100)
    said = grumbles(p)[quiet:]
    check(len(said) <= 6, 'it says so %d times' % len(said), *said[:8])
    p.disk()
    all_right(c, 100, cut=0)
    comes_back(c)


@script('a disk that fails in the midst of a large hit: cut, never wrong')
def _(c):
    p = own_proxy(c)
    body = BIG * 3
    c.script = lambda r: r.send(head_of(body) + body)
    whole(ask(c), body)
    k = ask(c, receive_buffer=4096)
    k.exactly(2000)
    p.disk(read=errno.EIO)
    got = k.to_end()
    check(len(got) < len(body), 'it was all sent already; the test says nothing')
    p.disk()
    whole(ask(c), body)


@script('somebody writes into the store while it is in use: misses instead of hits, or a cut, never wrong')
def _(c):
    p = own_proxy(c)
    many(c, 200)
    all_right(c, 200)           # what is asked for often is kept in memory, or marked as compared
    path = os.path.join(p.folder, 'store', 'sepia-segments')
    with open(path, 'r+b', buffering=0) as f:
        for at in range(2 << 20, os.path.getsize(path), 3000):
            os.pwrite(f.fileno(), os.urandom(100), at)
    before = len(c.seen)
    all_right(c, 200, cut=200)
    check(len(c.seen) > before + 20, 'the test has hurt nothing')
    all_right(c, 200, cut=200)
    comes_back(c)


for length in (2000, 20000, 70000, 300000, 3000000):
    @script('somebody writes into the store between two requests, of %d bytes: never wrong' % length)
    def _(c, length=length):
        def answer(request):
            body = b'%06d ' % int(request.target.rsplit('?', 1)[1]) * (length // 7)
            A(MAX.strip(), 'ETag: "a"', ranges=body).send(request, c.world.clock.now(), '')
        c.script = answer
        p = own_proxy(c, megabytes=256)
        path = os.path.join(p.folder, 'store', 'sepia-segments')
        for n in range(12):
            body = b'%06d ' % n * (length // 7)
            for _ in range(n % 3 + 1):          # just stored, or just compared
                whole(ask(c, rest='?%d' % n), body)
                time.sleep(n % 4 / 1000)
            with open(path, 'r+b', buffering=0) as f, mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
                at = m.find(body[:1400])
                check(at > 0, 'it is not stored')
                os.pwrite(f.fileno(), b'damaged', at + min(length - 100, n * 100000))
            whole(ask(c, rest='?%d' % n), body)


@script('a disk that fails when it is synced')
def _(c):
    p = own_proxy(c)
    p.disk(sync=errno.EIO)
    many(c, 100)
    all_right(c, 100)
    p.disk()
    comes_back(c)


@script('a write that fails in the midst of an object: it is passed on whole and not served from the store')
def _(c):
    p = own_proxy(c)
    body = BIG * 3

    def answer(request):
        request.send(head_of(body) + body[:1000000])
        time.sleep(0.2)
        p.disk(write=errno.ENOSPC)
        request.send(body[1000000:])
    c.script = answer
    whole(ask(c), body)
    p.disk()
    c.script = lambda r: r.send(head_of(body) + body)
    for _ in range(3):
        whole(ask(c), body)


def bare_proxy(c, store, make=None):
    """One whose cache_dir cannot be, or is what make(folder) made of it."""
    text = c.world.confs['main']['text'].replace('{workers}', '2').replace('{dir}/store 256', store + ' 64')
    folder = os.path.join(c.world.folder, 'bare-' + c.id)
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    if make:
        make(folder)
    p = Proxy(c.world, 'own-' + c.id, text.replace('{bare}', folder))
    p.deaths = True
    c.world.proxies[p.name] = p
    c.conf = p.name
    return p, folder


def goes_on(c, p):
    c.script = lambda r: r.send(head_of(b'body') + b'body')
    for _ in range(30):
        whole(ask(c), b'body')
    said = grumbles(p)
    check(said or 'store' in p.messages(), 'it says nothing', p.messages()[-500:])
    check(len(said) <= 6, 'it says so %d times' % len(said), *said[:8])


@script('a cache_dir whose parent is missing')
def _(c):
    p, _ = bare_proxy(c, '{bare}/no/such/store')
    goes_on(c, p)


@script('a cache_dir that may not be written')
def _(c):
    def make(folder):
        os.mkdir(folder + '/store')
        os.chmod(folder + '/store', 0o555)
    p, _ = bare_proxy(c, '{bare}/store', make)
    goes_on(c, p)


@script('a cache_dir that is a file')
def _(c):
    p, folder = bare_proxy(c, '{bare}/store', lambda folder: open(folder + '/store', 'w').write('precious'))
    goes_on(c, p)
    with open(folder + '/store') as f:
        check(f.read() == 'precious', 'it wrote into it')


@script('a cache_dir that holds something else: nothing of it is touched')
def _(c):
    def make(folder):
        os.makedirs(folder + '/store/00/00')
        os.chmod(folder + '/store', 0o777)
        for name in ('swap.state', '00/00/00000000', 'sepia-segments', 'sepia-index'):
            with open(folder + '/store/' + name, 'w') as f:
                f.write('precious ' + name)
    p, folder = bare_proxy(c, '{bare}/store', make)
    goes_on(c, p)
    for name in ('swap.state', '00/00/00000000', 'sepia-segments', 'sepia-index'):
        with open(folder + '/store/' + name) as f:
            check(f.read() == 'precious ' + name, 'it touched ' + name)
