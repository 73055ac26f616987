#include "tests/ets/external_term.hpp"

#include "tests/support/catch.hpp"

#include <bit>
#include <cstdint>
#include <stdexcept>

namespace kv::test {

namespace {

using json = nlohmann::json;

// Tags of the external term format.
enum tag : unsigned char {
  version = 131,
  new_float = 70,
  small_integer = 97,
  integer = 98,
  atom_utf8 = 118,
  atom_old = 100,
  small_atom_utf8 = 119,
  small_tuple = 104,
  large_tuple = 105,
  nil = 106,
  string = 107,
  list = 108,
  binary = 109,
  small_big = 110,
  map = 116,
};

class writer {
public:
  void write(const json& x) {
    switch (x.type()) {
      case json::value_t::null:
        return write_atom("null");
      case json::value_t::boolean:
        return write_atom(x.get<bool>() ? "true" : "false");
      case json::value_t::number_float:
        put(new_float);
        return number(std::bit_cast<std::uint64_t>(x.get<double>()), 8);
      case json::value_t::string:
        put(binary);
        return text(x.get_ref<const std::string&>());
      case json::value_t::array:
        return write_list(x);
      case json::value_t::object:
        return write_object(x);
      default:
        return write_integer(x.get<std::int64_t>());
    }
  }

  std::string take() && {
    return std::move(out_);
  }

  void put(unsigned char x) {
    out_.push_back(static_cast<char>(x));
  }

private:
  // Big-endian, as everything but the digits of large integers.
  void number(std::uint64_t x, int bytes) {
    for (int i = bytes - 1; i >= 0; --i)
      put(static_cast<unsigned char>(x >> (8 * i)));
  }

  void text(std::string_view x) {
    number(x.size(), 4);
    out_ += x;
  }

  void write_atom(std::string_view name) {
    put(small_atom_utf8);
    number(name.size(), 1);
    out_ += name;
  }

  void write_integer(std::int64_t x) {
    if (x == static_cast<std::int32_t>(x)) {
      put(integer);
      return number(static_cast<std::uint32_t>(x), 4);
    }
    put(small_big);
    number(8, 1);
    number(x < 0 ? 1 : 0, 1);
    auto rest = static_cast<std::uint64_t>(x);
    rest = x < 0 ? 0 - rest : rest;
    for (int i = 0; i < 8; ++i, rest >>= 8)
      put(static_cast<unsigned char>(rest));
  }

  void write_list(const json& x) {
    if (!x.empty()) {
      put(list);
      number(x.size(), 4);
      for (const auto& y : x)
        write(y);
    }
    put(nil);
  }

  void write_object(const json& x) {
    if (x.size() == 1 && x.contains(atom_mark))
      return write_atom(x[atom_mark].get_ref<const std::string&>());
    if (x.size() == 1 && x.contains(tuple_mark)) {
      const auto& elements = x[tuple_mark];
      put(large_tuple);
      number(elements.size(), 4);
      for (const auto& y : elements)
        write(y);
      return;
    }
    put(map);
    number(x.size(), 4);
    for (auto i = x.begin(); i != x.end(); ++i) {
      put(binary);
      text(i.key());
      write(*i);
    }
  }

  std::string out_;
};

class reader {
public:
  explicit reader(std::string_view bytes) : rest_(bytes) {
    // nop
  }

  json read() {
    switch (const auto what = byte()) {
      case small_integer:
        return byte();
      case integer:
        return static_cast<std::int32_t>(number(4));
      case small_big:
        return read_big();
      case new_float:
        return std::bit_cast<double>(number(8));
      case small_atom_utf8:
        return read_atom(number(1));
      case atom_utf8:
      case atom_old:
        return read_atom(number(2));
      case nil:
        return json::array();
      case string:
        return read_bytes(number(2));
      case binary:
        return std::string(text(number(4)));
      case small_tuple:
        return read_elements(number(1));
      case large_tuple:
        return read_elements(number(4));
      case list:
        return read_list();
      case map:
        return read_map();
      default:
        throw std::runtime_error("external term: tag " + std::to_string(what));
    }
  }

  std::uint64_t number(int bytes) {
    std::uint64_t result = 0;
    for (int i = 0; i < bytes; ++i)
      result = result << 8 | byte();
    return result;
  }

private:
  unsigned char byte() {
    return static_cast<unsigned char>(text(1).front());
  }

  std::string_view text(std::size_t n) {
    if (n > rest_.size())
      throw std::runtime_error("external term: cut off");
    const auto result = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return result;
  }

  json read_big() {
    const auto digits = number(1);
    const bool negative = number(1) != 0;
    std::uint64_t result = 0;
    for (std::uint64_t i = 0; i < digits; ++i)
      result |= std::uint64_t{byte()} << (8 * i);
    if (digits > 8 || (result > INT64_MAX && !(negative && result << 1 == 0)))
      throw std::runtime_error("external term: integer beyond 64 bits");
    return static_cast<std::int64_t>(negative ? 0 - result : result);
  }

  json read_atom(std::size_t size) {
    const auto name = text(size);
    if (name == "null")
      return nullptr;
    if (name == "true" || name == "false")
      return name == "true";
    return std::string(name);
  }

  // A list of small integers.
  json read_bytes(std::size_t size) {
    auto result = json::array();
    for (const char x : text(size))
      result.push_back(static_cast<unsigned char>(x));
    return result;
  }

  json read_elements(std::size_t size) {
    auto result = json::array();
    for (std::size_t i = 0; i < size; ++i)
      result.push_back(read());
    return result;
  }

  json read_list() {
    auto result = read_elements(number(4));
    if (byte() != nil)
      throw std::runtime_error("external term: improper list");
    return result;
  }

  json read_map() {
    auto result = json::object();
    for (auto n = number(4); n != 0; --n) {
      const auto key = read();
      result[key.get<std::string>()] = read();
    }
    return result;
  }

  std::string_view rest_;
};

} // namespace

json atom(std::string_view name) {
  return {{atom_mark, name}};
}

json tuple(json elements) {
  return {{tuple_mark, std::move(elements)}};
}

std::string to_external(const json& x) {
  writer out;
  out.put(version);
  out.write(x);
  return std::move(out).take();
}

json from_external(std::string_view bytes) {
  reader in{bytes};
  if (in.number(1) != version)
    throw std::runtime_error("external term: version");
  return in.read();
}

} // namespace kv::test

TEST_CASE("external terms are read as they were written") {
  using namespace kv::test;
  const auto x = nlohmann::json::parse(R"([null, true, false, 0, -1, 255,
    2147483648, -9223372036854775808, 9223372036854775807, 1.5, "", "text", [],
    [1, [2]], {}, {"a": {"b": [1]}}])");
  CHECK(from_external(to_external(x)) == x);
  CHECK(from_external(to_external(tuple({1, atom("set")})))
        == nlohmann::json::parse(R"([1, "set"])"));
  CHECK_THROWS(from_external(to_external(x).substr(0, 20)));
}
