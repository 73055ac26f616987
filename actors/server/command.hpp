#pragma once

#include "actors/kv/bucket.hpp"
#include "actors/server/resp_writer.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace kv::server {

class resp_session;

/// A request's words: the command's name first.
using arguments = std::span<const std::string_view>;

using bucket_fields = ets::owner<fields_table>;
using bucket_reader = ets::reader<fields_table>;

/// What COMMAND says of a command, and what must hold where it runs.
enum command_flag : uint16_t {
  flag_write = 1,
  flag_readonly = 2,
  flag_fast = 4,
  flag_admin = 8,
  flag_random = 16,
  flag_keyspace = 32, ///< Sees all buckets: what is gathered is written first.
  flag_no_multi = 64, ///< Is done at once, or refused, between MULTI and EXEC.
  flag_no_auth = 128, ///< Is done for clients that have said no password yet.
};

/// One command of the Redis protocol: all there is to know about it, for
/// dispatch, COMMAND and HELP alike. It runs in one of three ways.
struct command {
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

  /// On the session.
  void (*on_session)(resp_session&, arguments) = nullptr;

  /// On a bucket's table, wherever the caller is; null if there is no bucket.
  /// Reads one row at most: rows may change between two reads.
  void (*on_table)(const bucket_reader*, arguments, resp_writer&) = nullptr;

  /// In the bucket itself: nobody writes meanwhile.
  void (*in_bucket)(const bucket_fields&, arguments, resp_writer&) = nullptr;

  /// With `in_bucket`: the reply if there is no bucket. Null: then there must
  /// be one, and is made.
  void (*absent)(arguments, resp_writer&) = nullptr;

  /// Replies and returns false if the words are wrong, whatever the bucket
  /// holds. Optional.
  bool (*check)(arguments, resp_writer&) = nullptr;

  bool creates() const noexcept {
    return in_bucket != nullptr && absent == nullptr;
  }
};

/// All commands, by group.
std::span<const command> command_table();

/// Finds a command, in upper or lower case; null if there is none.
/// Complexity: O(1). Thread safety: any thread.
const command* find_command(std::string_view name);

// The groups of the table, each in a file of its own.
std::span<const command> connection_commands();
std::span<const command> hash_commands();
std::span<const command> keyspace_commands();
std::span<const command> server_commands();

} // namespace kv::server
