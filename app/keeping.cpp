#include "app/keeping.hpp"

#include "actors/base/log.hpp"
#include "actors/durable/level_engine.hpp"
#include "actors/kv/application.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace kv::app {

namespace {

uint64_t bytes_below(const std::string& dir) {
  namespace fs = std::filesystem;
  uint64_t result = 0;
  std::error_code ignored;
  for (const auto& x : fs::directory_iterator{dir, ignored})
    result += x.file_size(ignored);
  return result;
}

} // namespace

void recovery_bar::update(uint64_t rows, uint64_t bytes) {
  if (clock::now() < begin_)
    return;
  if (!bar_)
    bar_.emplace(to_, shown_, total_);
  bar_->update(bytes, rows);
}

std::unique_ptr<keeper> open_keeper(const options& opts, recovery_bar& bar,
                                    std::function<bool()> stops) {
  if (opts.data_dir.empty()) {
    if (opts.mode == durability::always)
      throw refusal{exit_status::configuration,
                    "durability: \"always\" needs a data-dir"};
    return nullptr;
  }
  if (opts.mode == durability::none)
    return nullptr;
  keeper_options how;
  how.mode = opts.mode;
  how.on_recovery = [&bar, stops = std::move(stops)](uint64_t rows,
                                                     uint64_t bytes) {
    if (stops())
      throw std::runtime_error("the recovery is given up");
    bar.update(rows, bytes);
  };
  bar.total(bytes_below(opts.data_dir + "/data"));
  return std::make_unique<keeper>(
    std::make_unique<durable::level_engine>(opts.data_dir), how);
}

bool await_recovery(const keeper& kept, const application& app,
                    const std::function<bool()>& stops) {
  constexpr std::chrono::milliseconds patience{100};
  auto begin = std::chrono::steady_clock::now();
  while (!kept.wait_back(patience))
    if (stops() || app.wait(std::chrono::milliseconds{0}))
      return false;
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::steady_clock::now() - begin);
  const auto& report = kept.recovered();
  for (const auto& line : report.damage)
    log::error("damaged: " + line);
  log::info("recovered " + std::to_string(report.buckets) + " buckets, "
            + std::to_string(report.fields) + " fields, "
            + std::to_string(report.strings) + " strings in "
            + std::to_string((report.took + took).count()) + " ms; "
            + std::to_string(report.damage.size()) + " reports of damage");
  return true;
}

} // namespace kv::app
