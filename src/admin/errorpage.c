/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The administrator's own pages. Reading and checking them runs in the master while the settings
 * are compiled; finding them, in a worker.
 */
#include "admin/errorpage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hmap.h"
#include "base/mem.h"
#include "base/must.h"
#include "core/why.h"

enum { PAGES_TAG = TAG4('E', 'P', 'G', 'S') };

struct page {
	struct page	*next;
	char		*name, *text;
	size_t		 n;
};

struct errorpages {
	uint32_t	 tag;
	struct hmap	 by_name;
	struct page	*all;
	int64_t		 loaded_s;
};

bool
errorpage_is_url(const char *what)
{
	return strchr(what, ':') != NULL && what[0] != '/';
}

static struct errorpages *
pages_of(const struct settings *s)
{
	struct errorpages	*p = s->extra[EXTRA_ERROR_PAGES];

	if (p != NULL)
		OBJ_OK(p, PAGES_TAG);
	return p;
}

/* Reads a whole file into malloc'd memory; NULL with errno. */
static char *
slurp(const char *path, size_t *n)
{
	struct stat	 st;
	char		*text = NULL;
	ssize_t		 got;
	int		 fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > ERRORPAGE_FILE_MAX) {
		errno = EFBIG;
		goto out;
	}
	text = mem_alloc((size_t)st.st_size + 1);
	for (*n = 0; *n < (size_t)st.st_size; *n += (size_t)got) {
		got = read(fd, text + *n, (size_t)st.st_size - *n);
		if (got <= 0)
			break;
	}
	text[*n] = '\0';
out:
	close(fd);
	return text;
}

static const char	 known_codes[] = "aAbBcdDeEfFgGhHiIlLmMnoOpPrRsStTuUwWxXzZ%";

/* Codes that are not Squid's are left as they stand, with a warning. */
static void
check_codes(struct span text, struct diag_place at, struct diag *d)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.p[i] != '%')
			continue;
		i++;
		if (text.p[i] != '\0' && strchr(known_codes, text.p[i]) == NULL &&
		    ((text.p[i] | 0x20) >= 'a' && (text.p[i] | 0x20) <= 'z')) {
			diag_warn(d, at, "%%%c is no code of error pages", text.p[i]);
			return;
		}
	}
}

/* True: there is such a page now. Missing is no mistake unless `must`. */
static bool
read_page(struct errorpages *p, const char *dir, const char *name, bool must, struct diag_place at,
    struct diag *d)
{
	struct page	*page;
	char		*path = NULL, *text;
	size_t		 n = 0;

	if (hmap_get(&p->by_name, span_of(name)) != NULL)
		return true;
	if (name[0] == '/')
		path = mem_str(name);
	else if (dir != NULL && asprintf(&path, "%s/%s", dir, name) < 0)
		NEVER("out of memory");
	if (path == NULL) {
		if (must)
			diag_warn(d, at,
			    "the page %s is looked for in error_directory, which is not set: the built-in page is used", name);
		return false;
	}
	text = slurp(path, &n);
	if (text == NULL && (must || errno != ENOENT))
		diag_warn(d, at, "%s: %s: the built-in page is used", path, errno == EFBIG ?
		    "not a file of at most 1 MB" : strerror(errno));
	if (text != NULL) {
		page = mem_alloc(sizeof *page);
		*page = (struct page){ p->all, mem_str(name), text, n };
		p->all = page;
		hmap_put(&p->by_name, span_of(page->name), page);
		check_codes(span_at(text, n), (struct diag_place){ path, 0, 0 }, d);
	}
	free(path);
	return text != NULL;
}

static bool
is_known(const char *name)
{
	for (unsigned w = 0; w < WHY_COUNT; w++) {
		const char	*page = why_row((enum why)w)->page;

		if (page != NULL && strcmp(page, name) == 0)
			return true;
	}
	return false;
}

static bool
check_url(const struct deny_info *di, struct diag *d)
{
	if (di->status != 0 && di->status != 301 && di->status != 302 && di->status != 303 &&
	    di->status != 307 && di->status != 308) {
		diag_error(d, di->at,
		    "deny_info: %u is no status for a redirect (301, 302, 303, 307, 308)",
		    di->status);
		return false;
	}
	for (const char *c = di->what; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f) {
			diag_error(d, di->at,
			    "deny_info: the URL has white space or control characters in it");
			return false;
		}
	check_codes(span_of(di->what), di->at, d);
	return true;
}

static bool
check_deny_info(struct errorpages *p, const struct settings *s, const struct deny_info *di,
    struct diag *d)
{
	if (strcmp(di->what, "TCP_RESET") == 0) {
		if (di->status != 0)
			diag_warn(d, di->at, "deny_info: TCP_RESET sends no status");
		return true;
	}
	if (errorpage_is_url(di->what))
		return check_url(di, d);
	if (di->status != 0 && ((di->status >= 300 && di->status < 400) || di->status < 200 ||
	    di->status > 599)) {
		diag_error(d, di->at,
		    "deny_info: %u is no status for a page (200 to 299, 400 to 599)", di->status);
		return false;
	}
	read_page(p, s->error_directory, di->what, !is_known(di->what), di->at, d);
	return true;
}

static void
read_known(struct errorpages *p, const struct settings *s, struct diag *d)
{
	struct diag_place	 at = { s->path, 0, 0 };
	unsigned		 found = 0;

	for (unsigned w = 0; w < WHY_COUNT; w++) {
		const char	*name = why_row((enum why)w)->page;

		if (name != NULL)
			found += read_page(p, s->error_directory, name, false, at, d);
	}
	if (found == 0)
		diag_warn(d, at,
		    "error_directory %s has none of the pages: the built-in ones are used",
		    s->error_directory);
}

bool
errorpage_load(struct settings *s, struct diag *d)
{
	struct errorpages	*p = mem_zero(sizeof *p);
	struct diag_place	 at = { s->path, 0, 0 };
	bool			 ok = true;

	MUST(s->extra[EXTRA_ERROR_PAGES] == NULL);
	p->tag = PAGES_TAG;
	hmap_init(&p->by_name, false);
	clock_tick();
	p->loaded_s = clock_wall_s();
	s->extra[EXTRA_ERROR_PAGES] = p;
	if (s->error_directory != NULL)
		read_known(p, s, d);
	if (s->err_page_stylesheet != NULL)
		read_page(p, NULL, s->err_page_stylesheet, false, at, d);
	for (size_t i = 0; i < s->n_deny_info; i++)
		ok &= check_deny_info(p, s, &s->deny_info[i], d);
	return ok;
}

void
errorpage_free(struct settings *s)
{
	struct errorpages	*p = pages_of(s);

	s->extra[EXTRA_ERROR_PAGES] = NULL;
	if (p == NULL)
		return;
	OBJ_GONE(p);
	while (p->all != NULL) {
		struct page	*page = p->all;

		p->all = page->next;
		free(page->name);
		free(page->text);
		free(page);
	}
	hmap_free(&p->by_name);
	free(p);
}

struct span
errorpage_find(const struct settings *s, const char *name)
{
	struct errorpages	*p = pages_of(s);
	struct page		*page = p == NULL ? NULL : hmap_get(&p->by_name, span_of(name));

	return page == NULL ? SPAN_NONE : span_at(page->text, page->n);
}

int64_t
errorpage_loaded(const struct settings *s)
{
	struct errorpages	*p = pages_of(s);

	return p == NULL ? clock_wall_s() : p->loaded_s;
}
