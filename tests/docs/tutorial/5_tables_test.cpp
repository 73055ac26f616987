// Step 5: a table lets everyone look up names without asking the registry, and
// outlives it.

#include "actors/ets/table.hpp"
#include "actors/otp/supervisor.hpp"

#include "tests/support/deterministic_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <string>

namespace {

struct named_bucket {
  std::string name;
  int number = 0;
};

using bucket_table = kv::ets::set<named_bucket, &named_bucket::name>;

/// The only writer of the table: it is given a writer, and owns nothing.
class table_registry {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "tutorial.table_registry";

  table_registry(caf::event_based_actor*, kv::ets::writer<bucket_table> names)
    : names_(std::move(names)) {
    // nop
  }

  caf::behavior make_behavior() {
    return {
      [this](kv::atom::create, const std::string& key) {
        names_.insert_new({key, static_cast<int>(names_.size()) + 1});
        return caf::ok_atom_v;
      },
    };
  }

private:
  kv::ets::writer<bucket_table> names_;
};

TEST_CASE_METHOD(kv::test::deterministic_fixture,
                 "tutorial: a table outlives its registry", "[tutorial]") {
  kv::ets::owner<bucket_table> table{{.name = "tutorial.names"}};
  auto registry = start_supervised<table_registry>("registry", table.writer());
  call<caf::ok_atom>(registry, kv::atom::create_v, std::string{"shopping"});
  // Any thread may look; no message is sent.
  auto names = kv::ets::whereis<bucket_table>("tutorial.names");
  CHECK(names.lookup("shopping")->number == 1);
  crash(registry);
  CHECK(names.lookup("shopping")->number == 1);
}

} // namespace
