#include "app/keeping.hpp"

#include "tests/support/catch.hpp"

#include <sstream>

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
