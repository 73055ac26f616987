#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/error.hpp"
#include "actors/kv/readers.hpp"
#include "actors/kv/strings.hpp"
#include "actors/otp/names.hpp"

#include <caf/actor_cast.hpp>
#include <caf/result.hpp>
#include <caf/send.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>

namespace kv::examples {

/// A SESSION STORE keeps who is logged in as strings of the application, so
/// that Redis clients see the same sessions: `GET session:TOKEN` returns the
/// user, `TTL` how long the session lasts, and `DEL` ends it.
using session_store_actor = caf::typed_actor<
  // Begins a session of that user and returns its token.
  caf::replies_to<atom::put, std::string>::with<std::string>,
  // Returns the user of a session, if it has not ended.
  caf::replies_to<atom::get, std::string>::with<std::optional<std::string>>,
  // A session has begun: its number and token, no token if it has not. For its
  // own use.
  caf::reacts_to<atom::told, uint64_t, std::string>>;

class session_store_state {
public:
  using handle_type = session_store_actor;

  static constexpr const char* name = "examples.session_store";

  static constexpr std::chrono::minutes default_length{30};

  explicit session_store_state(handle_type::pointer self,
                               std::chrono::milliseconds length
                               = default_length)
    : self_(self), length_(length) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::put, std::string& user) { return begin(std::move(user)); },
      [this](atom::get, const std::string& token) {
        std::optional<std::string> result;
        names_.visit_string("session:" + token,
                            [&](const field& x) { result = x.value; });
        return result;
      },
      [this](atom::told, uint64_t n, std::string& token) {
        auto done = std::move(beginning_.at(n));
        beginning_.erase(n);
        if (token.empty())
          done.deliver(caf::make_error(ec::no_such_actor));
        else
          done.deliver(std::move(token));
      },
    };
  }

private:
  using promise = caf::typed_response_promise<std::string>;

  /// A token that cannot be guessed.
  static std::string make_token() {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr size_t length = 32;
    std::random_device random; // the kernel's
    std::uniform_int_distribution<size_t> any{0, digits.size() - 1};
    std::string result;
    while (result.size() < length)
      result += digits[any(random)];
    return result;
  }

  // Strings are written by their actor alone, which does work for others.
  caf::result<std::string> begin(std::string user) {
    auto strings = otp::whereis<strings_actor>(
      ets::whereis<otp::names_table>("kv.names"), strings_state::name);
    if (!strings)
      return caf::make_error(ec::no_such_actor);
    auto token = make_token();
    auto put = [=, user = std::move(user), names = names_,
                end = deadline::in(length_)](const bucket_fields& fields) {
      string_keys{fields, names}.put("session:" + token, user, end);
      return token;
    };
    // The answer is given where the work was done, which is not here.
    auto tell = [me = session_store_actor{self_},
                 n = ++last_](const caf::expected<std::string>& x) {
      caf::anon_send(me, atom::told_v, n, x ? *x : std::string{});
    };
    self_->send(strings, make_bucket_task<std::string>(std::move(put), tell));
    auto done = self_->make_response_promise<promise>();
    beginning_.emplace(last_, done);
    return done;
  }

  handle_type::pointer self_;
  std::chrono::milliseconds length_;
  std::map<uint64_t, promise> beginning_;
  uint64_t last_ = 0;
  name_readers names_{ets::whereis<fields_table>("kv.strings"),
                      ets::whereis<bucket_names>("kv.registry")};
};

} // namespace kv::examples
