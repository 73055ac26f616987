// The journal, and what is folded of it.

#include "tests/durable/kept_fixture.hpp"

#include <leveldb/db.h>

#include <memory>
#include <random>

using namespace kv;
using namespace kv::durable;
using namespace kv::durable::test;
using op = kept_change::op;
using fields = collector::fields;
namespace fs = std::filesystem;

namespace {

/// Returns how many rows there are of a kind. Nobody uses the directory.
size_t count_rows(const std::string& dir, char kind) {
  leveldb::DB* opened = nullptr;
  REQUIRE(leveldb::DB::Open({}, dir + "/data", &opened).ok());
  const std::unique_ptr<leveldb::DB> db{opened};
  const std::unique_ptr<leveldb::Iterator> i{db->NewIterator({})};
  size_t result = 0;
  for (i->SeekToFirst(); i->Valid(); i->Next())
    result += i->key()[0] == kind ? 1 : 0;
  REQUIRE(i->status().ok());
  return result;
}

void tidy(level_engine& engine) {
  while (engine.tidy())
    ;
}

/// What an engine should have.
struct model {
  std::map<std::string, fields> buckets;
  fields strings;

  fields* find(const std::string& name) {
    if (name.empty())
      return &strings;
    auto i = buckets.find(name);
    return i != buckets.end() ? &i->second : nullptr;
  }

  void make(const kept_change& x) {
    std::string name{x.name};
    std::string key{x.key};
    if (x.what == op::create)
      buckets[name].clear();
    else if (x.what == op::drop)
      buckets.erase(name);
    else if (auto* in = find(name); in != nullptr && x.what == op::clear)
      in->clear();
    else if (in != nullptr && x.what == op::put)
      (*in)[key] = x.value;
    else if (in != nullptr)
      in->erase(key);
  }

  void check(const collector& found) const {
    CHECK(found.strings == strings);
    REQUIRE(found.buckets.size() == buckets.size());
    for (const auto& [name, x] : buckets)
      CHECK(found.buckets.at(name).second == x);
  }
};

} // namespace

TEST_CASE("a group of changes is one row, and many are folded") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    append(engine, {create("a"), put("a", "x", "1"), put("a", "y", "1")});
    append(engine, {put("a", "x", "2"), change(op::erase, "a", "y")});
    tidy(engine);
  }
  CHECK(count_rows(dir.path(), 'j') == 2);
  CHECK(count_rows(dir.path(), 'f') == 0);
  {
    level_engine engine{dir.path(), {.journal = 10}};
    CHECK(load(engine).buckets["a"].second == fields{{"x", "2"}});
    tidy(engine);
    CHECK(load(engine).buckets["a"].second == fields{{"x", "2"}});
  }
  CHECK(count_rows(dir.path(), 'j') == 0);
  CHECK(count_rows(dir.path(), 'f') == 1);
}

TEST_CASE("what was dropped is not folded") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    append(engine, {create("a"), put("a", "x", "1"), create("b"),
                    put("b", "x", "1"), put("", "s", "1")});
    append(engine, {change(op::drop, "a"), change(op::clear, "b"),
                    change(op::clear, ""), put("", "t", "2")});
  }
  {
    level_engine engine{dir.path(), {.journal = 0}};
    tidy(engine);
    CHECK(load(engine).strings == fields{{"t", "2"}});
  }
  CHECK(count_rows(dir.path(), 'f') == 1);
}

TEST_CASE("a fold that is cut short changes nothing") {
  const scratch_dir dir;
  fields written;
  level_engine engine{dir / "kept", {.journal = 100'000}};
  append(engine, {create("a")});
  for (auto i = 0; i < 3000; ++i) {
    auto key = std::to_string(i);
    append(engine, {put("a", key, "0")}, false);
    append(engine, {put("a", key, key)}, false);
    written[key] = key;
  }
  tidy(engine);
  for (auto i = 0; i < 3000; ++i) {
    auto key = std::to_string(i);
    append(engine, {put("a", key, "1"), put("a", key, "again")}, false);
    written[key] = "again";
    if (i % 100 != 0)
      continue;
    CAPTURE(i);
    fs::remove_all(dir / "cut");
    fs::copy(dir / "kept", dir / "cut", fs::copy_options::recursive);
    level_engine other{dir / "cut"};
    CHECK(load(other).buckets["a"].second == written);
  }
}

TEST_CASE("no number is used again while the journal has it") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    append(engine, {create("a"), put("a", "x", "1")});
    append(engine, {change(op::drop, "a")});
  }
  level_engine engine{dir.path()};
  append(engine, {create("b"), put("b", "y", "1")});
  CHECK(load(engine).buckets["b"].second == fields{{"y", "1"}});
}

TEST_CASE("whatever is folded when, an engine has what it was told") {
  const scratch_dir dir;
  auto seed = kv::test::test_seed();
  std::mt19937_64 random{seed};
  CAPTURE(seed);
  model wanted;
  constexpr std::array names{"", "a", "b", "c"};
  auto engine = std::make_unique<level_engine>(dir.path());
  for (auto round = 0; round < 2000; ++round) {
    std::vector<std::string> texts; // what changes point to
    texts.reserve(20);
    std::vector<kept_change> group;
    for (auto n = random() % 10; n > 0; --n) {
      std::string_view name{names[random() % names.size()]};
      std::string_view key = texts.emplace_back(std::to_string(random() % 50));
      auto what = random() % 40;
      if (what == 0 && !name.empty())
        group.push_back(create(name));
      else if (what == 1 && !name.empty())
        group.push_back(change(op::drop, name));
      else if (what == 2)
        group.push_back(change(op::clear, name));
      else if (what < 12)
        group.push_back(change(op::erase, name, key));
      else
        group.push_back(
          put(name, key, texts.emplace_back(std::to_string(round))));
    }
    append(*engine, group, false);
    for (const auto& x : group)
      wanted.make(x);
    if (random() % 3 == 0)
      engine->tidy();
    if (random() % 100 != 0)
      continue;
    engine = nullptr;
    engine = std::make_unique<level_engine>(
      dir.path(), level_options{.journal = random() % 20'000});
    wanted.check(load(*engine));
    for (const auto& [name, x] : wanted.buckets) {
      collector one;
      REQUIRE(engine->load_bucket(name, one));
      CHECK(one.buckets.at(name).second == x);
    }
  }
  wanted.check(load(*engine));
}
