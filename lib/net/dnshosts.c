/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hosts file of a worker: one read, parsed in place; the table is built anew when the file
 * changes.
 */
#include "net/dnshosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hmap.h"
#include "base/mem.h"
#include "base/msg.h"
#include "net/loop.h"

enum { CHECK_MS = 5000, FILE_MOST = 64 << 20, LINE_ADDRS_MOST = 32 };

struct table {
	struct table	*next;		/* of those to be freed */
	struct hmap	 names;		/* -> dnshosts_name */
	struct hmap	 addrs;		/* 16 bytes -> struct span * */
	struct arena	 arena;
	char		*text;
};

static char		*path;
static bool		 with_v6;
static struct table	*now_used, *old;
static struct stat	 seen;
static uint64_t		 check_ms;
static struct task	 bury;

static void
dispose(struct table *t)
{
	if (t == NULL)
		return;
	hmap_free(&t->names);
	hmap_free(&t->addrs);
	arena_reset(&t->arena);
	free(t->text);
	free(t);
}

/* What was given out in this round of the loop may still be in use: tables go when it is over. */
static void
on_bury(struct task *k)
{
	(void)k;
	while (old != NULL) {
		struct table	*t = old;

		old = t->next;
		dispose(t);
	}
}

/* One address of a name; a full arena (a huge file) leaves the rest out. */
static void
add(struct table *t, struct span name, const struct addr *a)
{
	struct dnshosts_name	*h = hmap_get(&t->names, name);

	if (h == NULL) {
		h = arena_zero(&t->arena, sizeof *h);
		if (h == NULL)
			return;
		hmap_put(&t->names, name, h);
	}
	for (unsigned i = 0; i < h->n; i++)
		if (addr_same_ip(&h->addrs[i], a))
			return;
	if (h->n == h->cap) {
		uint16_t	 cap = h->cap == 0 ? 1 : (uint16_t)(h->cap * 2);
		struct addr	*more = cap > LINE_ADDRS_MOST ? NULL :
		    arena_get(&t->arena, cap * sizeof *more);

		if (more == NULL)
			return;
		if (h->n > 0)
			memcpy(more, h->addrs, h->n * sizeof *more);
		h->addrs = more;
		h->cap = cap;
	}
	h->addrs[h->n++] = *a;
}

static void
add_back(struct table *t, const struct addr *a, struct span name)
{
	struct back { uint8_t ip[16]; struct span name; } *b;

	if (hmap_get(&t->addrs, span_at((const char *)a->ip, 16)) != NULL)
		return;
	b = arena_zero(&t->arena, sizeof *b);
	if (b == NULL)
		return;
	memcpy(b->ip, a->ip, 16);
	b->name = name;
	hmap_put(&t->addrs, span_at((const char *)b->ip, 16), &b->name);
}

static struct span
word(struct span *line)
{
	size_t		 i = 0, from;

	while (i < line->n && strchr(" \t\r", line->p[i]) != NULL)
		i++;
	from = i;
	while (i < line->n && strchr(" \t\r", line->p[i]) == NULL)
		i++;
	struct span w = span_at(line->p + from, i - from);
	*line = span_at(line->p + i, line->n - i);
	return w;
}

static void
take_line(struct table *t, struct span line)
{
	ptrdiff_t	 hash = span_find(line, '#');
	struct span	 w;
	struct addr	 a;
	bool		 first = true;

	if (hash >= 0)
		line.n = (size_t)hash;
	w = word(&line);
	if (span_find(w, '%') >= 0)		/* fe80::1%lo0 */
		w.n = (size_t)span_find(w, '%');
	if (w.n == 0 || !addr_parse(&a, w) || (!with_v6 && !addr_is_v4(&a)))
		return;
	while ((w = word(&line)).n > 0) {
		if (w.p[w.n - 1] == '.' && w.n > 1)
			w.n--;
		if (first)
			add_back(t, &a, w);
		first = false;
		add(t, w, &a);
	}
}

static void
replace(struct table *t)
{
	if (now_used != NULL) {
		now_used->next = old;
		old = now_used;
		task_later(&bury);
	}
	now_used = t;
}

/* The whole file, or NULL with a message. */
static char *
slurp(int fd, size_t size, size_t *got)
{
	char	*p = mem_alloc(size + 1);
	ssize_t	 n;

	for (*got = 0; *got < size; *got += (size_t)n) {
		n = read(fd, p + *got, size - *got);
		if (n == 0)
			break;
		if (n < 0) {
			msg(MSG_WARNING, "cannot read %s: %s", path, strerror(errno));
			free(p);
			return NULL;
		}
	}
	return p;
}

static void
load(void)
{
	struct table	*t;
	struct span	 rest, line;
	size_t		 n;
	int		 fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char		*text;

	if (fd < 0 || fstat(fd, &seen) != 0 || !S_ISREG(seen.st_mode) || seen.st_size > FILE_MOST) {
		msg(MSG_WARNING, "cannot use the hosts file %s: %s", path,
		    fd < 0 ? strerror(errno) : "not a plain file of up to 64 MB");
		text = NULL;
	} else
		text = slurp(fd, (size_t)seen.st_size, &n);
	if (fd >= 0)
		close(fd);
	if (text == NULL) {
		replace(NULL);
		return;
	}
	t = mem_zero(sizeof *t);
	t->text = text;
	hmap_init(&t->names, true);
	hmap_init(&t->addrs, false);
	arena_init(&t->arena, (size_t)FILE_MOST * 4);
	rest = span_at(text, n);
	while (span_cut(&rest, '\n', &line))
		take_line(t, line);
	replace(t);
}

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
refresh(void)
{
	struct stat	 st;

	if (path == NULL || clock_ms() < check_ms)
		return;
	check_ms = clock_ms() + CHECK_MS;
	if (stat(path, &st) != 0) {
		if (now_used != NULL && errno == ENOENT)	/* gone: so are its names */
			replace(NULL);
		seen = (struct stat){ 0 };
	} else if (!same(&st, &seen)) {
		/* so that a file that cannot be read is complained about once */
		seen = st;
		load();
	}
}

void
dnshosts_init(const char *file, bool v6)
{
	path = mem_str(file);
	with_v6 = v6;
	task_init(&bury, on_bury);
	seen = (struct stat){ 0 };
	check_ms = 0;
	refresh();
}

void
dnshosts_free(void)
{
	replace(NULL);
	on_bury(NULL);
	task_drop(&bury);
	free(path);
	path = NULL;
}

struct dnshosts_name *
dnshosts_find(struct span host)
{
	refresh();
	return now_used == NULL ? NULL : hmap_get(&now_used->names, host);
}

bool
dnshosts_find_addr(const struct addr *a, struct span *name)
{
	struct span	*s;

	refresh();
	s = now_used == NULL ? NULL : hmap_get(&now_used->addrs, span_at((const char *)a->ip, 16));
	if (s != NULL)
		*name = *s;
	return s != NULL;
}
