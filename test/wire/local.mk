# The wire tests: python3, run by scripts/check with the path of the program.
EXTRA_DIST += test/wire/run test/wire/wire.py test/wire/confs.py \
	test/wire/cases_requests.py test/wire/cases_smuggling.py test/wire/cases_answers.py test/wire/cases_bodies.py \
	test/wire/cases_forwarding.py test/wire/cases_connections.py test/wire/cases_tunnels.py test/wire/cases_targets.py \
	test/wire/cases_clauses.py test/wire/cases_corners.py test/wire/cases_parents.py test/wire/cases_storms.py
