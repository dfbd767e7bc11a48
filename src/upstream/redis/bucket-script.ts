/**
 * Generic cell rate algorithm, as in src/middleware/rate-limit/bucket-table.ts, by the clock of Redis: a key holds when its bucket
 * would be full again, and goes when it is. Takes up to ARGV[3] tokens, or puts one back for -1; gives how many were taken and how
 * many microseconds' worth are out. The small number is for what division of the two leaves.
 */
export const bucketScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, capacity, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local taken = math.min(wanted, math.floor((capacity - (full - now)) / interval + 0.000001))
if wanted > 0 and taken < 0 then taken = 0 end
full = math.max(full + taken * interval, now)
if taken ~= 0 then
  redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.max(1, math.ceil((full - now) / 1000)))
end
return {taken, string.format('%.0f', full - now)}
`;
