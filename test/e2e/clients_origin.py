#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The server behind the tests of test/e2e/clients*.sh:  clients_origin.py PORT DIRECTORY LOG
#   /f/PATH      a file of DIRECTORY with strong validators, Range and If-Range, directories as lists of links; ?cc= its Cache-Control
#                (default "public, max-age=3600"), ?slow=N: N bytes a second
#   /gz/PATH     the same file, gzip coded for who accepts that, with Vary and an entity-tag for each coding
#   /git/...     git http-backend on DIRECTORY/git
#   /echo        what came, as JSON: method, length and SHA-256 of the body, fields, trailer fields
#   /trickle     ?n= chunks, one every ?gap= seconds: "I TIME\n", ?cc= Cache-Control; /sse the same as text/event-stream
#   /trailer     chunked with a trailer section
#   /poll        answers when /release was asked for
#   /ws          WebSocket: echoes what it is sent
#   /login/...   NTLM: whoever logged in on this connection is greeted by his name; ?cc=
# LOG gets a line for each request: method, target, Range or -, status.
import base64, email.utils, gzip, hashlib, html, http.server, json, os, struct, subprocess, sys, threading, time, urllib.parse

top, log = os.path.realpath(sys.argv[2]), open(sys.argv[3], 'a', buffering=1)
released = threading.Condition()
releases = 0

class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    wbufsize = 65536

    def log_request(self, code='-', size='-'):
        log.write('%s %s %s %s\n' % (self.command, self.path, self.headers.get('Range', '-'), int(code)))

    def log_message(self, *a):
        pass

    def body(self):
        if 'chunked' in self.headers.get('Transfer-Encoding', ''):
            self.trailers = []
            while True:
                n = int(self.rfile.readline().split(b';')[0], 16)
                if n == 0:
                    break
                while n > 0:
                    part = self.rfile.read(min(n, 65536))
                    n -= len(part)
                    yield part
                self.rfile.readline()
            while (line := self.rfile.readline().strip()):
                self.trailers.append(line.decode('latin-1'))
        else:
            left = int(self.headers.get('Content-Length', 0))
            while left > 0:
                part = self.rfile.read(min(left, 65536))
                if not part:
                    raise ConnectionError
                left -= len(part)
                yield part

    def start(self, status, **fields):
        self.send_response(status)
        for name, value in fields.items():
            if value is not None:
                self.send_header(name.replace('_', '-'), str(value))
        self.end_headers()

    def whole(self, status, data, **fields):
        self.start(status, Content_Length=len(data), **fields)
        if self.command != 'HEAD' and status != 304:
            self.wfile.write(data)

    def chunk(self, data):
        self.wfile.write(b'%x\r\n%s\r\n' % (len(data), data))
        self.wfile.flush()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        name = url.path.split('/')[1]
        act = getattr(self, 'on_' + name, None)
        try:
            if act:
                act(urllib.parse.unquote(url.path[len(name) + 1:]), url)
            else:
                self.whole(404, b'no such thing\n')
            self.wfile.flush()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

    # ---- files

    def find(self, path):
        path = os.path.realpath(top + path)
        if not (path + '/').startswith(top + '/') or not os.path.exists(path):
            self.whole(404, b'no such file\n')
            return None
        return path

    def on_f(self, path, url):
        path = self.find(path)
        if path is None:
            return
        if os.path.isdir(path):
            if not url.path.endswith('/'):
                return self.whole(301, b'', Location=url.path + '/')
            names = [n + '/' * os.path.isdir(os.path.join(path, n)) for n in sorted(os.listdir(path))]
            page = '<!DOCTYPE html><html><body>%s</body></html>\n' % ''.join('<a href="%s">%s</a>\n' % (urllib.parse.quote(n), html.escape(n)) for n in names)
            return self.whole(200, page.encode(), Content_Type='text/html', Cache_Control='max-age=60')
        with open(path, 'rb') as f:
            st = os.fstat(f.fileno())
            self.file(f, st.st_size, st.st_mtime, '"%x-%x"' % (st.st_size, st.st_mtime_ns))

    def file(self, f, size, mtime, tag, **more):
        h = self.headers
        date = email.utils.formatdate(int(mtime), usegmt=True)
        kinds = {'html': 'text/html', 'js': 'text/javascript', 'css': 'text/css', 'svg': 'image/svg+xml', 'webm': 'video/webm', 'wav': 'audio/wav',
                 'json': 'application/json', 'tgz': 'application/octet-stream', 'whl': 'application/octet-stream'}
        common = dict(Cache_Control=self.query.get('cc', 'public, max-age=3600'), ETag=tag, Last_Modified=date, **more)
        if 'If-None-Match' in h:
            if h['If-None-Match'].strip() == '*' or tag in [t.strip().removeprefix('W/') for t in h['If-None-Match'].split(',')]:
                return self.start(304, **common)
        elif 'If-Modified-Since' in h:
            since = email.utils.parsedate_to_datetime(h['If-Modified-Since'])
            if since.timestamp() >= int(mtime):
                return self.start(304, **common)
        common.update(Accept_Ranges='bytes', Content_Type=kinds.get(self.path.split('?')[0].rpartition('.')[2], 'application/octet-stream'))
        first, last, status = 0, size - 1, 200
        want = h.get('Range', '')
        if want.startswith('bytes=') and ',' not in want and self.command == 'GET' and h.get('If-Range', tag) in (tag, date):
            a, b = want[6:].split('-')
            if a == '':
                first = max(0, size - int(b))
            else:
                first, last = int(a), min(size - 1, int(b) if b else size - 1)
            if first > last or first >= size:
                return self.start(416, Content_Range='bytes */%d' % size, Content_Length=0)
            status = 206
            common['Content_Range'] = 'bytes %d-%d/%d' % (first, last, size)
        self.start(status, Content_Length=last - first + 1, **common)
        if self.command == 'HEAD':
            return
        f.seek(first)
        left, slow = last - first + 1, int(self.query.get('slow', 0))
        while left > 0:
            part = f.read(min(left, slow // 20 if slow else 1 << 18))
            self.wfile.write(part)
            left -= len(part)
            if slow:
                self.wfile.flush()
                time.sleep(0.05)

    def on_gz(self, path, url):
        path = self.find(path)
        if path is None:
            return
        import io
        with open(path, 'rb') as f:
            data, st = f.read(), os.fstat(f.fileno())
        codings = [c.split(';')[0].strip() for c in self.headers.get('Accept-Encoding', '').split(',')]
        coded = 'gzip' in codings or 'x-gzip' in codings
        if coded:
            data = gzip.compress(data, 1, mtime=0)
        self.file(io.BytesIO(data), len(data), st.st_mtime, '"%x%s"' % (st.st_mtime_ns, '-gz' * coded), Vary='Accept-Encoding',
            Content_Encoding='gzip' if coded else None)

    # ---- git's smart protocol

    def on_git(self, path, url):
        env = dict(os.environ, GIT_PROJECT_ROOT=top + '/git', GIT_HTTP_EXPORT_ALL='1', PATH_INFO=path, QUERY_STRING=url.query,
            REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get('Content-Type', ''), REMOTE_USER='u', REMOTE_ADDR='127.0.0.1',
            GIT_CONFIG_COUNT='2', GIT_CONFIG_KEY_0='http.receivepack', GIT_CONFIG_VALUE_0='true', GIT_CONFIG_KEY_1='safe.directory', GIT_CONFIG_VALUE_1='*')
        for field, name in (('Content-Encoding', 'HTTP_CONTENT_ENCODING'), ('Git-Protocol', 'HTTP_GIT_PROTOCOL'), ('Accept-Encoding', 'HTTP_ACCEPT_ENCODING')):
            if field in self.headers:
                env[name] = self.headers[field]
        data = b''.join(self.body())
        env['CONTENT_LENGTH'] = str(len(data))
        out = subprocess.run(['git', 'http-backend'], input=data, env=env, stdout=subprocess.PIPE).stdout
        head, _, rest = out.partition(b'\r\n\r\n')
        fields = [line.split(': ', 1) for line in head.decode('latin-1').split('\r\n')]
        status = next((int(v.split()[0]) for n, v in fields if n == 'Status'), 200)
        self.send_response(status)
        for n, v in fields:
            if n != 'Status':
                self.send_header(n, v)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        for i in range(0, len(rest), 30000):
            self.chunk(rest[i:i + 30000])
        self.wfile.write(b'0\r\n\r\n')

    # ---- bodies of requests, and answers that take their time

    def on_echo(self, path, url):
        digest, length = hashlib.sha256(), 0
        for part in self.body():
            digest.update(part)
            length += len(part)
        said = json.dumps(dict(method=self.command, length=length, sha256=digest.hexdigest(), fields=self.headers.items(),
            trailers=getattr(self, 'trailers', []))).encode()
        self.whole(200, said, Content_Type='application/json', Cache_Control='no-store')

    def trickle(self, kind, text):
        self.start(200, Content_Type=kind, Transfer_Encoding='chunked', Cache_Control=self.query.get('cc'))
        for i in range(int(self.query.get('n', 5))):
            self.chunk((text % (i, time.time())).encode())
            time.sleep(float(self.query.get('gap', 0.2)))
        self.wfile.write(b'0\r\n\r\n')

    def on_trickle(self, path, url):
        self.trickle('text/plain', '%d %.3f\n')

    def on_sse(self, path, url):
        self.query.setdefault('cc', 'no-cache')
        self.trickle('text/event-stream', 'id: %d\ndata: %.3f\n\n')

    def on_trailer(self, path, url):
        self.start(200, Content_Type='text/plain', Transfer_Encoding='chunked', Trailer='X-Sum', Cache_Control=self.query.get('cc', 'max-age=60'))
        self.chunk(b'with a trailer\n')
        self.wfile.write(b'0\r\nX-Sum: 1234\r\n\r\n')

    def on_poll(self, path, url):
        with released:
            before = releases
            released.wait_for(lambda: releases > before, 60)
        self.whole(200, b'released\n', Cache_Control='no-store')

    def on_release(self, path, url):
        global releases
        with released:
            releases += 1
            released.notify_all()
        self.whole(200, b'', Cache_Control='no-store')

    def on_ws(self, path, url):
        key = self.headers.get('Sec-WebSocket-Key', '') + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
        self.start(101, Upgrade='websocket', Connection='Upgrade', Sec_WebSocket_Accept=base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.wfile.flush()
        self.close_connection = True
        while len(head := self.rfile.read(2)) == 2:
            n = head[1] & 127
            if n == 126:
                n = struct.unpack('>H', self.rfile.read(2))[0]
            elif n == 127:
                n = struct.unpack('>Q', self.rfile.read(8))[0]
            mask = self.rfile.read(4)
            data = self.rfile.read(n)
            data = (int.from_bytes(data, 'big') ^ int.from_bytes((mask * (n // 4 + 1))[:n], 'big')).to_bytes(n, 'big')
            size = bytes([n]) if n < 126 else b'\x7e' + struct.pack('>H', n) if n < 65536 else b'\x7f' + struct.pack('>Q', n)
            self.wfile.write(head[:1] + size + data)
            self.wfile.flush()
            if head[0] & 15 == 8:
                return

    # ---- a login that is the connection's; any password will do

    user = None

    def on_login(self, path, url):
        for _ in self.body():
            pass
        scheme, _, message = self.headers.get('Authorization', '').partition(' ')
        message = base64.b64decode(message)
        if scheme == 'NTLM' and message[8:12] == b'\1\0\0\0':
            flags = 0x8201
            challenge = b'NTLMSSP\0' + struct.pack('<IHHIIQQHHI', 2, 0, 0, 48, flags, 0x1122334455667788, 0, 0, 0, 48)
            return self.whole(401, b'', WWW_Authenticate='NTLM ' + base64.b64encode(challenge).decode())
        if scheme == 'NTLM' and message[8:12] == b'\3\0\0\0':
            n, _, at = struct.unpack('<HHI', message[36:44])
            self.user = message[at:at + n].decode('utf-16-le')
        if self.user is None:
            return self.whole(401, b'', WWW_Authenticate='NTLM')
        self.whole(200, b'hello %s\n' % self.user.encode(), Cache_Control=self.query.get('cc'))

class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024

    def handle_error(self, *a):
        pass

Server(('127.0.0.1', int(sys.argv[1])), H).serve_forever()
