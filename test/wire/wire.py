# SPDX-License-Identifier: Apache-2.0
"""Raw-socket tools of the wire tests: a proxy under test, an origin that does what a case tells it, a strict reader of answers.

Nothing here understands more of HTTP than what it has to judge: what is sent is written out byte by byte in the cases, what
arrives is kept as it came.
"""
import atexit
import contextlib
import fcntl
import itertools
import os
import pwd
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

PATIENCE = 30.0         # seconds that any single wait may take: what has to come comes, however busy the machine is
QUIET = 0.15            # seconds after which silence counts as silence

# --- cases ---------------------------------------------------------------------------------------------------------------

CASES = []
_ids = itertools.count(1)


class Failed(Exception):
    """A case that saw something else than it should have."""


def check(condition, text, *seen):
    if not condition:
        raise Failed(text + ''.join('\n      ' + repr(s)[:600] for s in seen))


def case(name, alone=False):
    """Decorator: the function is a case. It gets a Case."""
    def add(function):
        CASES.append((name, function, alone))
        return function
    return add


def table(group, rows):
    """Decorator: the function is called with each row, (name, *arguments), as a case of its own."""
    def add(function):
        for row in rows:
            CASES.append((group + ': ' + row[0], lambda c, r=row: function(c, *r[1:]), False))
        return function
    return add


class Case:
    """What one case works with: an id that its requests carry in their path, and the origin's part for that id."""

    def __init__(self, world):
        self.world = world
        self.id = 'c%d' % next(_ids)
        self.authority = '%s.test:%d' % (self.id, world.origin.port)    # a name of its own: no other case's connections
        self.seen = []                  # Request, in order of arrival at the origin
        self.script = None
        self.left = threading.Event()   # an origin's script of this case has returned
        self.open = []
        world.origin.cases[self.id] = self

    def origin(self, script):
        """script: bytes (the answer; the connection stays open) or a function that gets the Request."""
        self.script = script
        return self

    def url(self, rest='', host=None):
        return 'http://%s/%s%s' % (host or self.authority, self.id, rest)

    def get(self, fields='', method='GET', version='1.1', rest='', body=b'', host=None, url=None):
        """The bytes of a request for this case's origin; fields: lines with CRLF."""
        return ('%s %s HTTP/%s\r\nHost: %s\r\n%s\r\n' % (method, url or self.url(rest, host), version,
            host or self.authority, fields)).encode('latin-1') + body

    def arrived(self, n=1):
        """So many requests have reached the origin."""
        end = time.monotonic() + PATIENCE
        while len(self.seen) < n and time.monotonic() < end:
            time.sleep(0.005)
        check(len(self.seen) >= n, 'the origin was not asked')

    def client(self, proxy='main', **options):
        c = Client(self.world.proxy(proxy).port, **options)
        self.open.append(c)
        return c

    def ask(self, raw, proxy='main', method=None):
        """Sends raw on a new connection and reads one answer; the answer's client is .client."""
        c = self.client(proxy)
        c.send(raw)
        return c.answer(method or raw.lstrip(b'\r\n').split(b' ')[0].decode('latin-1'))

    def one(self):
        """The single request that reached the origin."""
        check(len(self.seen) == 1, 'the origin saw %d requests instead of 1' % len(self.seen), *[r.head for r in self.seen])
        return self.seen[0]

    def end(self):
        for c in self.open:
            c.close()


# --- fields --------------------------------------------------------------------------------------------------------------

class Fields:
    """Field lines as they came, names compared without case."""

    def __init__(self, lines):
        self.lines = []
        for line in lines:
            name, colon, value = line.partition(b':')
            check(colon and re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name), 'a malformed field line was sent', line)
            check(not re.search(rb'[\x00-\x08\x0a-\x1f\x7f]', value), 'a control character was sent in a field', line)
            self.lines.append((name.decode(), value.strip(b' \t').decode('latin-1')))

    def all(self, name):
        return [v for n, v in self.lines if n.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        check(len(values) <= 1, '%s is there more than once' % name, self.lines)
        return values[0] if values else None

    def tokens(self, name):
        return [t.strip().lower() for v in self.all(name) for t in v.split(',') if t.strip()]

    def __contains__(self, name):
        return bool(self.all(name))


class Stream:
    """A buffered socket."""

    def __init__(self, sock):
        self.sock = sock
        self.rest = b''
        self.ended = None               # 'eof' or 'reset'
        sock.settimeout(PATIENCE)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def more(self, wait=PATIENCE):
        """Reads some; False at the end (.ended) or when nothing came in time."""
        if self.ended:
            return False
        self.sock.settimeout(wait)
        try:
            got = self.sock.recv(262144)
        except socket.timeout:
            return False
        except OSError:
            self.ended = 'reset'
            return False
        if not got:
            self.ended = 'eof'
            return False
        self.rest += got
        return True

    def until(self, mark, wait=PATIENCE):
        """Through mark; None if it does not come."""
        while mark not in self.rest:
            if not self.more(wait):
                return None
        at = self.rest.index(mark) + len(mark)
        out, self.rest = self.rest[:at], self.rest[at:]
        return out

    def exactly(self, n, wait=PATIENCE):
        while len(self.rest) < n:
            if not self.more(wait):
                out, self.rest = self.rest, b''
                return out
        out, self.rest = self.rest[:n], self.rest[n:]
        return out

    def to_end(self, wait=PATIENCE):
        while self.more(wait):
            pass
        out, self.rest = self.rest, b''
        return out

    def silent(self, wait=QUIET):
        """Nothing came and the connection is open."""
        return not self.rest and not self.more(wait) and not self.ended

    def closed(self, wait=PATIENCE):
        """The peer ended the connection (either way) without sending more."""
        while not self.ended and self.more(wait):
            pass
        return self.ended is not None and not self.rest

    def send(self, data):
        self.sock.settimeout(PATIENCE)
        self.sock.sendall(data)
        return self

    def drip(self, data, step=1, pause=0.0):
        for i in range(0, len(data), step):
            self.send(data[i:i + step])
            if pause:
                time.sleep(pause)
        return self

    def finish(self):
        """No more will be sent."""
        self.sock.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()

    def chunked(self):
        """Decodes strictly: (body, trailer lines, complete, number of chunks)."""
        body, n = b'', 0
        while True:
            line = self.until(b'\r\n')
            if line is None:
                return body, [], False, n
            check(re.fullmatch(rb'[0-9a-fA-F]+\r\n', line), 'a malformed chunk size line was sent', line)
            size = int(line, 16)
            if size == 0:
                break
            data = self.exactly(size)
            body += data
            if len(data) < size:
                return body, [], False, n
            end = self.exactly(2)
            if len(end) < 2:
                return body, [], False, n
            check(end == b'\r\n', 'no CRLF after a chunk', end)
            n += 1
        trailers = []
        while True:
            line = self.until(b'\r\n')
            if line is None:
                return body, trailers, False, n
            if line == b'\r\n':
                return body, trailers, True, n
            trailers.append(line[:-2])


# --- the client's side ---------------------------------------------------------------------------------------------------

class Answer:
    """One final answer with the interim ones before it."""

    def __init__(self):
        self.interim = []               # (status, Fields)
        self.status = None              # None: the connection ended without one
        self.version = self.reason = None
        self.fields = Fields([])
        self.body = b''
        self.trailers = Fields([])
        self.framing = None             # none, length, chunked, close
        self.complete = False
        self.raw_head = b''
        self.client = None


class Client(Stream):
    def __init__(self, port, host='127.0.0.1', receive_buffer=None):
        sock = socket.socket(socket.AF_INET)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE)
        sock.connect((host, port))
        super().__init__(sock)

    def send(self, data):
        with contextlib.suppress(OSError):      # an answer may come, and the connection end, before all is sent
            super().send(data)
        return self

    def head(self):
        raw = self.until(b'\r\n\r\n')
        if raw is None:
            return None
        lines = raw[:-4].split(b'\r\n')
        m = re.fullmatch(rb'HTTP/(1\.1) ([1-9][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)', lines[0])
        check(m, 'a malformed status line was sent', lines[0])
        return raw, m.group(1).decode(), int(m.group(2)), m.group(3), Fields(lines[1:])

    def answer(self, method='GET'):
        a = Answer()
        a.client = self
        while True:
            got = self.head()
            if got is None:
                return a
            if got[2] >= 200 or got[2] == 101:
                break
            a.interim.append((got[2], got[4]))
        a.raw_head, a.version, a.status, a.reason, a.fields = got
        self.body_of(a, method)
        return a

    def body_of(self, a, method):
        lengths, codings = a.fields.all('Content-Length'), a.fields.all('Transfer-Encoding')
        check(not (lengths and codings), 'an answer with two framings was sent', a.fields.lines)
        check(len(lengths) <= 1 and all(re.fullmatch('[0-9]+', v) for v in lengths), 'a bad Content-Length was sent', lengths)
        check(codings in ([], ['chunked']), 'a bad Transfer-Encoding was sent', codings)
        if method == 'HEAD' or a.status in (101, 204, 304) or (method == 'CONNECT' and a.status // 100 == 2):
            check(not codings, 'Transfer-Encoding in an answer without a body', a.fields.lines)
            a.framing, a.complete = 'none', True
        elif codings:
            a.framing = 'chunked'
            a.body, lines, a.complete, _ = self.chunked()
            a.trailers = Fields(lines)
        elif lengths:
            a.framing = 'length'
            a.body = self.exactly(int(lengths[0]))
            a.complete = len(a.body) == int(lengths[0])
        else:
            a.framing = 'close'
            a.body = self.to_end()
            a.complete = self.ended == 'eof'

    def gone(self):
        """The proxy closed: after an answer with Connection: close it half-closes first and waits for us."""
        return self.closed()


# --- the origin's side ---------------------------------------------------------------------------------------------------

class Request:
    """One request as it reached the origin, and the means to answer it."""

    def __init__(self, stream, head, number, uses):
        self.stream, self.head, self.connection, self.uses = stream, head, number, uses
        lines = head[:-4].split(b'\r\n')
        m = re.fullmatch(rb'([^ ]+) ([^ ]+) HTTP/(1\.[01])', lines[0])
        check(m, 'the origin got a malformed request line', lines[0])
        self.method, self.target = m.group(1).decode('latin-1'), m.group(2).decode('latin-1')
        self.fields = Fields(lines[1:])
        self.body = None
        self.trailers = Fields([])
        self.complete = False
        self.chunks = 0
        self.keep = True

    def read_body(self):
        lengths, codings = self.fields.all('Content-Length'), self.fields.all('Transfer-Encoding')
        check(not (lengths and codings), 'the origin got two framings', self.fields.lines)
        check(len(lengths) <= 1 and codings in ([], ['chunked']), 'the origin got a bad framing', self.fields.lines)
        if codings:
            self.body, lines, self.complete, self.chunks = self.stream.chunked()
            self.trailers = Fields(lines)
        elif lengths:
            self.body = self.stream.exactly(int(lengths[0]))
            self.complete = len(self.body) == int(lengths[0])
        else:
            self.body, self.complete = b'', True
        return self.body

    def send(self, data):
        with contextlib.suppress(OSError):
            self.stream.send(data)
        return self

    def drip(self, data, step=1, pause=0.0):
        with contextlib.suppress(OSError):
            self.stream.drip(data, step, pause)
        return self

    def close(self):
        self.keep = False
        self.stream.close()

    def half_close(self):
        with contextlib.suppress(OSError):
            self.stream.finish()

    def reset(self):
        self.keep = False
        self.stream.reset()


OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'


class Origin:
    """Accepts on IPv4 and IPv6 at one port; the id in a request's path says whose script answers."""

    def __init__(self):
        self.cases = {}
        self.failures = []              # what went wrong outside of any case
        self.noisy = False              # requests are spoilt on purpose: what is odd about them says nothing
        self.numbers = itertools.count(1)
        self.connections = 0
        for _ in range(50):
            v4 = socket.socket(socket.AF_INET)
            v4.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            v4.bind(('127.0.0.1', 0))
            self.port = v4.getsockname()[1]
            self.listeners = [v4]
            try:
                v6 = socket.socket(socket.AF_INET6)
                v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                v6.bind(('::1', self.port))
                self.listeners.append(v6)
            except OSError:
                if socket.has_ipv6 and os.path.exists('/proc/net/if_inet6') and os.path.getsize('/proc/net/if_inet6'):
                    v4.close()
                    continue
            break
        self.has_v6 = len(self.listeners) == 2
        self.authority = '127.0.0.1:%d' % self.port
        for l in self.listeners:
            l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 262144)
            l.listen(512)
            threading.Thread(target=self.accept, args=(l,), daemon=True).start()

    def accept(self, listener):
        while True:
            sock, _ = listener.accept()
            self.connections += 1
            threading.Thread(target=self.serve, args=(sock, next(self.numbers)), daemon=True).start()

    def serve(self, sock, number):
        stream, uses = Stream(sock), 0
        try:
            while True:
                head = stream.until(b'\r\n\r\n', 60)
                if head is None:
                    if stream.rest and not self.noisy:
                        self.failures.append('a piece of a request reached the origin: %r' % stream.rest[:200])
                    break
                uses += 1
                if not self.answer(stream, head, number, uses):
                    break
        except Failed as e:
            if not self.noisy:
                self.failures.append(str(e))
        except (OSError, ValueError):
            pass
        stream.close()

    def answer(self, stream, head, number, uses):
        m = re.search(rb'/(c[0-9]+)\b', head.split(b'\r\n')[0]) or re.search(rb'\r\nX-Case: (c[0-9]+)', head) or re.match(rb'CONNECT (c[0-9]+)\.test:443 ', head)
        owner = self.cases.get(m.group(1).decode()) if m else None
        if owner is None:
            if not self.noisy:
                self.failures.append('a request that no case sent reached the origin: %r' % head[:300])
            return False
        try:
            request = Request(stream, head, number, uses)
            owner.seen.append(request)
            check('/hidden' not in request.target, 'a smuggled request reached the origin', head)
            script = owner.script
            if callable(script):
                script(request)
            else:
                request.read_body()
                request.send(OK if script is None else script)
        except Failed as e:
            if not self.noisy:
                self.failures.append('%s: %s' % (owner.id, e))
            return False
        finally:
            owner.left.set()
        return request.keep


# --- the proxy -----------------------------------------------------------------------------------------------------------

_taken = {}             # port: the file whose lock says that it is ours


def free_port():
    """A port that is nobody else's until this process ends: see test/ports.sh, whose locks these are."""
    folder = os.path.join(tempfile.gettempdir(), 'sepia-ports-%d' % os.geteuid())
    os.makedirs(folder, 0o700, exist_ok=True)
    while True:
        port = random.SystemRandom().randrange(10240, 32240)
        path = os.path.join(folder, str(port))
        if port in _taken:
            continue
        lock = open(path, 'w')
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket(socket.AF_INET) as s:
                s.bind(('127.0.0.1', port))
            if os.path.samestat(os.stat(path), os.fstat(lock.fileno())):
                _taken[port] = lock
                return port
        except OSError:
            pass
        lock.close()


@atexit.register
def _give_ports():
    for lock in _taken.values():
        with contextlib.suppress(OSError):
            os.unlink(lock.name)


def unprivileged(program):
    """Keyword arguments for Popen: as nobody where we are root and nobody can run it (LeakSanitizer cannot look into what dropped root)."""
    path = os.path.realpath(program)
    while os.geteuid() == 0 and os.stat(path).st_mode & 1:
        if path == '/':
            who = pwd.getpwnam('nobody')
            return {'user': who.pw_uid, 'group': who.pw_gid, 'extra_groups': []}
        path = os.path.dirname(path)
    return {}


class Proxy:
    def __init__(self, sepia, folder, name, text):
        self.name, self.port = name, free_port()
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o777)
        conf = os.path.join(self.folder, 'sepia.conf')
        with open(conf, 'w') as f:
            f.write(text.format(port=self.port, dir=self.folder))
        self.log = open(os.path.join(self.folder, 'stderr'), 'wb')
        env = dict(os.environ, UBSAN_OPTIONS='print_stacktrace=1')
        env.setdefault('ASAN_OPTIONS', 'detect_leaks=1')
        self.process = subprocess.Popen([sepia, '-N', '-f', conf], stdout=self.log, stderr=self.log, env=env, cwd=self.folder,
            **unprivileged(sepia))
        self.await_port()

    def await_port(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                socket.create_connection(('127.0.0.1', self.port), PATIENCE).close()
                return
            time.sleep(0.02)
        raise SystemExit('%s: the proxy did not start:\n%s' % (self.name, self.messages()))

    def messages(self):
        with open(self.log.name, errors='replace') as f:
            return f.read()

    def access_log(self):
        try:
            with open(os.path.join(self.folder, 'access.log'), errors='replace') as f:
                return f.read()
        except OSError:
            return ''

    def descendants(self):
        """(pid, parent, name) of all processes of this proxy."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            with contextlib.suppress(OSError):
                with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
                    children = [int(c) for c in f.read().split()]
                found += children
                todo += children
        return found

    def descriptors(self):
        """The most descriptors that one of the processes has open."""
        most = 0
        for pid in self.descendants():
            with contextlib.suppress(OSError):
                most = max(most, len(os.listdir('/proc/%d/fd' % pid)))
        return most

    def stop(self):
        """Asks it to stop; what is wrong with how it went, or None."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return 'it did not stop'
        text = self.messages()
        for mark in ('panic', 'AddressSanitizer', 'LeakSanitizer', 'runtime error', 'was killed', 'signal '):
            if mark in text:
                return 'its messages say %r:\n%s' % (mark, text[-6000:])
        if self.process.returncode != 0:
            return 'exit status %d:\n%s' % (self.process.returncode, text[-3000:])
        return None


class World:
    """The origin, and proxies started when a case first asks for them."""

    def __init__(self, sepia, keep=False):
        self.sepia = os.path.abspath(sepia)
        with open(sepia, 'rb') as f:
            self.sanitized = b'__asan_init' in f.read()
        self.folder = tempfile.mkdtemp(prefix='sepia-wire-')
        os.chmod(self.folder, 0o755)
        self.keep = keep
        self.origin = Origin()
        self.confs = {}
        self.proxies = {}
        self.lock = threading.Lock()

    def proxy(self, name):
        with self.lock:
            if name not in self.proxies:
                self.proxies[name] = Proxy(self.sepia, self.folder, name, self.confs[name](self))
            return self.proxies[name]

    def stop(self):
        """Ends everything; the list of complaints."""
        wrong = []
        for p in self.proxies.values():
            text = p.stop()
            if text:
                wrong.append('proxy %s: %s' % (p.name, text))
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        return wrong + self.origin.failures
