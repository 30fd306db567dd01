/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a configuration: include with globs (16 deep at most, as Squid), if / elif / else /
 * endif, and the macros ${process_number}, ${process_name}, ${service_name}. What is left goes to
 * loader_line.
 */
#ifndef CONF_READER_H
#define CONF_READER_H

#include "conf/loader.h"

/* Reads a file; that it cannot be read is told at `at` (the line that named it), and false. */
bool	 reader_file(struct loader *l, const char *path, unsigned depth, struct diag_place at);
/* The same with bytes that are there already. */
void	 reader_text(struct loader *l, const char *path, struct span text, unsigned depth);

#endif
