// Code that the program writes; tests/app/newcomer builds it.

#include "app/generate/generate.hpp"

#include "app/options.hpp"

#include "tests/app/scratch.hpp"
#include "tests/support/catch.hpp"

#include <iterator>
#include <set>
#include <sstream>
#include <vector>

using namespace kv::app;
using kv::app::test::scratch;

namespace {

namespace fs = std::filesystem;

using words = std::vector<std::string>;

std::string content(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Returns the names and contents of all files below the current folder.
std::set<std::string> everything() {
  std::set<std::string> result;
  for (const auto& x : fs::recursive_directory_iterator{"."})
    result.insert(x.path().string() + '\n'
                  + (x.is_regular_file() ? content(x.path()) : std::string{}));
  return result;
}

std::string run(const words& args, const fs::path& here = ".") {
  std::ostringstream out;
  generate(args, here, out);
  return out.str();
}

/// Expects a refusal, and that nothing was written.
std::string refused(const words& args, const fs::path& here = ".") {
  auto before = everything();
  std::string result = "not refused";
  try {
    run(args, here);
  } catch (const refusal& reason) {
    CHECK(reason.status() == exit_status::usage);
    result = reason.what();
  }
  CHECK(result.find('\n') == std::string::npos);
  CHECK(everything() == before);
  return result;
}

size_t count(const std::string& text, const std::string& what) {
  size_t result = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at)
    ++result;
  return result;
}

} // namespace

TEST_CASE("a new project has a test for every part", "[generate]") {
  scratch folder;
  auto written = run({"new", "shop", "--actor", "cart", "--actor", "till",
                      "--supervisor", "staff", "--handler", "diary"});
  std::istringstream lines{written};
  for (std::string path; std::getline(lines, path);) {
    CAPTURE(path);
    CHECK(fs::is_regular_file(path));
    CHECK(count(content(path), "@") == 0);
  }
  for (std::string part : {"cart", "till", "staff", "diary", "entries"}) {
    CHECK(fs::exists("shop/actors/" + part + ".hpp"));
    CHECK(fs::exists("shop/tests/" + part + "_test.cpp"));
  }
  auto supervisor = content("shop/actors/staff.hpp");
  for (std::string part : {"cart", "till", "diary"})
    CHECK(count(supervisor, "{\"" + part + '"') == 1);
}

TEST_CASE("a project's name is its folder's", "[generate]") {
  scratch folder;
  fs::create_directory("my-shop"); // empty is as good as absent
  run({"new", "my-shop/"});
  CHECK(content("my-shop/CMakeLists.txt").find("project(my_shop ")
        != std::string::npos);
  CHECK(refused({"new", "."}).ends_with("a letter first")); // kv-XXXXXX
}

TEST_CASE("parts are added to a project", "[generate]") {
  scratch folder;
  run({"new", "shop"});
  auto before = content("shop/actors/workers.hpp");
  CHECK(run({"add", "actor", "clerk"}, "shop")
        == "actors/clerk.hpp\ntests/clerk_test.cpp\nactors/workers.hpp\n");
  run({"add", "handler", "diary"}, "shop");
  run({"add", "table", "prices"}, "shop");
  auto after = content("shop/actors/workers.hpp");
  for (std::string part : {"clerk", "diary", "prices"}) {
    CHECK(count(after, "#include \"actors/" + part + ".hpp\"\n") == 1);
    CHECK(content("shop/tests/" + part + "_test.cpp").find('@')
          == std::string::npos);
  }
  CHECK(count(after, "kv::otp::starts<clerk_state>()") == 1);
  CHECK(count(after, "kv::otp::starts<diary_state>()") == 1);
  CHECK(count(after, "{.name = \"prices\"}") == 1);
  CHECK(count(after, "\n") == count(before, "\n") + 6);
}

TEST_CASE("parts are added to the source tree", "[generate]") {
  scratch folder;
  fs::create_directory("app");
  fs::copy(KV_ROOT "/app/actor_types.cpp", "app");
  auto before = content("app/actor_types.cpp");
  run({"add", "actor", "tenth"});
  auto after = content("app/actor_types.cpp");
  CHECK(count(after, "#include \"actors/examples/tenth.hpp\"\n") == 1);
  CHECK(count(after,
              "},\n    {\"tenth\", otp::starts<examples::tenth_state>()},\n"
              "  };\n")
        == 1);
  CHECK(count(after, "\n") == count(before, "\n") + 2);
  CHECK(fs::exists("actors/examples/tenth.hpp"));
  CHECK(fs::exists("tests/examples/tenth_test.cpp"));
  run({"add", "table", "rows"});
  CHECK(content("app/actor_types.cpp") == after);
}

TEST_CASE("bad words write nothing and say what to do", "[generate]") {
  scratch folder;
  run({"new", "shop"});
  fs::create_directory("empty");
  scratch::write("file", "x");
  CHECK(refused({"new"}).starts_with("new: expected a folder; usage: kv new"));
  CHECK(refused({"new", "shop"})
        == R"("shop": is there and not empty; name a new folder)");
  CHECK(refused({"new", "file"})
        == R"("file": is there and not empty; name a new folder)");
  CHECK(refused({"new", "a", "b"}).starts_with(R"("b": unexpected argument)"));
  CHECK(refused({"new", "a", "--actr", "x"})
          .starts_with(R"("--actr": unknown option; usage: kv new)"));
  CHECK(refused({"new", "a", "--actor"})
          .starts_with("--actor: expected a name; usage"));
  CHECK(refused({"new", "a", "--handler", "x", "--handler", "y"})
          .starts_with("--handler: is given twice"));
  for (std::string name : {"1st", "Shop", "a b", "x__y", "x_", "../up", "\xc3"})
    CHECK(refused({"new", "a", "--actor", name}).ends_with("a letter first"));
  CHECK(refused({"new", "a", "--actor", "class"})
        == R"("class": is a word of C++ or of a library; choose another name)");
  CHECK(refused({"new", "a", "--actor", std::string(41, 'x')})
          .ends_with("use at most 40 letters"));
  CHECK(refused({"new", "a", "--actor", "x", "--actor", "x"})
        == R"("x": is given twice; choose another name)");
  CHECK(refused({"new", "a", "--actor", "entries"})
        == R"("entries": is given twice; choose another name)");
  CHECK(refused({"new", "install"}).ends_with("name another folder"));
  CHECK(refused({"add", "actor"}, "shop").starts_with("add: expected what"));
  CHECK(refused({"add", "acter", "x"}, "shop")
          .starts_with(R"("acter": cannot be added; did you mean actor?)"));
  CHECK(refused({"add", "actor", "counter"}, "shop")
        == "actors/counter.hpp: is there already; choose another name");
  CHECK(refused({"add", "actor", "X"}, "shop").ends_with("a letter first"));
  CHECK(refused({"add", "actor", "x"}, "empty").ends_with("kv new DIR"));
}
