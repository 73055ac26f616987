#include "actors/kv/client.hpp"
#include "actors/otp/tree_json.hpp"

#include <utility>

namespace kv {

using nlohmann::json;

namespace {

template <class Handle>
caf::strong_actor_ptr pointer_to(const Handle& hdl) {
  return caf::actor_cast<caf::strong_actor_ptr>(hdl);
}

} // namespace

caf::strong_actor_ptr client::find(const std::string& who) const {
  if (auto child = otp::whereis<caf::strong_actor_ptr>(actors_, who))
    return child;
  try {
    if (auto bucket = lookup(who))
      return pointer_to(bucket->actor());
  } catch (const ets::error&) {
    // The application has ended.
  }
  return nullptr;
}

void client::tree(completion<json> done) const {
  otp::tree_json(*sys_, "kv", pointer_to(root_), std::move(done));
}

void client::crashes(size_t n, completion<json> done) const {
  otp::crashes_json(pointer_to(root_), n, std::move(done));
}

void client::inspect(const std::string& who, completion<json> done) const {
  otp::actor_json(*sys_, who, find(who), std::move(done));
}

void client::trace(const std::string& who, size_t n,
                   std::chrono::milliseconds time,
                   completion<json> done) const {
  using messages = std::vector<otp::traced_message>;
  auto on_end = [done = std::move(done)](const caf::expected<messages>& x) {
    if (x)
      done.deliver(otp::trace_json(*x));
    else
      done.deliver(x.error());
  };
  otp::trace(*sys_, find(who), n, time,
             completion<messages>::make(std::move(on_end)));
}

} // namespace kv
