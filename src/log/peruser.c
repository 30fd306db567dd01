/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per-user logs: file names, and a small set of open files of which the least recently used one
 * gives way.
 */
#include "log/peruser.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"
#include "base/must.h"
#include "log/logfile.h"

static bool
plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '.' || c == '_' || c == '@' || c == '-';
}

/* At most PERUSER_STEM bytes of name go in. */
static size_t
encode(struct span name, bool first_too, char to[PERUSER_STEM * 3])
{
	static const char	 digits[] = "0123456789ABCDEF";
	size_t			 n = 0;

	for (size_t i = 0; i < name.n && i < PERUSER_STEM; i++) {
		unsigned char	 c = (unsigned char)name.p[i];

		if (plain(c) && !(i == 0 && (first_too || c == '.'))) {
			to[n++] = (char)c;
			continue;
		}
		to[n++] = '%';
		to[n++] = digits[c >> 4];
		to[n++] = digits[c & 15];
	}
	return n;
}

void
peruser_stem(struct span user, const struct addr *client, struct sb *out)
{
	char		 text[ADDR_TEXT], stem[PERUSER_STEM * 3];
	unsigned char	 sum[SHA256_DIGEST_LENGTH];
	struct addr	 a;
	size_t		 n;

	if (user.n == 0) {
		n = encode(span_of(addr_print(client, text)), false, stem);
		sb_add(out, stem, n);
		return;
	}
	n = encode(user, addr_parse(&a, user), stem);
	if (user.n <= PERUSER_STEM && n <= PERUSER_STEM) {
		sb_add(out, stem, n);
		return;
	}
	sb_add(out, stem, PERUSER_STEM - 33);
	SHA256((const unsigned char *)user.p, user.n, sum);
	sb_char(out, '~');
	for (unsigned i = 0; i < 16; i++) {
		sb_char(out, "0123456789abcdef"[sum[i] >> 4]);
		sb_char(out, "0123456789abcdef"[sum[i] & 15]);
	}
}

/* ".YYYY-MM-DD" of the local time; worked out once a minute. */
static struct span
day(int64_t unix_s)
{
	static int64_t	 minute = -1;
	static char	 text[12];
	time_t		 at = (time_t)unix_s;
	struct tm	 tm;

	if (unix_s / 60 != minute) {
		minute = unix_s / 60;
		localtime_r(&at, &tm);
		if (strftime(text, sizeof text, ".%Y-%m-%d", &tm) != 11)
			memcpy(text, ".9999-12-31", 12);
	}
	return span_at(text, 11);
}

void
peruser_name(struct span user, const struct addr *client, int64_t unix_s, struct sb *out)
{
	peruser_stem(user, client, out);
	sb_span(out, day(unix_s));
}

struct entry {
	char		 name[PERUSER_NAME + 1];
	size_t		 n;
	uint64_t	 used;		/* 0: free */
	struct logfile	 file;
};

struct peruser {
	char		*directory;
	struct entry	*entries;
	unsigned	 n;
	uint64_t	 clock;
	struct entry	*last;		/* records of one user come in rows */
};

struct peruser *
peruser_new(const char *directory, unsigned open_max)
{
	struct peruser	*p = mem_zero(sizeof *p);

	MUST(open_max > 0);
	p->directory = mem_str(directory);
	p->entries = mem_zero(open_max * sizeof *p->entries);
	p->n = open_max;
	return p;
}

static void
drop(struct entry *e)
{
	logfile_close(&e->file);
	e->used = 0;
}

void
peruser_reopen(struct peruser *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->entries[i].used != 0)
			drop(&p->entries[i]);
	p->last = NULL;
}

void
peruser_free(struct peruser **p)
{
	if (*p == NULL)
		return;
	peruser_reopen(*p);
	free((*p)->entries);
	free((*p)->directory);
	free(*p);
	*p = NULL;
}

/* What peruser_name makes; nothing that leaves the directory. */
static bool
sound(struct span name)
{
	if (name.n == 0 || name.n > PERUSER_NAME || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!plain((unsigned char)name.p[i]) && name.p[i] != '%' && name.p[i] != '~')
			return false;
	return true;
}

static bool
open_entry(struct peruser *p, struct entry *e, struct span name)
{
	char	 path[4096];
	int	 n = snprintf(path, sizeof path, "%s/%.*s.log", p->directory, SPAN_ARG(name));

	if (n < 0 || (size_t)n >= sizeof path) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (!logfile_open(&e->file, path)) {
		if (errno != ENOENT || mkdir(p->directory, 0750) != 0 ||
		    !logfile_open(&e->file, path))
			return false;
	}
	memcpy(e->name, name.p, name.n);
	e->n = name.n;
	return true;
}

struct logfile *
peruser_file(struct peruser *p, struct span name)
{
	struct entry	*oldest = &p->entries[0];

	if (!sound(name))
		name = SPAN("%20");
	if (p->last != NULL && span_eq(span_at(p->last->name, p->last->n), name))
		return &p->last->file;
	for (unsigned i = 0; i < p->n; i++) {
		struct entry	*e = &p->entries[i];

		if (e->used != 0 && span_eq(span_at(e->name, e->n), name)) {
			e->used = ++p->clock;
			p->last = e;
			return &e->file;
		}
		if (e->used < oldest->used)
			oldest = e;
	}
	p->last = NULL;
	if (oldest->used != 0)
		drop(oldest);
	if (!open_entry(p, oldest, name))
		return NULL;
	oldest->used = ++p->clock;
	p->last = oldest;
	return &oldest->file;
}
