#include "actors/otp/table_life.hpp"

#include "actors/ets/whereis.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

#include <atomic>
#include <thread>

using namespace kv;
using test::as_self;
using test::end_watch;
using test::listener;
using test::otp_fixture;

namespace {

struct row {
  std::string key;
  int value;
};

using rows = ets::set<row, &row::key>;
using parcel = otp::transfer<rows>;

/// An actor that owns a table of one row.
class keeper_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.keeper";

  keeper_state(caf::event_based_actor* self, caf::strong_actor_ptr heir,
               ets::reader<rows>* reader)
    : table_(self, ets::owner<rows>{{.name = "test.life"}}) {
    table_.owner().insert({"a", 1});
    *reader = table_.owner().reader();
    if (heir)
      table_.set_heir(heir, caf::make_message(std::string{"a gift"}));
  }

  caf::behavior make_behavior() {
    return {
      [this](atom::transfer, const caf::actor& to) {
        std::move(table_).give_away(to, caf::make_message(42));
      },
      [this](atom::erase) { table_.clear_heir(); },
    };
  }

private:
  otp::owned_table<rows> table_;
};

class fixture : public otp_fixture {
public:
  caf::actor start_keeper(const caf::strong_actor_ptr& heir) {
    auto result = sys.spawn<otp::state_actor<keeper_state>>(heir, &reader);
    run();
    return result;
  }

  /// Kills what a test has left.
  void end(const caf::actor& x) {
    caf::anon_send_exit(x, caf::exit_reason::kill);
    run();
  }

  ets::reader<rows> reader;
};

bool is_transfer(const caf::message& x) {
  return x
    .match_elements<atom::transfer, parcel, caf::actor_addr, caf::message>();
}

} // namespace

TEST_CASE_METHOD(fixture, "a table without an heir is closed before a monitor "
                          "hears of its owner's end") {
  for (auto reason :
       {caf::exit_reason::kill, caf::exit_reason::user_shutdown}) {
    auto keeper = start_keeper(nullptr);
    CHECK(reader.size() == 1);
    end_watch end{keeper, [this] {
                    CHECK_FALSE(reader.is_open());
                    CHECK_THROWS_AS(ets::whereis<rows>("test.life"),
                                    ets::error);
                  }};
    kill(keeper, reason);
    CHECK(end.ended());
  }
}

TEST_CASE_METHOD(fixture,
                 "the heir gets the table before it hears of the end") {
  listener heir{sys};
  auto keeper = start_keeper(heir.ptr());
  run();
  as_self(heir.hdl())->monitor(keeper);
  end_watch end{keeper, [this] { CHECK(reader.size() == 1); }};
  kill(keeper);
  auto got = heir.take();
  REQUIRE(got.size() == 2);
  REQUIRE(is_transfer(got[0]));
  CHECK(got[1].match_elements<caf::down_msg>());
  CHECK(got[0].get_as<caf::actor_addr>(2) == keeper.address());
  auto gift = got[0].get_as<caf::message>(3);
  REQUIRE(gift.match_elements<std::string>());
  CHECK(gift.get_as<std::string>(0) == "a gift");
  // Nobody has taken it yet, and it is open all the while.
  CHECK(reader.size() == 1);
  CHECK(ets::whereis<rows>("test.life").is_open());
  {
    auto table = got[0].get_as<parcel>(1).take();
    REQUIRE(table);
    table->insert({"b", 2});
    CHECK(reader.size() == 2);
    CHECK_FALSE(got[0].get_as<parcel>(1).take());
  }
  CHECK_FALSE(reader.is_open());
  fixture::end(heir.hdl());
}

TEST_CASE_METHOD(fixture, "an heir that ended before inherits nothing") {
  listener heir{sys};
  auto keeper = start_keeper(heir.ptr());
  end(heir.hdl());
  kill(keeper);
  CHECK_FALSE(reader.is_open());
}

TEST_CASE_METHOD(fixture, "an heir that is gone from memory inherits nothing") {
  caf::actor keeper;
  {
    listener heir{sys};
    keeper = start_keeper(heir.ptr());
    end(heir.hdl());
  }
  kill(keeper);
  CHECK_FALSE(reader.is_open());
}

TEST_CASE_METHOD(fixture, "an heir that ends with the table in its mailbox "
                          "closes it") {
  listener heir{sys};
  auto keeper = start_keeper(heir.ptr());
  self->send_exit(heir.hdl(), caf::exit_reason::user_shutdown);
  self->send_exit(keeper, caf::exit_reason::kill);
  run();
  CHECK_FALSE(reader.is_open());
}

TEST_CASE_METHOD(fixture, "an heir that drops the message closes the table") {
  auto heir = sys.spawn([](caf::event_based_actor* me) {
    me->set_default_handler(caf::drop);
    return caf::behavior{[](atom::get) {}};
  });
  auto keeper = start_keeper(caf::actor_cast<caf::strong_actor_ptr>(heir));
  kill(keeper);
  CHECK_FALSE(reader.is_open());
  end(heir);
}

TEST_CASE_METHOD(fixture, "an heir may be disinherited") {
  listener heir{sys};
  auto keeper = start_keeper(heir.ptr());
  caf::anon_send(keeper, atom::erase_v);
  run();
  kill(keeper);
  CHECK_FALSE(reader.is_open());
  CHECK(heir.got().empty());
  end(heir.hdl());
}

TEST_CASE_METHOD(fixture, "a table can be given away") {
  listener heir{sys};
  listener friend_of_mine{sys};
  auto keeper = start_keeper(heir.ptr());
  caf::anon_send(keeper, atom::transfer_v, friend_of_mine.hdl());
  run();
  kill(keeper);
  CHECK(heir.got().empty()); // not its own any more
  CHECK(reader.size() == 1);
  auto got = friend_of_mine.take();
  REQUIRE(got.size() == 1);
  REQUIRE(is_transfer(got[0]));
  CHECK(got[0].get_as<caf::actor_addr>(2) == keeper.address());
  CHECK(got[0].get_as<caf::message>(3).get_as<int>(0) == 42);
  auto table = got[0].get_as<parcel>(1).take();
  REQUIRE(table);
  CHECK(table->size() == 1);
  end(heir.hdl());
  end(friend_of_mine.hdl());
}

TEST_CASE_METHOD(fixture, "a table that is given to nobody is closed") {
  auto keeper = start_keeper(nullptr);
  listener gone{sys};
  end(gone.hdl());
  caf::anon_send(keeper, atom::transfer_v, gone.hdl());
  run();
  CHECK_FALSE(reader.is_open());
  end(keeper);
}

TEST_CASE_METHOD(fixture, "the heir of an actor that nobody refers to any more "
                          "gets its table") {
  listener heir{sys};
  run();
  auto keeper = start_keeper(heir.ptr());
  auto addr = keeper.address();
  keeper = nullptr;
  CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(addr));
  run();
  auto got = heir.take();
  REQUIRE(got.size() == 1);
  REQUIRE(is_transfer(got[0]));
  CHECK(got[0].get_as<caf::actor_addr>(2) == addr);
  CHECK(reader.size() == 1);
  got.clear();
  CHECK_FALSE(reader.is_open());
  end(heir.hdl());
}

TEST_CASE("one of many takes a table") {
  ets::owner<rows> owner;
  auto reader = owner.reader();
  parcel one{std::move(owner)};
  std::atomic<int> takers = 0;
  {
    std::vector<std::thread> threads;
    for (auto i = 0; i < 4; ++i)
      threads.emplace_back([copy = one, &takers] {
        if (auto table = copy.take())
          ++takers;
      });
    for (auto& x : threads)
      x.join();
  }
  CHECK(takers == 1);
  CHECK_FALSE(one.take());
  CHECK_FALSE(reader.is_open());
}

TEST_CASE("kept tables are open for as long as they are kept") {
  ets::reader<rows> first;
  ets::reader<rows> second;
  {
    otp::kept_tables tables;
    auto& one = tables.keep(ets::owner<rows>{});
    first = one.reader();
    second = tables.keep(ets::owner<rows>{}).reader();
    auto moved = std::move(tables);
    CHECK(first.is_open());
    CHECK(second.is_open());
    moved = otp::kept_tables{};
    CHECK_FALSE(first.is_open());
    CHECK_FALSE(second.is_open());
  }
}
