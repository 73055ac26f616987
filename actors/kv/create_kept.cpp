#include "actors/kv/create_kept.hpp"

#include "actors/base/error.hpp"
#include "actors/base/in_place.hpp"
#include "actors/kv/keeper.hpp"

#include <utility>

namespace kv {

namespace {

caf::error refusal(const std::string& name, durability is) {
  return caf::make_error(ec::badarg, "there is " + name + " with durability "
                                       + to_string(is));
}

/// Returns the bucket, or why it is not what was asked for.
caf::expected<bucket_ref> judge(const caf::expected<bucket_ref>& found,
                                const std::string& name, durability wanted) {
  auto* k = keeper::of_process();
  if (!found || k == nullptr)
    return found;
  auto is = k->mode_of(name);
  if (is == wanted)
    return found;
  return refusal(name, is);
}

} // namespace

void create(const client& app, std::string name, durability mode,
            completion<bucket_ref> done) {
  auto* k = keeper::of_process();
  if (k == nullptr) {
    if (mode == durability::none)
      app.create(std::move(name), std::move(done));
    else
      done.deliver(caf::make_error(
        ec::badarg, std::string{"nothing is kept: see --data-dir"}));
    return;
  }
  // Nobody is made to stay who was not meant.
  if (kv::lookup(app.names(), name) && k->mode_of(name) != mode) {
    done.deliver(refusal(name, k->mode_of(name)));
    return;
  }
  if (!k->modes().want(name, mode)) {
    done.deliver(caf::make_error(
      ec::badarg, name + " is being created with another durability"));
    return;
  }
  auto on_created = [name, mode, done](const caf::expected<bucket_ref>& x) {
    if (auto* kept = keeper::of_process())
      kept->modes().unwant(name);
    if (auto result = judge(x, name, mode))
      done.deliver(std::move(*result));
    else
      done.deliver(std::move(result.error()));
  };
  app.create(name, completion<bucket_ref>::make(std::move(on_created)));
}

bucket create(const client& app, std::string name, durability mode) {
  auto made = call_in_place<bucket_ref>(
    app.system(), std::chrono::steady_clock::now() + client::default_timeout,
    [&](host_unit&, completion<bucket_ref> done) {
      create(app, std::move(name), mode, std::move(done));
    });
  if (!made)
    throw failure{made.error()};
  return {app.system(), std::move(*made)};
}

} // namespace kv
