// Registries against a model: random work, in any order that the scheduler may
// choose, while actors and registries are killed.

#include "tests/otp/facade_fixture.hpp"
#include "tests/support/seed.hpp"

#include <random>

using namespace kv;
using namespace kv::test;

namespace {

/// What a registry should say, kept up to date by its answers.
template <class Keys>
class model_fixture : public facade_fixture<Keys> {
public:
  using base = facade_fixture<Keys>;
  using registration = otp::registration<Keys>;

  ~model_fixture() {
    base::run(); // answers come here
  }

  void populate() {
    for (auto i = 0; i < 6; ++i)
      known_.push_back(base::actor());
  }

  /// Does one thing at random; nobody has heard of it yet.
  void act(std::mt19937_64& random) {
    auto& who = known_[random() % known_.size()];
    auto key = std::string(1, static_cast<char>('a' + random() % 5));
    auto value = static_cast<int>(random() % 3);
    switch (random() % 16) {
      default:
        add({key, who, value});
        return;
      case 0:
      case 1:
        remove(key, who, value, random() % 2 == 0);
        return;
      case 2:
      case 3:
        update({key, who, value});
        return;
      case 4:
        await(key);
        return;
      case 5:
        if (otp::is_alive(who)) {
          base::end(who);
          who = base::fresh_actor();
        }
        return;
      case 6:
        if (auto hdl = base::whereis("test/" + std::to_string(random() % 3))) {
          otp::send_exit(as_self(hdl),
                         caf::actor_cast<caf::strong_actor_ptr>(hdl),
                         caf::exit_reason::kill);
          base::step(hdl);
        }
        return;
    }
  }

  /// Compares what anyone reads with the model.
  void check(const std::string& when) {
    INFO(when);
    for (auto* key : {"a", "b", "c", "d", "e"}) {
      std::multiset<std::pair<caf::actor_id, int>> found;
      for (auto& x : base::all.lookup(key))
        found.emplace(x.actor->id(), x.value);
      std::multiset<std::pair<caf::actor_id, int>> expected;
      for (auto& x : model_)
        if (x.key == key && otp::is_alive(x.actor))
          expected.emplace(x.actor->id(), x.value);
      CHECK(found == expected);
    }
  }

  /// Once all have heard of everything, no trace of the dead is left.
  void check_at_rest() {
    std::erase_if(model_, [](auto& x) { return !otp::is_alive(x.actor); });
    check("at rest");
    size_t rows = 0;
    for (auto* id : {"test/0", "test/1", "test/2"})
      Keys::for_each(ets::whereis<typename Keys::table>(id),
                     [&](const auto&...) { ++rows; });
    CHECK(rows == model_.size());
    for (auto& who : known_) {
      strings expected;
      for (auto& x : model_)
        if (x.actor == who)
          expected.push_back(x.key);
      auto found = base::all.keys(who);
      REQUIRE(found);
      std::sort(found->begin(), found->end());
      std::sort(expected.begin(), expected.end());
      CHECK(*found == expected);
    }
  }

  size_t answers = 0;
  size_t refusals = 0; ///< By a dead registry.

private:
  template <class Atom, class T, class Request, class F>
  void send(Atom what, Request request, F on_answer) {
    auto key = request.key;
    auto done = completion<T>::make([=, this](const caf::expected<T>& x) {
      ++answers;
      if (!x && x.error() == caf::sec::request_receiver_down)
        ++refusals;
      else
        on_answer(x);
    });
    // Straight to the registry: a handle by name would send again what a dead
    // one did not answer.
    if (auto to = base::partition_of(key))
      caf::anon_send(to, what, std::move(request), std::move(done));
  }

  void add(registration x) {
    send<atom::register_name, caf::unit_t>(
      atom::register_name_v, x,
      [=, this](const caf::expected<caf::unit_t>& answer) {
        auto taken = std::any_of(model_.begin(), model_.end(), [&](auto& y) {
          return Keys::unique && y.key == x.key && otp::is_alive(y.actor);
        });
        if (!otp::is_alive(x.actor))
          CHECK(answer.error() == ec::no_such_actor);
        else if (taken)
          CHECK(answer.error() == ec::name_taken);
        else
          CHECK(answer);
        if (answer)
          model_.push_back(x);
      });
  }

  void remove(const std::string& key, const caf::strong_actor_ptr& who,
              int value, bool all_values) {
    otp::unregistration<Keys> what{key, who};
    if (!all_values)
      what.match = [value](int x) { return x == value; };
    send<atom::unregister_name, uint64_t>(
      atom::unregister_name_v, what,
      [=, this](const caf::expected<uint64_t>& answer) {
        auto gone = std::erase_if(model_, [&](auto& y) {
          return y.key == key && y.actor == who && otp::is_alive(y.actor)
                 && (all_values || y.value == value);
        });
        REQUIRE(answer);
        // Of an actor that has ended, entries may or may not be there still.
        if (otp::is_alive(who))
          CHECK(*answer == gone);
      });
  }

  void update(registration x) {
    send<atom::update_value, uint64_t>(
      atom::update_value_v, x,
      [=, this](const caf::expected<uint64_t>& answer) {
        uint64_t changed = 0;
        for (auto& y : model_)
          if (y.key == x.key && y.actor == x.actor) {
            y.value = x.value;
            ++changed;
          }
        REQUIRE(answer);
        if (otp::is_alive(x.actor))
          CHECK(*answer == changed);
      });
  }

  void await(const std::string& key) {
    otp::awaited_key<Keys> what{key, std::chrono::seconds{1}};
    send<atom::await, caf::strong_actor_ptr>(
      atom::await_v, what,
      [](const caf::expected<caf::strong_actor_ptr>& answer) {
        if (!answer) {
          CHECK(answer.error() == ec::timeout);
          return;
        }
        // Answered as the entry is made: the model may be about to hear of it.
        CHECK(otp::is_alive(*answer));
      });
  }

  std::vector<registration> model_;
  std::vector<caf::strong_actor_ptr> known_;
};

} // namespace

TEMPLATE_TEST_CASE_METHOD(model_fixture, "registries against a model",
                          "[registry]", rooms, topics) {
  using base = model_fixture<TestType>;
  auto seed = test_seed();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  base::populate();
  for (auto round = 0; round < 3000; ++round) {
    base::act(random);
    for (auto n = random() % 4; n > 0; --n)
      base::step();
    if (random() % 20 == 0)
      base::check("round " + std::to_string(round));
    if (random() % 100 == 0) {
      base::run();
      base::check_at_rest();
    }
  }
  base::advance(std::chrono::seconds{2}); // who waits gives up
  base::check_at_rest();
  CHECK(base::answers > 1000);
  CHECK(base::refusals > 0);
}
