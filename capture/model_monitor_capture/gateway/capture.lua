-- Copies what passes into dynamic metadata, of which the access log makes a record. It holds nothing back:
-- chunks are looked at as they pass. `SETTINGS` is written above this by `script.py`.
--
-- What a record holds of requests and answers becomes JSON text here, and the log only joins it: Envoy's own
-- JSON log would cost several times this. So no text may get into metadata that `escaped` has not seen.
local ffi = require("ffi")
local bit = require("bit")
local clear = require("table.clear")
local band, bor, bxor, lshift, rshift, tobit = bit.band, bit.bor, bit.bxor, bit.lshift, bit.rshift, bit.tobit
-- Compiling pays for the loops over bytes alone; code that mostly calls Envoy runs slower compiled.
jit.off(true, true)

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

-- How many bytes more each byte takes in a JSON text, and the letter of its escape; 0 stands for `\u00XX`.
local EXTRA, LETTER = ffi.new("uint8_t[256]"), ffi.new("uint8_t[256]")
local HEX = ffi.new("uint8_t[16]", {string.byte("0123456789abcdef", 1, 16)})
for b = 0, 31 do EXTRA[b] = 5 end
local SHORT = {
  ['"'] = '"', ["\\"] = "\\", ["\b"] = "b", ["\f"] = "f", ["\n"] = "n", ["\r"] = "r", ["\t"] = "t",
}
for from, letter in pairs(SHORT) do
  EXTRA[string.byte(from)], LETTER[string.byte(from)] = 1, string.byte(letter)
end

local function extra(bytes, i, size)
  local sum = 0
  for at = i, size - 1 do sum = sum + EXTRA[bytes[at]] end
  return sum
end

local function escape(bytes, i, size, out)
  local o = i
  for at = i, size - 1 do
    local b = bytes[at]
    if EXTRA[b] ~= 0 then
      out[o] = 92
      if LETTER[b] ~= 0 then
        out[o + 1] = LETTER[b]
        o = o + 2
      else
        out[o + 1], out[o + 2], out[o + 3] = 117, 48, 48
        out[o + 4], out[o + 5] = HEX[rshift(b, 4)], HEX[band(b, 15)]
        o = o + 6
      end
    else
      out[o] = b
      o = o + 1
    end
  end
end

jit.on(hash)
jit.on(continues)
jit.on(is_utf8)
jit.on(extra)
jit.on(escape)

-- All bytes that a JSON text can't hold as they are, and those that need a look whether they are UTF-8.
ffi.cdef("unsigned int strcspn(const char *, const char *);")
local strcspn = ffi.C.strcspn
local SPECIAL = {}
for b = 1, 255 do
  if b >= 0x80 or EXTRA[b] ~= 0 then SPECIAL[#SPECIAL + 1] = string.char(b) end
end
SPECIAL = table.concat(SPECIAL)

-- A text as it stands in JSON between quotes. Nil if it is no UTF-8 or holds NUL, where metadata cut texts.
local function escaped(text)
  local size = #text
  local plain = strcspn(text, SPECIAL)
  if plain == size then return text end
  -- The whole of what most CSV needs.
  if plain == size - 1 and string.byte(text, size) == 10 then return string.sub(text, 1, plain) .. "\\n" end
  local bytes = ffi.cast("const uint8_t *", text)
  if not is_utf8(bytes, plain, size) then return nil end
  local more = extra(bytes, plain, size)
  if more == 0 then return text end
  local out = ffi.new("uint8_t[?]", size + more)
  ffi.copy(out, text, plain)
  escape(bytes, plain, size, out)
  return ffi.string(out, size + more)
end

jit.on(escaped)

local function latin1(byte)
  local b = string.byte(byte)
  return string.char(bor(0xC0, rshift(b, 6)), bor(0x80, band(b, 0x3F)))
end

-- A header's value as JSON: bytes that are no UTF-8 count as ISO 8859-1, as in HTTP's own grammar.
local function quoted(value)
  return '"' .. (escaped(value) or escaped(string.gsub(value, "[\128-\255]", latin1))) .. '"'
end

-- Most requests are like the one before.
local function remembering(of)
  local last, result
  return function(value)
    if value ~= last then last, result = value, of(value) end
    return result
  end
end

local function kept_as(content_type)
  return SETTINGS.encodings[string.lower(string.match(content_type, "^%s*([^;%s]*)"))]
end

local function without_query(path)
  local query = string.find(path, "?", 1, true)
  return quoted(query and string.sub(path, 1, query - 1) or path)
end

local encoding_of, path_of, method_of = remembering(kept_as), remembering(without_query), remembering(quoted)
local type_of = {[INPUT] = remembering(quoted), [OUTPUT] = remembering(quoted)}

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

-- All headers by name, until this is called again. Asking for each would cost more than walking over them.
local HEADERS = {}
local function headers_of(handle)
  clear(HEADERS)
  for name, value in pairs(handle:headers()) do
    local before = HEADERS[name]
    HEADERS[name] = before and before .. "," .. value or value
  end
  return HEADERS
end

-- Keeps the body of one side, between what else a record says of it. `cut` says that more has passed, or may.
local function keep(handle, side, before, body, encoding, after, cut)
  local data = encoding and escaped(cut and whole_characters(body) or body)
  if not data then
    encoding, data = "BASE64", handle:base64Escape(body)
  end
  local rest = before .. data .. '","encoding":"' .. encoding .. after .. (cut and ',"truncated":true' or "")
  handle:streamInfo():dynamicMetadata():set(side, "rest", rest)
end

-- Copies a body while it passes. So that a stream that breaks off leaves a trace, what has passed is kept
-- each time it has doubled; a body of one chunk is kept once.
local function copy(handle, side, headers)
  local limit, whole = SETTINGS.max_body_bytes, tonumber(headers["content-length"])
  local content_type, content_encoding = headers["content-type"], headers["content-encoding"]
  local encoding = content_type and encoding_of(content_type)
  local before, after = ',"data":"', '"'
  if content_encoding and content_encoding ~= "" then
    before = ',"contentEncoding":' .. quoted(content_encoding) .. before
  end
  if content_type then after = '","observedContentType":' .. type_of[side](content_type) end
  local pieces, size, kept = {}, 0, 0
  for chunk in handle:bodyChunks() do
    local length = chunk:length()
    if length > 0 then
      if size > 0 and size >= 2 * kept then
        keep(handle, side, before, table.concat(pieces), encoding, after, true)
        kept = size
      end
      if size + length > limit then
        pieces[#pieces + 1] = chunk:getBytes(0, limit - size)
        keep(handle, side, before, table.concat(pieces), encoding, after, true)
        return
      end
      pieces[#pieces + 1] = chunk:getBytes(0, length)
      size = size + length
      if size == whole then break end  -- spares the look at an empty chunk that only says so
    end
  end
  keep(handle, side, before, pieces[2] and table.concat(pieces) or pieces[1] or "", encoding, after)
end

-- What becomes of a request: `explanation`, `unsampled`, `paused`, or the sides that are captured.
local function outcome(headers, inference_id)
  if headers[SETTINGS.explanation_header] then return "explanation" end
  if SETTINGS.threshold < 4294967296 then
    local id = inference_id or headers["x-request-id"] or ""
    if hash(id) >= SETTINGS.threshold then return "unsampled" end
  end
  return SETTINGS.paused and "paused" or SETTINGS.sides
end

-- What a record says of the request besides its body; each field ends with a comma.
local function event(headers, inference_id)
  local attributes = headers[SETTINGS.custom_attributes_header]
  return (attributes and attributes ~= "" and '"customAttributes":[' .. quoted(attributes) .. "]," or "")
    .. (inference_id and '"inferenceId":' .. quoted(inference_id) .. "," or "")
    .. '"method":' .. method_of(headers[":method"] or "")
    .. ',"path":' .. path_of(headers[":path"] or "")
    .. ',"requestId":' .. quoted(headers["x-request-id"] or "") .. ","
end

function envoy_on_request(handle)
  local headers = headers_of(handle)
  local inference_id = headers[SETTINGS.inference_id_header]
  if inference_id == "" then inference_id = nil end
  local decided = outcome(headers, inference_id)
  local metadata = handle:streamInfo():dynamicMetadata()
  metadata:set(NAMESPACE, "outcome", decided)
  if decided ~= SETTINGS.sides then return end
  metadata:set(NAMESPACE, "event", event(headers, inference_id))
  if SETTINGS.sides ~= "output" then copy(handle, INPUT, headers) end
end

-- Where all requests are captured, no answer has to be asked for: what is copied of one that belongs to an
-- explanation gets into no record.
local ALL = SETTINGS.threshold == 4294967296 and not SETTINGS.paused

function envoy_on_response(handle)
  if SETTINGS.sides == "input" then return end
  if not ALL then
    local decision = handle:streamInfo():dynamicMetadata():get(NAMESPACE)
    if not decision or decision.outcome ~= SETTINGS.sides then return end
  end
  copy(handle, OUTPUT, headers_of(handle))
end
