-- SPDX-License-Identifier: Apache-2.0
-- wrk as a proxy's client: absolute-form targets, Host set to the origin's authority (RFC 9112, 3.2.2).
--	wrk ... -s target.lua http://PROXY -- http://ORIGIN/path [HOSTS [FIRST COUNT]]
-- With HOSTS, each request names another of so many host names: h1.bench.test, h2.bench.test, ... instead of the URL's host.
-- With COUNT, %d in the path is a number from FIRST on, another one for each request, COUNT of them in turn; COUNT 0: never one again.
-- Prints one line: done=N seconds=S errors=E bytes=B
local requests, turn = nil, 0

local function of_hosts(port, path, hosts)
	requests = {}
	for i = 1, hosts do
		local a = "h" .. i .. ".bench.test" .. port
		wrk.headers["Host"] = a
		requests[i] = wrk.format("GET", "http://" .. a .. path)
	end
end

local function of_numbers(url, first, count)
	requests = {}
	for i = 1, count do
		requests[i] = wrk.format("GET", url:format(first + i - 1))
	end
end

function init(args)
	local url, hosts = args[1], tonumber(args[2] or "0")
	local first, count = tonumber(args[3] or "0"), tonumber(args[4] or "-1")
	local authority, path = url:match("^http://([^/]+)(/.*)$")
	wrk.headers["Host"] = authority
	if count == 0 then
		request = function()
			turn = turn + 1
			return wrk.format("GET", url:format(first + turn - 1))
		end
		return
	elseif hosts == 0 and count < 0 then
		request = nil
		wrk.path = url
		return
	elseif hosts > 0 then
		of_hosts(authority:match(":%d+$") or "", path, hosts)
	else
		of_numbers(url, first, count)
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
