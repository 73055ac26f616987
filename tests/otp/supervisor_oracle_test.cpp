// The same scripts, run by our supervisor and by Erlang's: equal traces.

#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"
#include "tests/support/process.hpp"
#include "tests/support/seed.hpp"

#include <caf/send.hpp>

#include <map>
#include <random>
#include <sstream>

using namespace kv;
using test::end_watch;
using test::otp_fixture;
using test::strings;

namespace {

strings split(const std::string& text, char separator = ' ') {
  strings result;
  std::istringstream in{text};
  for (std::string word; std::getline(in, word, separator);)
    result.push_back(word);
  return result;
}

std::string join(const strings& words) {
  std::string result;
  for (auto& x : words)
    result += (result.empty() ? "" : " ") + x;
  return result;
}

/// Returns what Erlang's supervisor does; see oracle/supervisor.escript for the
/// language of the scripts.
strings run_in_erlang(const strings& scripts) {
  strings words{"escript", KV_ROOT "/tests/otp/oracle/supervisor.escript"};
  words.insert(words.end(), scripts.begin(), scripts.end());
  test::process erlang{words, {}, {"PATH=/usr/bin:/bin", "HOME=/"}};
  auto result = split(erlang.out(), '\n');
  INFO(erlang.err());
  REQUIRE(erlang.wait() == 0);
  REQUIRE(result.size() == scripts.size());
  return result;
}

/// Runs scripts on our supervisor.
class interpreter : public otp_fixture {
public:
  std::string play(const std::string& script) {
    auto words = split(script);
    trees_.clear();
    for (auto& word : words)
      if (auto x = split(word, ':'); x[0] == "define")
        trees_[x[1]] = {x.begin() + 2, x.end()};
    world->failing.clear();
    world->stubborn.clear();
    patient_ = script.find("/stubborn") != std::string::npos;
    auto init = make_init(split(words[0], ':'))(nullptr);
    start(init.children, init.flags);
    end_watch end{root};
    for (auto i = words.begin() + 1; i != words.end() && !end.ended(); ++i)
      do_step(split(*i, ':'));
    auto result = trace();
    result.emplace_back(end.ended() ? "down" : "up");
    if (!end.ended())
      append_ids(root, result);
    stop();
    let_deadlines_pass();
    trace();
    return join(result);
  }

private:
  otp::init_function make_init(const strings& tree) {
    return [=, this](caf::local_actor*) {
      otp::supervisor_init result;
      auto how = split(tree[0], '/');
      result.flags.strategy = strategy_of(how[0]);
      if (how.size() > 1)
        result.flags.auto_shutdown = how[1] == "any_significant"
                                       ? otp::auto_shutdown::any_significant
                                       : otp::auto_shutdown::all_significant;
      result.flags.intensity = std::stoull(tree[1]);
      result.flags.period = std::chrono::seconds{std::stoll(tree[2])};
      for (size_t i = 3; i < tree.size(); i += 2)
        result.children.push_back(make_spec(tree[i], tree[i + 1]));
      return result;
    };
  }

  otp::child_spec make_spec(const std::string& id, const std::string& text) {
    auto options = split(text, '/');
    auto policy = otp::restart::temporary;
    for (auto x : {otp::restart::permanent, otp::restart::transient})
      if (options[0] == types[static_cast<size_t>(x)])
        policy = x;
    auto i = trees_.find(id);
    auto result = i != trees_.end()
                    ? otp::supervisor_spec(id, names.writer(),
                                           make_init(i->second), policy)
                    : worker_spec(id, policy, text);
    for (auto& x : options) {
      if (x == "significant")
        result.significant = true;
      else if (x == "brutal")
        result.shutdown = otp::shutdown::brutal_kill();
      else if (x == "infinity")
        result.shutdown = otp::shutdown::infinity();
      else if (x == "stubborn")
        result.shutdown.deadline = short_deadline;
    }
    return result;
  }

  /// Leaves "#id" where its supervisor kills it.
  otp::child_spec worker_spec(const std::string& id, otp::restart policy,
                              const std::string& text) {
    auto result = spec(id, policy);
    auto stubborn = text.find("/stubborn") != std::string::npos;
    result.start = [this, id, stubborn,
                    start = result.start](caf::local_actor* parent) {
      // How it is depends on the spec it is started by.
      if (stubborn)
        world->stubborn.insert(id);
      else
        world->stubborn.erase(id);
      auto started = start(parent);
      if (started)
        started->ptr->get()->attach_functor([this, id](const caf::error& why) {
          if (why == caf::exit_reason::kill && killing_ != id)
            world->trace.back() = '#' + id;
        });
      return started;
    };
    return result;
  }

  static otp::strategy strategy_of(const std::string& word) {
    if (word == "one_for_one")
      return otp::strategy::one_for_one;
    return word == "one_for_all" ? otp::strategy::one_for_all
                                 : otp::strategy::rest_for_one;
  }

  void append_ids(const otp::supervisor_actor& parent, strings& result) {
    for (auto& x :
         call<std::vector<otp::child_info>>(parent, atom::which_children_v)) {
      result.push_back(x.id);
      if (x.ptr && x.type == otp::child_type::supervisor)
        append_ids(caf::actor_cast<otp::supervisor_actor>(x.ptr), result);
    }
  }

  void do_step(const strings& x) {
    if (x[0] == "advance")
      advance(std::chrono::seconds{std::stoll(x[1])});
    else if (x[0] == "fail")
      world->failing[x[1]] = std::stoi(x[2]);
    else if (x[0] == "start")
      answer(
        ask_patiently<otp::child>(atom::start_child_v, make_spec(x[1], x[2])));
    else if (x[0] == "terminate")
      answer(ask_patiently<caf::ok_atom>(atom::terminate_child_v, x[1]));
    else if (x[0] == "restart")
      answer(ask_patiently<otp::child>(atom::restart_child_v, x[1]));
    else if (x[0] == "delete")
      answer(ask_patiently<caf::ok_atom>(atom::delete_child_v, x[1]));
    else if (auto hdl = whereis(x[1]); hdl && trees_.count(x[1]) == 0)
      end_child(x[1], hdl, x[0]);
  }

  void end_child(const std::string& id, const caf::actor& hdl,
                 const std::string& how) {
    killing_ = how == "kill" ? id : "";
    if (how == "normal")
      caf::anon_send(hdl, std::string{"quit"});
    else if (how == "crash")
      caf::anon_send(hdl, std::string{"throw"});
    else if (how == "shutdown")
      caf::anon_send(hdl, how);
    else
      self->send_exit(hdl, caf::exit_reason::kill);
    step(hdl);
    killing_.clear();
    run();
    let_deadlines_pass();
  }

  /// Virtual seconds are long: this does not count for the restart intensity.
  void let_deadlines_pass() {
    if (patient_)
      for (auto i = 0; i < 10; ++i)
        advance(short_deadline);
  }

  /// Sends a request and returns its answer, which may take some deadlines.
  template <class T, class... Ts>
  caf::expected<T> ask_patiently(Ts&&... xs) {
    auto response = self->request(root, caf::infinite, std::forward<Ts>(xs)...);
    run();
    let_deadlines_pass();
    caf::expected<T> result{caf::error{}};
    response.receive([&](T& x) { result = std::move(x); },
                     [&](caf::error& err) { result = std::move(err); });
    return result;
  }

  template <class T>
  void answer(const caf::expected<T>& x) {
    auto word = [&]() -> std::string {
      if (x)
        return "ok";
      if (x.error() == ec::no_such_child)
        return "not_found";
      for (auto code : {ec::already_started, ec::already_present, ec::running,
                        ec::restarting})
        if (x.error() == code)
          return to_string(code);
      return "error";
    }();
    world->trace.push_back("=" + word);
  }

  static constexpr std::chrono::milliseconds short_deadline{5};

  std::map<std::string, strings> trees_;
  std::string killing_;  ///< Who is being killed, but not by its supervisor.
  bool patient_ = false; ///< Some child has a deadline that passes.

public:
  static constexpr const char* types[] = {"permanent", "transient",
                                          "temporary"};
};

void compare(const strings& scripts) {
  auto theirs = run_in_erlang(scripts);
  for (size_t i = 0; i < scripts.size(); ++i) {
    CAPTURE(scripts[i]);
    CHECK(interpreter{}.play(scripts[i]) == theirs[i]);
  }
}

constexpr const char* strategies[] = {"one_for_one", "one_for_all",
                                      "rest_for_one"};

constexpr const char* reasons[] = {"normal", "shutdown", "kill", "crash"};

} // namespace

TEST_CASE("strategies, restart types and reasons as in Erlang") {
  strings scripts;
  for (std::string strategy : strategies)
    for (std::string type : interpreter::types)
      for (std::string reason : reasons)
        scripts.push_back(strategy + ":3:5:a:permanent:b:" + type
                          + ":c:permanent:d:temporary " + reason + ":b crash:c "
                          + reason + ":b");
  REQUIRE(scripts.size() == 36);
  compare(scripts);
}

TEST_CASE("restart intensity as in Erlang") {
  strings scripts;
  for (auto intensity : {0, 1, 2, 3, 5})
    for (auto period : {1, 2, 5, 10})
      for (auto late : {0, 1}) { // the last restart is one period old, or more
        auto script = "one_for_one:" + std::to_string(intensity) + ':'
                      + std::to_string(period) + ":a:permanent:b:permanent"
                      + " crash:a advance:" + std::to_string(period + late);
        for (auto i = 0; i < intensity; ++i)
          script += " kill:b";
        scripts.push_back(script);
      }
  REQUIRE(scripts.size() == 40);
  compare(scripts);
}

TEST_CASE("starts that fail as in Erlang") {
  strings scripts;
  for (std::string strategy : strategies)
    for (std::string who : {"a", "b", "c"})
      for (std::string starts : {"1", "2", "3", "4"})
        scripts.push_back(strategy + ":3:5:a:permanent:b:transient:c:permanent"
                          + " fail:" + who + ':' + starts + " crash:b crash:a");
  compare(scripts);
}

TEST_CASE("shutdowns as in Erlang") {
  strings scripts;
  for (std::string strategy : strategies)
    for (std::string how : {"", "/brutal", "/infinity", "/stubborn"})
      for (std::string step : {"crash:a", "terminate:b", "terminate:c"})
        scripts.push_back(strategy + ":3:30:a:permanent:b:permanent" + how
                          + ":c:transient:d:permanent" + how + ' ' + step
                          + " kill:b crash:d restart:b crash:a crash:a");
  compare(scripts);
}

TEST_CASE("significant children as in Erlang") {
  strings scripts;
  for (std::string strategy : strategies)
    for (std::string policy : {"any", "all"})
      for (std::string type : {"transient", "temporary"})
        for (std::string reason : reasons)
          scripts.push_back(
            strategy + '/' + policy + "_significant:3:5:a:permanent:b:" + type
            + "/significant:c:transient/significant:d:"
              "temporary/significant:e:transient crash:a normal:"
              "e terminate:d "
            + reason + ":b " + reason + ":c normal:c");
  REQUIRE(scripts.size() == 48);
  compare(scripts);
}

TEST_CASE("specs of significant children as in Erlang") {
  compare({
    "one_for_one:3:5:a:permanent start:b:transient/significant",
    "one_for_one/any_significant:3:5:a:permanent start:b:permanent/significant",
    "one_for_one/any_significant:3:5:a:permanent "
    "start:b:transient/significant terminate:b delete:b normal:a",
    "one_for_one/all_significant:3:5:a:permanent fail:b:1 "
    "start:b:temporary/significant start:b:temporary/significant normal:b",
    // A supervisor that ends because of its children is a significant one.
    "one_for_one/any_significant:3:5:a:permanent:n:transient/significant "
    "define:n:one_for_one/any_significant:3:5:x:transient/significant normal:x",
  });
}

namespace {

/// Makes up scripts for a tree: the root has the children a, b, n and m; n and
/// m are supervisors, of x and y, and of z.
class composer {
public:
  explicit composer(uint64_t seed) : rng_(seed) {
    // nop
  }

  std::string compose() {
    auto result = tree({"a", "n", "b", "m"}) + " define:n:" + tree({"x", "y"})
                  + " define:m:" + tree({"z"});
    for (auto steps = below(25); steps > 0; --steps)
      result += ' ' + step();
    return result;
  }

private:
  uint64_t below(uint64_t n) {
    return rng_() % n;
  }

  template <class T, size_t N>
  std::string pick(const T (&xs)[N]) {
    return xs[below(N)];
  }

  std::string tree(const strings& children) {
    static constexpr const char* ends[] = {"", "", "/any_significant",
                                           "/all_significant"};
    auto how = pick(ends);
    auto result = pick(strategies) + how + ':' + std::to_string(below(6)) + ':'
                  + std::to_string(1 + below(5));
    for (auto& x : children)
      result += ':' + x + ':' + type(x == "n" || x == "m", !how.empty());
    return result;
  }

  /// Nobody waits for ever, and supervisors are not killed.
  std::string type(bool is_supervisor, bool may_be_significant) {
    static constexpr const char* shutdowns[] = {"", "", "/brutal", "/infinity"};
    auto result = pick(interpreter::types);
    if (may_be_significant && result != "permanent" && below(2) == 0)
      result += "/significant";
    return is_supervisor ? result : result + pick(shutdowns);
  }

  std::string start(const std::string& who) {
    return "start:" + who + ':' + type(who == "n" || who == "m", below(2) == 0);
  }

  std::string step() {
    static constexpr const char* workers[] = {"a", "b", "x", "y", "z"};
    static constexpr const char* children[] = {"a", "b", "n", "m", "c"};
    static constexpr const char* requests[] = {"terminate", "restart",
                                               "delete"};
    switch (below(6)) {
      case 0:
        return "advance:" + std::to_string(below(4));
      case 1:
        return pick(requests) + ':' + pick(children);
      case 2:
        return start(pick(children));
      case 3:
        return "fail:" + pick(workers) + ':' + std::to_string(below(4));
      default:
        return pick(reasons) + ':' + pick(workers);
    }
  }

  std::mt19937_64 rng_;
};

} // namespace

TEST_CASE("random trees as in Erlang") {
  composer from{test::test_seed()};
  strings scripts;
  for (auto n = 0; n < 300; ++n)
    scripts.push_back(from.compose());
  compare(scripts);
}
