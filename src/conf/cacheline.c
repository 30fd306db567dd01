/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache_dir in Squid's spellings, all of which mean the one kind of store there is; quick_abort_*;
 * and what several of the cache's directives make together. Says nothing about whether a directory
 * can be used: the store does, when it is opened. Runs in the master.
 */
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/must.h"
#include "cache/cachepolicy.h"
#include "conf/parsers.h"
#include "conf/values.h"
#include "store/store.h"

enum { MB = 1 << 20, MB_LEAST = 32, MB_MOST = 4 << 20 };

static const char	 one_kind[] =
    "all kinds of cache_dir mean the same store: a preallocated file that all workers share";

/* Options of Squid's that are looked at and have no effect, and why. */
static const struct { const char *key, *why; } idle_options[] = {
	{ "block-size", "block-size= has no effect here: an object takes the room that it needs" },
	{ "slot-size", "slot-size= has no effect here: an object takes the room that it needs" },
	{ "swap-timeout",
	    "swap-timeout= has no effect here: a slow disk delays what is on it and nothing else" },
	{ "max-swap-rate",
	    "max-swap-rate= has no effect here: what is written is written in sequence, by the kernel" },
	{ "Q1", "Q1= has no effect here: there is no program between the workers and the store" },
	{ "Q2", "Q2= has no effect here: there is no program between the workers and the store" },
	{ "IOEngine", "IOEngine= has no effect here: there is one way to the disk" },
};

/*
 * Without slashes at the end or in pairs; a relative one begins at the configuration file's
 * directory.
 */
static const char *
directory(struct args *a, struct acl_word w)
{
	char	*path = loader_get(a->l, w.text.n + 1), base[PATH_MAX];
	size_t	 n = 0;
	char	*slash;

	for (size_t i = 0; i < w.text.n; i++)
		if (w.text.p[i] != '/' || n == 0 || path[n - 1] != '/')
			path[n++] = w.text.p[i];
	if (n > 1 && path[n - 1] == '/')
		n--;
	path[n] = '\0';
	if (path[0] == '/')
		return path;
	if (realpath(a->l->s->path, base) == NULL || (slash = strrchr(base, '/')) == NULL) {
		diag_error(a->l->d, w.at, "cache_dir needs a path that begins with '/'");
		return path;
	}
	*slash = '\0';
	diag_note(a->l->d, w.at, "'%s' is taken from the directory of this file: %s/%s", path, base,
	    path);
	return arena_printf(&a->l->s->arena, "%s/%s", base, path).p;
}

static bool
same_directory(const char *a, const char *b)
{
	struct stat	 x, y;

	return strcmp(a, b) == 0 ||
	    (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

/* Bytes, with Squid's -1 for no limit; our largest is what a member takes for one. */
static bool
bytes(struct args *a, struct span v, uint64_t unlimited, uint64_t *out)
{
	if (span_is(v, "-1")) {
		*out = unlimited;
		return true;
	}
	return span_u64(v, INT64_MAX, out) ||
	    args_error(a, "'%.*s' is no number of bytes", SPAN_ARG(v));
}

static bool
idle_option(struct args *a, struct span w)
{
	struct span	 v;

	for (size_t i = 0; i < COUNT_OF(idle_options); i++)
		if (values_key(w, idle_options[i].key, &v)) {
			diag_note(a->l->d, args_peek(a).at, "%s", idle_options[i].why);
			return true;
		}
	return false;
}

static void
options(struct args *a, struct store_dir *d, struct cache_dir_line *line)
{
	for (; args_more(a); args_next(a)) {
		struct span	 w = args_peek(a).text, v;

		if (values_key(w, "min-size", &v))
			line->has_min = bytes(a, v, 0, &d->min_size);
		else if (values_key(w, "max-size", &v))
			line->has_max = bytes(a, v, UINT64_MAX, &d->max_size);
		else if (span_is(w, "no-store") || span_is(w, "read-only"))
			line->no_store = true;
		else if (!idle_option(a, w))
			args_error(a, "'%.*s' is no option of cache_dir", SPAN_ARG(w));
	}
	if (line->has_min && line->has_max && d->min_size > d->max_size)
		diag_error(a->l->d, line->at,
		    "min-size=%llu is above max-size=%llu: no object would fit",
		    (unsigned long long)d->min_size, (unsigned long long)d->max_size);
}

/* MB, and for Squid's directories of files the numbers of those, which there are none of. */
static bool
sizes(struct args *a, bool levels, struct store_dir *d)
{
	struct acl_word	 w = args_next(a);
	uint64_t	 mb, n;

	if (!span_u64(w.text, UINT64_MAX, &mb) || mb == 0 || mb > MB_MOST) {
		diag_error(a->l->d, w.at,
		    "cache_dir needs a size in megabytes behind the directory, from 1 to %d",
		    MB_MOST);
		return false;
	}
	if (mb < MB_LEAST)
		diag_warn(a->l->d, w.at, "a store has at least %d MB: this one is made as large",
		    MB_LEAST);
	d->bytes = (mb < MB_LEAST ? MB_LEAST : mb) * MB;
	for (int i = 0; levels && i < 2 && span_u64(args_peek(a).text, UINT32_MAX, &n); i++)
		args_next(a);
	return true;
}

static bool
known_kind(struct args *a, struct acl_word w, bool *levels)
{
	*levels = span_is(w.text, "ufs") || span_is(w.text, "aufs") || span_is(w.text, "diskd");
	if (*levels || span_is(w.text, "rock") || span_is(w.text, "coss") ||
	    span_is(w.text, "sepia"))
		return true;
	diag_warn(a->l->d, w.at,
	    "there is no kind of cache_dir '%.*s' (ufs, aufs, diskd, rock, sepia): this line has no effect",
	    SPAN_ARG(w.text));
	a->i = a->n;
	return false;
}

/*
 * Squid's null takes no place and stores nothing: a configuration with it means to have no
 * cache_dir.
 */
static bool
null_kind(struct args *a)
{
	if (!args_take(a, "null"))
		return false;
	diag_note(a->l->d, a->at, "cache_dir null is the same as no such line");
	a->i = a->n;
	return true;
}

/* cache_dir KIND DIRECTORY MB [L1 L2] [options] */
void
cacheline_cache_dir(struct args *a)
{
	struct settings		*s = a->l->s;
	struct cache_dir_line	*line;
	struct store_dir	 d = { 0 }, *to;
	struct acl_word		 kind, dir;
	bool			 levels;

	if (null_kind(a))
		return;
	kind = args_next(a);
	dir = args_next(a);
	if (!known_kind(a, kind, &levels))
		return;
	if (dir.text.n == 0) {
		args_error(a, "cache_dir needs a directory");
		return;
	}
	if (!sizes(a, levels, &d))
		return;
	d.path = directory(a, dir);
	for (size_t i = 0; i < s->n_cache_dirs; i++)
		if (same_directory(d.path, s->cache_dirs[i].path)) {
			diag_warn(a->l->d, dir.at,
			    "%s is a cache_dir already, at line %u: it is one, with the size and the options "
			    "of this line", d.path, a->l->cache_dirs[i].at.line);
			line = &a->l->cache_dirs[i];
			*line = (struct cache_dir_line){ .at = a->at };
			options(a, &d, line);
			s->cache_dirs[i] = d;
			return;
		}
	if (s->n_cache_dirs == STORE_DIRS_MAX) {
		diag_error(a->l->d, a->at, "more than %d cache_dir", STORE_DIRS_MAX);
		return;
	}
	if (!span_is(kind.text, "sepia"))
		loader_tell(a->l, a->row, kind.at, TELL_NOTE, one_kind);
	line = LOADER_ADD(a->l, a->l->cache_dirs, a->l->n_cache_dir_lines);
	line->at = a->at;
	options(a, &d, line);
	to = LOADER_ADD(a->l, s->cache_dirs, s->n_cache_dirs);
	*to = d;
}

void
cacheline_quick_abort(struct args *a)
{
	int64_t		*to = (int64_t *)(void *)((char *)a->l->s + a->row->at);
	uint64_t	 v;

	MUST(a->row->at >= 0);
	if (args_more(a) && args_peek(a).text.p[0] == '-') {		/* "-1 KB" */
		args_next(a);
		args_next(a);
		*to = -1;
	} else if (values_size(a, "KB", &v)) {
		*to = v > INT64_MAX ? -1 : (int64_t)v;
	}
	args_end(a);
}

/* The sizes of one line and the general ones become what the store is told. */
static void
resolve(struct loader *l, struct store_dir *d, const struct cache_dir_line *line)
{
	struct settings	*s = l->s;
	uint64_t	 most = line->has_max ? d->max_size : s->maximum_object_size;

	d->mean_object = (uint32_t)s->store_avg_object_size;
	if (!line->has_min)
		d->min_size = s->minimum_object_size;
	if (most != UINT64_MAX && most > d->bytes && !line->no_store)
		diag_warn(l->d, line->at,
		    "%s (%llu bytes) is larger than this cache_dir (%llu bytes)",
		    line->has_max ? "max-size=" : "maximum_object_size", (unsigned long long)most,
		    (unsigned long long)d->bytes);
	d->max_size = most == UINT64_MAX || most > d->bytes ? d->bytes : most;
	if (line->no_store || d->min_size > d->max_size || most == 0) {
		if (!line->no_store)
			diag_warn(l->d, line->at,
			    "nothing new is stored here: no size is at least %llu and at most %llu bytes",
			    (unsigned long long)d->min_size, (unsigned long long)most);
		d->min_size = UINT64_MAX;
	} else if (d->max_size > s->largest_object) {
		s->largest_object = d->max_size;
	}
}

static void
tell_no_store(struct loader *l, const char *name)
{
	size_t	 row = directives_index(directives_find(span_of(name)));

	if (l->seen[row])
		diag_warn(l->d, l->first[row],
		    "there is no cache_dir: nothing is stored, whatever %s says", name);
}

void
cacheline_finish(struct loader *l)
{
	struct settings		*s = l->s;
	struct cachepolicy	*p = loader_get(l, sizeof *p);

	MUST(s->n_cache_dirs == l->n_cache_dir_lines);
	if (s->n_cache_dirs == 0 && s->cache_mem > 0)	/* Squid would keep objects in memory */
		tell_no_store(l, "cache_mem");
	if (s->n_cache_dirs == 0 && s->store_id.program != NULL)
		tell_no_store(l, "store_id_program");
	s->cache_dirs_at = loader_get(l, (s->n_cache_dirs + 1) * sizeof *s->cache_dirs_at);
	for (size_t i = 0; i < s->n_cache_dirs; i++) {
		resolve(l, &s->cache_dirs[i], &l->cache_dirs[i]);
		s->cache_dirs_at[i] = l->cache_dirs[i].at;
	}
	*p = (struct cachepolicy){
		.negative_ttl_s = (int64_t)s->negative_ttl_s,
		.minimum_expiry_s = (int64_t)s->minimum_expiry_time_s,
		.max_stale_s = (int64_t)s->max_stale_s, .offline = s->offline_mode,
		.reload_into_ims = s->reload_into_ims, .refresh_all_ims = s->refresh_all_ims,
		.vary_ignore_expire = s->vary_ignore_expire,
	};
	s->cachepolicy = p;
}
