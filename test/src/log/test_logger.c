/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logger process as it is run: every line exactly once while it is killed and logs are rotated,
 * full disks, sockets, per-user files, destinations of a reload, a second start over the same
 * files. Long, as what they share is: the process, its rings, those who listen at its sockets.
 */
#include "log/logger.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "log/logsink.h"
#include "log/peruser.h"
#include "shm/ring.h"

enum { WRITERS = 3, USERS = 150 };

static char			 dir[64], path[128];
static struct logdest_table	*table;
static struct ring		*rings[WRITERS];
static int			 wake;
static struct logger_setup	 setup_;

static const char *
in_dir(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void
open_all(void)
{
	char	 name[32];

	table = logdest_open(in_dir("table"));
	ck_assert_ptr_nonnull(table);
	for (int i = 0; i < WRITERS; i++) {
		snprintf(name, sizeof name, "ring.%d", i);
		rings[i] = ring_open(in_dir(name), RING_SIZE_MIN, 0600);
		ck_assert_ptr_nonnull(rings[i]);
	}
	setup_ = (struct logger_setup){ .table = table, .rings = rings, .n_rings = WRITERS,
	    .wake = wake };
}

static void
close_all(void)
{
	logdest_close(&table);
	for (int i = 0; i < WRITERS; i++)
		ring_close(&rings[i]);
}

static void
setup(void)
{
	snprintf(dir, sizeof dir, "/tmp/test_logger.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	open_all();
	msg_fd(open("/dev/null", O_WRONLY));
}

static void
remove_tree(const char *name)
{
	DIR		*d = opendir(name);
	struct dirent	*e;
	char		 sub[512];

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof sub, "%s/%s", name, e->d_name);
		if (unlink(sub) != 0)
			remove_tree(sub);
	}
	if (d != NULL)
		closedir(d);
	rmdir(name);
}

static void
teardown(void)
{
	close_all();
	close(wake);
	remove_tree(dir);
}

static pid_t
start_logger(void)
{
	pid_t	 pid = fork();

	if (pid == 0) {
		logger_run(&setup_);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

static void
stop_logger(pid_t pid)
{
	int	 status;

	logdest_ask_stop(table, wake);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	atomic_store(&logdest_orders(table)->stop, 0);
}

static void
kill_logger(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
put(unsigned ring, int dest, const char *text)
{
	while (!ring_put(rings[ring], (uint16_t)dest, LOGREC_LINE, text, strlen(text)))
		usleep(200);
	if (ring_wants_wake(rings[ring]))
		logdest_wake(wake);
}

static void
put_user(unsigned ring, int dest, const char *user, const char *text)
{
	char		 b[512];
	struct sb	 out;
	struct addr	 a = addr_from_v4(0x0a000001, 0);

	sb_fixed(&out, b + 1, sizeof b - 1);
	peruser_name(span_of(user), &a, 1700000000, &out);
	b[0] = (char)out.n;
	sb_str(&out, text);
	while (!ring_put(rings[ring], (uint16_t)dest, LOGREC_USER, b, out.n + 1))
		usleep(200);
	if (ring_wants_wake(rings[ring]))
		logdest_wake(wake);
}

static bool
wait_for(bool (*true_now)(void))
{
	for (int i = 0; i < 6000; i++) {
		if (true_now())
			return true;
		usleep(10000);
	}
	return false;
}

static bool
all_free(void)
{
	for (int i = 0; i < WRITERS; i++)
		if (ring_used(rings[i]) > 0)
			return false;
	return true;
}

static char *
contents(const char *name)
{
	static char	 text[1 << 16];
	int		 fd = open(name, O_RDONLY);
	ssize_t		 n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Lines "writer number": each number once a writer; in order within a file. */
static uint8_t	*seen[WRITERS];
static unsigned	 per_writer;

static void
check_file(const char *name)
{
	FILE	*f = fopen(name, "r");
	long	 last[WRITERS] = { -1, -1, -1 };
	char	 text[256];

	ck_assert_ptr_nonnull(f);
	while (fgets(text, sizeof text, f) != NULL) {
		unsigned	 w, i;
		int		 end = 0;

		ck_assert_msg(sscanf(text, "%u %u padding-padding-padding%n", &w, &i, &end) == 2 &&
		    text[end] == '\n', "%s: broken line: %s", name, text);
		ck_assert(w < WRITERS && i < per_writer);
		ck_assert_msg(seen[w][i] == 0, "%s: repeated: %s", name, text);
		ck_assert_msg((long)i > last[w], "%s: out of order: %s", name, text);
		last[w] = i;
		seen[w][i] = 1;
	}
	fclose(f);
}

static void
check_files(const char *where, const char *prefix)
{
	DIR		*d = opendir(where);
	struct dirent	*e;
	char		 name[512];

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		snprintf(name, sizeof name, "%s/%s", where, e->d_name);
		if (e->d_name[0] != '.' && strncmp(e->d_name, prefix, strlen(prefix)) == 0)
			check_file(name);
	}
	closedir(d);
}

static void
write_all(unsigned w, const int *dests)
{
	char	 text[128], user[32];

	for (unsigned i = 0; i < per_writer; i++) {
		snprintf(text, sizeof text, "%u %u padding-padding-padding\n", w, i);
		snprintf(user, sizeof user, "user%u", i / 3 * 7 % USERS);
		if (i % 3 == 2)
			put_user(w, dests[2], user, text);
		else
			put(w, dests[i % 3], text);
	}
	_exit(0);
}

static void
fail_if_missing(void)
{
	for (unsigned w = 0; w < WRITERS; w++)
		for (unsigned i = 0; i < per_writer; i++)
			ck_assert_msg(seen[w][i] == 1, "lost: %u %u", w, i);
}

/*
 * Three workers log to three places while the logger is killed every few milliseconds and logs are
 * rotated.
 */
START_TEST(killed_logger)
{
	int		 dests[3], kills = 0, status;
	pid_t		 writers[WRITERS], logger;
	unsigned	 alive = WRITERS, round = 0;
	const char	*more = getenv("LOGGER_LINES");

	per_writer = more != NULL ? (unsigned)atoi(more) : 60000;
	dests[0] = logdest_register(table, LOG_FILE, in_dir("access.log"), false);
	dests[1] = logdest_register(table, LOG_FILE, in_dir("other.log"), false);
	dests[2] = logdest_register(table, LOG_PER_USER, in_dir("users"), false);
	for (unsigned w = 0; w < WRITERS; w++) {
		seen[w] = calloc(per_writer, 1);
		writers[w] = fork();
		if (writers[w] == 0)
			write_all(w, dests);
	}
	srandom((unsigned)getpid());
	while (alive > 0) {
		logger = start_logger();
		if (++round % 5 == 0)
			logdest_ask_rotate(table, 50, wake);
		/* longer and longer: on a busy machine, too, there is one that comes to something */
		usleep((useconds_t)(random() % (12000 + 200 * round) + 500));
		kill_logger(logger);
		kills++;
		while (alive > 0 && waitpid(-1, &status, WNOHANG) > 0)
			alive--;
	}
	logger = start_logger();
	stop_logger(logger);
	ck_assert(all_free());
	check_files(dir, "access.log");
	check_files(dir, "other.log");
	check_files(in_dir("users"), "user");
	fail_if_missing();
	for (unsigned w = 0; w < WRITERS; w++)
		free(seen[w]);
	if (more != NULL)
		printf("%d kills, %u rotations\n", kills,
		    (unsigned)atomic_load(&logdest_orders(table)->rotate_done));
	ck_assert_int_gt(kills, 5);
}
END_TEST

/*
 * A disk that is full now and then (RLIMIT_FSIZE in the logger gives EFBIG in the middle of a
 * write, as ENOSPC would).
 */
START_TEST(full_disk)
{
	int		 dest = logdest_register(table, LOG_FILE, in_dir("access.log"), false),
	    status;
	struct rlimit	 limit = { 100000, RLIM_INFINITY };
	pid_t		 writer, logger;

	per_writer = 6000;
	for (unsigned w = 0; w < WRITERS; w++)
		seen[w] = calloc(per_writer, 1);
	signal(SIGXFSZ, SIG_IGN);
	writer = fork();
	if (writer == 0) {
		write_all(0,
		    (int[3]){ dest, dest,
		    logdest_register(table, LOG_PER_USER, in_dir("users"), false) });
	}
	logger = start_logger();
	while (waitpid(writer, &status, WNOHANG) == 0) {
		limit.rlim_cur = random() % 2 == 0 ? 30000 + (rlim_t)random() % 100000 :
		    RLIM_INFINITY;
		prlimit(logger, RLIMIT_FSIZE, &limit, NULL);
		usleep(20000);
		if (random() % 4 == 0) {
			kill_logger(logger);
			logger = start_logger();
		}
	}
	limit.rlim_cur = RLIM_INFINITY;
	prlimit(logger, RLIMIT_FSIZE, &limit, NULL);
	ck_assert(wait_for(all_free));
	stop_logger(logger);
	check_files(dir, "access.log");
	check_files(in_dir("users"), "user");
	for (unsigned i = 0; i < per_writer; i++)
		ck_assert_msg(seen[0][i] == 1, "lost: %u", i);
	for (unsigned w = 0; w < WRITERS; w++)
		free(seen[w]);
}
END_TEST

START_TEST(unwritable_then_well)
{
	char	 name[128];
	int	 dest;
	pid_t	 logger;

	snprintf(name, sizeof name, "%s/late/access.log", dir);
	dest = logdest_register(table, LOG_FILE, name, false);
	logger = start_logger();
	put(0, dest, "one\n");
	put(1, dest, "two\n");
	usleep(50000);
	ck_assert(!all_free());
	ck_assert_int_eq(mkdir(in_dir("late"), 0755), 0);
	ck_assert(wait_for(all_free));
	ck_assert_str_eq(contents(name), "one\ntwo\n");
	stop_logger(logger);
}
END_TEST

/*
 * A broken place keeps its records; the others go on. One that may drop lets go before the ring is
 * full.
 */
START_TEST(places_are_independent)
{
	char	 bad[128], name[128], big[1000];
	int	 drop, good;
	pid_t	 logger;

	snprintf(bad, sizeof bad, "%s/none/access.log", dir);
	snprintf(name, sizeof name, "%s/good.log", dir);
	drop = logdest_register(table, LOG_FILE, bad, true);
	good = logdest_register(table, LOG_FILE, name, false);
	memset(big, 'x', sizeof big - 2);
	big[sizeof big - 2] = '\n';
	big[sizeof big - 1] = '\0';
	logger = start_logger();
	for (int i = 0; i < 1000; i++)
		put(0, drop, big);
	put(0, good, "here\n");
	for (int i = 0; i < 6000 && strcmp(contents(name), "here\n") != 0; i++)
		usleep(10000);
	ck_assert_str_eq(contents(name), "here\n");
	ck_assert_uint_gt(atomic_load(&logdest_file(table)->row[drop].dropped), 500);
	stop_logger(logger);
	ck_assert_uint_le(atomic_load(&logdest_file(table)->row[drop].dropped), 1000);
}
END_TEST

static uint64_t	 asked;

static bool
rotated(void)
{
	return logdest_rotated(table, asked);
}

START_TEST(rotation)
{
	int	 dest = logdest_register(table, LOG_FILE, in_dir("access.log"), false);
	char	 now[128], old0[128], old1[128], old2[128];
	pid_t	 logger = start_logger();

	snprintf(now, sizeof now, "%s/access.log", dir);
	snprintf(old0, sizeof old0, "%s/access.log.0", dir);
	snprintf(old1, sizeof old1, "%s/access.log.1", dir);
	snprintf(old2, sizeof old2, "%s/access.log.2", dir);
	for (int i = 0; i < 4; i++) {
		char	 text[8];

		snprintf(text, sizeof text, "%d\n", i);
		put(0, dest, text);
		asked = logdest_ask_rotate(table, 2, wake);
		ck_assert(wait_for(rotated));
	}
	ck_assert_str_eq(contents(now), "");
	ck_assert_str_eq(contents(old0), "3\n");
	ck_assert_str_eq(contents(old1), "2\n");
	ck_assert_int_ne(access(old2, F_OK), 0);
	put(0, dest, "a\n");
	ck_assert(wait_for(all_free));
	/* as logrotate does; nothing happens before the signal */
	ck_assert_int_eq(rename(now, old2), 0);
	put(0, dest, "b\n");
	ck_assert(wait_for(all_free));
	ck_assert_str_eq(contents(old2), "a\nb\n");
	asked = logdest_ask_rotate(table, 0, wake);
	ck_assert(wait_for(rotated));
	put(0, dest, "c\n");
	ck_assert(wait_for(all_free));
	ck_assert_str_eq(contents(now), "c\n");
	ck_assert_str_eq(contents(old2), "a\nb\n");
	stop_logger(logger);
}
END_TEST

/*
 * What is said to be wrong is said to be well again, once a line was written: also where nothing
 * waited in between.
 */
START_TEST(gone_when_it_is_opened_anew)
{
	char	 name[128], away[128], said[128];
	int	 dest;
	pid_t	 logger;

	snprintf(name, sizeof name, "%s/logs/access.log", dir);
	snprintf(away, sizeof away, "%s/away", dir);
	snprintf(said, sizeof said, "%s/said", dir);
	msg_fd(open(said, O_WRONLY | O_CREAT | O_APPEND, 0600));
	ck_assert_int_eq(mkdir(in_dir("logs"), 0755), 0);
	dest = logdest_register(table, LOG_FILE, name, false);
	logger = start_logger();
	put(0, dest, "one\n");
	ck_assert(wait_for(all_free));
	ck_assert_int_eq(rename(in_dir("logs"), away), 0);
	asked = logdest_ask_rotate(table, 0, wake);
	ck_assert(wait_for(rotated));
	ck_assert_ptr_nonnull(strstr(contents(said), "No such file or directory"));
	ck_assert_int_eq(mkdir(in_dir("logs"), 0755), 0);
	usleep(20000);
	ck_assert_ptr_null(strstr(contents(said), "works again"));
	put(0, dest, "two\n");
	ck_assert(wait_for(all_free));
	ck_assert_str_eq(contents(name), "two\n");
	stop_logger(logger);
	ck_assert_ptr_nonnull(strstr(contents(said), "works again"));
}
END_TEST

/* Records that wait survive all processes; their destination is found again by number. */
START_TEST(second_start)
{
	char	 name[128];
	int	 dest;

	snprintf(name, sizeof name, "%s/access.log", dir);
	dest = logdest_register(table, LOG_FILE, name, false);
	put(0, dest, "before\n");
	close_all();
	open_all();
	logdest_begin(table, rings, WRITERS);
	ck_assert_int_ne(logdest_register(table, LOG_FILE, "/elsewhere", false), dest);
	stop_logger(start_logger());
	ck_assert_str_eq(contents(name), "before\n");
	logdest_begin(table, rings, WRITERS);
	ck_assert_int_eq(logdest_register(table, LOG_FILE, "/elsewhere", false), 0);
}
END_TEST

/*
 * A logger that was killed and that nobody has waited for yet (in a container whose first process
 * does not) holds up no other; one that lives does.
 */
START_TEST(predecessors)
{
	char	 name[128];
	pid_t	 one, two;
	int	 dest;

	snprintf(name, sizeof name, "%s/access.log", dir);
	dest = logdest_register(table, LOG_FILE, name, false);
	one = start_logger();
	put(0, dest, "one\n");
	ck_assert(wait_for(all_free));
	two = start_logger();
	kill(one, SIGSTOP);
	put(0, dest, "two\n");
	usleep(300000);
	ck_assert_str_eq(contents(name), "one\n");
	kill(one, SIGKILL);
	ck_assert(wait_for(all_free));
	ck_assert_str_eq(contents(name), "one\ntwo\n");
	waitpid(one, NULL, 0);
	stop_logger(two);
}
END_TEST

START_TEST(users)
{
	char		 name[256], text[512];
	struct stat	 st;
	int		 dest = logdest_register(table, LOG_PER_USER, in_dir("users"), false);
	pid_t		 logger = start_logger();

	put_user(0, dest, "alice", "1\n");
	put_user(1, dest, "../../etc/passwd", "2\n");
	put_user(0, dest, "", "3\n");
	put_user(0, dest, "10.0.0.1", "4\n");
	put_user(0, dest, ".hidden", "5\n");
	for (int i = 0; i < 300; i++) {			/* more than descriptors */
		snprintf(text, sizeof text, "u%d", i);
		put_user(2, dest, text, "x\n");
	}
	ck_assert(wait_for(all_free));
	stop_logger(logger);
	snprintf(name, sizeof name, "%s/users/alice.2023-11-14.log", dir);
	ck_assert_str_eq(contents(name), "1\n");
	ck_assert_int_eq(stat(name, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777 & ~0640u, 0);
	ck_assert_int_eq(stat(in_dir("users"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777 & ~0750u, 0);
	snprintf(name, sizeof name, "%s/users/%%2E.%%2F..%%2Fetc%%2Fpasswd.2023-11-14.log", dir);
	ck_assert_str_eq(contents(name), "2\n");
	snprintf(name, sizeof name, "%s/users/10.0.0.1.2023-11-14.log", dir);
	ck_assert_str_eq(contents(name), "3\n");
	snprintf(name, sizeof name, "%s/users/%%310.0.0.1.2023-11-14.log", dir);
	ck_assert_str_eq(contents(name), "4\n");
	snprintf(name, sizeof name, "%s/users/%%2Ehidden.2023-11-14.log", dir);
	ck_assert_str_eq(contents(name), "5\n");
	snprintf(name, sizeof name, "%s/users/u299.2023-11-14.log", dir);
	ck_assert_str_eq(contents(name), "x\n");
}
END_TEST

START_TEST(stems)
{
	char		 a[400], b[PERUSER_NAME + 1], c[PERUSER_NAME + 1];
	struct addr	 ip = addr_from_v4(0x7f000001, 9);
	struct sb	 out;

	memset(a, 'n', sizeof a);
	sb_fixed(&out, b, sizeof b);
	peruser_stem(span_at(a, sizeof a), &ip, &out);
	ck_assert(sb_ok(&out));
	ck_assert_uint_eq(out.n, PERUSER_STEM);
	sb_fixed(&out, c, sizeof c);
	peruser_stem(span_at(a, sizeof a - 1), &ip, &out);
	ck_assert_int_ne(memcmp(b, c, PERUSER_STEM), 0);
	memset(a, '/', 100);				/* three bytes each: too long encoded */
	sb_fixed(&out, b, sizeof b);
	peruser_name(span_at(a, 100), &ip, 1700000000, &out);
	ck_assert(sb_ok(&out));
	ck_assert_uint_eq(out.n, PERUSER_NAME);
	sb_fixed(&out, b, sizeof b);
	peruser_stem(SPAN("a b%\xc3\xa9"), &ip, &out);
	ck_assert(span_is(sb_done(&out), "a%20b%25%C3%A9"));
}
END_TEST

static int
receiver(int type, char *spec, size_t cap)
{
	struct sockaddr_in	 in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		 n = sizeof in;
	int			 fd = socket(AF_INET, type, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, n), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)&in, &n);
	snprintf(spec, cap, "127.0.0.1:%u", ntohs(in.sin_port));
	return fd;
}

static void
expect(int fd, const char *want)
{
	char		 got[4096];
	struct pollfd	 p = { .fd = fd, .events = POLLIN };
	size_t		 n = 0;

	while (n < strlen(want) && poll(&p, 1, 3000) == 1) {
		ssize_t	 k = recv(fd, got + n, sizeof got - 1 - n, 0);

		if (k <= 0)
			break;
		n += (size_t)k;
	}
	got[n] = '\0';
	ck_assert_str_eq(got, want);
}

START_TEST(sockets)
{
	char			 spec[32];
	struct sockaddr_un	 un = { .sun_family = AF_UNIX };
	int			 udp = receiver(SOCK_DGRAM, spec, sizeof spec), tcp, dgram, conn,
	    d_udp, d_tcp, d_sys;
	char			 got[256];
	ssize_t			 n;
	pid_t			 logger;

	d_udp = logdest_register(table, LOG_UDP, spec, false);
	tcp = receiver(SOCK_STREAM, spec, sizeof spec);
	memcpy(spec, "localhost", 9);		/* as long as 127.0.0.1: looked up */
	d_tcp = logdest_register(table, LOG_TCP, spec, false);
	d_sys = logdest_register(table, LOG_SYSLOG, "local4.info", false);
	dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
	snprintf(un.sun_path, sizeof un.sun_path, "%s/devlog", dir);
	ck_assert_int_eq(bind(dgram, (struct sockaddr *)&un, sizeof un), 0);
	setup_.devlog = un.sun_path;
	for (int i = 0; i < 2; i++) {
		put(0, d_udp, "by udp\n");
		put(0, d_tcp, "by tcp\n");
		put(0, d_sys, "by syslog\n");
	}
	logger = start_logger();
	conn = accept(tcp, NULL, NULL);
	expect(udp, "by udp\nby udp\n");	/* one datagram */
	expect(conn, "by tcp\nby tcp\n");
	for (int i = 0; i < 2; i++) {
		n = recv(dgram, got, sizeof got - 1, 0);
		ck_assert_int_gt(n, 0);
		got[n] = '\0';
		ck_assert_int_eq(strncmp(got, "<166>", 5), 0);
		ck_assert_ptr_nonnull(strstr(got, " sepia["));
		ck_assert_str_eq(got + n - 11, ": by syslog");
	}
	close(conn);
	usleep(50000);
	put(0, d_tcp, "again\n");
	conn = accept(tcp, NULL, NULL);
	expect(conn, "again\n");
	ck_assert(wait_for(all_free));
	kill_logger(logger);
	logger = start_logger();
	put(0, d_tcp, "and again\n");
	put(0, d_udp, "and again\n");
	close(conn);
	conn = accept(tcp, NULL, NULL);
	expect(conn, "and again\n");
	expect(udp, "and again\n");
	stop_logger(logger);
	close(conn);
	close(tcp);
	close(udp);
	close(dgram);
}
END_TEST

START_TEST(priorities)
{
	ck_assert_int_eq(logsink_priority("local4.info"), (20 << 3) + 6);
	ck_assert_int_eq(logsink_priority("daemon|ERR"), (3 << 3) + 3);
	ck_assert_int_eq(logsink_priority(""), (3 << 3) + 6);
	ck_assert_int_eq(logsink_priority("user"), (1 << 3) + 6);
	ck_assert_int_eq(logsink_priority("nosuch.info"), -1);
	ck_assert_int_eq(logsink_priority("local4.nosuch"), -1);
}
END_TEST

/*
 * A service manager signals everybody; the logger listens to its master only, and writes what is
 * there before it ends.
 */
START_TEST(terminated)
{
	char	 name[128];
	int	 dest, status;
	pid_t	 logger, stranger;

	snprintf(name, sizeof name, "%s/access.log", dir);
	dest = logdest_register(table, LOG_FILE, name, false);
	setup_.master = getpid();
	put(0, dest, "one\n");
	logger = start_logger();
	ck_assert(wait_for(all_free));
	stranger = fork();
	if (stranger == 0)
		_exit(kill(logger, SIGTERM) == 0 ? 0 : 1);
	waitpid(stranger, &status, 0);
	put(0, dest, "two\n");
	ck_assert(wait_for(all_free));
	ck_assert_int_eq(waitpid(logger, &status, WNOHANG), 0);
	put(0, dest, "three\n");
	kill(logger, SIGTERM);
	ck_assert_int_eq(waitpid(logger, &status, 0), logger);
	ck_assert(WIFEXITED(status));
	ck_assert_str_eq(contents(name), "one\ntwo\nthree\n");
}
END_TEST

static bool	 lives[WRITERS];

static bool
writer_lives(unsigned ring)
{
	return lives[ring];
}

static bool
something_is_there(void)
{
	char	 name[128];

	snprintf(name, sizeof name, "%s/access.log", dir);
	return access(name, F_OK) == 0 && contents(name)[0] != '\0';
}

/* What a writer held is written when it is dead, not before. */
START_TEST(held)
{
	char	 name[128];
	int	 dest;
	pid_t	 logger;

	snprintf(name, sizeof name, "%s/access.log", dir);
	dest = logdest_register(table, LOG_FILE, name, false);
	lives[0] = lives[1] = true;
	lives[2] = false;
	setup_.writer_lives = writer_lives;
	for (int i = 0; i < 3; i++) {
		ring_hold(rings[i]);
		put(i, dest, i == 0 ? "zero\n" : i == 1 ? "one\n" : "two\n");
	}
	logger = start_logger();
	ck_assert(wait_for(something_is_there));
	ck_assert_str_eq(contents(name), "two\n");
	ring_show(rings[1]);
	logdest_wake(wake);
	stop_logger(logger);
	ck_assert_str_eq(contents(name), "two\none\n");
	lives[0] = false;
	stop_logger(start_logger());
	ck_assert_str_eq(contents(name), "two\none\nzero\n");
}
END_TEST

/*
 * Files that were cut off or written over: opening, registering, wishes and mending do not touch
 * what is gone; mended, they serve again.
 */
START_TEST(cut_off)
{
	char	 name[128];
	int	 dest;
	bool	 mended;

	snprintf(name, sizeof name, "%s/access.log", dir);
	dest = logdest_register(table, LOG_FILE, name, false);
	for (int how = 0; how < 3; how++) {
		ck_assert_int_eq(truncate(in_dir("table"), how == 1 ? 100 : 0), 0);
		ck_assert_int_eq(truncate(in_dir("ring.1"), how == 1 ? 5000 : 0), 0);
		if (how == 2) {
			ck_assert_int_eq(truncate(in_dir("table"), sizeof(struct logdest_file)), 0);
			ck_assert_int_eq(truncate(in_dir("ring.1"), 4096 + RING_SIZE_MIN), 0);
		}
		logdest_ask_rotate(table, 0, wake);
		logdest_begin(table, rings, 0);
		ck_assert_int_eq(logdest_register(table, LOG_FILE, name, false), dest);
		ck_assert_int_eq(truncate(in_dir("table"), 0), 0);
		ck_assert(logdest_mend(table, &mended) && mended);
		ck_assert(logdest_mend(table, &mended) && !mended);
		ck_assert_int_eq(ring_mend(rings[1]), RING_MENDED);
		ck_assert_int_eq(ring_mend(rings[1]), RING_WHOLE);
		put(1, dest, "x\n");
		stop_logger(start_logger());
	}
	ck_assert_str_eq(contents(name), "x\nx\nx\n");
	close_all();			/* and for the next master as well */
	open_all();
	ck_assert_int_eq(logdest_register(table, LOG_FILE, name, false), dest);
}
END_TEST

START_TEST(reload)
{
	char	 name[128];
	int	 first = logdest_register(table, LOG_FILE, in_dir("a.log"), false), second;
	pid_t	 logger = start_logger();

	put(0, first, "old\n");
	ck_assert(wait_for(all_free));
	second = logdest_register(table, LOG_FILE, in_dir("b.log"), false);
	ck_assert_int_eq(logdest_register(table, LOG_FILE, in_dir("a.log"), false), first);
	put(1, second, "new\n");
	put(0, first, "old\n");
	ck_assert(wait_for(all_free));
	snprintf(name, sizeof name, "%s/a.log", dir);
	ck_assert_str_eq(contents(name), "old\nold\n");
	snprintf(name, sizeof name, "%s/b.log", dir);
	ck_assert_str_eq(contents(name), "new\n");
	ck_assert(ring_put(rings[0], 99, 1, "x\n", 2));	/* makes no sense: skipped, not fatal */
	ck_assert(ring_put(rings[0], (uint16_t)first, 77, "x\n", 2));
	ck_assert(ring_put(rings[0], (uint16_t)first, LOGREC_USER, "\x7fx\n", 3));
	put(0, first, "end\n");
	ck_assert(wait_for(all_free));
	snprintf(name, sizeof name, "%s/a.log", dir);
	ck_assert_str_eq(contents(name), "old\nold\nend\n");
	stop_logger(logger);
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("logger");
	TCase	*c = tcase_create("logger");
	SRunner	*r;
	int	 failed;

	setenv("TZ", "UTC", 1);
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, stems);
	tcase_add_test(c, priorities);
	tcase_add_test(c, rotation);
	tcase_add_test(c, users);
	tcase_add_test(c, sockets);
	tcase_add_test(c, held);
	tcase_add_test(c, cut_off);
	tcase_add_test(c, reload);
	tcase_add_test(c, terminated);
	tcase_add_test(c, gone_when_it_is_opened_anew);
	tcase_add_test(c, second_start);
	tcase_add_test(c, predecessors);
	tcase_add_test(c, unwritable_then_well);
	tcase_add_test(c, places_are_independent);
	tcase_add_test(c, full_disk);
	tcase_add_test(c, killed_logger);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
