#include "actors/ets/dynamic/file.hpp"

#include "actors/ets/file.hpp"
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

constexpr auto io = static_cast<int>(ets::errc::io);
constexpr auto corrupt = static_cast<int>(ets::errc::corrupt);

// "name value", as text.
struct text_codec {
  void encode(const entry& x, std::string& out) const {
    if (x.value < 0)
      throw std::runtime_error("negative");
    out += x.name + ' ' + std::to_string(x.value);
  }

  entry decode(std::string_view bytes) const {
    std::istringstream in{std::string{bytes}};
    entry result;
    in >> result.name >> result.value;
    return result;
  }
};

class file {
public:
  explicit file(const std::string& name)
    : path_(std::filesystem::temp_directory_path()
            / (name + std::to_string(::getpid()))) {
    // nop
  }

  ~file() {
    std::filesystem::remove(path_);
  }

  const std::filesystem::path& path() const {
    return path_;
  }

  std::string read() const {
    std::ifstream in{path_, std::ios::binary};
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void write(const std::string& bytes) const {
    std::ofstream{path_, std::ios::binary} << bytes;
  }

private:
  std::filesystem::path path_;
};

std::string message_of(const std::filesystem::path& path) {
  try {
    ets::inspect(path);
  } catch (const ets::error& e) {
    const std::string text = e.what();
    return text.substr(text.find(": byte"));
  }
  return "none";
}

using sorted = ets::ordered_set<entry, &entry::name>;
using bag = ets::bag<entry, &entry::name>;
using duplicates = ets::duplicate_bag<entry, &entry::name>;

} // namespace

TEMPLATE_TEST_CASE("a table comes back from its file", "", entries, sorted, bag,
                   duplicates) {
  const file f{"table_file"};
  std::size_t size = 0;
  {
    const ets::owner<TestType> table{
      {.name = "kept", .access = ets::access::public_}};
    for (int i = 0; i < 20'000; ++i)
      table.insert({std::to_string(i % 15'000), i / 15'000});
    size = table.size();
    CHECK(ets::save(table, f.path(), text_codec{}, {.sync = true, .note = "n"})
          == size);
    CHECK(code_of([&] { ets::load<TestType>(f.path(), text_codec{}); })
          == name_taken);
  }
  const auto info = ets::inspect(f.path());
  CHECK(info.kind == TestType::kind);
  CHECK(info.access == ets::access::public_);
  CHECK(info.name == "kept");
  CHECK(info.named);
  CHECK(info.note == "n");
  CHECK(info.rows == size);
  const auto table = ets::load<TestType>(f.path(), text_codec{});
  CHECK(table.size() == size);
  CHECK(ets::whereis_writer<TestType>("kept") == table);
  std::vector<int> values;
  table.visit("77", [&](const entry& x) { values.push_back(x.value); });
  CHECK(
    values
    == (ets::unique<TestType> ? std::vector<int>{1} : std::vector<int>{0, 1}));
}

TEST_CASE("a file of another kind is refused") {
  const file f{"kind_file"};
  ets::save(ets::owner<entries>{}, f.path(), text_codec{});
  CHECK(ets::load<entries>(f.path(), text_codec{}).size() == 0);
  CHECK(code_of([&] { ets::load<sorted>(f.path(), text_codec{}); })
        == wrong_type);
  CHECK(code_of([] { ets::inspect("no such file"); }) == io);
  CHECK(code_of([] {
          ets::save(ets::owner<entries>{}, "/no/such/place/f", text_codec{});
        })
        == io);
}

TEST_CASE("whatever is cut off or changed is found and named") {
  const file f{"broken_file"};
  const ets::owner<sorted> table{{.name = "broken"}};
  for (int i = 0; i < 20; ++i)
    table.insert({std::to_string(i), i});
  ets::save(table, f.path(), text_codec{});
  const auto whole = f.read();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    f.write(whole.substr(0, i));
    REQUIRE(code_of([&] { ets::inspect(f.path()); }) == corrupt);
    for (const int bit : {0, 3, 7}) {
      auto flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      f.write(flipped);
      REQUIRE(code_of([&] { ets::inspect(f.path()); }) == corrupt);
    }
  }
  f.write(whole + "x");
  CHECK(message_of(f.path()).ends_with("there is something behind the end"));
  f.write("something else altogether");
  CHECK(message_of(f.path()) == ": byte 0: this is no table");
  f.write(whole.substr(0, whole.size() - 1));
  CHECK(message_of(f.path()).ends_with("the file is cut off here"));
  auto flipped = whole;
  flipped[whole.size() - 30] ^= 1;
  f.write(flipped);
  CHECK(message_of(f.path())
        == ": byte 37: the checksum of what begins here is wrong");
}

TEST_CASE("a save that fails leaves the older file") {
  const file f{"older_file"};
  const ets::owner<entries> table;
  table.insert({"a", 1});
  ets::save(table, f.path(), text_codec{});
  table.insert({"b", -1});
  CHECK_THROWS_AS(ets::save(table, f.path(), text_codec{}), std::runtime_error);
  CHECK(ets::inspect(f.path()).rows == 1);
  CHECK_FALSE(std::filesystem::exists(f.path().string() + ".part"));
}

TEST_CASE("a dynamic table comes back with its key position") {
  namespace dynamic = ets::dynamic;
  const file f{"dynamic_file"};
  const auto text = R"([{"a": [1.0, null, "x"]}, -9223372036854775808, 1.5])";
  const dynamic::row row{dynamic::term::parse(text)};
  {
    const ets::owner<dynamic::set> table{{}, dynamic::key_at{2}};
    table.insert(row);
    dynamic::save(table, f.path());
  }
  const auto table = dynamic::load<dynamic::set>(f.path());
  CHECK(dynamic::key_of(table).position == 2);
  CHECK(table.lookup(INT64_MIN) == row);
  CHECK(code_of([&] { dynamic::load<dynamic::bag>(f.path()); }) == wrong_type);
}
