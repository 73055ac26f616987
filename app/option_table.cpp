#include "app/option_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <thread>

namespace kv::app {

namespace {

using std::string;
using std::string_view;

constexpr unsigned max_port = 65535;
constexpr unsigned max_io_threads = 256;
constexpr unsigned most_clients = 1'000'000;
constexpr unsigned max_stop_time = 3600;
constexpr unsigned most_seconds = 86'400 * 365;

constexpr std::array<string_view, 1> off_word{"off"};
constexpr std::array<string_view, 1> auto_word{"auto"};
// In the order of kv::durability.
constexpr std::array<string_view, 3> modes{"none", "everysec", "always"};
// In the order of server::io_method.
constexpr std::array<string_view, 3> io_methods{"auto", "epoll", "io_uring"};
// In the order of log::level.
constexpr std::array<string_view, 6> levels{"trace", "debug", "info",
                                            "warn",  "error", "off"};

unsigned automatic_io_threads() {
  return std::clamp(std::thread::hardware_concurrency(), 2U, max_io_threads + 1)
         - 1;
}

std::optional<uint16_t> to_port(const string& text) {
  if (text == "off")
    return std::nullopt;
  return static_cast<uint16_t>(*to_number(text));
}

void set_io_threads(options& opts, const string& text) {
  opts.io_threads = text == "auto" ? automatic_io_threads() : *to_number(text);
}

// Where a word stands among those of its option is its value.
template <class T, size_t N>
T value_of(const std::array<string_view, N>& words, const string& text) {
  return static_cast<T>(std::find(words.begin(), words.end(), text)
                        - words.begin());
}

string unless_none(const string& text) {
  return text == "none" ? string{} : text;
}

const std::array<option_spec, 19> table{{
  {.name = "bind",
   .metavar = "ADDRESS",
   .kind = option_kind::address,
   .default_text = "127.0.0.1",
   .help = "numeric address that the servers listen on",
   .assign = [](options& opts, const string& x) { opts.bind = x; }},
  {.name = "host",
   .metavar = "HOST",
   .kind = option_kind::host,
   .default_text = "none",
   .help = "for clients: the server, unless it is at `bind`",
   .assign = [](options& opts,
                const string& x) { opts.host = unless_none(x); }},
  {.name = "line-port",
   .metavar = "PORT",
   .kind = option_kind::port,
   .default_text = "4040",
   .help = "line server's port; 0: a free one, off: none",
   .assign = [](options& opts,
                const string& x) { opts.line_port = to_port(x); },
   .words = off_word,
   .most = max_port},
  {.name = "resp-port",
   .metavar = "PORT",
   .kind = option_kind::port,
   .default_text = "6380",
   .help = "Redis clients' port; 0: a free one, off: none",
   .assign = [](options& opts,
                const string& x) { opts.resp_port = to_port(x); },
   .words = off_word,
   .most = max_port},
  {.name = "io-threads",
   .metavar = "N",
   .kind = option_kind::number,
   .default_text = "auto",
   .help = "threads that serve clients; auto: cores - 1",
   .assign = set_io_threads,
   .words = auto_word,
   .least = 1,
   .most = max_io_threads},
  {.name = "io-method",
   .metavar = "METHOD",
   .kind = option_kind::word,
   .default_text = "auto",
   .help = "io_uring, epoll; auto: what the system allows",
   .assign =
     [](options& opts, const string& x) {
       opts.io_method = value_of<server::io_method>(io_methods, x);
     },
   .words = io_methods},
  {.name = "max-clients",
   .metavar = "N",
   .kind = option_kind::number,
   .default_text = "10000",
   .help = "clients at a time; more are turned away",
   .assign = [](options& opts,
                const string& x) { opts.max_clients = *to_number(x); },
   .least = 1,
   .most = most_clients},
  {.name = "stop-time",
   .metavar = "SECONDS",
   .kind = option_kind::number,
   .default_text = "10",
   .help = "from SIGTERM to the end; then status 70",
   .assign =
     [](options& opts, const string& x) {
       opts.stop_time = std::chrono::seconds{*to_number(x)};
     },
   .least = 1,
   .most = max_stop_time},
  {.name = "idle-timeout",
   .metavar = "SECONDS",
   .kind = option_kind::number,
   .default_text = "0",
   .help = "silent clients are dropped after that; 0: never",
   .assign =
     [](options& opts, const string& x) {
       opts.idle_timeout = std::chrono::seconds{*to_number(x)};
     },
   .most = most_seconds},
  {.name = "tls-cert",
   .metavar = "FILE",
   .kind = option_kind::path,
   .default_text = "none",
   .help = "certificate (PEM); then all clients speak TLS",
   .assign = [](options& opts,
                const string& x) { opts.tls_cert = unless_none(x); }},
  {.name = "tls-key",
   .metavar = "FILE",
   .kind = option_kind::path,
   .default_text = "none",
   .help = "key of the certificate (PEM, not encrypted)",
   .assign = [](options& opts,
                const string& x) { opts.tls_key = unless_none(x); }},
  {.name = "tls-ca",
   .metavar = "FILE",
   .kind = option_kind::path,
   .default_text = "none",
   .help = "clients need a certificate signed by this one",
   .assign = [](options& opts,
                const string& x) { opts.tls_ca = unless_none(x); }},
  {.name = "password-file",
   .metavar = "FILE",
   .kind = option_kind::path,
   .default_text = "none",
   .help = "clients have to know its first line; or none",
   .assign = [](options& opts,
                const string& x) { opts.password_file = unless_none(x); },
   .reloads = true},
  {.name = "data-dir",
   .metavar = "DIR",
   .kind = option_kind::path,
   .default_text = "none",
   .help = "where data are kept beyond the end; or none",
   .assign = [](options& opts,
                const string& x) { opts.data_dir = unless_none(x); }},
  {.name = "durability",
   .metavar = "MODE",
   .kind = option_kind::word,
   .default_text = "everysec",
   .help = "with data-dir: none, everysec or always",
   .assign
   = [](options& opts,
        const string& x) { opts.mode = value_of<durability>(modes, x); },
   .words = modes},
  {.name = "log-level",
   .metavar = "LEVEL",
   .kind = option_kind::word,
   .default_text = "info",
   .help = "trace, debug, info, warn, error or off",
   .assign
   = [](options& opts,
        const string& x) { opts.log_level = value_of<log::level>(levels, x); },
   .words = levels,
   .reloads = true},
  {.name = "log-file",
   .metavar = "FILE",
   .kind = option_kind::path,
   .default_text = "stderr",
   .help = "file the log is appended to, or stderr",
   .assign = [](options& opts,
                const string& x) { opts.log_file = x == "stderr" ? "" : x; },
   .reloads = true},
  {.name = "with",
   .metavar = "NAME",
   .kind = option_kind::names,
   .default_text = "",
   .help = "actor type to start too; may be repeated",
   .assign = [](options& opts, const string& x) { opts.with.push_back(x); }},
  {.name = "config",
   .metavar = "FILE",
   .kind = option_kind::path,
   .default_text = "caf-application.ini",
   .help = "configuration file [./caf-application.ini]",
   .assign = [](options& opts, const string& x) { opts.config_file = x; },
   .in_file = false},
}};

} // namespace

std::span<const option_spec> option_table() {
  return table;
}

const option_spec* find_option(string_view name) {
  const auto* i = std::find_if(table.begin(), table.end(),
                               [name](const option_spec& spec) {
                                 return spec.name == name;
                               });
  return i != table.end() ? i : nullptr;
}

string environment_name(const option_spec& spec) {
  string result = "KV_";
  for (auto c : spec.name)
    result += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return result;
}

} // namespace kv::app
