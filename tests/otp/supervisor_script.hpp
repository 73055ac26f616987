#pragma once

#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"
#include "tests/support/process.hpp"

#include <caf/send.hpp>

#include <chrono>
#include <map>
#include <sstream>
#include <string>

// Scripts of what happens to a supervisor and its children, and their traces.

namespace kv::test::supervisor_script {

inline strings split(const std::string& text, char separator = ' ') {
  strings result;
  std::istringstream in{text};
  for (std::string word; std::getline(in, word, separator);)
    result.push_back(word);
  return result;
}

inline std::string join(const strings& words) {
  std::string result;
  for (auto& x : words)
    result += (result.empty() ? "" : " ") + x;
  return result;
}

/// Returns what Erlang's supervisor does; see oracle/supervisor.escript for the
/// language of the scripts.
inline strings run_in_erlang(const strings& scripts) {
  strings words{"escript", KV_ROOT "/tests/otp/oracle/supervisor.escript"};
  words.insert(words.end(), scripts.begin(), scripts.end());
  process erlang{words, {}, {"PATH=/usr/bin:/bin", "HOME=/"}};
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

/// Runs scripts on both supervisors: equal traces.
inline void compare(const strings& scripts) {
  auto theirs = run_in_erlang(scripts);
  for (size_t i = 0; i < scripts.size(); ++i) {
    CAPTURE(scripts[i]);
    CHECK(interpreter{}.play(scripts[i]) == theirs[i]);
  }
}

inline constexpr const char* strategies[] = {"one_for_one", "one_for_all",
                                             "rest_for_one"};

inline constexpr const char* reasons[] = {"normal", "shutdown", "kill",
                                          "crash"};

} // namespace kv::test::supervisor_script
