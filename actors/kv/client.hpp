#pragma once

#include "actors/base/completion.hpp"
#include "actors/kv/readers.hpp"
#include "actors/kv/strings.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kv {

/// What the facade throws: an error between actors, as an exception.
class failure : public std::runtime_error {
public:
  explicit failure(caf::error reason);

  const caf::error& reason() const noexcept {
    return reason_;
  }

private:
  caf::error reason_;
};

/// A bucket, as threads use it: reads go straight to its table, writes run the
/// actor on the calling thread, and wait only while another thread runs it.
/// Thread safety: any thread; not from within an actor, which should send
/// requests to `actor()` instead.
/// Errors: writes throw `failure` with `ec::no_such_bucket` once the bucket has
/// ended, and with `ec::timeout` if it does not answer.
class bucket {
public:
  bucket(caf::actor_system& sys, bucket_ref ref)
    : sys_(&sys), ref_(std::move(ref)) {
    // nop
  }

  /// Returns a value; nothing if there is none, or if the bucket has ended.
  /// Complexity: O(1), no message.
  optional_bytes get(std::string_view key) const;

  /// Returns a value by message: behind everything that was sent to the bucket
  /// before. Complexity: O(1).
  optional_bytes get_in_order(std::string key) const;

  /// Stores any bytes. Complexity: O(1).
  void put(std::string key, std::string value);

  /// Removes a key and returns its old value. Complexity: O(1).
  optional_bytes erase(std::string key);

  /// Stores a JSON value as its text. Text that is not UTF-8 is replaced.
  template <std::same_as<nlohmann::json> Json>
  void put(std::string key, const Json& value) {
    put(std::move(key), dump(value));
  }

  /// Returns a value that was stored as JSON.
  /// Errors: throws `nlohmann::json::exception` if it is not, or no T.
  template <class T>
  std::optional<T> get_as(std::string_view key) const {
    if (auto text = get(key))
      return parse(*text).template get<T>();
    return std::nullopt;
  }

  /// Returns whether the bucket has not ended.
  bool alive() const noexcept {
    return ref_.fields.is_open();
  }

  const bucket_actor& actor() const noexcept {
    return ref_.actor;
  }

  const ets::reader<fields_table>& fields() const noexcept {
    return ref_.fields;
  }

  friend bool operator==(const bucket& x, const bucket& y) {
    return x.ref_.actor == y.ref_.actor;
  }

private:
  /// Calls `op(fields)` inside the bucket and returns what it returns, a T.
  template <class T, class Op>
  T call(Op op) const;

  static nlohmann::json parse(const std::string& text);

  static std::string dump(const nlohmann::json& value);

  caf::actor_system* sys_;
  bucket_ref ref_;
};

/// Ends a subscription when it goes.
class subscription {
public:
  explicit subscription(caf::actor handler) : handler_(std::move(handler)) {
    // nop
  }
  subscription(subscription&&) noexcept = default;
  subscription& operator=(subscription&&) = delete;
  ~subscription();

  const caf::actor& handler() const noexcept {
    return handler_;
  }

private:
  caf::actor handler_;
};

/// The application, as threads use it. Cheap to copy.
/// Thread safety: any thread; not from within an actor.
class client {
public:
  /// How long a call waits; the request may still be done later.
  static constexpr std::chrono::seconds default_timeout{5};

  client(caf::actor_system& sys, tree_readers readers,
         ets::reader<otp::names_table> actors, otp::supervisor_actor root);

  /// Returns the bucket called `name`, starting it if there is none; by then
  /// every event handler has seen the event.
  /// Errors: throws `failure`.
  bucket create(std::string name) const;

  /// The same without waiting: `done` is called on some thread. Whoever calls
  /// this on a thread that is no actor's runs `host_unit::run` afterwards.
  void create(std::string name, completion<bucket_ref> done) const;

  /// The same, but answers as soon as the table has the bucket, and one that is
  /// started for that ends when work leaves it without fields.
  void ensure(std::string name, completion<bucket_ref> done) const;

  /// Returns the bucket called `name`. Complexity: O(1), no message.
  /// Errors: throws `ets::error` once the application has ended.
  std::optional<bucket> lookup(std::string_view name) const;

  /// Ends a bucket and waits for its end; returns false if there was none. The
  /// exit event follows.
  bool stop(std::string_view name) const;

  /// Calls `on_event` for every event from now on, one at a time, on some
  /// thread, until the subscription goes.
  [[nodiscard]] subscription
  subscribe(std::function<void(const bucket_event&)> on_event) const;

  /// Returns the actor of the strings; null, or one that has ended, while it is
  /// being restarted. Complexity: O(1), no message.
  strings_actor strings() const;

  /// Finds the actor of the strings as soon as there is one. Like the second
  /// `create`.
  void await_strings(completion<strings_actor> done) const;

  // -- looking in: `done` gets JSON, on some thread; nothing here waits

  /// Describes what runs: the whole tree, see `otp::tree_json`.
  void tree(completion<nlohmann::json> done) const;

  /// Describes the last `n` ends that nobody had asked for, newest first.
  void crashes(size_t n, completion<nlohmann::json> done) const;

  /// Describes the child of the tree, or else the bucket, called `who`.
  /// Errors: `ec::no_such_actor`; `ec::timeout` says what it is busy with.
  void inspect(const std::string& who, completion<nlohmann::json> done) const;

  /// Describes the first messages that `who` gets within `time`, at most `n`.
  /// Errors: `ec::no_such_actor`.
  void trace(const std::string& who, size_t n, std::chrono::milliseconds time,
             completion<nlohmann::json> done) const;

  const ets::reader<bucket_names>& names() const noexcept {
    return readers_.names.buckets;
  }

  const tree_readers& tables() const noexcept {
    return readers_;
  }

  caf::actor_system& system() const noexcept {
    return *sys_;
  }

private:
  friend class create_call;

  caf::strong_actor_ptr find(const std::string& who) const;

  template <class Handle>
  Handle await_actor(const char* id,
                     std::chrono::steady_clock::time_point deadline) const;

  caf::actor_system* sys_;
  tree_readers readers_;
  ets::reader<otp::names_table> actors_;
  otp::supervisor_actor root_;
};

} // namespace kv
