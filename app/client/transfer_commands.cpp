#include "app/client/command.hpp"
#include "app/client/progress.hpp"
#include "app/client/record.hpp"
#include "app/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
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

  void add(const record& x, size_t line) {
    size_ += x.name.size() + x.key.size() + x.value.size();
    if (x.what == record::kind::string)
      push({"SET", x.name, x.value}, line);
    else if (created_.insert(x.name).second)
      push({"KV.CREATE", x.name}, line);
    if (x.what == record::kind::field)
      push({"HSET", x.name, x.key, x.value}, line);
    if (x.expires != 0)
      add_expiry(x, line);
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
  void add_expiry(const record& x, size_t line) {
    auto at = std::to_string(x.expires);
    if (x.what == record::kind::field)
      push({"HPEXPIREAT", x.name, at, "FIELDS", "1", x.key}, line);
    else
      push({"PEXPIREAT", x.name, at}, line);
  }

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

/// Writes what there is under names, and how far it has got.
class exporter {
public:
  exporter(command_context& context, std::ostream& out, size_t names)
    : context_(context), out_(out), bar_(context.err, context.progress, names) {
    // nop
  }

  void add(const string& name) {
    auto kind = ask(context_, {"TYPE", name}).text;
    if (kind == "hash")
      add_bucket(name);
    else if (kind == "string")
      add_string(name);
    bar_.update(++done_, records_);
  }

private:
  // Replies with -1 if it does not expire, with -2 if there is none any more.
  static int64_t expires(const reply& x) {
    return std::max<int64_t>(x.number, 0);
  }

  void write(const record& x) {
    out_ << to_json_line(x) << '\n';
    ++records_;
  }

  void add_string(const string& name) {
    auto at = expires(ask(context_, {"PEXPIRETIME", name}));
    auto value = ask(context_, {"GET", name});
    if (value.what != reply::kind::null) // else it has just gone
      write({record::kind::string, name, {}, value.text, at});
  }

  // The bucket itself comes first if the fields do not say it all.
  void add_bucket(const string& bucket) {
    auto at = expires(ask(context_, {"PEXPIRETIME", bucket}));
    string cursor = "0";
    auto first = true;
    do {
      auto page = ask(context_, {"HSCAN", bucket, cursor, "COUNT", "1000"});
      auto& found = page.items.at(1).items;
      if (std::exchange(first, false) && (at != 0 || found.empty()))
        write({record::kind::bucket, bucket, {}, {}, at});
      add_fields(bucket, found);
      cursor = page.items[0].text;
    } while (cursor != "0" && out_);
  }

  void add_fields(const string& bucket, const std::vector<reply>& found) {
    if (found.empty())
      return;
    server_link::words request{"HPEXPIRETIME", bucket, "FIELDS",
                               std::to_string(found.size() / 2)};
    for (size_t i = 0; i + 1 < found.size(); i += 2)
      request.push_back(found[i].text);
    auto times = ask(context_, request).items;
    times.resize(found.size() / 2); // none if the bucket has just gone
    for (size_t i = 0; i + 1 < found.size(); i += 2)
      write({record::kind::field, bucket, found[i].text, found[i + 1].text,
             expires(times[i / 2])});
  }

  command_context& context_;
  std::ostream& out_;
  progress bar_;
  uint64_t done_ = 0;
  uint64_t records_ = 0;
};

void export_to(command_context& context, std::ostream& out, operands names) {
  exporter to{context, out, names.size()};
  for (const auto& name : names)
    to.add(name);
  if (!out.flush())
    throw command_failure{exit_status::failed, "cannot write all of it"};
}

void export_records(command_context& context, operands args) {
  auto all = args.size() < 2
               ? all_names(context)
               : std::vector<string>{args.begin() + 1, args.end()};
  for (const auto& name : args.size() < 2 ? operands{} : args.subspan(1))
    if (ask(context, {"EXISTS", name}).number == 0)
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

// -- backup -------------------------------------------------------------------

// It takes as long as it takes: only the end of the connection is an error.
void backup(command_context& context, operands args) {
  constexpr std::chrono::milliseconds step{200};
  auto dir = std::filesystem::absolute(args[0]).lexically_normal().string();
  context.server.push({"KV.BACKUP", dir});
  for (;;)
    if (auto done = context.server.receive_within(step)) {
      check_reply(*done);
      return;
    }
}

const std::array<client_command, 3> table{{
  {"import", "[FILE]", "store the records of a file, JSON lines; - is stdin", 0,
   1, "f", import_records},
  {"export", "[FILE [NAME ...]]", "print records as JSON lines; - is stdout", 0,
   client_command::any, "fb", export_records},
  {"backup", "DIR", "have the server copy what it keeps, on its machine", 1, 1,
   "f", backup},
}};

} // namespace

std::span<const client_command> transfer_commands() {
  return table;
}

} // namespace kv::app
