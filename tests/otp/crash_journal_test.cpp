#include "actors/otp/crash_journal.hpp"

#include "actors/base/error.hpp"
#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace kv;
using namespace std::chrono_literals;
using otp::crash_journal;
using otp::rate_limit;
using test::otp_fixture;

namespace {

/// Writes the log to a file while it exists.
class log_file {
public:
  log_file() {
    auto fd = ::mkstemp(name_.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    file_.open(name_);
    log::init(log::level::warn, name_);
  }

  log_file(const log_file&) = delete;

  log_file& operator=(const log_file&) = delete;

  ~log_file() {
    log::init(log::level::off, "");
    ::unlink(name_.c_str());
  }

  /// Returns what lines say that were written since the last call, without
  /// their time.
  test::strings take() {
    test::strings result;
    for (std::string line; std::getline(file_, line);)
      result.push_back(line.substr(line.find(' ') + 1));
    file_.clear();
    return result;
  }

private:
  std::string name_
    = (std::filesystem::temp_directory_path() / "kv-log-XXXXXX").string();
  std::ifstream file_;
};

} // namespace

TEST_CASE("a journal keeps the last ends, newest first") {
  crash_journal journal{3};
  CHECK(journal.last().empty());
  for (std::string who : {"a", "b", "c", "d"})
    journal.add({.who = who}, ec::badarg);
  auto ends = journal.last();
  REQUIRE(ends.size() == 3);
  CHECK(ends[0].who == "d");
  CHECK(ends[0].number == 4);
  CHECK(ends[0].reason == "badarg");
  CHECK(ends[0].last_message.empty());
  CHECK(ends[2].who == "b");
  CHECK(journal.total() == 4);
  REQUIRE(journal.last(1).size() == 1);
  CHECK(journal.last(0).empty());
}

TEST_CASE("a journal without room only counts") {
  crash_journal journal{0};
  journal.add({}, {});
  CHECK(journal.last().empty());
  CHECK(journal.total() == 1);
}

TEST_CASE_METHOD(otp_fixture, "a journal says what a child was doing when it "
                              "crashed") {
  auto journal = std::make_shared<crash_journal>();
  auto init = [=, this](caf::local_actor*) -> otp::supervisor_init {
    return {{}, {}, {spec("a"), spec("b")}, journal};
  };
  auto started = otp::start_root(sys, names.writer(), init);
  REQUIRE(started);
  root = *started;
  run();
  advance(7s);
  auto hdl = whereis("b");
  for (auto what : {"throw", "who?", "who?"})
    caf::anon_send(hdl, std::string{what});
  run();
  tell("b", "quit");
  stop(); // who is asked to end is not in it
  auto ends = journal->last();
  REQUIRE(ends.size() == 2);
  CHECK(ends[1].who == "b");
  CHECK(ends[1].reason == "crashed(\"told to\")");
  CHECK(ends[1].last_message == "@str"); // as CAF calls it
  CHECK(ends[1].mailbox == 2);
  CHECK(ends[1].uptime == 7s);
  CHECK(ends[1].restarts == 0);
  CHECK(ends[0].reason == "normal");
  CHECK(ends[0].restarts == 1);
}

TEST_CASE("so many lines a second pass, the others are counted") {
  rate_limit limit{2};
  constexpr rate_limit::time_point start{1h};
  uint64_t left_out = 99;
  CHECK(limit.admit(start, &left_out));
  CHECK(left_out == 0);
  CHECK(limit.admit(start + 999ms, &left_out));
  for (auto i = 0; i < 5; ++i)
    CHECK_FALSE(limit.admit(start + 999ms, &left_out));
  CHECK(limit.admit(start + 1s, &left_out));
  CHECK(left_out == 5);
  CHECK(limit.admit(start + 1s, &left_out));
  CHECK(left_out == 0);
  CHECK_FALSE(limit.admit(start + 1s, &left_out));
}

TEST_CASE("of many crashes the log has so many lines a second") {
  log_file file;
  otp::crash_reports reports{3};
  constexpr rate_limit::time_point start{1h};
  for (auto i = 1; i <= 5; ++i)
    reports.write("crash " + std::to_string(i), start);
  CHECK(
    file.take()
    == test::strings{"warning crash 1", "warning crash 2", "warning crash 3"});
  reports.write("crash 6", start + 999ms);
  CHECK(file.take().empty());
  reports.write("crash 7", start + 1s);
  reports.write("crash 8", start + 1s);
  CHECK(file.take()
        == test::strings{"warning 3 crash reports were left out",
                         "warning crash 7", "warning crash 8"});
}

TEST_CASE("crashes that the log would not have are not counted") {
  otp::crash_reports reports{1};
  constexpr rate_limit::time_point start{1h};
  log::init(log::level::off, "");
  reports.write("crash 1", start);
  log_file file;
  reports.write("crash 2", start);
  CHECK(file.take() == test::strings{"warning crash 2"});
}

TEST_CASE_METHOD(otp_fixture, "the log says which child crashed, and on what") {
  start({spec("a"), spec("b")});
  log_file file;
  tell("b", "throw");
  tell("a", "quit"); // nothing is wrong with that
  auto lines = file.take();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "warning test.child: crashed(\"told to\")");
  CHECK(lines[1] == "warning b ended: crashed(\"told to\")");
}
