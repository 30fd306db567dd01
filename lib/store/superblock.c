/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, judging and writing superblocks. */
#include "store/superblock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/must.h"
#include "store/crc32c.h"
#include "store/diskio.h"
#include "store/record.h"

enum {
	VERSION = 1,
	MEAN_OBJECT = 8192, MEAN_SMALL = 1024, OBJECTS_LEAST = 1000000, INLINE = 65536,
	    CHUNK = 1 << 20,
	SEGMENT_LEAST = 4 << 20, SEGMENT_MOST = 64 << 20, SEGMENTS_WANTED = 128,
	SEGMENTS_MIN = 8, BUCKETS_MIN = 64,
	SMALL_UNIT = 65536,
	DIRECTORY_ENTRY = 64, DIRECTORY_MIN = 880,
};
#define BYTES_MAX	(1ULL << 42)

static const uint8_t	 magic[16] = "sepia store\r\n\x1a\n";

/* Native byte order: a file of the other order has another version number. */
static uint32_t
crc_of(const struct superblock *b)
{
	struct superblock copy = *b;

	copy.crc = 0;
	return crc32c_more(0, &copy, sizeof copy);
}

static uint32_t
segment_for(uint64_t bytes)
{
	uint32_t n = SEGMENT_LEAST;

	while (n < SEGMENT_MOST && bytes / n > SEGMENTS_WANTED)
		n *= 2;
	return n;
}

/* The directory may grow fourfold. */
static uint64_t
segments_at(uint64_t segments, uint32_t segment_bytes)
{
	uint64_t n = (segments * 4 > DIRECTORY_MIN) ? segments * 4 : DIRECTORY_MIN;
	uint64_t unit = (segment_bytes % SUPERBLOCK_LARGE_PAGE == 0) ? SUPERBLOCK_LARGE_PAGE :
	    SMALL_UNIT;

	return (SUPERBLOCK_DIRECTORY + n * DIRECTORY_ENTRY + unit - 1) / unit * unit;
}

/*
 * A small cache_dir is not to be full of index before it is full of bytes: where objects are small,
 * that costs 16 MiB at most.
 */
static uint64_t
objects_for(uint64_t bytes, uint32_t mean)
{
	uint64_t objects = bytes / (mean != 0 ? mean : MEAN_OBJECT), least = bytes / MEAN_SMALL;

	if (least > OBJECTS_LEAST)
		least = OBJECTS_LEAST;
	return (objects > least) ? objects : least;
}

void
superblock_measure(struct superblock *b, const struct store_dir *d)
{
	uint64_t bytes = (d->bytes > BYTES_MAX) ? BYTES_MAX : d->bytes;
	uint64_t most = (b->segments_at - SUPERBLOCK_DIRECTORY) / DIRECTORY_ENTRY;

	b->segments = bytes / b->segment_bytes;
	if (b->segments < SEGMENTS_MIN)
		b->segments = SEGMENTS_MIN;
	if (b->segments > most)
		b->segments = most;
	/* two words for each object, eight to a bucket */
	b->buckets = objects_for(b->segments * b->segment_bytes, d->mean_object) / 4 + 1;
	if (b->buckets < BUCKETS_MIN)
		b->buckets = BUCKETS_MIN;
}

void
superblock_make(struct superblock *b, const struct store_dir *d)
{
	memset(b, 0, sizeof *b);
	memcpy(b->magic, magic, sizeof magic);
	b->version = VERSION;
	MUST(getrandom(b->store_id, sizeof b->store_id, 0) == (ssize_t)sizeof b->store_id);
	b->segment_bytes = (d->segment_bytes != 0) ? d->segment_bytes : segment_for(d->bytes);
	b->inline_bytes = (d->inline_bytes != 0) ? d->inline_bytes : INLINE;
	b->chunk_bytes = (d->chunk_bytes != 0) ? d->chunk_bytes : CHUNK;
	b->segments_at = segments_at(d->bytes / b->segment_bytes, b->segment_bytes);
	superblock_measure(b, d);
}

/* Numbers that a flipped bit must not turn into wild ones, although the checksum has been right. */
static bool
makes_sense(const struct superblock *b)
{
	return b->segment_bytes >= 4096 && b->segment_bytes % 4096 == 0 &&
	    b->segment_bytes <= 1U << 30 && b->segments >= 1 && b->segments <= 1U << 24 &&
	    b->segments_at % 4096 == 0 && b->segments_at <= 1ULL << 30 &&
	    b->segments_at >= SUPERBLOCK_DIRECTORY + b->segments * DIRECTORY_ENTRY &&
	    b->segments <= BYTES_MAX / b->segment_bytes && b->buckets >= 1 &&
	    b->buckets <= BYTES_MAX / 64 && b->chunk_bytes >= 1 &&
	    b->chunk_bytes < b->segment_bytes && b->inline_bytes < b->segment_bytes;
}

enum superblock_got
superblock_read(int fd, uint64_t at, struct superblock *b)
{
	size_t	 got;

	switch (diskio_read(fd, b, sizeof *b, at, false, &got)) {
	case DISKIO_OK:
		break;
	case DISKIO_SHORT:
		if (got < sizeof b->magic)
			return (got == 0 && at == 0) ? SUPERBLOCK_EMPTY : SUPERBLOCK_FOREIGN;
		return (memcmp(b->magic, magic, sizeof magic) == 0) ? SUPERBLOCK_DAMAGED :
		    SUPERBLOCK_FOREIGN;
	case DISKIO_WOULD_BLOCK:
	case DISKIO_ERROR:
		return SUPERBLOCK_UNREADABLE;
	}
	if (memcmp(b->magic, magic, sizeof magic) != 0)
		return SUPERBLOCK_FOREIGN;
	if (b->crc != crc_of(b))
		return SUPERBLOCK_DAMAGED;
	if (b->version != VERSION)
		return SUPERBLOCK_VERSION;
	return makes_sense(b) ? SUPERBLOCK_OURS : SUPERBLOCK_DAMAGED;
}

enum superblock_got
superblock_find(int fd, struct superblock *b)
{
	struct superblock	 second;
	enum superblock_got	 one = superblock_read(fd, 0, b), two;

	if (one == SUPERBLOCK_EMPTY || one == SUPERBLOCK_UNREADABLE)
		return one;
	two = superblock_read(fd, SUPERBLOCK_SECOND, &second);
	if (two == SUPERBLOCK_OURS &&
	    (one != SUPERBLOCK_OURS || second.generation > b->generation)) {
		*b = second;
		return two;
	}
	return (one == SUPERBLOCK_FOREIGN && two != SUPERBLOCK_UNREADABLE) ? two : one;
}

void
superblock_seal(struct superblock *b)
{
	b->crc = crc_of(b);
}

bool
superblock_write(int fd, struct superblock *b)
{
	b->generation++;
	superblock_seal(b);
	return diskio_write(fd, b, sizeof *b, 0) &&
	    diskio_write(fd, b, sizeof *b, SUPERBLOCK_SECOND);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}

void
superblock_boot(uint8_t id[16])
{
	char	 text[64];
	ssize_t	 n;
	int	 fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC), digits = 0;

	memset(id, 0, 16);
	if (fd < 0)
		return;
	n = read(fd, text, sizeof text);
	close(fd);
	for (ssize_t i = 0; i < n && digits < 32; i++) {
		int v = hex_digit(text[i]);

		if (v >= 0) {
			id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | v);
			digits++;
		}
	}
	if (digits != 32)
		memset(id, 0, 16);
}

bool
superblock_same_boot(const struct superblock *b)
{
	static const uint8_t	 none[16];
	uint8_t			 now[16];

	superblock_boot(now);
	return memcmp(now, none, 16) != 0 && memcmp(now, b->boot, 16) == 0;
}
