/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of lib/net. They run on loopback sockets in one process, client and server on the same
 * loop.
 */
#include "test_net.h"

#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "chances.h"
#include "net/loop.h"

void
net_begin(void)
{
	chances_begin();
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
	uint64_t	 end = clock_exact_us() + 60000000 * (uint64_t)net_slow();

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
	static Suite	*(*const suites[])(void) = { dns_suite, dnsparts_suite, dial_suite,
	    helper_suite, nearby_suite, starved_suite, work_suite };
	bool		 good = true;

	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
		good = chances_run(suites[i]) && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
