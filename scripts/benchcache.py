# SPDX-License-Identifier: Apache-2.0
"""The object cache beside those of Squid, nginx and Traffic Server: a part of scripts/bench, which runs it.

    scripts/bench cache                         everything
    scripts/bench hit-1k hit-1k-many hit-64k hit-1m stored-1k       a request's cost, four proxies
    scripts/bench two-workers                   cost of a hit with a second worker; of what the other worker stored
    scripts/bench restart                       1,000,000 objects, kill -9 of every process, the origin away: what is still served; memory
    scripts/bench slow-disk                     99th percentile of hits while others wait for a disk (root: a loop device, throttled)

As there: cost is processor time of all processes of the proxy, rounds alternate, medians. The server counts what it is asked for: a round in
which a "hit" reached it, or a miss did not, ends the run with a message. Squid has memory and disk (aufs), nginx its disk cache and
open_file_cache, Traffic Server its disk and RAM cache, Sepia its cache_dir alone; logs are off. TMPDIR says on which file system they are: who
makes a file for each object depends on it.
"""
import __main__ as bench
import contextlib
import glob
import os
import random
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

PARTS = ["hit-1k", "hit-1k-many", "stored-1k", "hit-64k", "hit-1m", "two-workers", "restart", "slow-disk"]
NAMES = ["sepia", "squid", "nginx", "ats"]
TITLES = ["Sepia", "Squid 5.7", "nginx 1.22", "Traffic Server 9.2"]
COSTS = {       # name: (text, bytes of a body, objects (0: each asked for once), connections)
    "hit-1k": ("Hit, 1 KB, one URL", 1024, 1, 32),
    "hit-1k-many": ("Hit, 1 KB, 10,000 URLs in turn", 1024, 10_000, 32),
    "stored-1k": ("Miss, 1 KB, stored", 1024, 0, 32),
    "hit-64k": ("Hit, 64 KB, 200 URLs", 65536, 200, 16),
    "hit-1m": ("Hit, 1 MB, 20 URLs", 1048576, 20, 8)}
GOALS = {       # issue 3: most of the peer's cost; "best": of the cheapest peer's
    "hit-1k": {"nginx": 0.7, "squid": 0.4, "ats": 0.4}, "hit-1k-many": {"nginx": 0.7, "squid": 0.4, "ats": 0.4},
    "stored-1k": {"nginx": 0.4, "squid": 0.25, "ats": 0.65}, "hit-64k": {"best": 0.8}, "hit-1m": {"best": 0.6}}
OBJECTS = 50_000 if bench.QUICK else 1_000_000
ROWS = []       # of the table at the end
numbers = iter(range(1_000_000, 1 << 62, 10_000_000))        # where a new stretch of IDs begins


def fail(text):
    sys.exit("bench: " + text)


# ---- the proxies ---------------------------------------------------------------------------------------------------------

def folder(name):
    path = os.path.join(bench.WORK, name)
    os.makedirs(path, exist_ok=True)
    os.chmod(path, 0o777)
    return path


def start_sepia(name="sepia", port=40, mb=4000, workers=1, core=0, place=None, probe="/1k", prefix=()):
    folder(name + ".run")
    place = place or folder(name + ".cache")
    user = "cache_effective_user nobody" if os.geteuid() == 0 else ""
    conf = bench.write(name + ".conf", f"""
http_port 127.0.0.1:{bench.PORT + port}
workers {workers}
http_access allow all
destination_access allow all
access_log none
cache_dir sepia {place} {mb}
maximum_object_size 8 MB
visible_hostname bench
cache_log {bench.WORK}/{name}.run/cache.log
pid_filename {bench.WORK}/{name}.run/pid
run_dir {bench.WORK}/{name}.run/run
{user}
""")
    return bench.Proxy(name, "sepia", bench.PORT + port, [*prefix, bench.SEPIA, "-N", "-C", "-f", conf], core=core, probe=probe)


def start_squid(name="squid", port=41, mb=4000, store="aufs", core=0, probe="/1k"):
    place = folder(name + ".cache")
    shape = "16 256" if store == "aufs" else "slot-size=4096"
    user = "cache_effective_user nobody" if os.geteuid() == 0 else ""
    conf = bench.write(name + ".conf", f"""
http_port 127.0.0.1:{bench.PORT + port}
workers 1
http_access allow all
access_log none
cache_store_log none
cache_dir {store} {place} {mb} {shape}
cache_mem 256 MB
maximum_object_size 8 MB
maximum_object_size_in_memory 2 MB
memory_replacement_policy lru
cache_log {bench.WORK}/{name}.cache.log
logfile_daemon {bench.peer("usr/lib/squid/log_file_daemon")}
visible_hostname bench
pid_filename none
coredump_dir {bench.WORK}
mime_table {bench.peer("usr/share/squid/mime.conf")}
icon_directory {bench.peer("usr/share/squid/icons")}
error_directory {bench.peer("usr/share/squid/errors/templates")}
unlinkd_program {bench.peer("usr/lib/squid/unlinkd")}
pinger_enable off
shutdown_lifetime 0 seconds
{user}
""")
    argv = [bench.peer("usr/sbin/squid"), "-N", "-f", conf]
    if not os.listdir(place):
        subprocess.run([*argv, "-z"], env=bench.peer_env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    return bench.Proxy(name, "squid", bench.PORT + port, argv, bench.peer_env(), core=core, probe=probe)


def start_nginx(name="nginx", port=42, mb=4000, workers=1, core=0, probe="/1k"):
    """sendfile where it pays."""
    place = folder(name + ".cache")
    user = "user nobody nogroup;" if os.geteuid() == 0 else ""
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65536)      # each in open_file_cache is one
    conf = bench.write(name + ".conf", f"""
daemon off; {user} worker_processes {workers}; worker_rlimit_nofile {files}; pid {bench.WORK}/{name}.pid; error_log {bench.WORK}/{name}.error.log error;
events {{ worker_connections 8192; }}
http {{
	access_log off;
	open_file_cache max={files * 3 // 4} inactive=600s; open_file_cache_valid 600s;
	client_body_temp_path {bench.WORK}/{name}.1; proxy_temp_path {bench.WORK}/{name}.2; fastcgi_temp_path {bench.WORK}/{name}.3;
	uwsgi_temp_path {bench.WORK}/{name}.4; scgi_temp_path {bench.WORK}/{name}.5;
	keepalive_requests 1000000000;
	proxy_cache_path {place} levels=1:2 keys_zone=c:256m max_size={mb}m inactive=1d use_temp_path=off;
	upstream origin {{ server 127.0.0.1:{bench.HTTP}; keepalive 256; keepalive_requests 1000000000; }}
	server {{
		listen 127.0.0.1:{bench.PORT + port};
		proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
		proxy_cache c; proxy_cache_key $http_host$request_uri;
		location / {{ proxy_pass http://origin; sendfile on; }}
		location /kept/1024/ {{ proxy_pass http://origin; sendfile off; }}
	}}
}}
""")
    return bench.Proxy(name, "nginx", bench.PORT + port, [bench.peer("usr/sbin/nginx"), "-c", conf, "-e", f"{bench.WORK}/{name}.error.log"],
                       bench.peer_env(), core=core, probe=probe)


def start_ats(name="ats", port=43, mb=4000, core=0, probe="/1k"):
    """One network thread; the sandbox it calls run root."""
    home, place = folder(name), folder(name + ".cache")
    for sub in ("etc", "log", "run"):
        folder(os.path.join(name, sub))
    if not os.path.exists(os.path.join(home, "etc/records.config")):
        shutil.copytree(bench.peer("etc/trafficserver"), os.path.join(home, "etc"), dirs_exist_ok=True)
        os.chmod(os.path.join(home, "etc"), 0o777)
    usr, run = bench.peer("usr"), os.path.join(home, "run")
    paths = dict(prefix=usr, exec_prefix=usr, bindir=usr + "/bin", sbindir=usr + "/sbin", sysconfdir=home + "/etc", datadir=place,
                 includedir=usr + "/include", libdir=usr + "/lib/trafficserver", libexecdir=usr + "/lib/trafficserver/modules",
                 localstatedir=run, runtimedir=run, logdir=home + "/log", mandir=home, cachedir=place)
    bench.write(name + "/runroot.yaml", "".join(f"{k}: {v}\n" for k, v in paths.items()))
    bench.write(name + "/etc/storage.config", f"{place} {mb}M\n")
    bench.write(name + "/etc/remap.config", "")
    user = "CONFIG proxy.config.admin.user_id STRING nobody" if os.geteuid() == 0 else ""
    bench.write(name + "/etc/records.config", f"""
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.exec_thread.affinity INT 0
CONFIG proxy.config.accept_threads INT 0
CONFIG proxy.config.task_threads INT 1
CONFIG proxy.config.http.server_ports STRING {bench.PORT + port}:ip-in=127.0.0.1
CONFIG proxy.config.http.cache.http INT 1
CONFIG proxy.config.cache.ram_cache.size INT 1G
CONFIG proxy.config.cache.min_average_object_size INT 2000
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.url_remap.remap_required INT 0
CONFIG proxy.config.reverse_proxy.enabled INT 0
CONFIG proxy.config.body_factory.template_sets_dir STRING {home}/etc/body_factory
{user}
""")
    env = bench.peer_env()
    env["LD_LIBRARY_PATH"] = bench.peer("usr/lib/trafficserver") + ":" + env["LD_LIBRARY_PATH"]
    return bench.Proxy(name, "ats", bench.PORT + port, [bench.peer("usr/bin/traffic_server")], dict(env, TS_RUNROOT=home), core=core,
                       probe=probe)


STARTS = {"sepia": start_sepia, "squid": start_squid, "nginx": start_nginx, "ats": start_ats}


# ---- the load ------------------------------------------------------------------------------------------------------------

def asked():
    """How many requests for what may be stored the origin got."""
    with urllib.request.urlopen(f"http://127.0.0.1:{bench.HTTP}/asked", timeout=10) as r:
        return int(r.read())


def told(proxy):
    """The end of what a proxy wrote."""
    text = proxy.told()
    for path in glob.glob(f"{bench.WORK}/{proxy.name}.*log") + glob.glob(f"{bench.WORK}/{proxy.name}/log/diags.log"):
        with open(path, errors="replace") as f:
            text += f.read()[-1000:]
    return text


def recall(proxy, size, first, count, *more, core=1, check=True):
    argv = bench.pinned(core) + [os.path.join(bench.LOAD, "recall"), "-x", f"127.0.0.1:{proxy.port}", "-o", f"127.0.0.1:{bench.HTTP}", "-s", size,
                                 "-f", first, "-n", count, *more]
    out = subprocess.run(list(map(str, argv)), text=True, stdout=subprocess.PIPE)
    figures = {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", out.stdout)}
    if out.returncode != 0 or "right" not in figures:
        fail(f"recall at {proxy.name} ended with {out.returncode}: {out.stdout}")
    if figures["wrong"] > 0:
        fail(f"{proxy.name} answered {figures['wrong']:.0f} times with a body that is another's")
    if check and figures["right"] < count:
        fail(f"{proxy.name} answered {figures['right']:.0f} of {count} requests: {out.stdout}{told(proxy)}")
    return figures


def fill(proxy, size, count):
    """Objects that are surely stored: asked for until the origin is not asked for one of them."""
    first, until = next(numbers), time.monotonic() + 30
    while time.monotonic() < until:
        before = asked()
        recall(proxy, size, first, count, "-c", 8)
        if asked() == before:
            return first
        time.sleep(0.2)     # some store behind the answer
    fail(f"{proxy.name} does not store: {count} objects of {size} bytes are asked for again and again")


class Cost(bench.Sum):
    """Rounds of one test at one proxy; each proves that it measured what it says."""

    def __init__(self, proxy, size, count, connections):
        super().__init__()
        self.proxy, self.size, self.count, self.connections = proxy, size, count, connections
        self.first = fill(proxy, size, count) if count else None

    def once(self, seconds):
        first = self.first or next(numbers)
        before, done = asked(), len(self.rate)
        self.round(self.proxy, bench.wrk(self.proxy, f"/kept/{self.size}/%d", self.connections, seconds, 0, first, self.count))
        units, more = self.rate[done] * seconds, asked() - before
        if self.count and more > units / 1000:
            fail(f"{self.proxy.name}: {more} of {units:.0f} hits went to the origin")
        if not self.count and more < units * 0.99:
            fail(f"{self.proxy.name}: only {more} of {units:.0f} misses went to the origin")
        if not self.count:
            self.prove_stored(first, int(units))

    def prove_stored(self, first, units):
        """A sample of what was just asked for must be there."""
        time.sleep(0.5)
        sample, before = 200, asked()
        for start in random.sample(range(first, first + max(units - 40, 20)), 10):
            recall(self.proxy, self.size, start, sample // 10, "-c", 1)
        if asked() - before > sample // 10:
            fail(f"{self.proxy.name} did not store {asked() - before} of {sample} answers")


def costs(parts):
    proxies = [STARTS[name]() for name in NAMES]
    for p in proxies:
        fill(p, 1024, 10)       # what is asked for before a cache is ready is not stored
    for part in parts:
        text, size, count, connections = COSTS[part]
        sums = [Cost(p, size, count, connections) for p in proxies]
        for s in sums:      # warm: pools, caches, the branch predictor
            s.once(1)
            s.cost, s.rate, s.errors = [], [], 0
        for number in range(bench.ROUNDS):
            for s in sums if number % 2 == 0 else reversed(sums):
                s.once(bench.SECONDS)
        table(part, text, {s.proxy.name: s for s in sums})
    for p in proxies:
        p.stop()
    for name in NAMES:
        shutil.rmtree(os.path.join(bench.WORK, name + ".cache"))


def table(part, text, sums):
    print(f"\n{text}\n\n| | microseconds a request | a second | errors | Sepia's part of it |\n|---|---|---|---|---|")
    cost = {name: s.median()[0] for name, s in sums.items()}
    best = min((n for n in cost if n != "sepia"), key=cost.get)
    for name, s in sums.items():
        part_of = cost["sepia"] / cost[name]
        goal = GOALS[part].get(name) or (GOALS[part].get("best") if name == best else None)
        verdict = "" if goal is None else f" (goal {goal}{', MISSED' if part_of > goal else ''})"
        print(f"| {name} | {cost[name]:.2f} | {s.median()[1]:,.0f} | {s.errors} | {part_of:.2f}{verdict} |", flush=True)
    ROWS.append([text + ": microseconds"] + [f"{cost[n]:.1f}" for n in NAMES])


# ---- two workers ---------------------------------------------------------------------------------------------------------

def owners(proxy):
    """Sockets by inode: which process has them."""
    found = {}
    for pid in bench.family(proxy.pid):
        for link in glob.glob(f"/proc/{pid}/fd/*"):
            with contextlib.suppress(OSError):
                name = os.readlink(link)
                if name.startswith("socket:["):
                    found[name[8:-1]] = pid
    return found


def ports_of_workers(proxy, wanted):
    """Client ports by the worker that gets the connections from them: the kernel's choice among listeners stays the same for one port."""
    by, at = {}, 41000
    while len(by) < 2 or min(map(len, by.values())) < wanted:
        ports = {}
        held = []
        for port in range(at, at + 16):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            with contextlib.suppress(OSError):
                s.bind(("127.0.0.1", port))
                s.connect(("127.0.0.1", proxy.port))
                ports[port] = s
            held.append(s)
        at += 16
        time.sleep(0.1)
        who = owners(proxy)
        with open("/proc/net/tcp") as f:
            for line in f.readlines()[1:]:
                w = line.split()
                mine, other = int(w[1].split(":")[1], 16), int(w[2].split(":")[1], 16)
                if mine == proxy.port and other in ports and w[9] in who:
                    by.setdefault(who[w[9]], []).append(other)
        for s in held:
            s.close()
        if at > 43000:
            fail("the connections do not spread over two workers")
    return [",".join(map(str, p[:wanted])) for p in by.values()]


def two_workers():
    """
    A thread of load for each worker: two that wait for one thread wake for every few requests, which costs more each. nginx too: what remains where
    the load has to share the cores with both is the machine's.
    """
    count, connections = 2000, 8
    kinds = [start_sepia("sepia1", 44, 400, core="0,1"), start_sepia("sepia2", 45, 400, workers=2, core="0,1"),
             start_nginx("nginx1", 46, 400, core="0,1"), start_nginx("nginx2", 47, 400, workers=2, core="0,1")]
    sums = [(bench.Sum(), p, fill(p, 1024, count)) for p in kinds]
    for number in range(bench.ROUNDS):
        for total, p, first in sums if number % 2 == 0 else reversed(sums):
            before = asked()
            total.round(p, bench.wrk(p, "/kept/1024/%d", 64, bench.SECONDS, 0, first, count, core="0,1", threads=int(p.name[-1])))
            if asked() > before:
                fail(f"{p.name}: hits went to the origin")
    figures = [s[0].median() for s in sums]
    for p in kinds[:1] + kinds[2:]:
        p.stop()
    print("\nHit, 1 KB, with a second worker (both cores, the load on them too)\n\n| workers | microseconds a request | a second |\n|---|---|---|")
    for p, (cost, rate) in zip(kinds, figures):
        print(f"| {p.name[:-1]} {p.name[-1]} | {cost:.2f} | {rate:,.0f} |")
    (a, _), (b, _), (c, _), (d, _) = figures
    print(f"\nBy cost two workers do {2 * a / b:.2f} times as much (goal 1.9{'' if 2 * a / b >= 1.9 else ', MISSED'}); nginx's do {2 * c / d:.2f}", flush=True)
    ROWS.append(["Hits by two workers, times those by one (by cost)", f"{2 * a / b:.2f}", "-", f"{2 * c / d:.2f}"])
    own_and_other(kinds[1], connections, count)
    kinds[1].stop()


def own_and_other(proxy, connections, count):
    """What one worker's hits cost: of what it stored itself, of what the other did."""
    ports = ports_of_workers(proxy, connections)
    stored, cost, requests = [], [[], []], 10_000 if bench.QUICK else 60_000
    for mine in ports:
        stored.append(next(numbers))
        recall(proxy, 1024, stored[-1], count, "-c", connections, "-b", mine)
    before = asked()
    for number in range(2 * bench.ROUNDS):
        for kind in (0, 1) if number % 2 == 0 else (1, 0):
            cpu = bench.cpu_us(proxy.pid)
            done = recall(proxy, 1024, stored[kind], count, "-c", connections, "-b", ports[0], "-q", requests)["done"]
            cost[kind].append((bench.cpu_us(proxy.pid) - cpu) / done)
    if asked() > before:
        fail("hits went to the origin")
    own, other = map(statistics.median, cost)
    print(f"\nHit, 1 KB, stored by the worker itself: {own:.2f} microseconds, by the other: {other:.2f} ({other / own:.2f} times)", flush=True)
    ROWS.append(["Hit on what the other worker stored, times the cost of one's own", f"{other / own:.2f}"])


# ---- restart and memory --------------------------------------------------------------------------------------------------

def memory(proxy):
    return {k: bench.memory_kb(proxy.pid, k) for k in ("Pss", "Pss_Anon", "Pss_File", "Pss_Shmem")}


def restart_one(name, origin, **more):
    """(seconds to the first answer, share that is served, memory before, memory with all of them, origin)."""
    start = STARTS[name]
    proxy = start(name=name + "-r", **more)
    fill(proxy, 1024, 1000)
    empty = memory(proxy)
    first, began = next(numbers), time.monotonic()
    recall(proxy, 1024, first, OBJECTS, "-c", 64, *(["-p", 8] if name == "sepia" else []))
    bench.say(f"{name}: {OBJECTS:,} objects in {time.monotonic() - began:.0f} s")
    full = memory(proxy)
    proxy.kill()
    if name == "sepia":
        origin.stop()
        proxy = start(name=name + "-r", probe=f"/kept/1024/{first}", **more)
    else:       # which may have lost that very one: their first answer may be the origin's
        proxy = start(name=name + "-r", **more)
        origin.stop()
    sample = [] if name == "sepia" else ["-q", 20_000, "-r", 1]      # of the others: errors take their time
    got = recall(proxy, 1024, first, OBJECTS, "-c", 16, *sample, check=False)
    proxy.stop()
    return proxy.start_s, got["right"] / got["done"], empty, full, bench.Origin()


def restart(origin):
    mb = max(OBJECTS * 2 // 1000, 256)
    more = {"sepia": dict(mb=mb, workers=2, core="0,1"),
            "squid": dict(mb=8000, store="rock", core="0,1"), "ats": dict(mb=4000, core="0,1")}
    share, seconds, kilobytes = {}, {}, {}
    print(f"\n{OBJECTS:,} objects of 1 KB, kill -9 of every process, the origin away\n\n"
          "| | first answer, ms | served, % | memory of all processes (PSS) before, MB | with them, MB |\n|---|---|---|---|---|")
    for name in ["sepia"] if bench.QUICK else ["sepia", "squid", "ats"]:
        seconds[name], share[name], empty, full, origin = restart_one(name, origin, **more[name])
        kilobytes[name] = full["Pss"] - empty["Pss"]
        print(f"| {name} | {seconds[name] * 1000:.0f} | {share[name] * 100:.2f} | {empty['Pss'] / 1024:.1f} | {full['Pss'] / 1024:.1f} |", flush=True)
        if name == "sepia":
            index = os.path.getsize(os.path.join(bench.WORK, "sepia-r.cache", "sepia-index"))
            detail = ", ".join(f"{k[4:].lower()} {(full[k] - empty[k]) / 1024:+.1f}" for k in full if k != "Pss")
        shutil.rmtree(os.path.join(bench.WORK, name + "-r.cache"))
    print(f"\nSepia's goals: 200 ms{', MISSED' if seconds['sepia'] > 0.2 else ''}; 100 %{', MISSED' if share['sepia'] < 1 else ''}.\n"
          f"Its index: {index / OBJECTS:.1f} bytes an object (goal 16); memory, MB more: {detail}", flush=True)
    row = [f"{OBJECTS:,} objects, kill -9: "]
    ROWS.append([row[0] + "first answer, ms"] + [f"{seconds[n] * 1000:.0f}" if n in seconds else "-" for n in NAMES])
    ROWS.append([row[0] + "served with the origin away, %"] + [f"{share[n] * 100:.1f}" if n in share else "-" for n in NAMES])
    ROWS.append(["Memory of all processes for them: MB"] + [f"{kilobytes[n] / 1024:.0f}" if n in kilobytes else "-" for n in NAMES])
    ROWS.append(["Index: bytes an object", f"{index / OBJECTS:.1f}"])
    return origin


# ---- a slow disk ---------------------------------------------------------------------------------------------------------

SLOW_COLD, SLOW_HOT, SLOW_SIZE = 4000, 500, 65536


class SlowDisk:
    """A file system on a loop device, and a control group that gets so many reads a second from it: what a process asks of the page cache is not
    slowed, what has to come from the device is."""

    READS = 10      # a second; the kernel allows them a tenth of a second's at a time: one

    def __init__(self):
        self.image, self.place = os.path.join(bench.WORK, "disk"), folder("disk.mount")
        with open(self.image, "w") as f:
            f.truncate(1 << 30)
        self.device = self.group = None
        self.mounted = False

    def __enter__(self):
        run = bench.run
        try:
            self.device = run("losetup", "-f", "--show", self.image).strip()
            run("mkfs.ext4", "-q", "-O", "^has_journal", self.device)
            run("mount", self.device, self.place)
            self.mounted = True
            os.chmod(self.place, 0o777)
            v1 = "/sys/fs/cgroup/blkio"
            self.group = os.path.join(v1 if os.path.isdir(v1) else "/sys/fs/cgroup", f"sepia-bench-{os.getpid()}")
            os.mkdir(self.group)
        except BaseException:
            self.__exit__()
            raise
        return self

    def limit(self, reads):
        number = os.stat(self.device).st_rdev
        number = f"{os.major(number)}:{os.minor(number)}"
        v1 = os.path.join(self.group, "blkio.throttle.read_iops_device")
        with open(v1 if os.path.exists(v1) else os.path.join(self.group, "io.max"), "w") as f:
            f.write(f"{number} {reads}" if os.path.exists(v1) else f"{number} riops={reads or 'max'}")

    def forget(self):
        """Nothing of it stays in the page cache: whoever uses it has ended."""
        bench.run("umount", self.place)
        self.mounted = False
        bench.run("mount", self.device, self.place)
        self.mounted = True

    def __exit__(self, *_):
        if self.group and os.path.isdir(self.group):
            for _ in range(100):
                try:
                    os.rmdir(self.group)
                    break
                except OSError:
                    time.sleep(0.05)
        if self.mounted:
            bench.run("umount", self.place)
        if self.device:
            bench.run("losetup", "-d", self.device)


def slow_disk():
    if os.geteuid() != 0:
        bench.say("slow-disk needs root: left out")
        return
    with SlowDisk() as disk:
        place = os.path.join(disk.place, "cache")
        os.mkdir(place)
        os.chmod(place, 0o777)
        with on_slow_disk(disk, place) as proxy:
            cold, hot = fill(proxy, SLOW_SIZE, SLOW_COLD), fill(proxy, 1024, SLOW_HOT)
        disk.forget()
        with on_slow_disk(disk, place) as proxy:
            recall(proxy, 1024, hot, SLOW_HOT, "-c", 4)
            measure_slow(proxy, disk, cold, hot)


@contextlib.contextmanager
def on_slow_disk(disk, place):
    proxy = start_sepia("sepia-slow", 46, 600, place=place,
                        prefix=("sh", "-c", f'echo $$ >{disk.group}/cgroup.procs && exec "$@"', "sh"))
    try:
        yield proxy
    finally:
        proxy.stop()


def measure_slow(proxy, disk, cold, hot):
    rate, hot_n, cold_n, size = 1000, SLOW_HOT, SLOW_COLD, SLOW_SIZE
    disk.limit(disk.READS)
    before, seconds, p99 = asked(), 3 if bench.QUICK else 5, [[], []]
    waited = []
    for number in range(3 if bench.QUICK else 7):
        for under_way in (False, True) if number % 2 == 0 else (True, False):
            if under_way:
                first = cold + number * (cold_n // 8)
                load = subprocess.Popen(list(map(str, bench.pinned(1) + [
                    os.path.join(bench.LOAD, "recall"), "-x", proxy.port, "-o", f"127.0.0.1:{bench.HTTP}", "-s", size, "-f", first, "-n", cold_n // 8,
                    "-d", seconds + 1, "-c", 8, "-r", number + 1])), text=True, stdout=subprocess.PIPE)
                time.sleep(0.5)
            p99[under_way].append(recall(proxy, 1024, hot, hot_n, "-c", 8, "-d", seconds, "-R", rate)["p99_us"])
            if under_way:
                waited.append(float(re.search(r"p50_us=(\d+)", load.communicate()[0])[1]))
    disk.limit(0)
    if asked() > before:
        fail("objects of the slow disk were fetched from the origin")
    if statistics.median(waited) < 20_000:
        fail(f"the disk was not slow: cold objects came after {statistics.median(waited):.0f} microseconds")
    alone, beside = map(statistics.median, p99)
    ratio = statistics.median(b / a for a, b in zip(*p99))
    print(f"\nA disk with {disk.READS} reads a second: hits from the page cache, {rate} a second\n\n| | 99th percentile, microseconds |\n|---|---|")
    print(f"| alone | {alone:.0f} |\n| while cold objects wait {statistics.median(waited) / 1000:.0f} ms | {beside:.0f} |")
    print(f"\n{ratio:.2f} times (goal 1.2{', MISSED' if ratio > 1.2 else ''})", flush=True)
    ROWS.append(["99th percentile of hits while others wait for a slow disk, times that alone", f"{ratio:.2f}"])


# ---- the run -------------------------------------------------------------------------------------------------------------

def run(parts, origin):
    bench.unpack_peers(("trafficserver",), "complete-trafficserver")
    if set(parts) & set(COSTS):
        costs([p for p in parts if p in COSTS])
    if "two-workers" in parts:
        two_workers()
    if "restart" in parts:
        origin = restart(origin)
    if "slow-disk" in parts:
        slow_disk()
    rows = [["", *TITLES]] + [r + ["-"] * (len(TITLES) + 1 - len(r)) for r in ROWS]
    widths = [max(len(r[i]) for r in rows) for i in range(len(TITLES) + 1)]
    print("\nThe cache in one table\n")
    for r in rows:
        print("    " + r[0].ljust(widths[0]) + "".join("  " + c.rjust(w) for c, w in zip(r[1:], widths[1:])))
