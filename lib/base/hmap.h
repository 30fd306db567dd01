/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash map from byte strings to pointers; open addressing. Keys are borrowed: they live as long as
 * the entry does (usually inside the value).
 */
#ifndef BASE_HMAP_H
#define BASE_HMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct hmap_slot {
	struct span	 key;
	uint64_t	 hash;
	void		*value;		/* NULL: empty; &hmap_tomb: removed */
};

struct hmap {
	struct hmap_slot	*slots;
	size_t			 cap, used, live;	/* used counts removed slots too */
	/* keys are equal whatever their ASCII case */
	bool			 fold;
};

void		 hmap_init(struct hmap *m, bool fold);
void		 hmap_free(struct hmap *m);		/* the table, not the values */

/* NULL when absent. */
void		*hmap_get(const struct hmap *m, struct span key);

/* value is not NULL. Returns what stood there before (its key is replaced too), or NULL. */
void		*hmap_put(struct hmap *m, struct span key, void *value);

/* Returns the removed value or NULL. */
void		*hmap_take(struct hmap *m, struct span key);

/*
 * Iteration in no order: start with *i = 0; NULL at the end. No insertion meanwhile; removal is
 * allowed.
 */
void		*hmap_next(const struct hmap *m, size_t *i, struct span *key);

#endif
