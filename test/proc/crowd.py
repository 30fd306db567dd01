#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crowd.py PROXY-PORT COUNT [stay] [silent N] [dawdling N]: COUNT clients at once, with an origin of their own, for test/proc/descriptors.sh.

All connect first; then each sends a request, whose answer the origin delays a little. stay: who is answered keeps its connection open until all are. silent N:
before them N more connect and never send a byte; dawdling N: and send half a head. Prints "ok N other N cut N late N seconds S".
"""
import asyncio
import resource
import sys
import time

BODY = b'c' * 2000
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(BODY) + BODY
DELAY_S = 0.05
MOST_S = 150


async def origin(reader, writer):
    try:
        while True:
            await reader.readuntil(b'\r\n\r\n')
            await asyncio.sleep(DELAY_S)
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, OSError):
        pass
    finally:
        writer.close()


async def client(port, request, connected, go, all_answered, stay):
    """ok, other, cut or late"""
    try:
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
    except OSError:
        connected.release()
        return 'cut'
    connected.release()
    await go.wait()
    try:
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b'\r\n\r\n'), MOST_S)
        if not head.startswith(b'HTTP/1.1 200 '):
            return 'other'
        if await asyncio.wait_for(reader.readexactly(len(BODY)), MOST_S) != BODY:
            return 'other'
        if stay:
            all_answered.release()
            await go.over.wait()
        return 'ok'
    except asyncio.TimeoutError:
        return 'late'
    except (asyncio.IncompleteReadError, OSError):
        return 'cut'
    finally:
        writer.close()


def number(word):
    return int(sys.argv[sys.argv.index(word) + 1]) if word in sys.argv else 0


async def main():
    port, count = int(sys.argv[1]), int(sys.argv[2])
    stay = 'stay' in sys.argv
    silent, dawdling = number('silent'), number('dawdling')
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < 3 * count + silent + dawdling + 64:
        print('skip: %d descriptors are not enough for the clients' % hard)
        return
    server = await asyncio.start_server(origin, '127.0.0.1', 0, backlog=4096)
    request = b'GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: x\r\n\r\n' % server.sockets[0].getsockname()[1]
    mute = [await asyncio.open_connection('127.0.0.1', port) for _ in range(silent + dawdling)]
    for _, writer in mute[silent:]:
        writer.write(request[:20])
    connected, answered, go = asyncio.Semaphore(0), asyncio.Semaphore(0), asyncio.Event()
    go.over = asyncio.Event()
    tasks = [asyncio.create_task(client(port, request, connected, go, answered, stay)) for _ in range(count)]
    for _ in tasks:
        await connected.acquire()
    began = time.monotonic()
    go.set()
    if stay:
        waiting = [asyncio.create_task(answered.acquire()) for _ in tasks]
        await asyncio.wait([asyncio.gather(*waiting), asyncio.gather(*tasks)], timeout=MOST_S, return_when=asyncio.FIRST_COMPLETED)
        for w in waiting:
            w.cancel()
        took = time.monotonic() - began
        go.over.set()
    results = await asyncio.gather(*tasks)
    if not stay:
        took = time.monotonic() - began
    print(' '.join('%s %d' % (r, results.count(r)) for r in ('ok', 'other', 'cut', 'late')), 'seconds %.1f' % took)
    for _, writer in mute:
        writer.close()


asyncio.run(main())
