/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Countries and networks from a MaxMind database. The file is mapped, so all processes share its
 * pages; an update must be a new file under the old name (that is how geoipupdate does it), because
 * the mapping sees what is written into it.
 */
#include "match/geo.h"

#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"

#define GEO_TAG		TAG4('G', 'E', 'O', 'D')

struct geo {
	uint32_t	 tag;
	MMDB_s		 db;
};

struct geo *
geo_open(const char *path, char *err, size_t errcap)
{
	struct geo	*g = mem_zero(sizeof(*g));
	int		 rc = MMDB_open(path, MMDB_MODE_MMAP, &g->db);

	if (rc != MMDB_SUCCESS) {
		snprintf(err, errcap, "%s", MMDB_strerror(rc));
		free(g);
		return NULL;
	}
	g->tag = GEO_TAG;
	return g;
}

void
geo_close(struct geo **gp)
{
	struct geo	*g = *gp;

	if (g == NULL)
		return;
	OBJ_OK(g, GEO_TAG);
	MMDB_close(&g->db);
	OBJ_GONE(g);
	free(g);
	*gp = NULL;
}

/* False when the database says nothing, whatever the reason: a broken record is no knowledge. */
static bool
find(const struct geo *g, const struct addr *a, MMDB_entry_s *entry)
{
	struct sockaddr_storage	 ss;
	MMDB_lookup_result_s	 found;
	int			 rc = MMDB_SUCCESS;

	OBJ_OK(g, GEO_TAG);
	addr_to_sock(a, &ss);
	found = MMDB_lookup_sockaddr(&g->db, (const struct sockaddr *)&ss, &rc);
	if (rc != MMDB_SUCCESS || !found.found_entry)
		return false;
	*entry = found.entry;
	return true;
}

static bool
take_code(MMDB_entry_s *entry, const char *where, char dst[3])
{
	const char *const	 path[] = { where, "iso_code", NULL };
	MMDB_entry_data_s	 d;

	if (MMDB_aget_value(entry, &d, path) != MMDB_SUCCESS || !d.has_data ||
	    d.type != MMDB_DATA_TYPE_UTF8_STRING || d.data_size != 2)
		return false;
	for (unsigned i = 0; i < 2; i++) {
		char	 c = d.utf8_string[i];

		if (ascii_lower(c) < 'a' || ascii_lower(c) > 'z')
			return false;
		dst[i] = (char)(c & ~0x20);
	}
	dst[2] = '\0';
	return true;
}

bool
geo_country(const struct geo *g, const struct addr *a, char dst[3])
{
	MMDB_entry_s	 entry;

	/* Where a network is, or else where it is registered (satellites, anycast). */
	return find(g, a, &entry) &&
	    (take_code(&entry, "country", dst) || take_code(&entry, "registered_country", dst));
}

uint32_t
geo_asn(const struct geo *g, const struct addr *a)
{
	static const char *const	 path[] = { "autonomous_system_number", NULL };
	MMDB_entry_s			 entry;
	MMDB_entry_data_s		 d;

	if (!find(g, a, &entry) || MMDB_aget_value(&entry, &d, path) != MMDB_SUCCESS ||
	    !d.has_data || d.type != MMDB_DATA_TYPE_UINT32)
		return 0;
	return d.uint32;
}
