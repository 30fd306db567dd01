/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of lib/net. They run on loopback sockets in one process, client and server on the same
 * loop.
 */
#include "test_net.h"

#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "net/loop.h"

void
net_begin(void)
{
	signal(SIGPIPE, SIG_IGN);
	loop_init();
}

void
net_end(void)
{
	loop_free();
}

unsigned
net_slow(void)
{
	const char	*text = getenv("TEST_SLOW");
	int		 n = text == NULL ? 0 : atoi(text);

	return n > 0 ? (unsigned)n : 1;
}

void
net_until(const int *flag, int n)
{
	uint64_t	 end = clock_exact_us() + 8000000 * (uint64_t)net_slow();

	while (*flag < n) {
		ck_assert_msg(clock_exact_us() < end, "waited too long");
		loop_round(100);
	}
}

void
net_spend(int ms)
{
	uint64_t	 end = clock_exact_us() + (uint64_t)ms * 1000;

	do				/* once at least: under valgrind the time may be up */
		loop_round(4);
	while (clock_exact_us() < end);
}

int
main(void)
{
	SRunner	*r = srunner_create(dns_suite());
	int	 failed;

	srunner_add_suite(r, dnsparts_suite());
	srunner_add_suite(r, dial_suite());
	srunner_add_suite(r, helper_suite());
	srunner_add_suite(r, nearby_suite());
	srunner_add_suite(r, starved_suite());
	srunner_add_suite(r, work_suite());
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
