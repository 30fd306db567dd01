/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of words. Filled in the master, read everywhere. */
#include "acl/wordset.h"

#include <stdlib.h>

#include "base/mem.h"

struct word {
	struct word	*next;		/* another spelling that differs in case */
	uint32_t	 mark;
	size_t		 n;
	char		 text[];
};

void
wordset_init(struct wordset *w)
{
	hmap_init(&w->map, true);
}

void
wordset_free(struct wordset *w)
{
	struct word *word, *next;
	size_t i = 0;

	while ((word = hmap_next(&w->map, &i, NULL)) != NULL) {
		for (; word != NULL; word = next) {
			next = word->next;
			free(word);
		}
	}
	hmap_free(&w->map);
}

void
wordset_add(struct wordset *w, struct span word, uint32_t mark)
{
	struct word *new = mem_alloc(sizeof(*new) + word.n + 1);

	if (wordset_has(w, word, false, NULL)) {
		free(new);
		return;
	}
	new->mark = mark;
	new->n = word.n;
	if (word.n > 0)
		memcpy(new->text, word.p, word.n);
	new->text[word.n] = '\0';
	new->next = hmap_put(&w->map, span_at(new->text, new->n), new);
}

bool
wordset_has(const struct wordset *w, struct span word, bool fold, uint32_t *mark)
{
	const struct word *at = hmap_get(&w->map, word);

	while (at != NULL && !fold && !span_eq(span_at(at->text, at->n), word))
		at = at->next;
	if (at != NULL && mark != NULL)
		*mark = at->mark;
	return at != NULL;
}
