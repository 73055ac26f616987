#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/completion.hpp"
#include "actors/ets/table.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kv {

/// One item of a bucket. A value is an immutable string of any bytes.
struct field {
  std::string key;
  std::string value;
};

/// The fields of one bucket: written by the bucket alone, read by everyone.
using fields_table = ets::set<field, &field::key>;

/// What is, or was, stored under a key. Absence is not an error.
using optional_bytes = std::optional<std::string>;

/// A request of a caller that is no actor. One message for all of them, because
/// every bucket pays for every kind of message it understands.
struct bucket_call {
  enum class verb : uint8_t { get, put, erase };

  verb what = verb::get;
  std::string key;
  std::string value;               ///< For `put`.
  completion<optional_bytes> done; ///< Gets what `get` and `erase` return.
};

/// A BUCKET is a map from keys to values (the guide's agent). Reading its table
/// needs no message; a `get` by message is for those who want it in order with
/// what they sent before.
using bucket_actor = caf::typed_actor<
  // Returns the value under a key.
  caf::replies_to<atom::get, std::string>::with<optional_bytes>,
  // Stores a value under a key.
  caf::replies_to<atom::put, std::string, std::string>::with<caf::ok_atom>,
  // Removes a key and returns its old value.
  caf::replies_to<atom::erase, std::string>::with<optional_bytes>,
  // Returns all keys, in no order.
  caf::replies_to<atom::keys>::with<std::vector<std::string>>,
  // Returns the number of fields.
  caf::replies_to<atom::size>::with<uint64_t>,
  // The first three for callers that are no actors.
  caf::reacts_to<bucket_call>>;

class bucket_state {
public:
  using handle_type = bucket_actor;

  static constexpr const char* name = "kv.bucket";

  bucket_state(handle_type::pointer self, ets::owner<fields_table> fields);

  handle_type::behavior_type make_behavior();

private:
  optional_bytes get(const std::string& key) const;

  optional_bytes erase(const std::string& key);

  void handle(bucket_call& call);

  // Closed when the bucket ends, before anyone hears of the end.
  ets::owner<fields_table> fields_;
};

/// What one needs to use a bucket.
struct bucket_ref {
  bucket_actor actor;
  ets::reader<fields_table> fields;

  friend bool operator==(const bucket_ref&, const bucket_ref&) = default;
};

} // namespace kv

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::bucket_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::optional_bytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::ets::reader<kv::fields_table>)
