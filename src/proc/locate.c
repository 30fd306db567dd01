/* SPDX-License-Identifier: Apache-2.0 */
/* A light look into a configuration. In `sepia -k`, and in the master at its start. */
#include "proc/locate.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

enum { DEPTH = 16 };

static struct span
word(struct span *rest)
{
	size_t		 n = 0;
	struct span	 w, s = *rest;

	while (s.n > 0 && (*s.p == ' ' || *s.p == '\t'))
		s = span_at(s.p + 1, s.n - 1);
	while (n < s.n && strchr(" \t\r\n", s.p[n]) == NULL)
		n++;
	w = span_at(s.p, n);
	*rest = span_at(s.p + n, s.n - n);
	return w;
}

static void	 read_file(struct locate *l, const char *path, unsigned depth);

static void
include(struct locate *l, struct span rest, unsigned depth)
{
	char	 pattern[LOCATE_PATH];
	glob_t	 g;

	for (struct span w = word(&rest); w.n > 0; w = word(&rest)) {
		if (w.n >= 2 && *w.p == '"' && w.p[w.n - 1] == '"')
			w = span_at(w.p + 1, w.n - 2);
		span_copy(w, pattern, sizeof pattern);
		if (glob(pattern, 0, NULL, &g) != 0)
			continue;
		for (size_t i = 0; i < g.gl_pathc; i++)
			read_file(l, g.gl_pathv[i], depth + 1);
		globfree(&g);
	}
}

static void
set(char *dst, bool *given, struct span value)
{
	if (value.n >= 2 && *value.p == '"' && value.p[value.n - 1] == '"')
		value = span_at(value.p + 1, value.n - 2);
	if (value.n == 0 || value.n >= LOCATE_PATH)
		return;
	span_copy(value, dst, LOCATE_PATH);
	*given = true;
}

static void
read_line(struct locate *l, struct span line, unsigned depth)
{
	struct span	 rest = line, name = word(&rest);

	if (span_is(name, "pid_filename"))
		set(l->pid_filename, &l->pid_given, word(&rest));
	else if (span_is(name, "run_dir"))
		set(l->run_dir, &l->run_given, word(&rest));
	else if (span_is(name, "include") && depth < DEPTH)
		include(l, rest, depth);
}

static void
read_file(struct locate *l, const char *path, unsigned depth)
{
	FILE	*f = fopen(path, "re");
	char	*line = NULL;
	size_t	 cap = 0;
	ssize_t	 n;

	if (f == NULL)
		return;
	while ((n = getline(&line, &cap, f)) > 0)
		read_line(l, span_at(line, (size_t)n), depth);
	free(line);
	fclose(f);
}

bool
locate_read(struct locate *l, const char *config)
{
	FILE	*f = fopen(config, "re");

	l->pid_given = l->run_given = false;
	span_copy(SPAN(RUNSTATEDIR "/sepia.pid"), l->pid_filename, sizeof l->pid_filename);
	span_copy(SPAN(RUNSTATEDIR "/sepia"), l->run_dir, sizeof l->run_dir);
	if (f == NULL)
		return false;
	fclose(f);
	read_file(l, config, 0);
	return true;
}

static bool
join(const char *dir, const char *name, char *dst, size_t cap)
{
	int	 n = snprintf(dst, cap, "%s/%s", dir, name);

	return n > 0 && (size_t)n < cap;
}

bool
locate_control(const char *run_dir, char *dst, size_t cap)
{
	return join(run_dir, "control", dst, cap);
}

bool
locate_spare_pid(const char *run_dir, char *dst, size_t cap)
{
	return join(run_dir, "sepia.pid", dst, cap);
}
