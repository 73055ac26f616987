#include "actors/base/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
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

std::shared_ptr<spdlog::logger> make(level least, const std::string& file) {
  spdlog::sink_ptr sink;
  if (file.empty())
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  else
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  auto result = std::make_shared<spdlog::logger>("kv", std::move(sink));
  result->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  result->set_level(native(least));
  result->flush_on(spdlog::level::info);
  return result;
}

// Lives until the process ends: actors may log from static destructors.
std::shared_ptr<spdlog::logger>& logger() {
  static auto& instance
    = *new std::shared_ptr<spdlog::logger>(make(level::warn, ""));
  return instance;
}

} // namespace

void init(level least, const std::string& file) {
  logger() = make(least, file);
}

bool enabled(level x) {
  return logger()->should_log(native(x));
}

void write(level x, std::string_view line) {
  logger()->log(native(x), spdlog::string_view_t{line.data(), line.size()});
}

} // namespace kv::log
