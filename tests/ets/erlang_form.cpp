#include "tests/ets/erlang_operations.hpp"
#include "tests/ets/external_term.hpp"

#include <cctype>
#include <utility>

namespace kv::test {

namespace {

using json = nlohmann::json;

bool is_variable(const json& x) {
  if (!x.is_string())
    return false;
  const auto& text = x.get_ref<const std::string&>();
  return text == "_"
         || (text.size() > 1 && text[0] == '$'
             && std::isdigit(static_cast<unsigned char>(text[1])) != 0);
}

json each(const json& xs, json (*f)(const json&)) {
  auto result = xs.is_object() ? json::object() : json::array();
  for (auto i = xs.begin(); i != xs.end(); ++i)
    if (xs.is_object())
      result[i.key()] = f(*i);
    else
      result.push_back(f(*i));
  return result;
}

json tuple_of(json::initializer_list_t xs) {
  return tuple(json::array(xs));
}

json pattern_part(const json& x) {
  if (is_variable(x))
    return atom(x.get<std::string>());
  if (x.is_object() && x.contains("const"))
    return x["const"];
  return x.is_structured() ? each(x, pattern_part) : x;
}

json pattern_of(const json& x) {
  return x.is_array() && !x.empty() ? tuple(each(x, pattern_part))
                                    : pattern_part(x);
}

json expression_of(const json& x) {
  if (is_variable(x) || x == "$_" || x == "$$")
    return x == "_" ? x : atom(x.get<std::string>());
  if (x.is_object() && x.contains("const"))
    return tuple_of({atom("const"), x["const"]});
  if (x.is_object() && x.contains("list"))
    return each(x["list"], expression_of);
  if (x.is_object() && x.contains("tuple"))
    return tuple_of({tuple(each(x["tuple"], expression_of))});
  if (x.is_object())
    return each(x, expression_of);
  if (!x.is_array())
    return x;
  auto call = each(x, expression_of);
  call[0] = atom(x[0].get<std::string>());
  return tuple(std::move(call));
}

json spec_of(const json& x) {
  auto result = json::array();
  for (const auto& clause : x)
    result.push_back(
      tuple_of({pattern_of(clause[0]), each(clause[1], expression_of),
                each(clause[2], expression_of)}));
  return result;
}

json tuples(const json& xs) {
  auto result = json::array();
  for (const auto& x : xs)
    result.push_back(tuple(x));
  return result;
}

json changes_of(const json& x) {
  if (!x.is_array())
    return x;
  return x.empty() || x[0].is_array() ? tuples(x) : tuple(x);
}

} // namespace

json to_erlang(const operation& x, const std::string& table) {
  auto args = json::array({atom(table)});
  for (const auto& arg : x.args)
    args.push_back(arg);
  auto f = x.name;
  if (f == "insert" || f == "insert_new" || f == "delete_object")
    args[1] = tuple(x.args[0]);
  if (f.ends_with("_many")) {
    args[1] = tuples(x.args[0]);
    f.resize(f.size() - 5);
  }
  if (f.starts_with("match"))
    args[1] = pattern_of(x.args[0]);
  if (f.starts_with("select"))
    args[1] = spec_of(x.args[0]);
  if (f == "update_counter" || f == "update_element")
    args[2] = changes_of(x.args[1]);
  if (f == "update_counter" && x.args.size() == 3)
    args[3] = tuple(x.args[2]);
  if (f == "init_table")
    args[1] = tuples(x.args[0]);
  if (f == "walk") {
    args.push_back(atom(x.args[0] == "up" ? "first" : "last"));
    args[1] = atom(x.args[0] == "up" ? "next" : "prev");
  }
  if (f == "info")
    args[1] = atom("size");
  if (f.ends_with("_chunks")) {
    args.insert(args.begin(), atom(f.substr(0, f.size() - 7)));
    return tuple_of({atom("chunks"), args});
  }
  return tuple_of({atom(f), args});
}

} // namespace kv::test
