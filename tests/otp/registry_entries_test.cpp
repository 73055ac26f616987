// What registries are made of, without their requests: rows of a user's own
// kind, whoever is in them, and what is left when he ends.

#include "actors/otp/registry_entries.hpp"

#include "tests/otp/otp_fixture.hpp"

namespace kv {

using test::strings;

namespace {

/// A row that says more than an actor and a value.
struct desk {
  std::string name;
  int floor = 0;
  caf::actor clerk;
};

const caf::actor& actor_of(const desk& x) noexcept {
  return x.clerk;
}

using desks = otp::unique_rows<desk, &desk::name>;

/// The same where nobody sits at two.
struct own_desks : desks {
  static constexpr bool one_key_each = true;
};

using topics = otp::duplicate_keys<std::string, int>;

/// Adds an entry of an actor to any kind of registry.
template <class Keys>
void add(otp::registry_entries<Keys>& to, const std::string& key,
         const caf::actor& who) {
  if constexpr (Keys::unique)
    to.add(key, {key, 1, who});
  else
    to.add(key, {caf::actor_cast<caf::strong_actor_ptr>(who), 1});
}

strings sorted(strings x) {
  std::sort(x.begin(), x.end());
  return x;
}

/// Entries that an actor watches which keeps what it gets.
template <class Keys>
class entries_fixture : public test::otp_fixture {
public:
  using entries = otp::registry_entries<Keys>;

  ~entries_fixture() {
    for (auto& x : actors_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    caf::anon_send_exit(watcher.hdl(), caf::exit_reason::kill);
    run();
  }

  caf::actor actor() {
    actors_.push_back(sys.spawn([] { return caf::behavior{[](int) {}}; }));
    run();
    return actors_.back();
  }

  entries make() {
    return entries{test::as_self(watcher.hdl()), table.writer()};
  }

  /// Ends an actor and returns the down messages that came of it.
  std::vector<caf::actor_addr> end(const caf::actor& x) {
    watcher.take();
    caf::anon_send_exit(x, caf::exit_reason::kill);
    run();
    std::vector<caf::actor_addr> result;
    for (auto& msg : watcher.take())
      result.push_back(msg.get_as<caf::down_msg>(0).source);
    return result;
  }

  static caf::strong_actor_ptr ptr(const caf::actor& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  ets::owner<typename Keys::table> table;
  test::listener watcher{sys};

private:
  std::vector<caf::actor> actors_;
};

template <class Entries>
strings keys_of(const typename Entries::locations& x) {
  strings result;
  for (auto& place : x)
    result.push_back(place.key);
  return sorted(result);
}

} // namespace

TEMPLATE_TEST_CASE_METHOD(entries_fixture,
                          "an actor is watched once for all its entries",
                          "[registry]", desks, topics) {
  auto all = this->make();
  auto who = this->actor();
  add(all, "a", who);
  add(all, "b", who);
  CHECK(all.actors() == 1);
  CHECK(all.size() == 2);
  CHECK(sorted(all.keys_of(this->ptr(who))) == strings{"a", "b"});
  auto downs = this->end(who);
  REQUIRE(downs.size() == 1);
  auto gone = all.take(downs[0]);
  REQUIRE(gone);
  CHECK(keys_of<decltype(all)>(*gone) == strings{"a", "b"});
  CHECK_FALSE(all.has(this->ptr(who)));
  CHECK_FALSE(all.take(downs[0]));
  CHECK(this->table.size() == 2); // theirs to erase who have taken him
  for (auto& place : *gone)
    CHECK(all.erase(who, place));
  CHECK(this->table.size() == 0);
}

TEMPLATE_TEST_CASE_METHOD(entries_fixture,
                          "the next registry watches every entry again",
                          "[registry]", desks, own_desks, topics) {
  auto first = this->actor();
  auto second = this->actor();
  {
    auto before = this->make();
    add(before, "a", first);
    add(before, "b", second);
    test::as_self(this->watcher.hdl())->demonitor(first.address());
    test::as_self(this->watcher.hdl())->demonitor(second.address());
  }
  this->end(first); // between the two nobody hears of it
  auto all = this->make();
  CHECK(all.actors() == 0);
  all.watch_all();
  CHECK(all.actors() == 2);
  this->run();
  auto downs = this->watcher.take();
  REQUIRE(downs.size() == 1);
  CHECK(downs[0].template get_as<caf::down_msg>(0).source == first);
  CHECK(this->end(second).size() == 1);
  CHECK(keys_of<decltype(all)>(*all.take(second.address())) == strings{"b"});
}

TEMPLATE_TEST_CASE_METHOD(entries_fixture,
                          "a successor's entry is not its predecessor's",
                          "[registry]", desks, own_desks) {
  auto all = this->make();
  auto first = this->actor();
  auto second = this->actor();
  add(all, "a", first);
  this->end(first);
  add(all, "a", second); // before anyone looks at the down message
  auto gone = all.take(first.address());
  REQUIRE(gone);
  CHECK_FALSE(all.erase(first, gone->at(0)));
  CHECK(this->table.size() == 1);
  CHECK(all.erase(second, gone->at(0)));
}

TEMPLATE_TEST_CASE_METHOD(entries_fixture,
                          "who has no entry left is not watched", "[registry]",
                          topics) {
  auto all = this->make();
  auto who = this->actor();
  add(all, "a", who);
  add(all, "a", who);
  add(all, "b", who);
  auto any = [](auto&) { return true; };
  CHECK(all.remove(this->ptr(who), "b", any) == 1);
  CHECK(all.remove(this->ptr(who), "a", [](auto&) { return false; }) == 0);
  CHECK(all.has(this->ptr(who)));
  CHECK(all.remove(this->ptr(who), "a", any) == 2);
  CHECK(all.remove(this->ptr(who), "a", any) == 0);
  CHECK_FALSE(all.has(this->ptr(who)));
  CHECK(this->table.size() == 0);
  CHECK(this->end(who).empty());
}

} // namespace kv
