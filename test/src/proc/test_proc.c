/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of src/proc by themselves: pacing, options, locating, PID files, the leash, descriptors,
 * sd_notify, the control socket.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/must.h"
#include "proc/control.h"
#include "proc/leash.h"
#include "proc/limits.h"
#include "proc/locate.h"
#include "proc/options.h"
#include "proc/pacing.h"
#include "proc/pidfile.h"
#include "proc/sdnotify.h"
#include "proc/steer.h"
#include "proc/tables.h"
#include "proc/watch.h"

static char	 dir[64];

static void
make_dir(void)
{
	strcpy(dir, "/tmp/sepia-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_dir(void)
{
	char	 cmd[96];

	snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static const char *
in_dir(const char *name)
{
	static char	 paths[4][128];
	static unsigned	 next;
	char		*p = paths[next++ % 4];

	snprintf(p, sizeof paths[0], "%s/%s", dir, name);
	return p;
}

static void
write_file(const char *path, const char *text)
{
	FILE	*f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static const struct {
	uint64_t	 at, delay;
} deaths[] = {
	/*
	 * Four in ten seconds are replaced at once, from the fifth on it takes longer and longer,
	 * up to five seconds.
	 */
	{ 1000, 0 }, { 1100, 0 }, { 1200, 0 }, { 1300, 0 }, { 1400, 100 }, { 1600, 200 },
	{ 1900, 400 }, { 2400, 800 }, { 3300, 1600 }, { 5000, 3200 }, { 8300, 5000 },
	{ 13400, 5000 },
	/* More than ten seconds of life: as at the first. */
	{ 30000, 0 }, { 30001, 0 }, { 30002, 0 }, { 30003, 0 }, { 30004, 100 },
	/* One death every three seconds is no reason. */
	{ 60000, 0 }, { 63000, 0 }, { 66000, 0 }, { 69000, 0 }, { 72000, 0 }, { 75000, 0 },
};

START_TEST(pacing)
{
	struct pacing	 p = { 0 };

	ck_assert_uint_eq(pacing_due(&p), 0);
	for (size_t i = 0; i < COUNT_OF(deaths); i++) {
		ck_assert_uint_eq(pacing_died(&p, deaths[i].at), deaths[i].delay);
		ck_assert_uint_eq(pacing_due(&p), deaths[i].at + deaths[i].delay);
	}
}
END_TEST

static const struct {
	const char		*args;
	enum options_mode	 mode;
	const char		*signal;
} lines[] = {
	{ "-N", MODE_RUN, NULL }, { "--foreground -YC -d 2", MODE_RUN, NULL },
	{ "-k parse", MODE_PARSE, "parse" }, { "-k reconfigure", MODE_RECONFIGURE, "reconfigure" },
	{ "-k rec", MODE_RECONFIGURE, "reconfigure" }, { "-k shut", MODE_SIGNAL, "shutdown" },
	{ "-k s", MODE_BAD, NULL }, { "-k c", MODE_SIGNAL, "check" },
	{ "-k kill", MODE_SIGNAL, "kill" }, { "-k nonsense", MODE_BAD, NULL },
	{ "-k", MODE_BAD, NULL }, { "-z -N", MODE_PREPARE, NULL }, { "-v", MODE_VERSION, NULL },
	{ "-h", MODE_HELP, NULL }, { "--help", MODE_HELP, NULL },
	{ "-k explain http://a/", MODE_EXPLAIN, "explain" }, { "-k explain", MODE_BAD, NULL },
	{ "-k explain --user u --src ::1 --method PUT http://a/", MODE_EXPLAIN, "explain" },
	{ "--user u", MODE_BAD, NULL }, { "stray", MODE_BAD, NULL }, { "-d x", MODE_BAD, NULL },
	{ "-d 10", MODE_BAD, NULL }, { "-a 3129", MODE_BAD, NULL },
	{ "-s -l local3 -n name -u 0 -D -F -R -S", MODE_RUN, NULL },
	{ "--nonsense", MODE_BAD, NULL },
};

START_TEST(options)
{
	char		 name[] = "sepia", *argv[16] = { name }, text[128];
	struct options	 o;

	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		int	 argc = 1;

		strcpy(text, lines[i].args);
		for (char *w = strtok(text, " "); w != NULL; w = strtok(NULL, " "))
			argv[argc++] = w;
		argv[argc] = NULL;
		optind = 0;
		options_parse(&o, argc, argv);
		ck_assert_msg(o.mode == lines[i].mode, "%s: %d", lines[i].args, (int)o.mode);
		if (lines[i].signal != NULL)
			ck_assert_str_eq(o.signal, lines[i].signal);
	}
}
END_TEST

START_TEST(locating)
{
	struct locate	 l;
	char		 text[512], path[64];

	ck_assert(!locate_read(&l, in_dir("absent")));
	ck_assert(!l.pid_given && !l.run_given && l.pid_filename[0] == '/');
	snprintf(text, sizeof text,
	    "# pid_filename /no\n\tpid_filename  /a.pid # c\nnonsense (((\ninclude \"%s/*.inc\"\nrun_dir /x", dir);
	write_file(in_dir("main"), text);
	write_file(in_dir("1.inc"), "run_dir \"/over there\"\npid_filename /b.pid\r\n");
	snprintf(text, sizeof text, "include %s/2.inc\n", dir);
	write_file(in_dir("2.inc"), text);	/* of itself */
	ck_assert(locate_read(&l, in_dir("main")));
	ck_assert_str_eq(l.pid_filename, "/b.pid");
	ck_assert_str_eq(l.run_dir, "/x");
	ck_assert(l.pid_given && l.run_given);
	ck_assert(locate_control("/r", path, sizeof path));
	ck_assert_str_eq(path, "/r/control");
	ck_assert(!locate_control("/r", path, 5));
}
END_TEST

START_TEST(pid_files)
{
	struct pidfile	 a, b;
	pid_t		 other;
	uid_t		 owner;
	const char	*path = in_dir("pid");
	struct stat	 st;

	ck_assert_int_eq(pidfile_look(path, &other, &owner), PIDFILE_OK);
	ck_assert_int_eq(pidfile_take(&a, path, &other), PIDFILE_OK);
	/* Another description of the same file, as another process has it. */
	ck_assert_int_eq(pidfile_take(&b, path, &other), PIDFILE_RUNNING);
	ck_assert_int_eq(other, getpid());
	ck_assert_int_eq(pidfile_look(path, &other, &owner), PIDFILE_RUNNING);
	ck_assert(other == getpid() && owner == geteuid());
	pidfile_drop(&a);
	ck_assert_int_ne(stat(path, &st), 0);

	write_file(path, "1\n");		/* left behind */
	ck_assert_int_eq(pidfile_look(path, &other, &owner), PIDFILE_OK);
	ck_assert_int_eq(pidfile_take(&a, path, &other), PIDFILE_OK);
	ck_assert_int_eq(pidfile_look(path, &other, &owner), PIDFILE_RUNNING);
	ck_assert_int_eq(other, getpid());

	/* Somebody put another file there: it is not ours to remove. */
	ck_assert_int_eq(unlink(path), 0);
	write_file(path, "5\n");
	pidfile_drop(&a);
	ck_assert_int_eq(stat(path, &st), 0);
	unlink(path);

	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	ck_assert_int_eq(pidfile_take(&a, path, &other), PIDFILE_UNSAFE);
	ck_assert_int_eq(pidfile_look(path, &other, &owner), PIDFILE_UNSAFE);
	unlink(path);
	write_file(in_dir("target"), "");
	ck_assert_int_eq(link(in_dir("target"), path), 0);
	ck_assert_int_eq(pidfile_take(&a, path, &other), PIDFILE_UNSAFE);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(pidfile_take(&a, path, &other), PIDFILE_UNSAFE);
	ck_assert_int_eq(pidfile_take(&a, in_dir("no/such/pid"), &other), PIDFILE_FAILED);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(leash)
{
	int		 a, b, passed, file;
	struct stat	 x, y;

	ck_assert(leash_make(&a, &b));
	ck_assert_int_eq(leash_hear(b, &passed), LEASH_NOTHING);
	ck_assert(leash_say(a, LEASH_DRAIN, -1) && leash_say(a, LEASH_QUIT, -1));
	ck_assert_int_eq(leash_hear(b, &passed), LEASH_DRAIN);
	ck_assert_int_eq(passed, -1);
	ck_assert_int_eq(leash_hear(b, &passed), LEASH_QUIT);
	file = open(in_dir("f"), O_RDWR | O_CREAT, 0600);
	ck_assert(leash_say(a, LEASH_ROTATE, file));
	ck_assert_int_eq(leash_hear(b, &passed), LEASH_ROTATE);
	ck_assert_int_ge(passed, 0);
	ck_assert(fstat(file, &x) == 0 && fstat(passed, &y) == 0 && x.st_ino == y.st_ino);
	ck_assert(fcntl(passed, F_GETFD) & FD_CLOEXEC);
	close(a);
	ck_assert_int_eq(leash_hear(b, &passed), LEASH_GONE);
	ck_assert(!leash_say(b, LEASH_READY, -1));
}
END_TEST

START_TEST(descriptors)
{
	int	 fds[10], keep[4], status;
	pid_t	 pid;

	for (int i = 0; i < 10; i++)
		fds[i] = dup(STDIN_FILENO);
	keep[0] = fds[7];
	keep[1] = -1;
	keep[2] = fds[2];
	keep[3] = fds[7];
	pid = fork();
	if (pid == 0) {
		int	 good = 1;

		limits_close_others(keep, COUNT_OF(keep));
		for (int i = 0; i < 10; i++)
			if ((fcntl(fds[i], F_GETFD) >= 0) != (i == 2 || i == 7))
				good = 0;
		_exit(good ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(limits_descriptors(256), 256);
	ck_assert_uint_ge(limits_descriptors(0), 256);
}
END_TEST

START_TEST(notifying)
{
	struct sockaddr_un	 un = { .sun_family = AF_UNIX };
	char			 text[256];
	ssize_t			 n;
	int			 fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(un.sun_path, in_dir("notify"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
	sdnotify_ready("nobody listens yet");
	setenv("NOTIFY_SOCKET", un.sun_path, 1);
	sdnotify_init();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	sdnotify_ready("Serving");
	n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "READY=1\n"));
	ck_assert_ptr_nonnull(strstr(text, "STATUS=Serving\n"));
	sdnotify_reloading();
	n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "RELOADING=1\nMONOTONIC_USEC="));
	sdnotify_stopping();
	ck_assert_int_gt(recv(fd, text, sizeof text, MSG_DONTWAIT), 0);
	ck_assert_int_lt(recv(fd, text, sizeof text, MSG_DONTWAIT), 0);
}
END_TEST

static void
answer(struct control *c, const char *line)
{
	char	 text[128];

	snprintf(text, sizeof text, "you said %s", line);
	control_say(c, text);
	for (int i = 0; strcmp(line, "much") == 0 && i < 100000; i++)
		control_say(c, "a line of many");
	control_end(c, strcmp(line, "bad") == 0 ? 1 : 0);
}

static int
ask(const char *path, const char *what, long *bytes)
{
	int	 status, out = open(in_dir("out"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	pid_t	 pid = fork();

	if (pid == 0)
		_exit(control_ask(path, what, out) & 0xff);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		watch_due(0);
		watch_round();
	}
	*bytes = lseek(out, 0, SEEK_END);
	close(out);
	return WEXITSTATUS(status);
}

START_TEST(control)
{
	char		 path[128];
	struct stat	 st;
	long		 n;

	strcpy(path, in_dir("control"));
	ck_assert_int_eq(control_ask(path, "x", STDERR_FILENO), -1);
	ck_assert(control_listen(path, answer));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(ask(path, "good", &n), 0);
	ck_assert_int_eq(n, (long)strlen("you said good\n"));
	ck_assert_int_eq(ask(path, "bad", &n), 1);
	ck_assert_int_eq(ask(path, "much", &n), 0);
	ck_assert_int_eq(n, (long)strlen("you said much\n") + 100000L * 15);
	control_close();
	ck_assert_int_ne(stat(path, &st), 0);
	write_file(path, "");
	ck_assert(!control_listen(path, answer));
	ck_assert_int_eq(errno, EEXIST);
}
END_TEST

START_TEST(table_sizes)
{
	ck_assert_uint_eq(tables_slots(1), 64);
	ck_assert_uint_eq(tables_slots(4), 128);
	ck_assert_uint_eq(tables_slots(64), TABLES_SLOTS_MAX);
	ck_assert_uint_eq(tables_slots(UINT64_MAX), TABLES_SLOTS_MAX);
}
END_TEST

/*
 * The kernel takes both programs; a shut socket gets no connection, and its group neighbour does.
 */
START_TEST(steering)
{
	struct sockaddr_in	 a = { .sin_family = AF_INET };
	socklen_t		 n = sizeof a;
	unsigned		 in_second, in_others;
	int			 l[3], one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 3; i++) {
		l[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		setsockopt(l[i], SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
		ck_assert_int_eq(bind(l[i], (struct sockaddr *)&a, sizeof a), 0);
		ck_assert_int_eq(getsockname(l[i], (struct sockaddr *)&a, &n), 0);
		ck_assert_int_eq(listen(l[i], 64), 0);
	}
	ck_assert(steer_to(l[0], 2));
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a,
		    sizeof a), 0);
	ck_assert_uint_eq(steer_waiting(l[2]), 0);
	ck_assert_uint_gt(steer_waiting(l[0]), 0);
	ck_assert_uint_eq(steer_waiting(l[0]) + steer_waiting(l[1]), 40);
	ck_assert(steer_among(l[0], (unsigned[]){ 0, 2 }, 2));
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a,
		    sizeof a), 0);
	ck_assert_uint_gt(steer_waiting(l[2]), 5);
	ck_assert_uint_eq(steer_waiting(l[0]) + steer_waiting(l[1]), 80 - steer_waiting(l[2]));
	in_second = steer_waiting(l[1]);
	ck_assert(steer_among(l[0], (unsigned[]){ 2 }, 1));
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a,
		    sizeof a), 0);
	ck_assert_uint_eq(steer_waiting(l[1]), in_second);
	ck_assert_uint_eq(steer_waiting(l[0]) + steer_waiting(l[1]) + steer_waiting(l[2]), 100);
	in_others = steer_waiting(l[0]) + steer_waiting(l[1]);
	ck_assert(steer_to(l[0], 1));
	ck_assert(steer_shut(l[0]));
	ck_assert_int_eq(connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
	    (struct sockaddr *)&a, sizeof a), -1);
	ck_assert_int_eq(errno, EINPROGRESS);
	ck_assert_uint_eq(steer_waiting(l[0]) + steer_waiting(l[1]), in_others);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("proc");
	TCase	*tc = tcase_create("proc");
	SRunner	*runner;
	int	 failed;

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, pacing);
	tcase_add_test(tc, options);
	tcase_add_test(tc, locating);
	tcase_add_test(tc, pid_files);
	tcase_add_test(tc, leash);
	tcase_add_test(tc, descriptors);
	tcase_add_test(tc, notifying);
	tcase_add_test(tc, control);
	tcase_add_test(tc, table_sizes);
	tcase_add_test(tc, steering);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
