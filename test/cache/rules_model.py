# SPDX-License-Identifier: Apache-2.0
"""Random sequences of requests and answers; what must come of them is said by a small model of RFC 9111, written from its text alone.

A sequence ends where the RFC leaves a choice whose outcome the rest would depend on. SEEDS of them, the same each time; $CACHE_MODEL: how many.
"""
import os
import random

from cachetest import A, Step, TABLES

SEEDS = int(os.environ.get('CACHE_MODEL', '500'))
TIMES = (0, 0, 0, 0, 0, 40, 60, 100, 100, 160, 200, 240, 400, 450, 500, 700, 1000, 1500, 2100, 2500)


class Live(A):
    """A resource with an entity-tag: 304 to who has it."""

    def __init__(self, fields, tag, status=200):
        super().__init__(*fields, status=status)
        self.tag = tag

    def send(self, request, now, text, url='', closes=False):
        tags = request.fields.get('If-None-Match')
        was = self.status
        if self.tag and tags and self.tag in tags and request.method == 'GET':
            self.status = 304
        super().send(request, now, text, url, closes)
        self.status = was


class Entry:
    """A stored answer."""

    def __init__(self, index, at, step):
        self.index, self.body_of, self.status = index, index, step.a.status
        self.fields = {}
        self.update(at, step)

    def update(self, at, step):
        self.at, self.initial = at, step.m['age']
        for name in ('cc', 'expires', 'modified', 'tag'):
            if step.m[name] is not None:
                self.fields[name] = at + step.m[name] if name == 'expires' else step.m[name]

    def age(self, at):
        return self.initial + at - self.at

    def lifetime(self):
        cc = self.fields.get('cc', {})
        for name in ('s-maxage', 'max-age'):
            if name in cc:
                return cc[name]
        if 'expires' in self.fields:
            return self.fields['expires'] - self.at
        if 'modified' in self.fields:
            return self.fields['modified'] // 5
        return 0

    def usable(self, at, ask):
        """RFC 9111, 4 and 4.2.4, 5.2.1."""
        cc = self.fields.get('cc', {})
        age, lifetime = self.age(at), self.lifetime()
        if 'no-cache' in cc or 'no-cache' in ask or age > ask.get('max-age', 1 << 40):
            return False
        if age < lifetime:
            return lifetime - age >= ask.get('min-fresh', 0)
        strict = {'must-revalidate', 'proxy-revalidate', 's-maxage'} & set(cc)
        return not strict and 'min-fresh' not in ask and age - lifetime <= ask.get('max-stale', -1)


def an_answer(g):
    """Fields of an answer, and what they mean."""
    m = dict(cc={}, expires=None, modified=None, tag=None, age=0)
    lines = []
    kind = g.choice(('max-age', 'max-age', 'max-age', 's-maxage', 'both', 'expires', 'modified', 'none', 'zero', 'no-cache'))
    n = g.choice((200, 500, 1000))
    if kind in ('max-age', 'both'):
        m['cc']['max-age'] = n
    if kind in ('s-maxage', 'both'):
        m['cc']['s-maxage'] = g.choice((200, 500))
    if kind == 'zero':
        m['cc']['max-age'] = 0
    if kind == 'no-cache':
        m['cc']['no-cache'] = None
    if kind == 'expires':
        m['expires'] = n
    if kind == 'modified':
        m['modified'] = g.choice((1000, 5000))
        lines.append('Last-Modified: {-%d}' % m['modified'])
    if g.random() < 0.25 and kind != 'none':
        m['cc'][g.choice(('must-revalidate', 'proxy-revalidate', 'public', 'no-transform', 'immutable', 'x-other'))] = None
    if g.random() < 0.08:
        m['cc'][g.choice(('no-store', 'private'))] = None
    if kind in ('zero', 'no-cache') or (kind not in ('none', 'modified') and g.random() < 0.6):
        m['tag'] = g.choice(('"a"', '"b"', '"c"', 'W/"d"'))
        lines.append('ETag: ' + m['tag'])
    if g.random() < 0.2 and kind not in ('none', 'modified'):
        m['age'] = 50
        lines.append('Age: 50')
    words = [k if v is None else '%s=%d' % (k, v) for k, v in m['cc'].items()]
    g.shuffle(words)
    if len(words) > 1 and g.random() < 0.3:
        lines.append('Cache-Control: ' + words.pop())
    if words:
        lines.append(g.choice(('Cache-Control: ', 'cache-control: ')) + g.choice((', ', ',', ' , ')).join(words))
    if m['expires'] is not None:
        lines.append(g.choice(('Expires: {+%d}', 'Expires: {850:+%d}', 'Expires: {asc:+%d}')) % m['expires'])
    m['cc'] = m['cc'] or None
    return m, lines


def a_request(g):
    ask = {}
    if g.random() < 0.3:
        name = g.choice(('max-age', 'max-age', 'max-stale', 'max-stale', 'min-fresh', 'no-cache', 'only-if-cached', 'no-store'))
        ask[name] = {'max-age': g.choice((10, 50, 100, 1000)), 'max-stale': g.choice((50, 300)), 'min-fresh': g.choice((50, 150))}.get(name)
        if g.random() < 0.2 and not {'no-cache', 'no-store'} & set(ask):
            ask['only-if-cached'] = None
    fields = ['%s: %s' % (n, g.choice('12')) for n in ('Foo', 'Bar') if g.random() < 0.7]
    if ask:
        fields.append('Cache-Control: ' + ', '.join(k if v is None else '%s=%d' % (k, v) for k, v in ask.items()))
    return ask, fields


def storable(m, status, authorized):
    """RFC 9111, 3."""
    cc = m['cc'] or {}
    if 'no-store' in cc or 'private' in cc:
        return False
    if authorized and not {'public', 's-maxage', 'must-revalidate'} & set(cc):
        return False
    if status != 200 and ('no-cache' in cc or cc.get('max-age') == 0):     # unusable, and a 304 could not confirm it
        return False
    return bool({'max-age', 's-maxage', 'no-cache'} & set(cc)) or m['expires'] is not None or m['modified'] is not None


def personal(m, authorized):
    """RFC 9111, 3.5: not storable for the one who asked alone."""
    return authorized and not {'no-store', 'private', 'public', 's-maxage', 'must-revalidate'} & set(m['cc'] or {})


class Model:
    def __init__(self, seed):
        self.g = random.Random(seed)
        self.vary = self.g.choice(((), (), ('Foo',), ('Foo', 'Bar')))
        self.stored = {}
        self.steps = []

    def key(self, fields):
        return tuple(next((f for f in fields if f.startswith(n + ':')), None) for n in self.vary)

    def sequence(self):
        length = self.g.randrange(3, 9)
        for at in sorted(self.g.choice(TIMES) for _ in range(length)):
            if not self.one(at):
                break
        return self.steps

    def one(self, at):
        """Adds a step; False: the last one."""
        ask, fields = a_request(self.g)
        authorized = self.g.random() < 0.08
        if authorized:
            fields.append('Authorization: Basic YTpi')
        m, lines = an_answer(self.g)
        if self.vary:
            lines.append('Vary: ' + ', '.join(self.vary))
        status = self.g.choice((200, 200, 200, 200, 404, 301, 410))
        a = Live(lines, m['tag'], status)
        if self.g.random() < 0.08:
            return self.unsafe(at)
        index, entry = len(self.steps), self.stored.get(self.key(fields))
        usable = entry is not None and entry.usable(at, ask) and 'no-store' not in ask
        if usable:
            self.hit(at, fields, a, m, entry)
            return True
        if 'only-if-cached' in ask and 'no-store' not in ask:
            self.add(at, 'none', fields, a, m, status=504)
            return True
        if self.g.random() < 0.1:
            return self.failure(at, ask, fields, m, entry)
        tag = entry.fields.get('tag') if entry and entry.status == 200 else None
        if entry and tag and tag == m['tag'] and not {'no-cache', 'no-store'} & set(ask):
            return self.validated(at, fields, a, m, entry, authorized)
        self.add(at, 'asked', fields, a, m)
        if 'no-store' in ask:
            return True
        if not storable(m, status, authorized):
            if not personal(m, authorized):     # newer than what is stored, and known to be so
                self.stored.pop(self.key(fields), None)
            return True
        self.stored[self.key(fields)] = Entry(index, at, self.steps[-1])
        return True

    def hit(self, at, fields, a, m, entry):
        """Now and then by HEAD, for a range, or with a condition (RFC 9111, 4.3.2; RFC 9110, 13.1.2 and 14.2)."""
        want, options, kind = 'hit', dict(of=entry.body_of, age=entry.age(at)), self.g.random()
        tag = entry.fields.get('tag')
        if kind < 0.1:
            options['method'] = 'HEAD'
        elif kind < 0.2:
            asked = self.g.choice((tag or '"x"', '"x"', '*', '"x", %s' % tag, 'W/' + (tag or '"x"').replace('W/', '')))
            fields.append('If-None-Match: ' + asked)
            if entry.status == 200 and (asked == '*' or (tag and tag.replace('W/', '') in asked)):
                want = '304'
        elif kind < 0.3:
            fields.append('Range: bytes=2-5')
            if entry.status == 200:
                options.update(status=206, gets=slice(2, 6))
        self.add(at, want, fields, a, m, **options)

    def failure(self, at, ask, fields, m, entry):
        """The origin says 503 (RFC 9111, 4.2.4)."""
        cc = entry.fields.get('cc', {}) if entry else {}
        bad = A(status=503)
        if entry is None or {'no-cache', 'no-store'} & set(ask):
            self.add(at, 'fail', fields, bad, m, status=503)
            return True
        if {'max-age', 'min-fresh'} & set(ask):
            self.add(at, 'any', fields, bad, m)
            return False
        if {'must-revalidate', 'proxy-revalidate', 's-maxage', 'no-cache'} & set(cc):
            self.add(at, 'fail', fields, bad, m, status=503)
        else:
            self.add(at, 'stale', fields, bad, m, of=entry.body_of, age=entry.age(at))
        return True

    def validated(self, at, fields, a, m, entry, authorized):
        """The origin says 304 (RFC 9111, 4.3.4)."""
        if authorized or {'no-store', 'private'} & set(m['cc'] or {}):
            self.add(at, 'any', fields, a, m)
            return False
        if len(self.stored) > 1:        # tags of other variants may be sent along, and the 304 be for one of those
            self.add(at, 'any', fields, a, m)
            return False
        self.add(at, 'val', fields, a, m, of=entry.body_of)
        entry.update(at, self.steps[-1])
        return True

    def unsafe(self, at):
        method, status = self.g.choice(('POST', 'PUT', 'DELETE', 'PATCH')), self.g.choice((200, 201, 204, 302, 404, 500))
        self.steps.append(Step('asked', at=at, method=method, body=b'x', a=A(status=status)))
        if status < 400:
            self.stored = {}
        return True

    def add(self, at, want, fields, a, m, **options):
        step = Step(want, *fields, at=at, a=a, log='.*', **options)
        step.m = m
        self.steps.append(step)


for seed in range(SEEDS):
    TABLES.append(('model %d' % seed, 'model', Model(seed).sequence()))
