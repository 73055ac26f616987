// Random operations on typed tables of every kind, with deadlines and without,
// must agree with a model.
#include "tests/ets/kinds_model.hpp"

#include "tests/support/catch.hpp"

using namespace kv;
using namespace kv::test;

namespace {

using hashed = ets::set<number, &number::key>;
using sorted = ets::ordered_set<number, &number::key>;
using bag = ets::bag<number, &number::key>;
using duplicates = ets::duplicate_bag<number, &number::key>;

template <class T>
using timed = ets::expiring<T, &number::end>;
template <class T>
using limited_timed = ets::limited<timed<T>, ets::evict_none>;

} // namespace

TEMPLATE_TEST_CASE("a table of any kind agrees with its model", "", hashed,
                   sorted, bag, duplicates, timed<hashed>, timed<sorted>,
                   timed<bag>, timed<duplicates>, limited_timed<hashed>) {
  CHECK(rc::check([] {
    model<TestType> both;
    for (const auto& x : *rc::gen::container<std::vector<step>>(steps()))
      both.run(x);
  }));
}
