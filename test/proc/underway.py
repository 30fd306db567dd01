#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""underway.py PROXY-PORT [MILLISECONDS]: what may be under way when a proxy is told to stop, for test/proc/drain.sh, with an origin of its own.

    short-N     requests whose answer takes 0.8 s           endless-N   answers, upload-N requests that never come to an end
    tunnel-N    tunnels: 0, 1 idle, 2 busy; tunnel-3 ends after 0.8 s
    idle-N      connections that had an answer and wait     half-N      half a head
    mute-N      connections that never said anything

Prints "ready" when all of it is, and in the end for each: its name, how it ended (whole, cut, end, open), how many milliseconds after "ready".
"""
import asyncio
import sys
import time

SHORT_S = 0.8
STEP_S = 0.05
BODY = b'u' * 3000


async def send_slowly(writer, body, seconds):
    for i in range(0, len(body), 300):
        writer.write(body[i:i + 300])
        await asyncio.sleep(seconds * 300 / len(body))


class Origin:
    def __init__(self):
        self.seen = asyncio.Semaphore(0)        # each request, each tunnel's first bytes

    async def answer(self, reader, writer):
        try:
            while True:
                line = await reader.readuntil(b'\n')
                if line.startswith(b'tunnel'):
                    self.seen.release()
                    await self.echo(reader, writer, line)
                    return
                await reader.readuntil(b'\r\n\r\n')
                self.seen.release()
                await self.serve(reader, writer, line)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def echo(self, reader, writer, first):
        writer.write(first)
        while data := await reader.read(4096):
            writer.write(data)

    async def serve(self, reader, writer, line):
        if b'/upload' in line:
            while await reader.read(4096):
                pass
        elif b'/endless' in line:
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
            await send_slowly(writer, BODY * 333, SHORT_S * 333)
        else:
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(BODY))
            await send_slowly(writer, BODY, SHORT_S if b'/short' in line else 0)


class Clients:
    def __init__(self, port, to, most_s):
        self.port, self.to, self.most_s = port, to, most_s
        self.results = {}
        self.tasks = []
        self.began = None

    def target(self, name):
        return 'http://127.0.0.1:%d/%s' % (self.to, name)

    async def open(self, first):
        reader, writer = await asyncio.open_connection('127.0.0.1', self.port)
        writer.write(first.encode())
        return reader, writer

    def get(self, name, method='GET', more=''):
        return '%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n' % (method, self.target(name), more)

    def watch(self, name, coroutine):
        async def run():
            try:
                how = await asyncio.wait_for(coroutine, self.most_s)
            except asyncio.TimeoutError:
                how = 'open'
            except (asyncio.IncompleteReadError, OSError):
                how = 'cut'
            self.results[name] = how, time.monotonic()
        self.tasks.append(asyncio.create_task(run()))

    async def whole(self, reader):
        """One answer, to its end."""
        head = await reader.readuntil(b'\r\n\r\n')
        size = int(head.lower().split(b'content-length:')[1].split()[0])
        body = await reader.readexactly(size)
        return 'whole' if head.startswith(b'HTTP/1.1 200 ') and body == BODY else 'other:' + head.split(b'\r\n')[0].decode()

    async def till_end(self, reader):
        while await reader.read(4096):
            pass
        return 'end'

    async def busy(self, reader, writer):
        while True:
            writer.write(b'x')
            if not await reader.read(4096):
                return 'end'
            await asyncio.sleep(STEP_S)

    async def upload(self, writer):
        while True:
            writer.write(b'p' * 100)
            await writer.drain()
            await asyncio.sleep(STEP_S)

    async def ends_itself(self, reader, writer):
        await asyncio.sleep(SHORT_S)
        writer.write_eof()
        await self.till_end(reader)
        return 'whole'

    async def tunnel(self, n):
        reader, writer = await self.open('CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n' % self.to)
        await reader.readuntil(b'\r\n\r\n')
        writer.write(b'tunnel\n')
        await reader.readexactly(7)
        how = {2: self.busy, 3: self.ends_itself}.get(n)
        self.watch('tunnel-%d' % n, how(reader, writer) if how else self.till_end(reader))
        return writer


async def main():
    origin = Origin()
    server = await asyncio.start_server(origin.answer, '127.0.0.1', 0)
    c = Clients(int(sys.argv[1]), server.sockets[0].getsockname()[1], int(sys.argv[2] if len(sys.argv) > 2 else 20000) / 1000)
    keep = []                                   # writers: a connection lives as long as its writer
    for n in range(10):
        reader, writer = await c.open(c.get('idle-%d' % n))
        assert await c.whole(reader) == 'whole'
        c.watch('idle-%d' % n, c.till_end(reader))
        keep.append(writer)
    for n in range(2):
        reader, writer = await c.open('GET http://127.0.0.1/ HT')
        c.watch('half-%d' % n, c.till_end(reader))
        keep.append(writer)
        reader, writer = await c.open('')
        c.watch('mute-%d' % n, c.till_end(reader))
        keep.append(writer)
    for n in range(4):
        keep.append(await c.tunnel(n))
    for n in range(3):
        reader, writer = await c.open(c.get('endless-%d' % n))
        c.watch('endless-%d' % n, c.whole(reader))
        keep.append(writer)
    for n in range(2):
        reader, writer = await c.open(c.get('upload-%d' % n, 'POST', 'Content-Length: 1000000\r\n'))
        c.watch('upload-%d' % n, c.upload(writer))
        keep.append(writer)
    for n in range(5):
        reader, writer = await c.open(c.get('short-%d' % n))
        c.watch('short-%d' % n, c.whole(reader))
        keep.append(writer)
    for _ in range(10 + 4 + 3 + 2 + 5):
        await origin.seen.acquire()
    print('ready', flush=True)
    began = time.monotonic()
    await asyncio.gather(*c.tasks)
    for name, (how, when) in c.results.items():
        print(name, how, round((when - began) * 1000))


asyncio.run(main())
