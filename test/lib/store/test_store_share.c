/* SPDX-License-Identifier: Apache-2.0 */
/* What processes and parts of one process have of each other: who is fetching, followers at home, two writers of one key, bytes that a socket holds. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/must.h"
#include "storetest.h"
#include "store/diskio.h"
#include "store/sendable.h"

static struct store	*s;
static struct diskio	 changed;

static void
begin(void)
{
	s = storetest_open(4);
}

static void
end(void)
{
	diskio = &diskio_system;
	if (s != NULL)
		store_close(&s);
	storetest_clean();
}

/* ---- claims ---- */

START_TEST(growing_is_seen_without_a_claim)
{
	struct store_key	 k = storetest_key(1), other = storetest_key(2);
	struct store_claim	 c;
	struct store_follow	 f, seen;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;
	uint64_t		 length;

	ck_assert(!store_growing(s, &k, &seen));
	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	ck_assert(store_growing(s, &k, &seen) && !store_growing(s, &other, &f));
	ck_assert_int_eq(store_follow_look(s, &seen, false, &length), STORE_ASKED);
	o = store_begin(s, &k, &m, STORE_UNKNOWN, &c, &why);
	ck_assert_int_eq(store_append(o, SPAN("abc")), STORE_STORED);
	ck_assert(store_growing(s, &k, &f));
	ck_assert_int_eq(store_follow_look(s, &seen, false, &length), STORE_GROWING);
	ck_assert_uint_eq(length, 3);
	ck_assert_int_eq(store_follow_look(s, &f, false, &length), STORE_GROWING);
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	ck_assert(!store_growing(s, &k, &f));
	ck_assert_int_eq(store_follow_look(s, &seen, false, &length), STORE_ENDED);
	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	store_slot_died(s, 0);
	ck_assert(!store_growing(s, &k, &f));
}
END_TEST

/* One that is not stored any more: followers learn it at once, and may read what is there; nobody new finds it. */
START_TEST(one_that_stopped)
{
	struct store_key	 k = storetest_key(5);
	struct store_claim	 c;
	struct store_follow	 f, seen;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;
	uint64_t		 length;
	char			 buf[16];
	size_t			 got;

	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	o = store_begin(s, &k, &m, STORE_UNKNOWN, &c, &why);
	ck_assert_int_eq(store_append(o, SPAN("abc")), STORE_STORED);
	ck_assert_int_eq(store_follow_look(s, &f, true, &length), STORE_GROWING);
	store_hide(o);
	ck_assert(!store_growing(s, &k, &seen));
	ck_assert_int_eq(store_follow_look(s, &f, false, &length), STORE_STOPPED);
	ck_assert_uint_eq(length, 3);
	ck_assert_int_eq(store_follow_read(s, &f, 0, buf, sizeof buf, STORE_BLOCK, &got), STORE_HIT);
	ck_assert(got == 3 && memcmp(buf, "abc", 3) == 0);
	store_abort(&o);
	ck_assert_int_eq(store_follow_look(s, &f, false, &length), STORE_ENDED);
	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);	/* the next one in its place has not */
	o = store_begin(s, &k, &m, STORE_UNKNOWN, &c, &why);
	ck_assert_int_eq(store_follow_look(s, &f, false, &length), STORE_GROWING);
	store_abort(&o);
}
END_TEST

/* Attributes changed under way: who follows sees the old ones, who finds it the new ones. */
START_TEST(other_attributes_at_the_end)
{
	struct store_key	 k = storetest_key(6);
	struct store_claim	 c;
	struct store_follow	 f;
	struct store_meta	 m = { .head = SPAN("head"), .attr = SPAN("attr") };
	enum store_put		 why;
	struct store_object	*o;
	struct store_hit	 h;
	static _Alignas(8) char	 buf[STORE_ATTR_MAX + STORE_HEAD_MAX + 4096];
	size_t			 n;
	char			*attr;

	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	o = store_begin(s, &k, &m, 3, &c, &why);
	ck_assert_int_eq(store_append(o, SPAN("abc")), STORE_STORED);
	attr = store_attr(o, &n);
	ck_assert(n == 4 && memcmp(attr, "attr", 4) == 0);
	memcpy(attr, "ATTR", 4);
	ck_assert_int_eq(store_follow_head(s, &f, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(span_eq(h.attr, SPAN("attr")) && span_eq(h.head, SPAN("head")));
	store_release(s, &h);
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(span_eq(h.attr, SPAN("ATTR")) && span_eq(h.head, SPAN("head")) && span_eq(h.body, SPAN("abc")));
	store_release(s, &h);
}
END_TEST

static unsigned	 woken[4];

static void
wake(void *arg, unsigned slot)
{
	(void)arg;
	woken[slot]++;
}

static unsigned
woken_since(unsigned slot)
{
	unsigned n = woken[slot];

	woken[slot] = 0;
	return n;
}

/* A follower in the writer's own process is woken by each change, once for each time that it said it waits. */
START_TEST(followers_at_home_are_woken)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_claim	 c;
	struct store_follow	 f;
	struct store_hit	 h;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;
	uint64_t		 length;
	char			 piece[64];
	size_t			 got;

	store_join(s, 2);
	store_set_wake(s, wake, NULL);
	store_claim(s, &k, &c, &f);
	ck_assert(store_growing(s, &k, &f));
	ck_assert_int_eq(store_follow_look(s, &f, true, &length), STORE_ASKED);
	ck_assert_uint_eq(woken_since(2), 0);
	o = store_begin(s, &k, &m, 6, &c, &why);
	ck_assert_uint_eq(woken_since(2), 1);
	ck_assert_int_eq(store_append(o, SPAN("abc")), STORE_STORED);
	ck_assert_uint_eq(woken_since(2), 0);		/* did not say it waits */
	ck_assert_int_eq(store_follow_look(s, &f, true, &length), STORE_GROWING);
	ck_assert_int_eq(store_follow_head(s, &f, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(span_is(h.head, "head") && h.total == 6);
	store_release(s, &h);
	ck_assert_int_eq(store_append(o, SPAN("def")), STORE_STORED);
	ck_assert_uint_eq(woken_since(2), 1);
	ck_assert_int_eq(store_follow_read(s, &f, 1, piece, sizeof piece, STORE_NOWAIT, &got), STORE_HIT);
	ck_assert(got == 5 && memcmp(piece, "bcdef", 5) == 0);
	store_follow_look(s, &f, true, &length);
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	ck_assert_uint_eq(woken_since(2), 1);
	ck_assert_int_eq(store_follow_look(s, &f, true, &length), STORE_ENDED);
	ck_assert_uint_eq(woken[0] + woken[1] + woken[3], 0);
}
END_TEST

/* An answer that turns out to have variants: who followed the first key is led to the second and reads along there. */
START_TEST(from_the_first_key_to_the_variant)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 first = storetest_key(1), variant = storetest_key(2);
	struct store_claim	 c1, c2;
	struct store_follow	 f1, f2;
	struct store_hit	 h;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;
	uint64_t		 length;

	store_set_wake(s, wake, NULL);
	ck_assert_int_eq(store_claim(s, &first, &c1, &f1), STORE_CLAIMED);
	ck_assert(store_growing(s, &first, &f1));
	store_follow_look(s, &f1, true, &length);
	ck_assert_int_eq(store_claim(s, &variant, &c2, &f2), STORE_CLAIMED);
	o = store_begin(s, &variant, &m, 3, &c2, &why);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(store_put(s, &first, &m, SPAN("")), STORE_STORED);
	woken_since(0);
	store_claim_end(s, &c1);
	ck_assert_uint_eq(woken_since(0), 1);
	ck_assert_int_eq(store_follow_look(s, &f1, true, &length), STORE_ENDED);
	ck_assert_int_eq(store_get(s, &first, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	store_release(s, &h);
	ck_assert(store_growing(s, &variant, &f2));
	ck_assert_int_eq(store_follow_look(s, &f2, true, &length), STORE_GROWING);
	ck_assert_int_eq(store_follow_head(s, &f2, STORE_NOWAIT, buf, sizeof buf, &h), STORE_HIT);
	store_release(s, &h);
	store_append(o, SPAN("abc"));
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
}
END_TEST

START_TEST(a_full_table_of_claims)
{
	struct store_claim	 c[80];
	struct store_follow	 f;
	struct store_key	 k;
	unsigned		 claimed = 0, alone = 0;
	struct store_meta	 m = { .head = SPAN("head") };
	enum store_put		 why;
	struct store_object	*o;

	for (uint64_t n = 0; n < COUNT_OF(c); n++) {		/* storetest_open: 64 for each slot */
		k = storetest_key(n);
		switch (store_claim(s, &k, &c[n], &f)) {
		case STORE_CLAIMED:
			claimed++;
			break;
		case STORE_ALONE:
			alone++;
			break;
		case STORE_FOLLOW:
			ck_abort();
		}
	}
	ck_assert(claimed > 50 && claimed <= 64 && claimed + alone == COUNT_OF(c));
	k = storetest_key(79);
	o = store_begin(s, &k, &m, 3, NULL, &why);		/* unannounced it works all the same */
	store_append(o, SPAN("abc"));
	ck_assert_int_eq(store_commit(&o), STORE_STORED);
	store_slot_died(s, 0);
	k = storetest_key(78);
	ck_assert_int_eq(store_claim(s, &k, &c[0], &f), STORE_CLAIMED);
}
END_TEST

/* ---- two writers ---- */

enum { RACES = 400 };
struct race {
	_Atomic unsigned	 ready, stored[2];
	_Atomic uint64_t	 begun;
};

static void
store_at_once(struct race *r, unsigned who, bool grown)
{
	store_join(s, who + 1);
	for (unsigned n = 0; n < RACES; n++) {
		struct store_key k = storetest_key(n);
		char body[8] = { (char)('a' + who) };
		struct store_meta m = { .head = SPAN("head") };
		enum store_put how;

		r->ready++;
		while (r->ready < 2 * (n + 1))
			sched_yield();
		if (grown) {
			struct store_object *o = store_begin(s, &k, &m, sizeof body, NULL, &how);

			if (o == NULL || store_append(o, span_at(body, sizeof body)) != STORE_STORED || store_commit(&o) != STORE_STORED)
				break;
		} else if (store_put(s, &k, &m, span_at(body, sizeof body)) != STORE_STORED) {
			break;
		}
		r->stored[who]++;
	}
	_exit(0);
}

/* One of them remains, whoever comes later; never both words, of which the older one might show itself when the newer is dropped. */
START_TEST(two_writers_of_one_key)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct race		*r = mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct store_hit	 h;
	pid_t			 pids[2];

	for (unsigned who = 0; who < 2; who++) {
		pids[who] = fork();
		if (pids[who] == 0)
			store_at_once(r, who, _i == 1);
	}
	for (unsigned who = 0; who < 2; who++)
		ck_assert(waitpid(pids[who], NULL, 0) == pids[who]);
	ck_assert(r->stored[0] == RACES && r->stored[1] == RACES);
	ck_assert_uint_eq(store_count(s, 0), RACES);
	for (unsigned n = 0; n < RACES; n++) {
		struct store_key k = storetest_key(n);

		ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
		store_release(s, &h);
	}
	munmap(r, sizeof *r);
}
END_TEST

/* ---- what is in memory ---- */

static int	 asked_pages, cold_page;	/* of one question; which of its pages is not there (-1: all are) */
static bool	 answers;
static off_t	 cold_at;

static int
told_incore(void *at, size_t len, unsigned char *there)
{
	size_t	 n = (len + 4095) / 4096;

	(void)at;
	if (!answers) {
		errno = ENOSYS;
		return -1;
	}
	asked_pages = (int)n;
	for (size_t i = 0; i < n; i++)
		there[i] = cold_page != (int)i;
	return 0;
}

static ssize_t
cold_read(int fd, const struct iovec *v, int n, off_t at, int flags)
{
	if ((flags & RWF_NOWAIT) && cold_at >= at && cold_at < at + (off_t)v->iov_len) {
		errno = EAGAIN;
		return -1;
	}
	return preadv2(fd, v, n, at, flags);
}

/* What does not answer, or not truly, is not believed. */
static void
judge_by_reading(const struct store_extent *e)
{
	cold_at = -1;
	ck_assert(store_resident(s, e, 4096, UINT64_MAX));
	cold_at = (off_t)e->at + 10000;
	ck_assert(!store_resident(s, e, 4096, UINT64_MAX));
	ck_assert(store_resident(s, e, 4096, 10000) && !store_resident(s, e, 4096, 10001));
}

START_TEST(resident_by_every_way)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct store_extent	 e;

	ck_assert_int_eq(storetest_put(s, 1, 1, 20480), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert_int_eq(store_extent(s, &h, 4096, STORE_BLOCK, &e), STORE_HIT);
	ck_assert(store_resident(s, &e, 4096, UINT64_MAX) && store_resident(s, &e, 5000, 100) && store_resident(s, &e, 20480, 0));
	changed = diskio_system;
	changed.incore = told_incore;
	changed.readv = cold_read;
	diskio = &changed;
	answers = true;
	cold_at = (off_t)e.at;					/* nothing is read where the system answers */
	cold_page = -1;
	ck_assert(store_resident(s, &e, 4096, UINT64_MAX));
	ck_assert_int_eq(asked_pages, (int)((e.at + e.len + 4095) / 4096 - e.at / 4096));
	cold_page = asked_pages - 1;
	ck_assert(!store_resident(s, &e, 4096, UINT64_MAX) && store_resident(s, &e, 4096, 4096 - e.at % 4096));
	cold_page = 0;
	ck_assert(!store_resident(s, &e, 4096, 1));
	answers = false;
	judge_by_reading(&e);
	store_extent_done(s, &e);
	store_release(s, &h);
}
END_TEST

/* All pages are said to be there, even one behind the file's end: so answers a kernel that does not let this process know. */
START_TEST(who_says_yes_to_everything_is_not_believed)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct store_extent	 e;

	changed = diskio_system;
	changed.incore = told_incore;
	changed.readv = cold_read;
	diskio = &changed;
	answers = true;
	cold_page = -1;
	ck_assert_int_eq(storetest_put(s, 1, 1, 20480), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert_int_eq(store_extent(s, &h, 4096, STORE_BLOCK, &e), STORE_HIT);
	judge_by_reading(&e);
	store_extent_done(s, &e);
	store_release(s, &h);
}
END_TEST

START_TEST(evicted_is_not_resident)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct statfs		 fs;
	int			 fd;

	if (statfs(storetest_dir(), &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		return;			/* nothing is ever evicted there but to swap */
	ck_assert_int_eq(storetest_put(s, 1, 1, 4000), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	fd = open(storetest_path("sepia-segments"), O_RDWR);
	ck_assert(fdatasync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	close(fd);
	ck_assert(!store_resident(s, &h.extent, 0, 4000));
	store_release(s, &h);
}
END_TEST

/* ---- bytes that a socket holds ---- */

enum { SENT = 300000 };

static int
no_wipe(int fd, off_t at, off_t len)
{
	(void)fd;
	(void)at;
	(void)len;
	return 0;
}

static void
connect_pair(int ends[2])
{
	struct sockaddr_in	 a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		 n = sizeof a;
	int			 l = socket(AF_INET, SOCK_STREAM, 0), big = 8 << 20;

	setsockopt(l, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
	ck_assert(bind(l, (struct sockaddr *)&a, sizeof a) == 0 && listen(l, 1) == 0 && getsockname(l, (struct sockaddr *)&a, &n) == 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &big, sizeof big);
	ck_assert_int_eq(connect(ends[0], (struct sockaddr *)&a, sizeof a), 0);
	ends[1] = accept(l, NULL, NULL);
	ck_assert(ends[1] >= 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	close(l);
}

static struct store *
open_large(void)
{
	struct store_dir d = { .path = storetest_dir(), .bytes = 16 << 20, .segment_bytes = 2 << 20, .inline_bytes = 65536, .chunk_bytes = 1 << 19 };

	clock_tick();
	return store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 2 });
}

/* Until other bytes stand where the extent was. */
static void
overwrite(const struct store_extent *e)
{
	char	 now[64], then[64];
	int	 fd = open(storetest_path("sepia-segments"), O_RDONLY);

	storetest_fill(then, 1, 1, e->pos, sizeof then);
	for (uint64_t n = 100; n < 400; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, 400000), STORE_STORED);
		storetest_keep(s, 1);
	}
	ck_assert(pread(fd, now, sizeof now, (off_t)e->at) == (ssize_t)sizeof now && memcmp(now, then, sizeof now) != 0);
	close(fd);
}

static size_t
wrong_bytes(int from, uint64_t pos, size_t n)
{
	char	*all = malloc(n);
	size_t	 got = 0, wrong = 0;
	ssize_t	 r;

	while (got < n && (r = read(from, all + got, n - got)) > 0)
		got += (size_t)r;
	ck_assert_uint_eq(got, n);
	for (size_t i = 0; i < n; i++)
		wrong += (uint8_t)all[i] != storetest_byte(1, 1, pos + i);
	free(all);
	return wrong;
}

/*
 * The pin is given back while the peer has not read; the segment is reclaimed and other bodies take its place: what the peer then reads is what was
 * sent. _i 1: the same where wiping does nothing: there the store says that it is not sendable, and it is right.
 */
START_TEST(what_a_socket_holds_stays)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;
	struct store_extent	 e, was;
	int			 ends[2];
	off_t			 at;
	ssize_t			 n;
	size_t			 wrong;

	changed = diskio_system;
	changed.zero = no_wipe;
	if (_i == 1)
		diskio = &changed;
	s = open_large();
	if (_i == 0 && !sendable_probe(storetest_dir()))
		return;			/* a file system that cannot: said so, nothing to send */
	connect_pair(ends);
	ck_assert_int_eq(storetest_put(s, 1, 1, 65536 + SENT), STORE_STORED);
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, 4096, &h), STORE_HIT);
	ck_assert_int_eq(store_extent(s, &h, 65536, STORE_BLOCK, &e), STORE_HIT);
	ck_assert_int_eq(e.sendable, _i == 0);
	was = e;
	at = (off_t)e.at;
	n = sendfile(ends[0], e.fd, &at, e.len);
	ck_assert(n > 100000);
	store_extent_done(s, &e);
	store_release(s, &h);
	overwrite(&was);
	wrong = wrong_bytes(ends[1], was.pos, (size_t)n);
	ck_assert((_i == 0) ? wrong == 0 : wrong > 1000);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(segments_that_may_share_a_page_are_not_sendable)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(1);
	struct store_hit	 h;

	ck_assert(!sendable_probe(storetest_path("nowhere")));
	storetest_put(s, 1, 1, 100);			/* 64 KiB segments */
	ck_assert_int_eq(store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h), STORE_HIT);
	ck_assert(!h.extent.sendable);
	store_release(s, &h);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("store, shared");
	TCase	*t = tcase_create("claims"), *o = tcase_create("sockets");
	SRunner	*r;
	int	 failed;

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 60);
	tcase_set_timeout(o, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, growing_is_seen_without_a_claim);
	tcase_add_test(t, one_that_stopped);
	tcase_add_test(t, other_attributes_at_the_end);
	tcase_add_test(t, followers_at_home_are_woken);
	tcase_add_test(t, from_the_first_key_to_the_variant);
	tcase_add_test(t, a_full_table_of_claims);
	tcase_add_loop_test(t, two_writers_of_one_key, 0, 2);
	tcase_add_test(t, resident_by_every_way);
	tcase_add_test(t, who_says_yes_to_everything_is_not_believed);
	tcase_add_test(t, evicted_is_not_resident);
	tcase_add_test(t, segments_that_may_share_a_page_are_not_sendable);
	tcase_add_checked_fixture(o, NULL, end);
	tcase_add_loop_test(o, what_a_socket_holds_stays, 0, 2);
	suite_add_tcase(suite, t);
	suite_add_tcase(suite, o);
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0) ? 0 : 1;
}
