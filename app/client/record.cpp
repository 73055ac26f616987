#include "app/client/record.hpp"

#include "app/text.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <cstdint>
#include <stdexcept>

namespace kv::app {

namespace {

using json = nlohmann::ordered_json;

std::string to_base64(const std::string& bytes) {
  std::string result(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  auto n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                           reinterpret_cast<const unsigned char*>(bytes.data()),
                           static_cast<int>(bytes.size()));
  result.resize(static_cast<size_t>(n));
  return result;
}

[[noreturn]] void refuse_base64(const std::string& text) {
  throw std::invalid_argument{"expected base64, got " + in_quotes(text)};
}

std::string from_base64(const std::string& text) {
  std::string result(3 * (text.size() / 4) + 3, '\0');
  auto n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                           reinterpret_cast<const unsigned char*>(text.data()),
                           static_cast<int>(text.size()));
  if (n < 0 || text.size() % 4 != 0)
    refuse_base64(text);
  // Padding counts as zero bytes there.
  auto padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  result.resize(static_cast<size_t>(n - padding));
  if (to_base64(result) != text) // OpenSSL takes more than there should be
    refuse_base64(text);
  return result;
}

void put(json& to, const std::string& name, const std::string& bytes) {
  try {
    static_cast<void>(json(bytes).dump()); // throws if it is not UTF-8
    to[name] = bytes;
  } catch (const json::type_error&) {
    to[name + "64"] = to_base64(bytes);
  }
}

[[noreturn]] void refuse() {
  throw std::invalid_argument{
    R"(expected {"bucket":"...","key":"...","value":"..."}, {"bucket":"..."} )"
    R"(or {"string":"...","value":"..."}, each with "expires":MS or without)"};
}

bool has(const json& from, const std::string& name) {
  return from.contains(name) || from.contains(name + "64");
}

std::string take(json& from, const std::string& name) {
  auto plain = from.find(name);
  auto coded = from.find(name + "64");
  if ((plain == from.end()) == (coded == from.end()))
    refuse();
  auto is_coded = plain == from.end();
  auto i = is_coded ? coded : plain;
  if (!i->is_string())
    refuse();
  auto text = i->get<std::string>();
  from.erase(is_coded ? name + "64" : name);
  return is_coded ? from_base64(text) : text;
}

int64_t take_expires(json& from) {
  auto i = from.find("expires");
  if (i == from.end())
    return 0;
  if (!i->is_number_unsigned() || i->get<uint64_t>() == 0
      || i->get<uint64_t>() > INT64_MAX)
    refuse();
  auto result = i->get<int64_t>();
  from.erase("expires");
  return result;
}

// Deep values are refused before they cost anything.
json parse(std::string_view line) {
  auto flat = [](int depth, json::parse_event_t, json&) {
    if (depth > 1)
      refuse();
    return true;
  };
  try {
    return json::parse(line, flat);
  } catch (const json::parse_error&) {
    refuse();
  }
}

} // namespace

std::string to_json_line(const record& x) {
  json result;
  put(result, x.what == record::kind::string ? "string" : "bucket", x.name);
  if (x.what == record::kind::field)
    put(result, "key", x.key);
  if (x.what != record::kind::bucket)
    put(result, "value", x.value);
  if (x.expires != 0)
    result["expires"] = x.expires;
  return result.dump();
}

record parse_json_line(std::string_view line) {
  auto members = parse(line);
  if (!members.is_object())
    refuse();
  record result;
  if (has(members, "string")) {
    result.what = record::kind::string;
    result.name = take(members, "string");
  } else {
    result.name = take(members, "bucket");
    if (has(members, "key"))
      result.key = take(members, "key");
    else
      result.what = record::kind::bucket;
  }
  if (result.what != record::kind::bucket)
    result.value = take(members, "value");
  result.expires = take_expires(members);
  if (!members.empty())
    throw std::invalid_argument{"unknown member "
                                + in_quotes(members.begin().key())};
  return result;
}

} // namespace kv::app
