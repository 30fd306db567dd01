# Scenarios for varnishtest, run by scripts/check: one behaviour a file.
EXTRA_DIST += test/scenario
