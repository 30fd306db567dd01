/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of connections by address when the shared table is full: what was not counted there is not
 * counted down there.
 */
#include "core/presence.h"

#include <check.h>
#include <stdlib.h>

#include "core/shared.h"
#include "shm/segment.h"
#include "shm/tally.h"

enum { ENTRIES = 16 };

static struct addr
nr(unsigned n)
{
	return addr_from_v4(0x0a000000 + n, 0);
}

static void
enter(unsigned n)
{
	struct addr	 a = nr(n);

	presence_enter(&a);
}

static void
leave(unsigned n)
{
	struct addr	 a = nr(n);

	presence_leave(&a);
}

static uint64_t
of(unsigned n)
{
	struct addr	 a = nr(n);

	return presence_of(&a);
}

static void
make(void)
{
	shared.slot = 0;
	shared.connections = tally_make(segment_make(tally_size(1, ENTRIES), false), 1, ENTRIES);
}

START_TEST(counted)
{
	enter(1);
	enter(1);
	enter(2);
	ck_assert_uint_eq(of(1), 2);
	ck_assert_uint_eq(of(2), 1);
	leave(1);
	ck_assert_uint_eq(of(1), 1);
	ck_assert_uint_eq(presence_count(), 2);
	leave(1);
	leave(2);
	ck_assert_uint_eq(of(1), 0);
	ck_assert_uint_eq(presence_count(), 0);
}
END_TEST

/*
 * The 17th address comes while the table is full, then a place is free and it comes again: when the
 * first of its connections ends, the second is still counted.
 */
START_TEST(table_full_for_a_while)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		enter(i);
	enter(99);
	enter(99);
	ck_assert_uint_eq(of(99), 2);		/* by this process alone */
	leave(3);
	enter(99);				/* counted for all */
	ck_assert_uint_eq(of(99), 3);
	ck_assert_uint_eq(tally_sum(shared.connections, nr(99).ip), 1);
	leave(99);
	leave(99);
	ck_assert_uint_eq(tally_sum(shared.connections, nr(99).ip), 1);
	ck_assert_uint_eq(of(99), 1);
	leave(99);
	ck_assert_uint_eq(of(99), 0);
	for (unsigned i = 0; i < ENTRIES; i++)
		if (i != 3) {
			ck_assert_uint_eq(of(i), 1);
			leave(i);
		}
	ck_assert_uint_eq(presence_count(), 0);
}
END_TEST

/* Many addresses beyond the table, in and out: every count is right at every moment. */
START_TEST(churn)
{
	unsigned	 here[200] = { 0 }, seed = 1, all = 0;

	for (int i = 0; i < 20000; i++) {
		unsigned	 n;

		seed = seed * 1103515245 + 12345;
		n = seed >> 16 & 127;
		if ((seed >> 8 & 1) != 0 && here[n] > 0) {
			leave(n);
			here[n]--;
			all--;
		} else {
			enter(n);
			here[n]++;
			all++;
		}
		ck_assert_uint_eq(of(n), here[n]);
		ck_assert_uint_eq(presence_count(), all);
	}
	for (unsigned n = 0; n < 200; n++)
		for (; here[n] > 0; here[n]--)
			leave(n);
	for (unsigned n = 0; n < 200; n++)
		ck_assert_uint_eq(of(n), 0);
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("presence");
	TCase	*t = tcase_create("presence");
	SRunner	*r;
	int	 failed;

	tcase_add_checked_fixture(t, make, NULL);
	tcase_add_test(t, counted);
	tcase_add_test(t, table_full_for_a_while);
	tcase_add_test(t, churn);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
