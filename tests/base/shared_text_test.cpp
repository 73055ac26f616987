#include "actors/base/shared_text.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <thread>
#include <vector>

using kv::shared_text;

TEST_CASE("copies of a shared text are the same text", "[base]") {
  // Short ones, long ones, and what lies between.
  for (size_t size : {1, 22, 23, 24, 25, 255, 256, 1000}) {
    CAPTURE(size);
    std::string text(size, 'x');
    shared_text x{text};
    auto y = x;
    CHECK(y == text);
    CHECK(y.size() == size);
    CHECK((y.view().data() == x.view().data()) == (size > 23));
    CHECK((y.heap_bytes() > size) == (size > 23));
    auto z = std::move(y);
    CHECK(y == ""); // NOLINT(bugprone-use-after-move): empty by contract
    CHECK(z == text);
    z = shared_text{"other"};
    CHECK(z == "other");
    z = x;
    CHECK(z == text);
    CHECK(x == text);
  }
}

TEST_CASE("a shared text may hold any bytes", "[base]") {
  std::string bytes{"\0\xff\n", 3};
  CHECK(shared_text{bytes} == bytes);
  CHECK(shared_text{""} == "");
}

TEST_CASE("a shared text outlives the threads that copied it", "[base]") {
  shared_text x{std::string(100, 'x')};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([x] {
      for (int n = 0; n < 10'000; ++n) {
        auto copy = x;
        if (copy.view().size() != 100)
          std::terminate();
      }
    });
  for (auto& t : threads)
    t.join();
  CHECK(x.view().size() == 100);
}
