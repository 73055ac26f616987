#include "actors/durable/directory.hpp"
#include "actors/kv/durable.hpp"
#include "app/client/command.hpp"
#include "app/client/progress.hpp"
#include "app/text.hpp"

#include <array>
#include <ostream>

// Data directories that no server uses.

namespace kv::app {

namespace {

using durable::directory_report;
using std::string;

void print(std::ostream& out, const directory_report& x) {
  out << "buckets " << x.buckets << "\nfields " << x.fields << "\nstrings "
      << x.strings << "\nlast event " << x.last_event << '\n';
  for (const auto& file : x.torn)
    out << "torn: " << on_one_line(file)
        << ": the last record is not whole, as after the end of a process\n";
  for (const auto& line : x.damage)
    out << "damaged: " << on_one_line(line) << '\n';
}

/// Calls `f` with what shows how far it has got.
template <class F>
directory_report with_progress(const offline_context& context, F f) {
  progress bar{context.err, context.progress, 0};
  try {
    return f([&](uint64_t rows) {
      bar.update(0, rows);
      return true;
    });
  } catch (const durable_failure& reason) {
    throw command_failure{exit_status::failed, reason.what()};
  }
}

void verify(const offline_context& context, operands args) {
  auto found = with_progress(context, [&](const durable::row_progress& go_on) {
    return durable::verify(args[0], go_on);
  });
  print(context.out, found);
  if (auto n = found.damage.size(); n > 0)
    throw command_failure{exit_status::failed,
                          args[0] + ": is damaged in "
                            + (n == 1 ? "one place"
                                      : std::to_string(n) + " places")};
}

void restore(const offline_context& context, operands args) {
  const auto& to = context.opts.data_dir;
  if (to.empty())
    throw command_failure{exit_status::usage,
                          "restore: expected --data-dir, where to"};
  print(context.out,
        with_progress(context, [&](const durable::row_progress& go_on) {
          return durable::restore(args[0], to, go_on);
        }));
}

const std::array<client_command, 2> table{{
  {"restore", "DIR", "copy a backup into an empty or new --data-dir", 1, 1, "f",
   nullptr, restore},
  {"verify", "DIR", "check a data directory that no server uses", 1, 1, "f",
   nullptr, verify},
}};

} // namespace

std::span<const client_command> offline_commands() {
  return table;
}

} // namespace kv::app
