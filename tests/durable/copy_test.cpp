// Copies of a directory that is in use, and what is restored from them.

#include "tests/durable/damaged_data.hpp"

#include <thread>

using namespace kv;
using namespace kv::durable;
using namespace kv::durable::test;
using fields = collector::fields;
namespace fs = std::filesystem;

namespace {

void copy_to(level_engine& engine, const std::string& dir) {
  engine.checkpoint(dir)([] { return false; });
}

} // namespace

TEST_CASE("what is restored is what was copied") {
  const scratch_dir dir;
  {
    level_engine engine{dir / "kept"};
    fill(engine);
    copy_to(engine, dir / "copy");
    append(engine, {put("a", "k1000", "later")});
  }
  auto made = restore(dir / "copy", dir / "new/restored", {});
  CHECK(made.fields == 2000);
  level_engine engine{dir / "new/restored"};
  collector found;
  auto report = engine.load(found);
  CHECK(report.last_event == 7);
  CHECK(report.damage.empty());
  CHECK(found.buckets["a"].second.size() == 2000);
  CHECK(found.buckets["a"].second["k1000"] == std::string(30, 'v'));
  CHECK(found.strings == fields{{"s", "1"}});
}

TEST_CASE("restore overwrites nothing, and copies nothing that is damaged") {
  const scratch_dir dir;
  {
    level_engine engine{dir / "kept"};
    fill(engine);
    copy_to(engine, dir / "copy");
  }
  auto before = content(dir / "kept");
  CHECK_THROWS_WITH(restore(dir / "copy", dir / "kept", {}),
                    Catch::Contains(dir / "kept: is not empty"));
  CHECK(content(dir / "kept") == before);
  CHECK_THROWS_WITH(restore(dir / "copy", dir / "copy/data/CURRENT", {}),
                    Catch::Contains("Not a directory"));
  auto table = table_of(dir / "copy");
  spoil(table, fs::file_size(table) / 3);
  CHECK_THROWS_WITH(restore(dir / "copy", dir / "new", {}),
                    Catch::Contains("is damaged")
                      && Catch::Contains(table.string()));
  CHECK_FALSE(fs::exists(dir / "new"));
}

TEST_CASE("a copy that is not finished leaves nothing that could be taken for "
          "one") {
  const scratch_dir dir;
  level_engine engine{dir / "kept"};
  fill(engine);
  auto copy = engine.checkpoint(dir / "copy");
  CHECK_THROWS_WITH(copy([] { return true; }), Catch::Contains("not finished"));
  CHECK(fs::is_empty(dir / "copy"));
  fs::create_directory(dir / "copy/unfinished"); // as after a power cut
  CHECK_THROWS_WITH(verify(dir / "copy", {}),
                    Catch::Contains("is no data directory"));
}

TEST_CASE("a copy of a directory that changes has one moment of it") {
  const scratch_dir dir;
  level_engine engine{dir / "kept"};
  append(engine, {create("a")});
  auto both = [&](int i) {
    auto text = std::to_string(i);
    append(engine, {put("a", "x", text), put("a", "y", text)}, false);
  };
  both(0);
  for (auto round = 0; round < 5; ++round) {
    auto copy = engine.checkpoint(dir / std::to_string(round));
    std::thread copying{[&] { copy([] { return false; }); }};
    for (auto i = 1; i < 200; ++i)
      both(round * 1000 + i);
    copying.join();
    level_engine made{dir / std::to_string(round)};
    collector found;
    made.load(found);
    auto& a = found.buckets["a"].second;
    CHECK(a["x"] == a["y"]);
    CHECK(a["x"] == (round == 0 ? "0" : std::to_string(round * 1000 - 801)));
  }
}
