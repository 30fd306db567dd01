# End-to-end tests, run by scripts/check.
EXTRA_DIST += test/e2e
