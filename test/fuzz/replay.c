/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main() of a fuzz target where there is no fuzzer: every seed once, so that make check knows that
 * what was found stays mended. The seeds are the files given as arguments, else those in
 * $srcdir/test/fuzz/seeds/NAME for a program fuzz_NAME. Each is handed over in memory of exactly
 * its size, so that a sanitizer sees a read beyond it.
 */
#include <dirent.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay(const char *path)
{
	FILE	*f = fopen(path, "rb");
	long	 size;
	uint8_t	*data;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0) {
		perror(path);
		exit(1);
	}
	rewind(f);
	data = malloc(size > 0 ? (size_t)size : 1);
	if (data == NULL || fread(data, 1, (size_t)size, f) != (size_t)size) {
		perror(path);
		exit(1);
	}
	fclose(f);
	fprintf(stderr, "%s\n", path);		/* the last one named is the one that failed */
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

static int
is_seed(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int
replay_folder(const char *program)
{
	const char	*top = getenv("srcdir"), *name = strrchr(program, '/');
	struct dirent	**list;
	char		 folder[4096], path[8192];
	int		 n;

	name = name == NULL ? program : name + 1;
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	snprintf(folder, sizeof folder, "%s/test/fuzz/seeds/%s", top == NULL ? "." : top, name);
	n = scandir(folder, &list, is_seed, alphasort);
	if (n <= 0) {
		fprintf(stderr, "%s: no seeds\n", folder);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
		replay(path);
		free(list[i]);
	}
	free(list);
	printf("%d seeds\n", n);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return replay_folder(argv[0]);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%d seeds\n", argc - 1);
	return 0;
}
