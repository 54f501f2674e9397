-- Copies what passes into dynamic metadata, from which the access log makes a record. It holds nothing back:
-- chunks are looked at as they pass. `SETTINGS` is written above this by `script.py`.
local ffi = require("ffi")
local bit = require("bit")
local band, bor, bxor, lshift, rshift, tobit = bit.band, bit.bor, bit.bxor, bit.lshift, bit.rshift, bit.tobit

-- Namespaces of their own: reading the decision must not copy the request.
local NAMESPACE, INPUT, OUTPUT = "model_monitor", "model_monitor.input", "model_monitor.output"

-- Jenkins' one-at-a-time hash: short, without multiplications that would leave a double's exact range, and
-- even in all its bits also for ids that only count up. Returns a number in [0, 2^32).
local function hash(text)
  local bytes = ffi.cast("const uint8_t *", text)
  local h = 0
  for i = 0, #text - 1 do
    h = tobit(h + bytes[i])
    h = tobit(h + lshift(h, 10))
    h = bxor(h, rshift(h, 6))
  end
  h = tobit(h + lshift(h, 3))
  h = bxor(h, rshift(h, 11))
  h = tobit(h + lshift(h, 15))
  return h % 4294967296
end

local function continues(bytes, first, last)
  for i = first, last do
    if band(bytes[i], 0xC0) ~= 0x80 then return false end
  end
  return true
end

-- Whether the bytes from `i` on are UTF-8 by table 3-7 of the Unicode standard, and none is NUL.
local function is_utf8(bytes, i, size)
  while i < size do
    local b = bytes[i]
    if b < 0x80 then
      if b == 0 then return false end
      i = i + 1
    else
      local more, low, high = 0, 0x80, 0xBF
      if b < 0xC2 or b > 0xF4 then return false
      elseif b < 0xE0 then more = 1
      elseif b < 0xF0 then
        more = 2
        if b == 0xE0 then low = 0xA0 elseif b == 0xED then high = 0x9F end
      else
        more = 3
        if b == 0xF0 then low = 0x90 elseif b == 0xF4 then high = 0x8F end
      end
      if i + more >= size then return false end
      local second = bytes[i + 1]
      if second < low or second > high or not continues(bytes, i + 2, i + more) then return false end
      i = i + more + 1
    end
  end
  return true
end

-- Whether metadata can hold a text: they cut it at NUL, and what is no UTF-8 would not come out as it went in.
local function is_text(text)
  local size = #text
  local words = ffi.cast("const int32_t *", text)
  local count = rshift(size, 2)
  for i = 0, count - 1 do
    local w = words[i]
    -- A word of four bytes in 1..127 has no high bit, and borrows none when ones are taken away.
    if band(bor(w, tobit(w - 0x01010101)), 0x80808080) ~= 0 then
      return is_utf8(ffi.cast("const uint8_t *", text), i * 4, size)
    end
  end
  return is_utf8(ffi.cast("const uint8_t *", text), count * 4, size)
end

local function latin1(byte)
  local b = string.byte(byte)
  return string.char(bor(0xC0, rshift(b, 6)), bor(0x80, band(b, 0x3F)))
end

-- A header's value as UTF-8: bytes that are none count as ISO 8859-1, as in HTTP's own grammar.
local function header_text(value)
  if value == nil or value == "" then return nil end
  if is_text(value) then return value end
  return (string.gsub(value, "[\128-\255]", latin1))
end

local function media_type(content_type)
  return content_type and string.lower(string.match(content_type, "^%s*([^;%s]*)")) or ""
end

-- Where a body was cut so as to hold only whole characters.
local function whole_characters(text)
  local size = #text
  for back = 1, math.min(3, size) do
    local b = string.byte(text, size - back + 1)
    if b < 0x80 then return text end
    if b >= 0xC0 then
      local length = b >= 0xF0 and 4 or b >= 0xE0 and 3 or 2
      return length > back and string.sub(text, 1, size - back) or text
    end
  end
  return text
end

-- Keeps the body of one side. `cut` says that more has passed, or may yet. What else a record holds of a side,
-- the access log takes from the headers itself. Values are set one by one: a table would cost three times that.
local function keep(handle, side, body, cut)
  local encoding = SETTINGS.encodings[media_type(handle:headers():get("content-type"))]
  local data = body
  if encoding and cut then data = whole_characters(body) end
  if not encoding or not is_text(data) then
    encoding = "BASE64"
    data = handle:base64Escape(body)
  end
  local metadata = handle:streamInfo():dynamicMetadata()
  metadata:set(side, "data", data)
  metadata:set(side, "encoding", encoding)
  if cut ~= nil then metadata:set(side, "truncated", cut) end
end

-- Copies a body while it passes. So that a stream that breaks off leaves a trace, what has passed is kept
-- each time it has doubled; a body of one chunk is kept once.
local function copy(handle, side)
  local limit = SETTINGS.max_body_bytes
  local pieces, size, kept, cut = {}, 0, 0, nil
  for chunk in handle:bodyChunks() do
    local length = chunk:length()
    if #pieces > 0 and size >= 2 * kept then
      keep(handle, side, table.concat(pieces), true)
      kept, cut = size, false
    end
    if size + length > limit then
      pieces[#pieces + 1] = chunk:getBytes(0, limit - size)
      keep(handle, side, table.concat(pieces), true)
      return
    end
    pieces[#pieces + 1] = chunk:getBytes(0, length)
    size = size + length
  end
  keep(handle, side, pieces[2] and table.concat(pieces) or pieces[1] or "", cut)
end

-- What becomes of a request: `explanation`, `unsampled`, `paused`, or the sides that are captured.
local function outcome(headers, inference_id)
  if headers:get(SETTINGS.explanation_header) then return "explanation" end
  if SETTINGS.threshold < 4294967296 then
    local id = inference_id or headers:get("x-request-id") or ""
    if hash(id) >= SETTINGS.threshold then return "unsampled" end
  end
  return SETTINGS.paused and "paused" or SETTINGS.sides
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local inference_id = headers:get(SETTINGS.inference_id_header)
  if inference_id == "" then inference_id = nil end
  local decided = outcome(headers, inference_id)
  local metadata = handle:streamInfo():dynamicMetadata()
  metadata:set(NAMESPACE, "outcome", decided)
  if decided ~= SETTINGS.sides then return end
  if inference_id then metadata:set(NAMESPACE, "inferenceId", header_text(inference_id)) end
  local attributes = header_text(headers:get(SETTINGS.custom_attributes_header))
  if attributes then metadata:set(NAMESPACE, "customAttributes", {attributes}) end
  if SETTINGS.sides ~= "output" then copy(handle, INPUT) end
end

function envoy_on_response(handle)
  if SETTINGS.sides == "input" then return end
  local decision = handle:streamInfo():dynamicMetadata():get(NAMESPACE)
  if decision and decision.outcome == SETTINGS.sides then copy(handle, OUTPUT) end
end
