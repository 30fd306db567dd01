#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One page in a headless Chromium that finds its proxy by a PAC file: browser.py PAC-URL PROFILE-DIRECTORY URL [USER:PASSWORD]
Logs in where the proxy asks and credentials are given (as a person would in the dialogue); prints the page's document when it has loaded.
Speaks the DevTools protocol over pipes: descriptor 3 into the browser, 4 out of it, messages ended by NUL."""
import json
import os
import signal
import subprocess
import sys
import time

PATIENCE = 60


class Browser:
    def __init__(self, pac, profile, *more):
        into_read, self.into = os.pipe()
        self.out, out_write = os.pipe()
        high = [os.dup2(into_read, 100), os.dup2(out_write, 101)]

        def descriptors():
            os.dup2(100, 3)
            os.dup2(101, 4)

        self.process = subprocess.Popen(
            ['chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-extensions',
             '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-default-apps', '--metrics-recording-only',
             '--ignore-certificate-errors', '--user-data-dir=' + profile, '--proxy-pac-url=' + pac, '--remote-debugging-pipe', *more, 'about:blank'],
            preexec_fn=descriptors, close_fds=False, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in high + [into_read, out_write]:
            os.close(fd)
        self.buffer = b''
        self.last = 0
        self.session = None

    def send(self, method, **params):
        self.last += 1
        message = {'id': self.last, 'method': method, 'params': params}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.into, json.dumps(message).encode() + b'\0')
        return self.last

    def receive(self):
        while b'\0' not in self.buffer:
            got = os.read(self.out, 65536)
            if not got:
                sys.exit('the browser ended')
            self.buffer += got
        one, self.buffer = self.buffer.split(b'\0', 1)
        return json.loads(one)

    def ask(self, method, **params):
        wanted = self.send(method, **params)
        while True:
            message = self.receive()
            if message.get('id') == wanted:
                if 'error' in message:
                    sys.exit('%s: %s' % (method, message['error']))
                return message['result']
            self.event(message)

    def event(self, message):
        pass

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Visit(Browser):
    credentials = None
    loaded = False
    asked = 0

    def event(self, message):
        method, params = message.get('method'), message.get('params', {})
        if method == 'Fetch.requestPaused':
            self.send('Fetch.continueRequest', requestId=params['requestId'])
        elif method == 'Fetch.authRequired':
            self.asked += 1
            if self.credentials and self.asked <= 3:
                user, password = self.credentials.split(':', 1)
                answer = {'response': 'ProvideCredentials', 'username': user, 'password': password}
            else:
                answer = {'response': 'CancelAuth'}
            self.send('Fetch.continueWithAuth', requestId=params['requestId'], authChallengeResponse=answer)
        elif method == 'Page.loadEventFired':
            self.loaded = True

    def visit(self, url):
        target = self.ask('Target.createTarget', url='about:blank')['targetId']
        self.session = self.ask('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        self.ask('Page.enable')
        self.ask('Fetch.enable', handleAuthRequests=True)
        self.loaded = False
        self.ask('Page.navigate', url=url)
        while not self.loaded:
            self.event(self.receive())
        time.sleep(0.3)
        return self.ask('Runtime.evaluate', expression='document.documentElement.outerHTML')['result']['value']


def main():
    pac, profile, url = sys.argv[1:4]
    browser = Visit(pac, profile)
    signal.signal(signal.SIGALRM, lambda *_: (browser.end(), os._exit(3)))
    signal.alarm(PATIENCE)
    browser.credentials = sys.argv[4] if len(sys.argv) > 4 else None
    try:
        print(browser.visit(url))
    finally:
        browser.end()


if __name__ == '__main__':
    main()
