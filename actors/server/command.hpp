#pragma once

#include "actors/kv/bucket.hpp"
#include "actors/kv/strings.hpp"
#include "actors/server/resp_writer.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace kv::server {

class resp_session;

/// A request's words: the command's name first.
using arguments = std::span<const std::string_view>;

/// A bucket's table, or that of the strings, to those who only read.
using bucket_reader = ets::read_operations<fields_table>;

/// What COMMAND says of a command, and what must hold where it runs.
enum command_flag : uint16_t {
  flag_write = 1,
  flag_readonly = 2,
  flag_fast = 4,
  flag_admin = 8,
  flag_random = 16,
  flag_keyspace = 32,  ///< Sees all names: what is gathered is written first.
  flag_no_multi = 64,  ///< Is done at once, or refused, between MULTI and EXEC.
  flag_no_auth = 128,  ///< Is done for clients that said no password yet.
  flag_any_type = 256, ///< Of strings: takes names that are buckets too.
  flag_rows = 512,     ///< With more words than it needs it changes many rows.
  flag_pubsub = 1024,  ///< Is done by who subscribes, also in RESP2.
};

/// What is told of a command: to clients by COMMAND and HELP.
struct command_text {
  std::string_view name; ///< Lower case.
  int arity;             ///< Words, its name included; negative: at least.
  uint16_t flags;
  int first_key; ///< Position of the first key; 0: none.
  int last_key;  ///< Negative: counted from the end.
  int key_step;
  std::string_view group;
  std::string_view since; ///< The version of Redis that had it first.
  std::string_view complexity;
  std::string_view summary;
  std::string_view usage; ///< Arguments, as in `key field [field ...]`.
};

/// One command of the Redis protocol: all there is to know about it, for
/// dispatch, COMMAND and HELP alike. It runs in one of these ways; one that
/// takes strings and buckets runs with the strings, and has `in_bucket` for
/// transactions in a bucket.
struct command : command_text {
  /// On the session.
  void (*on_session)(resp_session&, arguments) = nullptr;

  /// On the tables, wherever the caller is. Reads one row at most.
  void (*on_names)(const name_readers&, arguments, resp_writer&) = nullptr;

  /// In the strings: nobody writes any meanwhile.
  void (*in_strings)(const string_keys&, arguments, resp_writer&) = nullptr;

  /// On a bucket's table, wherever the caller is; null if there is no bucket.
  /// Reads one row at most: rows may change between two reads.
  void (*on_table)(const bucket_reader*, arguments, resp_writer&) = nullptr;

  /// In the bucket itself: nobody writes meanwhile.
  void (*in_bucket)(const bucket_fields&, arguments, resp_writer&) = nullptr;

  /// With `in_bucket`: the reply if there is no bucket. Null: then there must
  /// be one, and is made.
  void (*absent)(arguments, resp_writer&) = nullptr;

  /// Replies and returns false if the words are wrong, whatever is stored.
  bool (*check)(arguments, resp_writer&) = nullptr;

  /// Returns whether the strings' actor, or a look at the names, is enough.
  constexpr bool takes_strings() const noexcept {
    return on_names != nullptr || in_strings != nullptr;
  }

  constexpr bool takes_buckets() const noexcept {
    return on_table != nullptr || in_bucket != nullptr;
  }

  /// Returns whether it may run where the caller is, and changes nothing.
  constexpr bool reads() const noexcept {
    return on_names != nullptr || on_table != nullptr;
  }

  constexpr bool creates() const noexcept {
    return in_bucket != nullptr && absent == nullptr && !takes_strings();
  }
};

/// Calls `f` with every key among the words of a request.
template <class F>
void for_each_key(const command& what, arguments args, F f) {
  if (what.first_key == 0)
    return;
  auto words = static_cast<int>(args.size());
  auto last = what.last_key < 0 ? words + what.last_key : what.last_key;
  for (auto i = what.first_key; i <= last && i < words; i += what.key_step)
    f(args[static_cast<size_t>(i)]);
}

/// All commands, by group.
std::span<const command> command_table();

/// Adds a command of one's own, which must live as long as the program. Before
/// anyone has asked for a command: before a server starts. One that is there
/// already is not added again.
/// Thread safety: one thread at a time.
/// Errors: throws `std::logic_error` if it is too late, or the name is taken.
void add_command(const command& x);

/// Finds a command, in upper or lower case; null if there is none.
/// Complexity: O(1). Thread safety: any thread.
const command* find_command(std::string_view name);

// The groups of the table, each in a file of its own.
std::span<const command> client_commands();
std::span<const command> command_commands();
std::span<const command> config_commands();
std::span<const command> connection_commands();
std::span<const command> event_commands();
std::span<const command> expiry_commands();
std::span<const command> field_expiry_commands();
std::span<const command> hash_commands();
std::span<const command> hash_read_commands();
std::span<const command> key_commands();
std::span<const command> keyspace_commands();
std::span<const command> memory_commands();
std::span<const command> pubsub_commands();
std::span<const command> rename_commands();
std::span<const command> save_commands();
std::span<const command> scan_commands();
std::span<const command> server_commands();
std::span<const command> slow_commands();
std::span<const command> stream_commands();
std::span<const command> string_commands();
std::span<const command> string_change_commands();
std::span<const command> transaction_commands();

// How a command of a group is made.

constexpr command on_session(command_text text,
                             decltype(command::on_session) f) {
  return {{text}, f};
}

constexpr command on_names(command_text text, decltype(command::on_names) f,
                           decltype(command::check) check = nullptr) {
  command result{{text}};
  result.on_names = f;
  result.check = check;
  return result;
}

constexpr command in_strings(command_text text, decltype(command::in_strings) f,
                             decltype(command::check) check = nullptr) {
  command result{{text}};
  result.in_strings = f;
  result.check = check;
  return result;
}

constexpr command on_table(command_text text, decltype(command::on_table) f,
                           decltype(command::check) check = nullptr) {
  command result{{text}};
  result.on_table = f;
  result.check = check;
  return result;
}

constexpr command in_bucket(command_text text, decltype(command::in_bucket) f,
                            decltype(command::absent) absent = nullptr,
                            decltype(command::check) check = nullptr) {
  command result{{text}};
  result.in_bucket = f;
  result.absent = absent;
  result.check = check;
  return result;
}

/// Gives a command of strings what it does in a bucket's transaction.
constexpr command also_in_bucket(command x, decltype(command::in_bucket) f,
                                 decltype(command::absent) absent) {
  x.in_bucket = f;
  x.absent = absent;
  return x;
}

} // namespace kv::server
