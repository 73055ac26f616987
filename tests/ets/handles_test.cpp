#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <type_traits>
#include <utility>

using namespace kv;
using namespace kv::test;

namespace {

using reader = ets::reader<entries>;
using writer = ets::writer<entries>;
using owner = ets::owner<entries>;

static_assert(sizeof(reader) == sizeof(void*));
static_assert(std::is_nothrow_move_constructible_v<owner>);
static_assert(std::is_nothrow_move_assignable_v<owner>);
static_assert(!std::is_copy_constructible_v<owner>);
static_assert(!std::is_convertible_v<owner&, reader>);
static_assert(!std::is_convertible_v<reader, writer>);
static_assert(std::is_convertible_v<writer, reader>);
static_assert(ets::table<entries>);
static_assert(!ets::table<entry>);

void check_reads_throw(const reader& r) {
  const auto nop = [](const entry&) {};
  CHECK(code_of([&] { r.visit("a", nop); }) == no_such_table);
  CHECK(code_of([&] { r.lookup("a"); }) == no_such_table);
  CHECK(code_of([&] { r.member("a"); }) == no_such_table);
  CHECK(code_of([&] { r.size(); }) == no_such_table);
  CHECK(code_of([&] { r.for_each(nop); }) == no_such_table);
  CHECK(code_of([&] { r.info(); }) == no_such_table);
  CHECK(code_of([&] { r.fold(0, [](int n, const entry&) { return n; }); })
        == no_such_table);
  CHECK_FALSE(r.is_open());
  CHECK_FALSE(r);
}

template <class W>
void check_writes_throw(const W& w) {
  CHECK(code_of([&] { w.insert({"a", 1}); }) == no_such_table);
  CHECK(code_of([&] { w.insert_new({"a", 1}); }) == no_such_table);
  CHECK(code_of([&] { w.erase("a"); }) == no_such_table);
  CHECK(code_of([&] { w.take("a"); }) == no_such_table);
  CHECK(code_of([&] { w.erase_object({"a", 1}); }) == no_such_table);
  CHECK(code_of([&] { w.erase_if("a", [](const entry&) { return true; }); })
        == no_such_table);
  CHECK(code_of([&] { w.update("a", [](const entry& x) { return x; }); })
        == no_such_table);
  CHECK(code_of([&] { w.clear(); }) == no_such_table);
}

} // namespace

TEST_CASE("empty handles refer to no table") {
  check_reads_throw(reader{});
  check_reads_throw(writer{});
  check_writes_throw(writer{});
  CHECK(reader{} == reader{});
  CHECK(reader{}.id() == 0);
}

TEST_CASE("handles of a closed table say so") {
  owner table;
  table.insert({"a", 1});
  const auto r = table.reader();
  const auto w = table.writer();
  const auto id = r.id();
  CHECK(r.is_open());
  CHECK(w.is_open());
  CHECK(table.is_open());
  table.close();
  check_reads_throw(r);
  check_reads_throw(w);
  check_writes_throw(w);
  check_writes_throw(table);
  CHECK(code_of([&] { table.reader(); }) == no_such_table);
  CHECK(code_of([&] { table.writer(); }) == no_such_table);
  CHECK(r == w);
  CHECK(r.id() == id);
  CHECK(r != reader{});
  table.close();
}

TEST_CASE("the end of the owner closes the table") {
  reader r;
  {
    owner table;
    r = table.reader();
    CHECK(r);
  }
  CHECK_FALSE(r);
}

TEST_CASE("handles compare by table") {
  owner x;
  owner y;
  CHECK(x.reader() == x.reader());
  CHECK(x.reader() == x.writer());
  CHECK(x.reader() != y.reader());
  CHECK(x.id() == x.reader().id());
  CHECK(x.id() != y.id());
}

TEST_CASE("moving an owner gives the table away") {
  owner x{{.name = "moved"}};
  x.insert({"a", 1});
  const auto r = x.reader();
  owner y{std::move(x)};
  CHECK(r);
  CHECK(y.size() == 1);
  CHECK_FALSE(x.is_open()); // NOLINT: moved from on purpose
  check_writes_throw(x);
  owner z;
  const auto gone = z.reader();
  z = std::move(y);
  CHECK_FALSE(gone);
  CHECK(ets::whereis<entries>("moved") == r);
  z = owner{};
  CHECK_FALSE(r);
}

TEST_CASE("access modes decide who gets a handle") {
  using ets::access;
  SECTION("private: nobody") {
    owner table{{.name = "p", .access = access::private_}};
    table.insert({"a", 1});
    CHECK(table.member("a"));
    CHECK(code_of([&] { table.reader(); }) == access_denied);
    CHECK(code_of([&] { table.writer(); }) == access_denied);
    CHECK(code_of([] { ets::whereis<entries>("p"); }) == access_denied);
    CHECK(code_of([] { ets::whereis_writer<entries>("p"); }) == access_denied);
    CHECK(table.info().access == access::private_);
  }
  SECTION("protected: readers for all, writers from the owner") {
    owner table{{.name = "p"}};
    table.writer().insert({"a", 1});
    CHECK(table.reader().member("a"));
    CHECK(ets::whereis<entries>("p").member("a"));
    CHECK(code_of([] { ets::whereis_writer<entries>("p"); }) == access_denied);
    CHECK(table.info().access == access::protected_);
  }
  SECTION("public: writers for all") {
    owner table{{.name = "p", .access = access::public_}};
    ets::whereis_writer<entries>("p").insert({"a", 1});
    CHECK(ets::whereis<entries>("p").member("a"));
    CHECK(ets::whereis_writer<entries>("p") == table.reader());
  }
}

TEST_CASE("a name belongs to one open table") {
  CHECK(code_of([] { ets::whereis<entries>("n"); }) == no_such_table);
  owner table{{.name = "n"}};
  table.insert({"a", 1});
  CHECK(code_of([] { owner{{.name = "n"}}; }) == name_taken);
  CHECK(code_of([] { ets::owner<tracked_set>{{.name = "n"}}; }) == name_taken);
  CHECK(ets::whereis<entries>("n") == table.reader());
  CHECK(table.size() == 1);
  CHECK(code_of([] { ets::whereis<tracked_set>("n"); }) == wrong_type);
  CHECK(code_of([] { ets::whereis_writer<tracked_set>("n"); }) == wrong_type);
  const auto old = table.reader();
  table.close();
  CHECK(code_of([] { ets::whereis<entries>("n"); }) == no_such_table);
  const owner next{{.name = "n"}};
  CHECK(ets::whereis<entries>("n") == next.reader());
  CHECK(ets::whereis<entries>("n") != old);
  CHECK_FALSE(old);
}

TEST_CASE("tables of one row type with other keys differ") {
  struct row {
    int x = 0;
    int y = 0;
  };
  using by_x = ets::basic_set<row, ets::key_of<&row::x>>;
  using by_y = ets::basic_set<row, ets::key_of<&row::y>>;
  const ets::owner<by_x> table{{.name = "xy"}};
  CHECK(ets::whereis<by_x>("xy").is_open());
  CHECK(code_of([] { ets::whereis<by_y>("xy"); }) == wrong_type);
}

TEST_CASE("the name is free at once, even if closed inside a visit") {
  owner table{{.name = "n"}};
  table.insert({"a", 1});
  table.visit("a", [&](const entry&) {
    table.close();
    const owner next{{.name = "n"}};
    CHECK(ets::whereis<entries>("n") == next.reader());
  });
}

TEST_CASE("info describes a table") {
  owner table{{.name = "described"}};
  table.insert({"a", 1});
  table.insert({"b", 1});
  const auto info = table.info();
  CHECK(info.name == "described");
  CHECK(info.named);
  CHECK(info.size == 2);
  CHECK(info.id == table.id());
  CHECK(info.bytes > 2 * sizeof(entry));
  CHECK(info.readers == 0);
  table.visit("a", [&](const entry&) { CHECK(table.info().readers == 1); });
  CHECK_FALSE(owner{}.info().named);
  CHECK(owner{}.info().name.empty());
}

TEST_CASE("errors have texts") {
  using ets::errc;
  CHECK(to_string(errc::no_such_table) == "no such table");
  CHECK(to_string(errc::name_taken) == "name taken");
  CHECK(to_string(errc::access_denied) == "access denied");
  CHECK(to_string(errc::wrong_type) == "wrong type");
  CHECK(to_string(errc::badarg) == "bad argument");
  CHECK(to_string(errc::full) == "table full");
  CHECK(to_string(errc{99}) == "unknown error");
  CHECK(std::string(ets::error(errc::badarg).what()) == "ets: bad argument");
  CHECK(std::string(ets::error(errc::name_taken, "x").what())
        == "ets: name taken: x");
}
