# SPDX-License-Identifier: Apache-2.0
"""What fullring.sh looks at: fullring.py PORT SEPIA FOLDER. Prints "ok WHAT" or "not ok WHAT" for each; exit status 1 if any was not.

The lines are made long (a long query), so that some twenty fill the ring of the one worker while the logger is stopped. A request counts
as finished when its client has read its answer to the end that the framing tells; in HTTP/1.0, to an orderly end of the connection.
"""
import collections
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

PORT, SEPIA, FOLDER = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PLACES = ('access.json', 'second.json')
PADDING = 'p' * 6000
BODIES = {'small': 10, 'medium': 9000, 'spliced': 300000}
bad = False


def check(what, good, detail=''):
    global bad
    print('%s %s' % ('ok' if good else 'not ok', what), '' if good else detail, flush=True)
    bad |= not good


def till(question, seconds=8):
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# The origin: /KIND/CODING?NAME

def answer(kind, coding):
    body = b'b' * BODIES[kind]
    if coding == 'chunked':
        return b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n' % (len(body), body)
    if coding == 'close':
        return b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n' + body
    return b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body)


def serve(s):
    with s, s.makefile('rb') as f:
        while True:
            first = f.readline()
            if not first:
                return
            if first == b'echo\n':
                while (data := s.recv(4096)):
                    s.sendall(data)
                return
            while f.readline() not in (b'\r\n', b''):
                pass
            _, kind, coding = first.split()[1].split(b'?')[0].decode().split('/')
            try:
                s.sendall(answer(kind, coding) if not first.startswith(b'HEAD') else b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
            except OSError:
                return
            if coding == 'close':
                return


def origin():
    listener = socket.create_server(('127.0.0.1', 0), backlog=256)

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


ORIGIN = origin()
NOBODY = socket.create_server(('127.0.0.1', 0))
NOBODY_PORT = NOBODY.getsockname()[1]
NOBODY.close()


# Clients

class Client(threading.Thread):
    """One connection, requests one after the other: done and failed are lists of their names."""
    serial = 0

    def __init__(self, requests):
        super().__init__(daemon=True)
        self.requests, self.done, self.failed, self.wrong = [], [], [], []
        for method, path, version in requests:
            Client.serial += 1
            self.requests.append((method, path, version, 'n%d.' % Client.serial))
        self.s = socket.create_connection(('127.0.0.1', PORT))
        self.start()

    def run(self):
        f = self.s.makefile('rb')
        for method, path, version, name in self.requests:
            try:
                self.s.sendall(('%s %s?%s%s HTTP/%s\r\nHost: 127.0.0.1:%d\r\n\r\n' % (method, path, name, PADDING, version, PORT)).encode())
                whole = self.read(f, method)
            except (OSError, ValueError):
                whole = False
            (self.done if whole else self.failed).append(name)
            if not whole:
                break

    def read(self, f, method):
        fields, first = {}, f.readline()
        if not first.startswith(b'HTTP/1.1 '):
            return False
        while (line := f.readline()) != b'\r\n':
            if not line:
                return False
            key, value = line.decode().split(':', 1)
            fields[key.lower()] = value.strip()
        if method == 'HEAD':
            return True
        if 'content-length' in fields:
            n = int(fields['content-length'])
            return len(f.read(n)) == n
        if fields.get('transfer-encoding') == 'chunked':
            while (n := int(f.readline(), 16)) > 0:
                if len(f.read(n + 2)) != n + 2:
                    return False
            return f.readline() == b'\r\n'
        f.read()			# a reset is an OSError
        return True

    def reset(self):
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.s.shutdown(socket.SHUT_RD)
        self.s.close()

    def over(self):
        return len(self.done) + len(self.failed) == len(self.requests) or bool(self.failed)


def http(kind, coding='length'):
    return 'http://127.0.0.1:%d/%s/%s' % (ORIGIN, kind, coding)


MIX = [
    [('GET', http('small'), '1.1')] * 3,
    [('GET', http('small', 'chunked'), '1.1'), ('GET', http('medium'), '1.1')],
    [('GET', http('spliced'), '1.1'), ('GET', http('small'), '1.1')],
    [('GET', http('spliced', 'chunked'), '1.1')] * 2,
    [('GET', http('small', 'close'), '1.0')],
    [('GET', http('spliced', 'close'), '1.0')],
    [('GET', http('spliced', 'close'), '1.1')],
    [('HEAD', http('small'), '1.1')] * 2,
    [('GET', 'http://127.0.0.1:%d/' % NOBODY_PORT, '1.1')] * 2,
    [('GET', '/proxy.pac', '1.1')] * 2,
]


def crowd(times=5):
    return [Client(requests) for _ in range(times) for requests in MIX]


# The proxy

def process(role):
    said = subprocess.run([SEPIA, '-f', FOLDER + '/sepia.conf', '-k', 'status'], capture_output=True, text=True).stdout
    for words in map(str.split, said.splitlines()):
        if words and words[0] == role and 'serving' in words:
            return int(words[3])
    return 0


def cpu_s(pid):
    fields = open('/proc/%d/stat' % pid).read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def records(place=PLACES[0]):
    with open('%s/d/%s' % (FOLDER, place)) as f:
        return [json.loads(line) for line in f.read().split('\n')[:-1]]


def names(place):
    return collections.Counter(m.group(0) for r in records(place) if (m := re.search(r'n\d+\.', r.get('url', ''))))


def stop_logger():
    till(lambda: process('logger'))
    pid = process('logger')
    assert pid > 1		# 0 would be this process's own group
    os.kill(pid, signal.SIGSTOP)
    return pid


def stalled(clients):
    """Nothing more is finished: the ring is full."""
    def count():
        return sum(len(c.done) for c in clients)
    till(lambda: any(c.done for c in clients))
    before = -1
    while before != count():
        before = count()
        time.sleep(0.7)
    return before


def lines_of(what, finished, others=()):
    """Every place has one line of each that is finished, and none twice; all: of the others too."""
    for place in PLACES:
        found = till(lambda: all(names(place)[n] >= 1 for n in finished))
        counts = names(place)
        check('%s: %s misses no line of %d' % (what, place, len(finished)), found, [n for n in finished if counts[n] == 0][:5])
        check('%s: and has none twice' % what, all(v == 1 for v in counts.values()), counts.most_common(3))
    twice = [n for n, v in names('may_drop.json').items() if v > 1]
    check('%s: nor has the place that may drop' % what, not twice, twice[:5])


def killed():
    logger, worker = stop_logger(), process('worker')
    clients = crowd()
    n = stalled(clients)
    waiting = [c for c in clients if not c.over()]
    check('the ring is full: requests wait', 5 <= n and len(waiting) >= 10, '%d done, %d wait' % (n, len(waiting)))
    before = cpu_s(worker)
    time.sleep(1)
    check('without turning in circles', cpu_s(worker) - before < 0.1, cpu_s(worker) - before)
    os.kill(worker, signal.SIGKILL)
    check('the worker is replaced', till(lambda: process('worker') not in (0, worker)))
    check('what waited is broken off', till(lambda: all(c.over() for c in clients)))
    check('all of it', all(c.failed for c in waiting), [c.done for c in waiting if not c.failed])
    os.kill(logger, signal.SIGCONT)
    lines_of('after kill -9', [n for c in clients for n in c.done])


def continued():
    logger = stop_logger()
    clients = crowd()
    stalled(clients)
    check('requests wait', sum(not c.over() for c in clients) >= 10)
    os.kill(logger, signal.SIGCONT)
    check('with room they are answered', till(lambda: all(c.over() for c in clients)) and not any(c.failed for c in clients), [c.failed for c in clients if c.failed])
    lines_of('when the logger goes on', [n for c in clients for n in c.done])


def aborted():
    logger, worker = stop_logger(), process('worker')
    clients = crowd()
    stalled(clients)
    gone = [c for c in clients if not c.over()]
    begun = [c.requests[len(c.done)][3] for c in gone]
    for c in gone:
        c.reset()
    time.sleep(0.3)
    os.kill(logger, signal.SIGCONT)
    lines_of('clients that went away', [n for c in clients for n in c.done] + begun)
    check('and the worker lives', process('worker') == worker)


def tunnel():
    s = socket.create_connection(('127.0.0.1', PORT))
    s.settimeout(8)
    s.sendall(b'CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\necho\n' % ORIGIN)
    got = b''
    while not got.endswith(b'\r\n\r\n'):
        got += s.recv(1)
    return s


def tunnel_records(place=PLACES[0]):
    """By request: the interim numbers, 0 the final record."""
    t = collections.defaultdict(list)
    for r in records(place):
        if r.get('method') == 'CONNECT':
            t[r['request']].append(r.get('interim', 0))
    return t


def tunnels():
    for place in PLACES:
        check('no tunnels yet: ' + place, not tunnel_records(place))
    open_ones, closing = [tunnel() for _ in range(3)], [tunnel() for _ in range(3)]
    check('tunnels have interim records', till(lambda: len(tunnel_records()) == 6))
    logger = stop_logger()
    clients = crowd(2)
    stalled(clients)
    time.sleep(1)
    before = {k: len(v) for k, v in tunnel_records().items()}
    for s in closing:
        s.shutdown(socket.SHUT_WR)
        s.settimeout(0.3)
        try:
            s.recv(1)
            check('a tunnel does not end before its record', False)
        except TimeoutError:
            pass
    os.kill(logger, signal.SIGCONT)
    ok = True
    for s in closing:
        s.settimeout(8)
        ok &= s.recv(1) == b''
    check('but then, in order', ok)
    for place in PLACES:
        check('those that stay open are recorded as soon as there is room: ' + place,
              till(lambda: all(len(v) > before[k] for k, v in tunnel_records(place).items()), 0.4))
    for s in open_ones:
        s.close()
    for place in PLACES:
        check('every tunnel has its final record: ' + place, till(lambda: all(v[-1] == 0 for v in tunnel_records(place).values())))
        check('each record once, and none left out: ' + place,
              all(v[-1] == 0 and v[:-1] == list(range(1, len(v))) for v in tunnel_records(place).values()), dict(tunnel_records(place)))
    till(lambda: all(c.over() for c in clients))


def killed_tunnel():
    s = tunnel()
    logger, worker = stop_logger(), process('worker')
    clients = crowd(2)
    stalled(clients)
    s.shutdown(socket.SHUT_WR)
    time.sleep(0.3)
    os.kill(worker, signal.SIGKILL)
    try:
        end = s.recv(1)
    except ConnectionResetError:
        end = None
    check('a tunnel without its record does not end in order', end is None, end)
    os.kill(logger, signal.SIGCONT)
    till(lambda: process('worker') not in (0, worker))


def messages():
    return open(FOLDER + '/messages').read()


def told_to_end():
    master = int(open(FOLDER + '/d/sepia.pid').read())
    stop_logger()
    clients = crowd()
    stalled(clients)
    waiting = sum(not c.over() for c in clients)
    began = time.monotonic()
    os.kill(master, signal.SIGINT)
    check('SIGINT ends it', till(lambda: not os.path.exists('/proc/%d' % master) or open('/proc/%d/stat' % master).read().rsplit(')', 1)[1].split()[0] == 'Z'))
    took = time.monotonic() - began
    check('soon', took < 0.2, took)
    check('nothing that waited looks complete', till(lambda: all(c.over() for c in clients)) and sum(bool(c.failed) for c in clients) >= waiting)
    lost = re.search(r'records of (\d+) requests are lost', messages())
    check('it says how many records are lost', lost is not None and int(lost.group(1)) == waiting, '%s, %d waited\n%s' % (lost, waiting, messages()[-1500:]))


for part in (killed, continued, aborted, tunnels, killed_tunnel, continued, told_to_end):
    part()
sys.exit(1 if bad else 0)
