#include "actors/base/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace kv::log {

namespace {

spdlog::level::level_enum native(level x) {
  switch (x) {
    case level::trace:
      return spdlog::level::trace;
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warn:
      return spdlog::level::warn;
    case level::error:
      return spdlog::level::err;
    case level::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

constexpr const char* pattern = "%Y-%m-%dT%H:%M:%S.%e %l %v";

spdlog::sink_ptr make_sink(const std::string& file) {
  spdlog::sink_ptr result;
  if (file.empty())
    result = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  else
    result = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  result->set_pattern(pattern);
  return result;
}

/// A logger whose sink can be exchanged while others write.
struct exchangeable {
  std::shared_ptr<spdlog::sinks::dist_sink_mt> sinks
    = std::make_shared<spdlog::sinks::dist_sink_mt>();
  spdlog::logger logger{"kv", sinks};

  exchangeable() {
    sinks->add_sink(make_sink({}));
    logger.set_level(spdlog::level::warn);
    logger.flush_on(spdlog::level::info);
  }
};

// Lives until the process ends: actors may log from static destructors.
exchangeable& instance() {
  static auto& result = *new exchangeable;
  return result;
}

} // namespace

void init(level least, const std::string& file) {
  instance().sinks->set_sinks({make_sink(file)});
  instance().logger.set_level(native(least));
}

bool enabled(level x) {
  return instance().logger.should_log(native(x));
}

void write(level x, std::string_view line) {
  instance().logger.log(native(x),
                        spdlog::string_view_t{line.data(), line.size()});
}

} // namespace kv::log
