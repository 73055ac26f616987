// No map at all: a key tells the place of its value. The limit of what reads
// can reach, of which the rest is the keys, the memory and, for copies, the
// references that they count.

#include "tests/bench/ets/subject.hpp"

#include <cstring>

namespace kv::bench {

namespace {

template <class Value>
class value_array {
public:
  static constexpr unsigned threads = 64;
  static constexpr bool reads_only = true;

  explicit value_array(std::size_t rows) : values_(rows) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) const {
    const auto i = place_of(key);
    if (i >= values_.size())
      return false;
    f(values_[i]);
    return true;
  }

  void put(const std::string& key, Value value) {
    values_[place_of(key)] = std::move(value);
  }

  bool erase(const std::string&) {
    return false;
  }

  template <class F>
  void fold(F f) const {
    for (const auto& x : values_)
      f(x);
  }

private:
  static std::uint64_t place_of(const std::string& key) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data(), sizeof word);
    return number_of(word);
  }

  std::vector<Value> values_;
};

} // namespace

contender array_contender() {
  return {"array",
          make_subjects<value_array, handle>(),
          make_subjects<value_array, blob>(),
          {}};
}

} // namespace kv::bench
