# SPDX-License-Identifier: Apache-2.0
"""The engine of the cache's tests: a table of cases, a clock that the test moves, proxies that see it, one origin.

A case is a sequence of steps, each at a time (seconds after the beginning): a request, what the origin would answer, what is expected. All
cases run side by side: first everything at second 0, then the clock goes to the next second that any case names, and so on; it stands
still in between, so that ages are exact and hours cost nothing. Sockets, the strict reader of answers and the origin are test/wire's.
"""
import contextlib
import itertools
import mmap
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'wire'))
import wire

Failed, check = wire.Failed, wire.check

# --- time ----------------------------------------------------------------------------------------------------------------

DAYS = ('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')
LONG = ('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday')
MONTHS = ('Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec')


def date(seconds, form='imf'):
    """RFC 9110, 5.6.7: imf, and the obsolete forms 850 and asc."""
    t = time.gmtime(seconds)
    clock = '%02d:%02d:%02d' % (t.tm_hour, t.tm_min, t.tm_sec)
    if form == '850':
        return '%s, %02d-%s-%02d %s GMT' % (LONG[t.tm_wday], t.tm_mday, MONTHS[t.tm_mon - 1], t.tm_year % 100, clock)
    if form == 'asc':
        return '%s %s %2d %s %d' % (DAYS[t.tm_wday], MONTHS[t.tm_mon - 1], t.tm_mday, clock, t.tm_year)
    return '%s, %02d %s %d %s GMT' % (DAYS[t.tm_wday], t.tm_mday, MONTHS[t.tm_mon - 1], t.tm_year, clock)


class Clock:
    """What testclock.c reads."""

    def __init__(self, path):
        self.path = path
        with open(path, 'wb') as f:
            f.write(bytes(16))
        os.chmod(path, 0o644)
        with open(path, 'r+b') as f:
            self.map = mmap.mmap(f.fileno(), 16)
        self.base = int(time.time())
        self.at = None
        self.go(0)

    def go(self, at):
        self.at = at
        self.map[0:8] = struct.pack('q', (self.base + at) * 10**9)

    def now(self):
        return self.base + self.at


# --- what a case is made of ----------------------------------------------------------------------------------------------

class A:
    """What the origin answers. Fields are lines; {-10} in one is the date ten seconds ago, {850:+5} and {asc:+5} the obsolete forms,
    {url} the case's URL."""

    def __init__(self, *fields, status=200, body=None, framing='length', version='1.1', date=True, interim=(), trailers=(), cut=None,
            delay=0, nothing=False, ranges=None, drip=0, reason='Said'):
        self.fields, self.status, self.body, self.framing, self.version, self.date = fields, status, body, framing, version, date
        self.interim, self.trailers, self.cut, self.delay, self.nothing = interim, trailers, cut, delay, nothing
        self.ranges = ranges    # the whole representation: ranges of it are sent as they are asked for
        self.drip, self.reason = drip, reason

    def lines(self, now, url=''):
        out = [dated(f, now).replace('{url}', url) for f in self.fields]
        if self.date and not any(f.lower().startswith('date:') for f in out):
            out.insert(0, 'Date: ' + date(now))
        return out

    def part(self, request):
        """(status, more lines, body) with .ranges."""
        whole = self.ranges
        m = re.fullmatch('bytes=(\\d*)-(\\d*)', request.fields.get('Range') or '')
        condition = request.fields.get('If-Range')
        tags = [f.split(':', 1)[1].strip() for f in self.fields if f.lower().startswith(('etag:', 'last-modified:'))]
        if not m or (condition and condition not in tags) or self.status != 200:
            return self.status, [], whole
        first, last = m.group(1), m.group(2)
        if not first:
            first, last = max(0, len(whole) - int(last)), len(whole) - 1
        first, last = int(first), min(int(last or len(whole)), len(whole) - 1)
        if first >= len(whole):
            return 416, ['Content-Range: bytes */%d' % len(whole)], b''
        return 206, ['Content-Range: bytes %d-%d/%d' % (first, last, len(whole))], whole[first:last + 1]

    def send(self, request, now, text, url='', closes=False):
        """Answers request; text: the body where the answer names none. closes: and waits until the proxy has done with the answer."""
        request.read_body()
        if self.delay:
            time.sleep(self.delay)
        if self.nothing:
            request.close()
            return
        body = text if self.body is None else self.body
        body = body.encode('latin-1') if isinstance(body, str) else body
        status, more = self.status, []
        if self.ranges is not None:
            status, more, body = self.part(request)
        lines = self.lines(now, url) + more + ['Connection: close'] * closes
        framed = any(f.lower().startswith(('content-length:', 'transfer-encoding:')) for f in lines)
        bodiless = status in (204, 304) or request.method == 'HEAD'
        end = b''
        if not framed and self.framing == 'length' and status not in (204, 304):
            lines.append('Content-Length: %d' % len(body))
        elif not framed and self.framing == 'chunked' and not bodiless:
            lines.append('Transfer-Encoding: chunked')
            end = b'0\r\n' + ''.join(t + '\r\n' for t in self.trailers).encode('latin-1') + b'\r\n'
            if body:
                body = b''.join(b'%x\r\n%s\r\n' % (len(body[i:i + 7000]), body[i:i + 7000]) for i in range(0, len(body), 7000))
        head = ''.join('HTTP/1.1 %s\r\n%s\r\n' % (i[0], ''.join(l + '\r\n' for l in i[1:])) for i in self.interim)
        head += 'HTTP/%s %d %s\r\n%s\r\n' % (self.version, status, self.reason, ''.join(l + '\r\n' for l in lines))
        out = head.encode('latin-1') + (b'' if bodiless else body + end)
        if self.cut is not None and not bodiless:
            out = out[:len(out) - self.cut]
        if self.drip:
            request.drip(out, self.drip)
        else:
            request.send(out)
        if closes and self.framing != 'close':
            request.stream.closed()
        if closes or self.framing == 'close' or self.cut is not None or self.version == '1.0':
            request.close()


def dated(text, now):
    return re.sub(r'\{(?:(850|asc):)?([+-]?\d+)\}', lambda m: date(now + int(m.group(2)), m.group(1) or 'imf'), text)


WANTS = {       # word: (how often the origin is asked, conditionally, whose body the client gets, what the log says)
    'miss': (1, False, 'answer', 'TCP_(MISS|CLIENT_REFRESH_MISS|REFRESH_MODIFIED)'),
    'asked': (1, None, 'answer', None),
    'mod': (1, True, 'answer', 'TCP_REFRESH_MODIFIED'),
    'val': (1, True, 'stored', 'TCP_REFRESH_UNMODIFIED'),
    'hit': (0, None, 'stored', 'TCP_(MEM_|NEGATIVE_)?HIT'),
    'behind': (1, True, 'stored', 'TCP_(MEM_)?HIT'),            # answered from the store, validated behind the client's back
    'stale': (None, None, 'stored', 'TCP_REFRESH_FAIL_OLD'),
    '304': (0, None, 'nothing', 'TCP_(IMS|INM)_HIT'),
    'val304': (1, True, 'nothing', None),
    'none': (0, None, 'own', None),                             # the proxy's own answer
    'fail': (None, None, 'own', None),                          # the same after asking
    'any': (None, None, None, None),
}


class Step:
    def __init__(self, want, *fields, at=0, method='GET', rest='', a=None, body=b'', of=None, status=None, has=(), lacks=(), asked=(),
            unasked=(), log=None, cs=None, age='auto', gets=None, version='1.1', url=None, times=None, x=None, reason=None):
        self.want, self.fields, self.at, self.method, self.rest = want, fields, at, method, rest
        self.a = a or A(status=304 if want in ('val', 'val304', 'behind') else 200)
        self.body, self.of, self.status, self.has, self.lacks = body, of, status, has, lacks
        self.asked, self.unasked, self.log, self.cs, self.age, self.gets = asked, unasked, log, cs, age, gets
        self.version, self.url, self.times, self.x, self.reason = version, url, times, x, reason


def get(want, *fields, **options):
    return Step(want, *fields, **options)


def head(want, *fields, **options):
    return Step(want, *fields, method='HEAD', **options)


def send(method, want='asked', *fields, **options):
    return Step(want, *fields, method=method, **options)


TABLES = []             # (name, conf, steps)
SCRIPTS = []            # (name, conf, function)


def case(name, *steps, conf='main'):
    steps = [s for s in steps if s]
    assert all(a.at <= b.at for a, b in zip(steps, steps[1:])), name
    TABLES.append((name, conf, steps))


def script(name, conf='main'):
    """Decorator: the function is a case that drives the origin and clients by itself, at second 0. It gets a Case."""
    def add(function):
        SCRIPTS.append((name, conf, function))
        return function
    return add


def fresh_for(name, lifetime, *fields, conf='main', **options):
    """Stored, fresh for exactly that many seconds, then the origin is asked."""
    case(name, get('miss', a=A(*fields, **options)), lifetime > 1 and get('hit', at=lifetime - 1), get('asked', at=lifetime), conf=conf)


def not_reused(name, *fields, conf='main', **options):
    case(name, get('miss', a=A(*fields, **options)), get('asked'), conf=conf)


def reused(name, *fields, conf='main', **options):
    case(name, get('miss', a=A(*fields, **options)), get('hit'), conf=conf)


# --- running -------------------------------------------------------------------------------------------------------------

class Case:
    """A case in one proxy; the origin knows it by .id."""
    ids = itertools.count(1)

    def __init__(self, world, name, conf, steps):
        self.world, self.name, self.conf, self.steps = world, name, conf, steps
        self.number = next(Case.ids)
        self.id = 'c%d' % self.number
        self.authority = 'c%d.test:%d' % (self.number, world.origin.port)
        self.wrong = None
        self.seen = []                  # requests at the origin, all of the case
        self.now_seen = []              # those of the step under way
        self.answered = 0
        self.left = threading.Event()
        self.step = None
        self.script = self.answer       # wire.Origin calls it
        self.sent = {}                  # step index: (status, body) that the origin gave
        self.last = {}                  # rest: index of the step whose body is stored
        self.born = {}                  # rest: (second, age then), None: not to be said
        self.dates = {}                 # rest: its Date
        self.done = 0
        self.open = []
        world.origin.cases[self.id] = self

    def url(self, rest=''):
        return 'http://%s/%s%s' % (self.authority, self.id, rest)

    def text(self, index):
        return 'the body of step %d of %s, long enough to be something' % (index, self.id)

    # the origin's side
    def answer(self, request):
        index, step = self.step
        self.now_seen.append(request)
        step.a.send(request, self.world.clock.now(), self.text(index), self.url(), closes=step.want == 'behind')
        self.answered += 1

    def client(self, **options):
        c = wire.Client(self.world.proxy(self.conf).port, **options)
        self.open.append(c)
        return c

    def raw(self, step, index):
        lines = [dated(f, self.world.clock.now()) for f in step.fields]
        if not any(f.lower().startswith('host:') for f in lines):
            lines.insert(0, 'Host: ' + self.authority)
        if step.body:
            lines.append('Content-Length: %d' % len(step.body))
        lines.append('X-Step: %s.%d' % (self.id, index))
        url = step.url.replace('@', self.url()) if step.url else self.url(step.rest)
        return ('%s %s HTTP/%s\r\n%s\r\n' % (step.method, url, step.version, ''.join(l + '\r\n' for l in lines))).encode('latin-1') + step.body

    def run_step(self, index):
        step = self.steps[index]
        self.step, self.now_seen, self.answered = (index, step), [], 0
        c = self.client()
        try:
            c.send(self.raw(step, index))
            got = c.answer(step.method)
        finally:
            c.close()
        times = WANTS[step.want][0] if step.times is None else step.times
        if step.want == 'behind' or step.times:
            end = time.monotonic() + wire.PATIENCE
            while self.answered < times and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(0.05)            # one too many would come now
        self.judge(step, index, got, times)
        return got

    def judge(self, step, index, got, times):
        _, conditional, whose, _ = WANTS[step.want]
        seen = self.now_seen
        told = 'step %d (%s%s at %d, %s): ' % (index, step.method, ' ' + step.rest if step.rest else '', step.at, step.want)
        show = [h[:500] for h in [got.raw_head] + [r.head for r in seen[:2]]]
        check(got.status is not None, told + 'no answer', *show)
        if times is not None:
            check(len(seen) == times, told + 'the origin was asked %d times, not %d' % (len(seen), times), *show)
        for r in seen[:1]:
            its = [n for n in ('If-None-Match', 'If-Modified-Since') if n in r.fields and
                not any(f.lower().startswith(n.lower() + ':') for f in step.fields)]
            if conditional is not None:
                there = bool(its) or (conditional and ('If-None-Match' in r.fields or 'If-Modified-Since' in r.fields))
                check(there == conditional, told + ('a conditional request was expected' if conditional else 'an unconditional request was expected'), *show)
            for want in step.asked:
                name, _, value = dated(want, self.world.clock.now()).partition(': ')
                check(value in (', '.join(r.fields.all(name)), '?') and name in r.fields, told + 'the origin should have got "%s"' % want, *show)
            for name in step.unasked:
                check(name not in r.fields, told + 'the origin should not have got %s' % name, *show)
        self.judge_content(step, index, got, whose, told, show)
        self.judge_fields(step, got, whose, told, show)
        if step.x:
            step.x(self, got, seen)
        if seen and step.method == 'GET' and step.want not in ('stale', 'fail', 'none'):
            self.remember(step, index)

    def judge_content(self, step, index, got, whose, told, show):
        stored = step.of if step.of is not None else self.last.get(step.rest)
        status, body = step.status, step.gets
        if whose == 'answer':
            status = status or step.a.status
            if body is None and step.a.ranges is None:
                body = self.text(index) if step.a.body is None else step.a.body
        elif whose == 'stored':
            check(stored is not None, told + 'the case names no stored answer')
            origin = self.steps[stored].a
            status = status or origin.status
            if body is None or isinstance(body, slice):
                all_of_it = origin.ranges if origin.ranges is not None else self.text(stored) if origin.body is None else origin.body
                body = all_of_it if body is None else all_of_it[body]
        elif whose == 'nothing':
            status = status or 304
        if status is not None:
            check(got.status == status, told + 'status %d, not %d' % (got.status, status), *show)
        if whose is not None and (step.a.cut is None or whose != 'answer'):
            check(got.complete, told + 'the answer is not complete', *show)
        bodiless = step.method == 'HEAD' or got.status in (204, 304)
        if body is not None and not bodiless:
            body = body.encode('latin-1') if isinstance(body, str) else body
            check(got.body == body, told + 'another body than it should be', body, got.body, *show)
        elif bodiless:
            check(got.body == b'', told + 'a body where none may be', got.body, *show)

    def judge_fields(self, step, got, whose, told, show):
        for want in step.has:
            name, _, value = dated(want, self.world.clock.now()).partition(': ')
            have = ', '.join(got.fields.all(name))
            check(name in got.fields and value in (have, '?'), told + 'it should have "%s: %s", it has "%s"' % (name, value, have), *show)
        for name in step.lacks:
            check(name not in got.fields, told + 'it should not have %s' % name, *show)
        if step.want in ('hit', 'behind', '304') and step.age == 'auto' and self.born.get(step.rest) and step.of in (None, self.last.get(step.rest)):
            second, initial = self.born[step.rest]
            age = str(initial + self.world.clock.at - second)
            check(got.fields.get('Age') == age, told + 'Age: %s, not %s' % (got.fields.get('Age'), age), *show)
        elif step.age not in ('auto', None):
            check(got.fields.get('Age') == str(step.age), told + 'Age: %s, not %s' % (got.fields.get('Age'), step.age), *show)
        if step.want == 'miss' and not any(f.lower().startswith('age:') for f in step.a.fields):
            check('Age' not in got.fields, told + 'an Age in an answer that comes from the origin', *show)
        if step.want == 'hit' and step.of is None and self.dates.get(step.rest):
            check(got.fields.get('Date') == self.dates[step.rest], told + 'another Date', *show)
        if not self.world.confs[self.conf].get('quiet'):
            self.judge_cache_fields(step, got, told, show)

    def judge_cache_fields(self, step, got, told, show):
        if step.want in ('none', 'fail', 'any') or step.method not in ('GET', 'HEAD'):
            return
        status = (', '.join(got.fields.all('Cache-Status')) or 'none').split(', ')[-1]
        unasked = step.want in ('hit', 'behind', '304')
        check(('; hit' in status) == unasked and ('; fwd=' in status) == (not unasked), told + 'Cache-Status: %s' % status, *show)
        if step.cs:
            check(re.search(step.cs, status), told + 'Cache-Status: %s, not %s' % (status, step.cs), *show)
        word = 'HIT' if unasked or step.want in ('val', 'stale') else 'MISS' if step.want == 'miss' else ''
        check(any(v.startswith(word) and v.endswith(' from proxy.test') for v in got.fields.all('X-Cache')), told + 'no X-Cache: %s' % word, *show)

    def remember(self, step, index):
        if WANTS[step.want][2] == 'answer':
            self.last[step.rest] = index
        elif step.want == 'any' and step.a.status != 304:
            self.born[step.rest] = self.dates[step.rest] = None
            return
        now = self.world.clock.now()
        lines = step.a.lines(now)
        ages = [l.split(':', 1)[1].strip() for l in lines if l.lower().startswith('age:')]
        dates = [l.split(':', 1)[1].strip() for l in lines if l.lower().startswith('date:')]
        if len(dates) == 1 and dates[0] == date(now) and len(ages) <= 1 and all(a.isdigit() for a in ages):
            self.born[step.rest] = (self.world.clock.at, int(ages[0]) if ages else 0)
        else:
            self.born[step.rest] = None
        self.dates[step.rest] = dates[0] if len(dates) == 1 and dates[0] == date(now) else None

    def run_until(self, at):
        """The steps that are due."""
        while self.wrong is None and self.done < len(self.steps) and self.steps[self.done].at <= at:
            try:
                self.run_step(self.done)
            except Failed as e:
                self.wrong = str(e)
            except OSError as e:
                self.wrong = 'step %d: %s' % (self.done, e)
            self.done += 1

    def run_back(self):
        """The last step's request once more, when the clock has gone back to the day before: an answer, complete, no odd age."""
        if self.wrong is not None or self.steps[-1].method not in ('GET', 'HEAD') or 'TRACE' in self.name:
            return
        c = self.client()
        try:
            c.send(self.raw(self.steps[-1], len(self.steps)))
            got = c.answer(self.steps[-1].method)
            age = got.fields.get('Age')
            check(got.status is not None and (got.complete or self.steps[-1].a.cut is not None), 'the clock goes back: no complete answer', got.raw_head)
            check(age is None or not self.dates.get(self.steps[-1].rest) or age.isdigit(), 'the clock goes back: Age: %s' % age, got.raw_head)
        except Failed as e:
            self.wrong = str(e)
        except OSError as e:
            self.wrong = 'the clock goes back: %s' % e
        finally:
            c.close()

    def run_script(self, function):
        try:
            function(self)
        except Failed as e:
            self.wrong = str(e)
        except Exception as e:
            self.wrong = '%s: %s' % (type(e).__name__, e)
        for c in self.open:
            c.close()
        self.wrong = self.wrong or self.world.end_own(self)

    def judge_log(self, lines):
        for i, step in enumerate(self.steps):
            want = step.log or WANTS[step.want][3]
            if self.wrong is not None or want is None or i >= self.done:
                continue
            has = lines.get('%s.%d' % (self.id, i), [])
            if not any(re.fullmatch(want, word) for word in has):
                self.wrong = 'step %d (%s): the log says %s, not %s' % (i, step.want, ' '.join(has) or 'nothing', want)


# --- the proxies ---------------------------------------------------------------------------------------------------------

class Proxy(wire.Proxy):
    """A proxy whose time is the test's. It can be killed, all of it, and started again over what it left."""
    deaths = False      # its processes are killed by the test

    def __init__(self, world, name, text):
        self.clock = Clock(os.path.join(world.folder, name + '.clock')) if name.startswith('own-') else world.clock
        self.name, self.port, self.world, self.text = name, wire.free_port(), world, text
        self.folder = os.path.join(world.folder, name)
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o777)
        self.conf = os.path.join(self.folder, 'sepia.conf')
        with open(self.conf, 'w') as f:
            f.write(text.replace('{port}', str(self.port)).replace('{dir}', self.folder))
        self.log = open(os.path.join(self.folder, 'stderr'), 'ab')
        with open(os.path.join(self.folder, 'disk'), 'w+b') as f:
            f.write(bytes(24))
            f.flush()
            self.disk_map = mmap.mmap(f.fileno(), 24)
        self.start()

    def disk(self, write=0, read=0, sync=0):
        """What the disk answers from now on: numbers of errors; 0: it works."""
        self.disk_map[0:24] = struct.pack('qqq', write, read, sync)

    def start(self):
        env = dict(os.environ, UBSAN_OPTIONS='print_stacktrace=1', TESTCLOCK=self.clock.path,
            TESTDISK=os.path.join(self.folder, 'disk'), LD_PRELOAD=self.world.preload)
        env.setdefault('ASAN_OPTIONS', 'detect_leaks=1')
        self.process = subprocess.Popen([self.world.sepia, '-N', '-f', self.conf], stdout=self.log, stderr=self.log, env=env,
            cwd=self.folder, **wire.unprivileged(self.world.sepia))
        self.await_port()

    def stop(self):
        text = super().stop()
        if text and self.deaths and not any(w in text for w in ('panic', 'Sanitizer', 'runtime error', 'did not stop', 'exit status', 'signal 6', 'signal 11', 'signal 7')):
            return None
        return text

    def kill_all(self):
        """kill -9 of every process of it at once."""
        pids = [self.process.pid] + self.descendants()
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGSTOP)
        for pid in pids + self.descendants():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def log_lines(self):
        """{step: [result code...]}"""
        out = {}
        for line in self.access_log().split('\n'):
            words = line.split()
            if len(words) >= 2 and words[0] != '-':
                out.setdefault(words[0], []).append(words[1])
        return out


class World:
    def __init__(self, sepia, confs, keep, workers):
        self.sepia, self.confs, self.keep, self.workers = os.path.abspath(sepia), confs, keep, workers
        self.folder = tempfile.mkdtemp(prefix='sepia-cache-')
        os.chmod(self.folder, 0o755)
        self.clock = Clock(os.path.join(self.folder, 'clock'))
        self.preload = self.find_preload()
        self.origin = wire.Origin()
        self.proxies = {}
        self.lock = threading.Lock()
        with open(self.folder + '/hosts', 'w') as f:
            for n in range(1, 20000, 20):
                f.write('127.0.0.1 ' + ' '.join('c%d.test' % i for i in range(n, n + 20)) + '\n')
            f.write('127.0.0.1 origin.test\n')

    def find_preload(self):
        """testclock.so and testdisk.so of the build that sepia is from; before them the sanitizer's library, which wants to be the first."""
        build = os.path.dirname(os.path.dirname(self.sepia))
        libraries = ['test/cache/testclock.so', 'test/cache/testdisk.so']
        subprocess.run(['make', '-s', '-C', build] + libraries, check=True, stdout=subprocess.DEVNULL)
        for library in libraries:
            shutil.copy(os.path.join(build, library), self.folder)
        shutil.copy(HERE + '/storeid.py', self.folder)
        needs = subprocess.run(['ldd', self.sepia], stdout=subprocess.PIPE, universal_newlines=True).stdout
        return ':'.join(re.findall(r'=> (\S*/libasan\.so\S*)', needs) + [self.folder + '/testclock.so', self.folder + '/testdisk.so'])

    def proxy(self, name):
        with self.lock:
            if name not in self.proxies:
                text = self.confs[name]['text'].replace('{workers}', str(self.workers)).replace('{origin}', str(self.origin.port))
                self.proxies[name] = Proxy(self, name, text)
                if 'cache_dir' in text:
                    self.await_store(self.proxies[name])
            return self.proxies[name]

    def await_store(self, proxy):
        """A new store is made while the first requests are answered already: until one is stored."""
        warm = Case(self, 'warm', proxy.name, [])
        warm.script = b'HTTP/1.1 200 OK\r\nContent-Length: 2000\r\nCache-Control: public, max-age=60\r\n\r\n' + b'x' * 2000
        end, n = time.monotonic() + 60, 0
        while time.monotonic() < end:
            c = wire.Client(proxy.port)
            n += 1
            c.send(('GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (warm.url('?%d' % n), warm.authority)).encode())
            got = c.answer()
            c.close()
            if '; stored' in ', '.join(got.fields.all('Cache-Status')):
                return
            time.sleep(0.02)
        raise SystemExit('%s: nothing is ever stored:\n%s' % (proxy.name, proxy.messages()))

    def end_own(self, case):
        """Ends the proxy that was the case's alone, with its disk space; what is wrong with its end, or None."""
        with self.lock:
            p = self.proxies.pop('own-' + case.id, None)
        text = p and p.stop()
        if p and not self.keep:
            shutil.rmtree(p.folder, ignore_errors=True)
            shutil.rmtree(os.path.join(self.folder, 'bare-' + case.id), ignore_errors=True)
        return text and 'afterwards: ' + text

    def restart(self):
        """Everything is killed and started again."""
        for p in self.proxies.values():
            p.kill_all()
            p.start()

    def stop(self):
        wrong = []
        for p in self.proxies.values():
            text = p.stop()
            if text:
                wrong.append('proxy %s: %s' % (p.name, text))
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        return wrong + self.origin.failures
