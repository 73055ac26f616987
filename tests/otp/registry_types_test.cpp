// Keys and values of a registry may be of any type.

#include "tests/otp/facade_fixture.hpp"

#include <functional>
#include <tuple>

namespace kv {

namespace {

/// A key of the user's own.
struct seat {
  int row = 0;
  char letter = 'A';

  friend bool operator==(const seat&, const seat&) = default;
};

using seat_and_day = std::tuple<seat, std::string>;

/// Returns some key of a type, the same for the same number.
template <class Key>
Key key_of(int n) {
  if constexpr (std::is_same_v<Key, seat>)
    return {n, 'B'};
  else if constexpr (std::is_same_v<Key, seat_and_day>)
    return {seat{n / 2}, n % 2 == 0 ? "monday" : "tuesday"};
  else
    return static_cast<Key>(n);
}

using values = std::vector<std::string>;

} // namespace

} // namespace kv

template <>
struct std::hash<kv::seat> {
  size_t operator()(const kv::seat& x) const noexcept {
    return static_cast<size_t>(x.row) * 31 + static_cast<size_t>(x.letter);
  }
};

namespace kv {

TEMPLATE_TEST_CASE_METHOD(test::facade_fixture,
                          "keys and values may be of any type", "[registry]",
                          (otp::unique_keys<uint64_t, values>),
                          (otp::unique_keys<seat, values>),
                          (otp::unique_keys<seat_and_day, values>),
                          (otp::duplicate_keys<uint64_t, values>),
                          (otp::duplicate_keys<seat, values>),
                          (otp::duplicate_keys<seat_and_day, values>)) {
  using key = typename TestType::key_type;
  auto& all = this->all;
  auto a = this->actor();
  auto b = this->actor();
  for (auto i = 0; i < 20; ++i)
    REQUIRE_FALSE(all.register_name(key_of<key>(i), i < 10 ? a : b,
                                    values{std::to_string(i), "x"}));
  CHECK(all.template whereis<caf::actor>(key_of<key>(7)) == this->actors[0]);
  CHECK(all.lookup(key_of<key>(17)).at(0).value == values{"17", "x"});
  CHECK(all.keys(a)->size() == 10);
  CHECK(*all.update_value(key_of<key>(7), a, values{}) == 1);
  CHECK(all.lookup(key_of<key>(7)).at(0).value.empty());
  CHECK(*all.unregister_name(key_of<key>(7), a) == 1);
  CHECK(*all.await(key_of<key>(8)) == a);
  this->end(a);
  this->run();
  CHECK(all.count() == 10);
  CHECK(all.keys(a)->empty());
  for (auto* id : {"test/0", "test/1", "test/2"})
    this->kill(this->whereis(id)); // the next ones find the keys in the table
  CHECK(all.keys(b)->size() == 10);
}

} // namespace kv
