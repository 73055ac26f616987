// The RESP parser makes the same of a stream however it is split, and yields no
// argument outside the buffer.

#include "actors/server/resp_parser.hpp"
#include "actors/server/resp_writer.hpp"

#include "tests/server/resp_outcome.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

using namespace kv::server;
using namespace kv::test;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

/// Feeds pieces of 1 to `longest` bytes.
resp_feeder fed(std::string_view bytes, const resp_parser& parser,
                size_t longest) {
  std::minstd_rand random{static_cast<unsigned>(bytes.size())};
  resp_feeder result{parser};
  while (!bytes.empty()) {
    auto size = std::min<size_t>(random() % longest + 1, bytes.size());
    result.feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return result;
}

void check(std::string_view bytes, const resp_parser& parser) {
  resp_feeder whole{parser};
  whole.feed(bytes);
  for (size_t longest : {1, 7}) {
    auto split = fed(bytes, parser, longest);
    require(split.outcome() == whole.outcome());
    require(!whole.outcome().error.empty() || split.rest() == whole.rest());
  }
  for (const auto& request : whole.outcome().requests)
    require(!request.empty());
  std::string reply;
  resp_writer{reply}.error(whole.outcome().error);
  require(reply.find_first_of("\r\n") == reply.size() - 2);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  constexpr auto small_bulk = 100; // so that a short input can go beyond it
  resp_parser parser{small_bulk};
  check(bytes, parser);
  parser.authenticated(false);
  check(bytes, parser);
  check(bytes, resp_parser{});
  return 0;
}
