-- SPDX-License-Identifier: Apache-2.0
-- wrk as a proxy's client: absolute-form targets, Host set to the origin's authority (RFC 9112, 3.2.2).
--	wrk ... -s target.lua http://PROXY -- http://ORIGIN/path [HOSTS]
-- With HOSTS, each request names another of so many host names: h1.bench.test, h2.bench.test, ... instead of the URL's host.
-- Prints one line: done=N seconds=S errors=E bytes=B
local requests, turn = nil, 0

function init(args)
	local url, hosts = args[1], tonumber(args[2] or "0")
	local authority, path = url:match("^http://([^/]+)(/.*)$")
	local port = authority:match(":%d+$") or ""
	if hosts == 0 then
		wrk.headers["Host"] = authority
		request = nil
		wrk.path = url
		return
	end
	requests = {}
	for i = 1, hosts do
		local a = "h" .. i .. ".bench.test" .. port
		wrk.headers["Host"] = a
		requests[i] = wrk.format("GET", "http://" .. a .. path)
	end
	request = function()
		turn = turn % #requests + 1
		return requests[turn]
	end
end

function done(summary, latency, all)
	local e = summary.errors
	print(string.format("done=%d seconds=%.3f errors=%d bytes=%d", summary.requests, summary.duration / 1e6,
	    e.connect + e.read + e.write + e.status + e.timeout, summary.bytes))
end
