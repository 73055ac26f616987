#pragma once

#include "actors/kv/keeper.hpp"

#include "tests/support/app_fixture.hpp"
#include "tests/support/memory_engine.hpp"

#include <memory>
#include <string>
#include <utility>

namespace kv::test {

/// The application on the deterministic scheduler, with a keeper that does
/// nothing until a test says so. What it keeps is on the disk, for the next
/// one.
class kept_app {
public:
  explicit kept_app(std::shared_ptr<memory_disk> disk,
                    durability mode = durability::always,
                    tree_options options = {})
    : kept(std::make_unique<memory_engine>(std::move(disk)),
           {mode, false, std::chrono::milliseconds{0}}),
      app(std::move(options)) {
    settle();
  }

  ~kept_app() {
    app.app->stop();
    settle();
  }

  /// Has everything kept, and everyone answer.
  void settle() {
    do
      app.run();
    while (kept.commit());
    app.run();
  }

  /// Sends a request and returns its answer, which is kept by then.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> try_call(const Handle& hdl, Ts&&... xs) {
    auto response = app.self->request(hdl, caf::infinite,
                                      std::forward<Ts>(xs)...);
    settle();
    if (app.self->mailbox().empty())
      FAIL("the request was never answered");
    std::optional<caf::expected<Result>> result;
    response.receive([&](Result& x) { result.emplace(std::move(x)); },
                     [&](caf::error& err) { result.emplace(std::move(err)); });
    return std::move(*result);
  }

  template <class Result, class Handle, class... Ts>
  Result call(const Handle& hdl, Ts&&... xs) {
    auto result = try_call<Result>(hdl, std::forward<Ts>(xs)...);
    if (!result)
      FAIL(describe(result.error()));
    return std::move(*result);
  }

  bucket_actor create(const std::string& name) {
    return call<bucket_actor>(app.registry(), atom::create_v, name);
  }

  void put(const bucket_actor& bucket, const std::string& key,
           const std::string& value) {
    call<caf::ok_atom>(bucket, atom::put_v, key, value);
  }

  /// Reads a bucket's table.
  optional_bytes get(std::string_view name, std::string_view key) const {
    optional_bytes result;
    visit(app.names, name, [&](const bucket_ref& x) {
      x.fields.visit(key, [&](const field& y) { result = y.value; });
    });
    return result;
  }

  /// Runs `op(string_keys)` in the strings' actor.
  template <class Op>
  void in_strings(Op op) {
    auto client = app.app->client();
    auto task = make_bucket_task<bool>(
      [op, names = client.tables().names](const bucket_fields& fields) {
        op(string_keys{fields, names});
        return true;
      },
      [](const caf::expected<bool>& x) { REQUIRE(x); });
    caf::anon_send(client.strings(), std::move(task));
    settle();
  }

  optional_bytes string(std::string_view name) const {
    optional_bytes result;
    app.app->client().tables().names.visit_string(name, [&](const field& x) {
      result = x.value;
    });
    return result;
  }

  keeper kept;
  app_fixture app;
};

} // namespace kv::test
