/* SPDX-License-Identifier: Apache-2.0 */
/* See diskroom.h. In the master, at a start, and in `sepia -z`. */
#include "store/diskroom.h"

#include <sys/stat.h>

#include "base/msg.h"
#include "store/dirfile.h"
#include "store/diskio.h"
#include "store/volfile.h"

enum {
	LEAST = 64 << 20,
	SHARE = 4,		/* a quarter is left to others */
	WORTH = 8,		/* growing by less is not worth making the index anew */
};

/* What files that are made, or grow, are going to take of one disk. */
struct claim { dev_t disk; uint64_t bytes; };

static uint64_t
claimed(const struct claim *c, unsigned n, dev_t disk)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += c[i].disk == disk ? c[i].bytes : 0;
	return sum;
}

/* What its files take beyond the `held` bytes that they have. */
static uint64_t
lacking(const struct store_dir *d, uint64_t held)
{
	struct superblock	 b;
	uint64_t		 all;

	volfile_plan(d, &b);
	all = superblock_file_bytes(&b) + superblock_index_bytes(&b);
	return (all > held) ? all - held : 0;
}

/* held: by the store that is there; kept: so much of it stays. */
static void
shrink(struct store_dir *d, uint64_t held, uint64_t kept, uint64_t room)
{
	uint64_t bytes = (held + room) / SHARE * (SHARE - 1);

	if (bytes < kept + kept / WORTH)
		bytes = kept;
	if (bytes < LEAST || bytes >= d->bytes)
		return;
	msg(MSG_WARNING,
	    "cache_dir %s: its disk has no room for %llu MB: it has %llu MB, and more after a start when there is",
	    d->path, (unsigned long long)(d->bytes >> 20), (unsigned long long)(bytes >> 20));
	d->bytes = bytes;
}

/* What its files will take beyond what they have; 0 if there is no room for that. */
static uint64_t
fit(struct store_dir *d, uint64_t room)
{
	uint64_t length, taken, index_length, index_taken, held, more;
	struct superblock b;

	dirfile_measure(d->path, VOLFILE_SEGMENTS, &length, &taken);
	dirfile_measure(d->path, VOLFILE_INDEX, &index_length, &index_taken);
	held = taken + index_taken;
	if (lacking(d, held) > room) {
		volfile_plan(d, &b);
		length = length > b.segments_at ? length - b.segments_at : 0;
		shrink(d, held, length < taken ? length : taken, room);
	}
	more = lacking(d, held);
	return (more <= room) ? more : 0;
}

void
diskroom_fit(struct store_dir *dirs, unsigned n)
{
	struct claim	 claims[STORE_DIRS_MAX];
	struct stat	 st;
	uint64_t	 room, others;

	for (unsigned i = 0; i < n; i++) {
		claims[i] = (struct claim){ 0 };
		if (stat(dirs[i].path, &st) != 0 || diskio->room(dirs[i].path, &room) != 0)
			continue;
		others = claimed(claims, i, st.st_dev);
		claims[i].disk = st.st_dev;
		claims[i].bytes = fit(&dirs[i], room > others ? room - others : 0);
	}
}
