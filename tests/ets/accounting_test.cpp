// After every test case of this executable: no table and no part of one is
// left, neither in a table nor waiting for readers.
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include "actors/ets/accounting.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

using namespace kv;
using namespace kv::test;

namespace {

long live_parts() {
  return ets::detail::live_parts.load();
}

class leftovers : public Catch::TestEventListenerBase {
public:
  using Catch::TestEventListenerBase::TestEventListenerBase;

  void testCaseEnded(const Catch::TestCaseStats& test) override {
    if (live_parts() == 0)
      return;
    std::cerr << live_parts() << " parts of tables are left after '"
              << test.testInfo.name << "'\n";
    std::_Exit(1);
  }
};

CATCH_REGISTER_LISTENER(leftovers)

} // namespace

TEMPLATE_TEST_CASE("the parts of tables are counted", "", entries,
                   (ets::ordered_set<entry, &entry::name>),
                   (ets::bag<entry, &entry::name>),
                   (ets::duplicate_bag<entry, &entry::name>)) {
  {
    ets::owner<TestType> table;
    CHECK(live_parts() == 1);
    for (int i = 0; i < 1000; ++i)
      table.insert({std::to_string(i), i});
    CHECK(live_parts() > 1001);
    table.insert_many({{"a", 1}, {"b", 2}, {"a", 3}});
    table.clear();
    table.insert({"a", 1});
    const auto reader = table.reader();
    table.close();
    CHECK(live_parts() == 1); // the reader keeps the table's identity
  }
  CHECK(live_parts() == 0);
}
