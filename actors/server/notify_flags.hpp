#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kv::server {

/// Which changes are published: Redis's notify-keyspace-events.
class notify_flags {
public:
  /// Reads letters as `KEA` or `Kg$`; nothing if one of them is none.
  static std::optional<notify_flags> read(std::string_view text);

  /// Returns the letters in the form that Redis gives them.
  std::string text() const;

  /// Returns whether changes of a group are published at all.
  bool wants(char group) const noexcept {
    return (by_key() || by_event())
           && classes_.find(group) != std::string::npos;
  }

  bool by_key() const noexcept {
    return by_key_;
  }

  bool by_event() const noexcept {
    return by_event_;
  }

private:
  static constexpr std::string_view all_classes = "g$lshzxetd";

  std::string classes_; ///< In the order of `all_classes`, then n and m.
  bool by_key_ = false;
  bool by_event_ = false;
};

} // namespace kv::server
