#include "app/keeping.hpp"

#include "actors/durable/level_engine.hpp"
#include "actors/kv/application.hpp"

#include "tests/app/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_engine.hpp"

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

using namespace kv;
using namespace kv::app;
using namespace std::literals;

TEST_CASE("a start that takes long shows how far it has got") {
  std::ostringstream terminal;
  recovery_bar bar{terminal, true, 0s};
  bar.total(1000);
  bar.update(512, 500);
  CHECK(terminal.str().find("50 %  512 records") != std::string::npos);
  CHECK(terminal.str().find("####") != std::string::npos);
  bar.finish();
  CHECK(terminal.str().ends_with("\r\x1b[K"));
}

TEST_CASE("a start that is quick shows nothing, nor one without a terminal") {
  std::ostringstream out;
  recovery_bar quick{out, true, 1h};
  recovery_bar hidden{out, false, 0s};
  quick.update(512, 500);
  hidden.update(512, 500);
  quick.finish();
  hidden.finish();
  CHECK(out.str().empty());
}

namespace {

/// Has a directory keep so many fields of a bucket.
void keep_fields(const std::string& dir, int count) {
  durable::level_engine engine{dir};
  kept_changes changes;
  changes.add({.what = kept_change::op::create,
               .name = "b",
               .number = kept_changes::never});
  for (auto i = 0; i < count; ++i) {
    auto key = std::to_string(i);
    changes.add(
      {.name = "b", .key = key, .value = "v", .number = kept_changes::never});
  }
  engine.append(changes, true);
}

} // namespace

TEST_CASE("a recovery that is given up leaves what is kept as it was") {
  const app::test::scratch folder;
  app::options opts;
  opts.data_dir = std::filesystem::current_path() / "data";
  keep_fields(opts.data_dir, 5000);
  std::ostringstream out;
  recovery_bar bar{out, false, 0s};
  auto recover = [&](std::function<bool()> stops) {
    const ets::owner<fields_table> strings;
    auto kept = open_keeper(opts, bar, std::move(stops));
    kept->recover(strings.writer());
    return kept->recovered().fields;
  };
  auto asked = 0;
  CHECK_THROWS_WITH(recover([&] { return ++asked == 2; }),
                    "the recovery is given up");
  CHECK(asked == 2);
  CHECK(recover([] { return false; }) == 5000);
}

TEST_CASE("nobody need wait for a bucket that never comes back") {
  auto disk = std::make_shared<kv::test::memory_disk>();
  disk->written.buckets["b"].fields["k"] = {"v", kept_changes::never};
  {
    caf::actor_system_config cfg;
    caf::actor_system sys{cfg};
    keeper kept{std::make_unique<kv::test::memory_engine>(disk)};
    tree_options how;
    how.start_bucket = [](caf::local_actor*, const std::string&) {
      return caf::expected<otp::child>{caf::make_error(ec::badarg)};
    };
    const application app{sys, how};
    auto asked = 0;
    CHECK_FALSE(await_recovery(kept, app, [&] { return ++asked == 3; }));
    CHECK(asked == 3);
  }
  CHECK(disk->written.buckets["b"].fields.count("k") == 1);
}
