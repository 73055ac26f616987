// Step 2: an actor of one's own gives names to buckets, and watches them.

#include "actors/base/atoms.hpp"
#include "actors/otp/state_actor.hpp"

#include "tests/support/deterministic_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <map>
#include <string>

namespace {

class name_registry {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "tutorial.registry";

  explicit name_registry(caf::event_based_actor* self) : self_(self) {
    // A bucket that ends loses its name: erase who ended, not a name.
    self->set_down_handler([this](const caf::down_msg& x) {
      std::erase_if(buckets_,
                    [&](const auto& y) { return y.second == x.source; });
    });
  }

  caf::behavior make_behavior() {
    return {
      [this](kv::atom::create, const std::string& key) { return create(key); },
      [this](kv::atom::size) { return uint64_t{buckets_.size()}; },
    };
  }

private:
  caf::actor create(const std::string& key) {
    auto i = buckets_.find(key);
    if (i == buckets_.end()) {
      auto bucket = self_->spawn([] { return caf::behavior{[](int) {}}; });
      self_->monitor(bucket);
      i = buckets_.emplace(key, bucket).first;
    }
    return i->second;
  }

  caf::event_based_actor* self_;
  std::map<std::string, caf::actor> buckets_;
};

TEST_CASE_METHOD(kv::test::deterministic_fixture,
                 "tutorial: a registry forgets who ended", "[tutorial]") {
  auto registry = start_supervised<name_registry>("registry");
  auto bucket = call<caf::actor>(registry, kv::atom::create_v,
                                 std::string{"shopping"});
  CHECK(call<caf::actor>(registry, kv::atom::create_v, std::string{"shopping"})
        == bucket);
  kill(bucket);
  CHECK(call<uint64_t>(registry, kv::atom::size_v) == 0);
}

} // namespace
