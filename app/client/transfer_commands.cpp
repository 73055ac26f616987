#include "app/client/command.hpp"
#include "app/client/progress.hpp"
#include "app/client/record.hpp"
#include "app/text.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <ostream>
#include <set>
#include <utility>

namespace kv::app {

namespace {

using std::string;

[[noreturn]] void fail_file(const string& path) {
  throw command_failure{
    exit_status::failed,
    path + ": " + std::strerror(errno)}; // NOLINT(concurrency-mt-unsafe)
}

// -- import -------------------------------------------------------------------

/// Sends records, some at a time, and creates the buckets that they need.
class importer {
public:
  explicit importer(command_context& context) : context_(context) {
    // nop
  }

  void add(record x, size_t line) {
    size_ += x.bucket.size() + x.key.size() + x.value.size();
    if (created_.insert(x.bucket).second)
      push({"KV.CREATE", x.bucket}, line);
    push({"HSET", std::move(x.bucket), std::move(x.key), std::move(x.value)},
         line);
    ++records_;
    constexpr size_t most_requests = 1000;
    constexpr size_t most_bytes = size_t{1} << 20;
    if (lines_.size() >= most_requests || size_ >= most_bytes)
      flush();
  }

  /// Errors: throws `command_failure` with the line of the first record that
  /// the server does not take.
  void flush() {
    string first;
    exit_status status{};
    for (auto line : std::exchange(lines_, {})) {
      try {
        check_reply(context_.server.receive());
      } catch (const command_failure& reason) {
        if (first.empty()) {
          first = "line " + std::to_string(line) + ": " + reason.what();
          status = reason.status();
        }
      }
    }
    size_ = 0;
    if (!first.empty())
      throw command_failure{status, first};
  }

  uint64_t records() const noexcept {
    return records_;
  }

private:
  void push(const server_link::words& request, size_t line) {
    context_.server.push(request);
    lines_.push_back(line);
  }

  command_context& context_;
  std::set<string> created_;
  std::vector<size_t> lines_; ///< Of the requests without a reply.
  size_t size_ = 0;
  uint64_t records_ = 0;
};

void import_from(command_context& context, std::istream& in, uint64_t total) {
  importer to{context};
  progress bar{context.err, context.progress, total};
  string line;
  uint64_t done = 0;
  for (size_t number = 1; std::getline(in, line); ++number) {
    done += line.size() + 1;
    bar.update(done, to.records());
    if (trimmed(line).empty())
      continue;
    try {
      to.add(parse_json_line(line), number);
    } catch (const std::invalid_argument& reason) {
      to.flush();
      throw command_failure{exit_status::failed,
                            "line " + std::to_string(number) + ": "
                              + reason.what() + "; what is before it is there"};
    }
  }
  to.flush();
}

void import_records(command_context& context, operands args) {
  if (args.empty() || args[0] == "-") {
    import_from(context, context.in, 0);
    return;
  }
  std::ifstream in{args[0], std::ios::binary};
  if (!in || std::filesystem::is_directory(args[0]))
    fail_file(args[0]);
  std::error_code unknown;
  auto size = std::filesystem::file_size(args[0], unknown);
  import_from(context, in, unknown ? 0 : size);
}

// -- export -------------------------------------------------------------------

void export_bucket(command_context& context, std::ostream& out,
                   const string& bucket, uint64_t& records) {
  string cursor = "0";
  do {
    auto page = ask(context, {"HSCAN", bucket, cursor, "COUNT", "1000"});
    auto& found = page.items.at(1).items;
    for (size_t i = 0; i + 1 < found.size(); i += 2, ++records)
      out << to_json_line(
        {bucket, std::move(found[i].text), std::move(found[i + 1].text)})
          << '\n';
    cursor = page.items[0].text;
  } while (cursor != "0" && out);
}

void export_to(command_context& context, std::ostream& out, operands buckets) {
  progress bar{context.err, context.progress, buckets.size()};
  uint64_t done = 0;
  uint64_t records = 0;
  for (const auto& bucket : buckets) {
    export_bucket(context, out, bucket, records);
    bar.update(++done, records);
  }
  if (!out.flush())
    throw command_failure{exit_status::failed, "cannot write all of it"};
}

void export_records(command_context& context, operands args) {
  auto all = args.size() < 2
               ? bucket_names(context)
               : std::vector<string>{args.begin() + 1, args.end()};
  for (const auto& name : args.size() < 2 ? operands{} : args.subspan(1))
    if (ask(context, {"TYPE", name}).text != "hash")
      no_such_bucket(context, name);
  if (args.empty() || args[0] == "-") {
    export_to(context, context.out, all);
    return;
  }
  std::ofstream out{args[0], std::ios::binary};
  if (!out)
    fail_file(args[0]);
  export_to(context, out, all);
}

const std::array<client_command, 2> table{{
  {"import", "[FILE]", "store the records of a file, JSON lines; - is stdin", 0,
   1, "f", import_records},
  {"export", "[FILE [BUCKET ...]]", "print records as JSON lines; - is stdout",
   0, client_command::any, "fb", export_records},
}};

} // namespace

std::span<const client_command> transfer_commands() {
  return table;
}

} // namespace kv::app
