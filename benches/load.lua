-- What wrk sends and counts for benches/load.rs: POST of the bodies in FORMS one after another, each
-- connection with PAUSE milliseconds in the mean before a request, and REST more when it was shed.

local requests, at = {}, 0
local pause, rest, tired = 0, 0, 0

-- Of each thread; wrk runs one.
released, created, shed, other = 0, 0, 0, 0

function init()
  pause, rest = tonumber(os.getenv("PAUSE")), tonumber(os.getenv("REST"))
  math.randomseed(7)
  local headers = { ["content-type"] = "application/json" }
  for n = 0, tonumber(os.getenv("COUNT")) - 1 do
    local file = assert(io.open(os.getenv("FORMS") .. "/" .. n, "rb"))
    requests[n + 1] = wrk.format("POST", wrk.path, headers, file:read("*a"))
    file:close()
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

-- Milliseconds before the next request: any time up to twice the mean, so that they do not march
-- in step.
function delay()
  local mean = pause
  if tired > 0 then
    tired = tired - 1
    mean = rest
  end
  return math.floor(2 * mean * math.random() + math.random())
end

function response(status)
  if status == 200 then released = released + 1
  elseif status == 201 then created = created + 1
  elseif status == 429 or status == 503 then
    shed = shed + 1
    tired = tired + 1
  else other = other + 1 end
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function done(summary, latency)
  local count = function(name) return threads[1]:get(name) end
  local errors = summary.errors
  io.write(string.format("figures %d %d %d %d %d %d %d\n",
    count("released"), count("created"), count("shed"), count("other"),
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
