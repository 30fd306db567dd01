# Scripts: layers is a part of make check; the others are for people and CI, from a checkout.
TESTS += scripts/layers
EXTRA_DIST += scripts/layers scripts/check scripts/deps scripts/fuzz scripts/run scripts/gen-man scripts/bench scripts/benchcache.py .ci/run
