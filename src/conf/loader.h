/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of src/conf share while one configuration is loaded: the settings in the making,
 * the line being read, its words. Runs in the master (and in -k parse, explain, tests); nothing
 * of it outlives conf_load.
 */
#ifndef CONF_LOADER_H
#define CONF_LOADER_H

#include "acl/rules.h"
#include "conf/directives.h"
#include "conf/lexer.h"
#include "core/settings.h"

/* What parsers keep of lines for later ones. */
struct cache_dir_line {
	struct diag_place	 at;
	bool			 has_min, has_max, no_store;
};
struct refreshline_seen {
	struct acl_word		 word;
	bool			 fold;
};

struct loader {
	struct settings		*s;
	struct diag		*d;
	bool			 quoted_values;	/* configuration_includes_quoted_values */
	bool			 warned_number;	/* ${process_number} was met */
	bool			 defaults;	/* default texts are being parsed, not the file */
	bool			*seen;		/* rows of the table that a line used */
	bool			*told;		/* rows whose notice was given */
	struct diag_place	*first;		/* where a row was used first */
	/* port lines that are accepted but not opened, and the first of them */
	unsigned		 closed_ports;
	/* auth_param */
	/* a scheme that is not available here was configured */
	bool			 auth_other;
	struct diag_place	 basic_at;	/* file NULL: no line */
	/* proxy auto-configuration */
	struct acl_word		*pac_proxies, *pac_direct;
	size_t			 n_pac_proxies, n_pac_direct;
	struct acl_word		 pac_failover;
	/* the cache */
	struct cache_dir_line	*cache_dirs;		/* one for each of the settings' */
	size_t			 n_cache_dir_lines;
	struct refreshline_seen	*patterns;		/* of refresh_pattern */
	size_t			 n_patterns;
	/* services that filter content, and the lines that would send traffic to them */
	bool			 icap_on, ecap_on, log_common, service_essential;
	struct diag_place	 terminate_at, bump_at;
	struct diag_place	 adaptation_at;
	/* the words of the current line */
	struct acl_word		*words;
	size_t			*starts;
	size_t			 n_words, cap_words, cap_starts;
};

/*
 * One directive's line, given to its parser. `w` are the words after the name (see the row's
 * mode), i the next one to be read.
 */
struct args {
	struct loader		*l;
	const struct directive	*row;
	struct span		 name;		/* as written */
	struct lexer_line	*line;
	struct diag_place	 at;		/* of the name */
	const struct acl_word	*w;
	size_t			 n, i;
	unsigned		 errors;	/* told before this line */
};

/* The next word, or {NULL,0} with a place behind the last one. */
struct acl_word	 args_next(struct args *a);
struct acl_word	 args_peek(const struct args *a);
bool		 args_more(const struct args *a);
/* Takes the next word if it is this one. */
bool		 args_take(struct args *a, const char *word);
/* The rest of the line from the next word on, as lexer_rest takes it. */
struct span	 args_rest(struct args *a);
/* The words that are left, as a list. */
const struct acl_word *args_list(struct args *a, size_t *n);
/* An error or warning at the next word. args_error is always false. */
bool		 args_error(const struct args *a, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
void		 args_warn(const struct args *a, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* Words that nobody asked for: a warning, unless the line is wrong anyhow. */
void		 args_end(struct args *a);

/* The mode in which a row's words are read now. */
enum lexer_mode	 loader_mode(const struct loader *l, enum lexer_mode usual);
/* Memory and texts that live as long as the settings; zeroed. */
void		*loader_get(struct loader *l, size_t n);
const char	*loader_str(struct loader *l, struct span s);
/* A zeroed element at the end of an array that lives as long as the settings; *array may move. */
void		*loader_more(struct loader *l, void **array, size_t *n, size_t each);
#define LOADER_ADD(l, array, n)	loader_more((l), (void **)&(array), &(n), sizeof *(array))

/* One line, name included. */
void		 loader_line(struct loader *l, struct lexer_line *line);
/* Lines that are not in a file: defaults; `from` is what their diagnostics name. */
void		 loader_text(struct loader *l, const char *from, struct span text);
/* A notice about a row, once in a load. */
void		 loader_tell(struct loader *l, const struct directive *row, struct diag_place at,
    enum directive_level level, const char *text);
/* Appends the words of a file, one a line as Squid has it; false after an error told. */
bool		 loader_file_words(struct loader *l, struct span name, struct diag_place at);
void		 loader_add_word(struct loader *l, struct span text, struct diag_place at,
		    size_t start);

/* Reads a whole file into malloc'd memory; NULL after setting errno. */
char		*loader_slurp(const char *path, size_t *n);

#endif
