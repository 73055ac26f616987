#include "app/generate/generate.hpp"

#include "app/generate/changes.hpp"
#include "app/generate/names.hpp"
#include "app/generate/templates.hpp"
#include "app/options.hpp"
#include "app/text.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <vector>

namespace kv::app {

namespace {

namespace fs = std::filesystem;

using std::string;

constexpr std::string_view new_usage
  = "kv new DIR [--actor NAME]... [--supervisor NAME] [--handler NAME]";
constexpr std::string_view add_usage = "kv add actor|handler|table NAME";

const string tree_list = "app/actor_types.cpp";
const string parts_mark = "// kv add: tables and children above";

[[noreturn]] void refuse(const string& line, std::string_view usage) {
  throw refusal{exit_status::usage, line + "; usage: " + string{usage}};
}

/// Where parts go, and what they are called by.
struct place {
  string folder;     ///< Of headers.
  string tests;      ///< Of tests.
  string space;      ///< The namespace.
  string space_name; ///< What names of actors begin with.
};

void add_part(changes& to, const place& at, const string& kind,
              const string& name) {
  std::map<string, string> words{{"folder", at.folder},
                                 {"space", at.space},
                                 {"space_name", at.space_name},
                                 {"name", name}};
  to.add(at.folder + '/' + name + ".hpp", fill_template(kind + ".hpp", words));
  to.add(at.tests + '/' + name + "_test.cpp",
         fill_template(kind + "_test.cpp", words));
}

string header_of(const string& name) {
  return "actors/" + name + ".hpp";
}

/// Returns the include directives of headers, sorted.
string includes_of(std::vector<string> headers) {
  std::sort(headers.begin(), headers.end());
  string result;
  for (const auto& x : headers)
    result += "#include \"" + x + "\"\n";
  return result;
}

/// The line of a supervisor that starts a part, or keeps a table.
string part_line(const string& kind, const string& name) {
  if (kind == "table")
    return "    result.tables.keep(kv::ets::owner<" + name
           + "_table>{{.name = \"" + name + "\"}});\n";
  constexpr size_t columns = 80;
  auto child = "{\"" + name + "\", kv::otp::starts<" + name + "_state>()});\n";
  const string call = "    result.children.push_back(";
  return call.size() + child.size() <= columns + 1 ? call + child
                                                   : call + "\n      " + child;
}

// -- new ----------------------------------------------------------------------

struct wishes {
  fs::path folder;
  std::vector<string> actors;
  string supervisor;
  string handler;
};

wishes parse_new(std::span<const string> args) {
  wishes result;
  for (size_t i = 1; i < args.size(); ++i) {
    const auto& word = args[i];
    if (word == "--actor" || word == "--supervisor" || word == "--handler") {
      if (i + 1 == args.size() || args[i + 1].starts_with("--"))
        refuse(word + ": expected a name", new_usage);
      const auto& name = args[++i];
      auto& once = word == "--handler" ? result.handler : result.supervisor;
      if (word == "--actor")
        result.actors.push_back(name);
      else if (once.empty())
        once = name;
      else
        refuse(word + ": is given twice", new_usage);
    } else if (word.starts_with('-')) {
      refuse(in_quotes(word) + ": unknown option", new_usage);
    } else if (!result.folder.empty() || word.empty()) {
      refuse(in_quotes(word) + ": unexpected argument", new_usage);
    } else {
      result.folder = word;
    }
  }
  if (result.folder.empty())
    refuse("new: expected a folder", new_usage);
  if (result.actors.empty())
    result.actors = {"counter"};
  if (result.supervisor.empty())
    result.supervisor = "workers";
  if (result.handler.empty())
    result.handler = "audit";
  return result;
}

/// Returns the project's name: that of its folder.
string project_name(const fs::path& folder) {
  auto full = fs::absolute(folder).lexically_normal();
  auto name = (full.has_filename() ? full : full.parent_path()).filename();
  auto result = name.string();
  std::replace(result.begin(), result.end(), '-', '_');
  check_name(result);
  // Targets that CMake has already.
  for (auto taken : {"all", "clean", "help", "install", "package"})
    if (result == taken)
      throw refusal{exit_status::usage,
                    in_quotes(result)
                      + ": is a target of CMake; name another folder"};
  return result;
}

void check_empty(const fs::path& root, const fs::path& folder) {
  auto path = root / folder;
  std::error_code err;
  if (!fs::exists(path, err) && !err)
    return;
  if (err || !fs::is_directory(path) || !fs::is_empty(path))
    throw refusal{exit_status::usage,
                  in_quotes(folder.string())
                    + ": is there and not empty; name a new folder"};
}

void make_project(std::span<const string> args, const fs::path& here,
                  std::ostream& out) {
  auto what = parse_new(args);
  auto space = project_name(here / what.folder);
  check_empty(here, what.folder);
  const string table = "entries";
  auto names = what.actors;
  names.insert(names.end(), {what.supervisor, what.handler, table});
  check_names(names);
  changes to{here / what.folder};
  const place at{"actors", "tests", space, space};
  string parts = part_line("table", table);
  string children;
  std::vector<std::pair<string, string>> all; // kind and name
  for (const auto& name : what.actors)
    all.emplace_back("actor", name);
  all.emplace_back("handler", what.handler);
  for (const auto& [kind, name] : all) {
    add_part(to, at, kind, name);
    parts += part_line(kind, name);
    children += (children.empty() ? "\"" : ", \"") + name + '"';
  }
  add_part(to, at, "table", table);
  std::vector<string> headers{"actors/otp/supervisor.hpp", header_of(table)};
  for (const auto& [kind, name] : all)
    headers.push_back(header_of(name));
  std::map<string, string> words{{"folder", at.folder},
                                 {"space", space},
                                 {"space_name", space},
                                 {"name", what.supervisor},
                                 {"includes", includes_of(headers)},
                                 {"parts", parts},
                                 {"children", children},
                                 {"supervisor", what.supervisor}};
  to.add("actors/" + what.supervisor + ".hpp",
         fill_template("supervisor.hpp", words));
  to.add("tests/" + what.supervisor + "_test.cpp",
         fill_template("supervisor_test.cpp", words));
  words["includes"]
    = includes_of({"actors/kv/application.hpp", header_of(what.supervisor)});
  to.add("app/main.cpp", fill_template("main.cpp", words));
  to.add("CMakeLists.txt", fill_template("CMakeLists.txt", words));
  to.add("README.md", fill_template("README.md", words));
  to.add(".gitignore", fill_template("gitignore", words));
  for (const auto& path : to.write())
    out << (what.folder / path).string() << '\n';
}

// -- add ----------------------------------------------------------------------

/// Returns the header of a project's supervisor, relative to the project;
/// nothing if this is no project.
string find_supervisor(const fs::path& here) {
  std::error_code err;
  for (const auto& entry : fs::directory_iterator{here / "actors", err}) {
    auto path = "actors/" + entry.path().filename().string();
    if (entry.path().extension() == ".hpp"
        && changes{here}.content(path).find(parts_mark) != string::npos)
      return path;
  }
  return {};
}

/// Returns the name of the project that a supervisor belongs to.
string project_of(const string& supervisor_text) {
  const string before = "\nnamespace ";
  auto begin = supervisor_text.find(before);
  if (begin == string::npos)
    return {};
  begin += before.size();
  return supervisor_text.substr(begin,
                                supervisor_text.find(' ', begin) - begin);
}

void add_to_project(changes& to, const string& supervisor, const string& kind,
                    const string& name) {
  auto space = project_of(to.content(supervisor));
  check_name(space);
  add_part(to, {"actors", "tests", space, space}, kind, name);
  to.include(supervisor, header_of(name));
  to.put_above(supervisor, parts_mark, part_line(kind, name));
}

void add_to_tree(changes& to, const string& kind, const string& name) {
  add_part(to,
           {"actors/examples", "tests/examples", "kv::examples", "examples"},
           kind, name);
  if (kind == "table")
    return;
  to.include(tree_list, header_of("examples/" + name));
  // Where the table of types ends.
  to.put_above(tree_list, "  };",
               "    {\"" + name + "\", otp::starts<examples::" + name
                 + "_state>()},\n");
}

void make_part(std::span<const string> args, const fs::path& here,
               std::ostream& out) {
  const std::vector<string> kinds{"actor", "handler", "table"};
  if (args.size() != 3)
    refuse("add: expected what to add, and a name", add_usage);
  const auto& kind = args[1];
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    refuse(in_quotes(kind) + ": cannot be added" + suggestion(kind, kinds),
           add_usage);
  check_name(args[2]);
  changes to{here};
  if (auto supervisor = find_supervisor(here); !supervisor.empty())
    add_to_project(to, supervisor, kind, args[2]);
  else if (fs::exists(here / tree_list))
    add_to_tree(to, kind, args[2]);
  else
    throw refusal{exit_status::usage,
                  "add: this folder is no project; go to one, or make one with "
                  "kv new DIR"};
  for (const auto& path : to.write())
    out << path << '\n';
}

} // namespace

bool is_generator(std::span<const string> args) {
  return !args.empty() && (args[0] == "new" || args[0] == "add");
}

void generate(std::span<const string> args, const fs::path& here,
              std::ostream& out) {
  if (std::any_of(args.begin(), args.end(),
                  [](const string& x) { return x == "--help" || x == "-h"; }))
    out << generator_help_text();
  else if (args[0] == "new")
    make_project(args, here, out);
  else
    make_part(args, here, out);
}

string generator_help_text() {
  return "Usage: " + string{new_usage} + "\n       " + string{add_usage}
         + "\n\n"
           "`new` makes a project: actors and an event handler under a "
           "supervisor, a table,\ntheir tests, a program. `add`, called in "
           "such "
           "a project or in kv's own source\ntree, makes one more part with "
           "its "
           "test. Both print what they have written.\n";
}

} // namespace kv::app
