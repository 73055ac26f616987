#include "actors/ets/dynamic/match_spec.hpp"

#include "actors/ets/dynamic/expression.hpp"
#include "actors/ets/dynamic/pattern.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace kv::ets::dynamic {

using detail::expression;
using detail::fail_at;
using detail::value;

struct match_spec::clause {
  clause(const term& source, const std::string& where)
    : head_source(source[0]),
      names(detail::pattern::variables_of(source[0])),
      head(detail::pattern::head(source[0], where + "/0", names)),
      guards(compile(source[1], where + "/1")),
      body(compile(source[2], where + "/2")) {
    if (body.empty())
      fail_at(where + "/2", "a body has at least one expression");
  }

  // Returns the value of the body if the row matches.
  std::optional<value> run(const row& x, detail::bindings& bound) const {
    bound.assign(names.size(), nullptr);
    if (!head.match(x, bound))
      return std::nullopt;
    const detail::scope here{x, bound};
    for (const auto& guard : guards) {
      const auto verdict = guard.test(here);
      if (!verdict || !verdict->is_plain() || !verdict->is_true())
        return std::nullopt;
    }
    return body.back().evaluate(here);
  }

  term head_source;
  detail::variables names;
  detail::pattern head;
  std::vector<expression> guards;
  std::vector<expression> body;

private:
  std::vector<expression> compile(const term& source,
                                  const std::string& where) const {
    if (!source.is_array())
      fail_at(where, "is not an array");
    std::vector<expression> result;
    for (const auto& x : source)
      result.push_back(expression::compile(
        x, where + '/' + std::to_string(result.size()), names));
    return result;
  }
};

namespace {

void check_depth(const term& x, int depth) {
  if (depth > max_depth)
    throw error(errc::system_limit, "match specification is nested too deeply");
  if (x.is_structured())
    for (const auto& y : x)
      check_depth(y, depth + 1);
}

term one_clause(const term& head, const char* body) {
  return term::array({term::array({head, term::array(), term::array({body})})});
}

} // namespace

match_spec match_spec::compile(const term& source) {
  check_depth(source, 0);
  if (!source.is_array())
    fail_at("", "is not an array of clauses");
  std::vector<clause> clauses;
  for (const auto& x : source) {
    const auto where = '/' + std::to_string(clauses.size());
    if (!x.is_array() || x.size() != 3)
      fail_at(where, "a clause is [head, guards, body]");
    clauses.emplace_back(x, where);
  }
  match_spec result;
  result.clauses_
    = std::make_shared<const std::vector<clause>>(std::move(clauses));
  return result;
}

match_spec match_spec::match(const term& head) {
  return compile(one_clause(head, "$$"));
}

match_spec match_spec::match_object(const term& head) {
  return compile(one_clause(head, "$_"));
}

match_spec match_spec::match_delete(const term& head) {
  auto source = one_clause(head, "$_");
  source[0][2][0] = true;
  return compile(source);
}

std::optional<term> match_spec::run(const row& x) const {
  detail::bindings bound;
  for (const auto& clause : *clauses_)
    if (auto found = clause.run(x, bound))
      return std::move(*found).take();
  return std::nullopt;
}

std::vector<term> match_spec::run_on(const std::vector<row>& rows) const {
  std::vector<term> result;
  for (const auto& x : rows)
    if (auto found = run(x))
      result.push_back(*std::move(found));
  return result;
}

bool match_spec::is_true(const row& x) const {
  detail::bindings bound;
  for (const auto& clause : *clauses_)
    if (const auto found = clause.run(x, bound))
      return found->is_true();
  return false;
}

bool match_spec::keeps_key(key_at key) const {
  const auto position = key.position - 1;
  return std::all_of(clauses_->begin(), clauses_->end(), [&](const clause& x) {
    return x.body.size() == 1 && x.body[0].keeps_key(position, x.head_source);
  });
}

std::optional<std::vector<const term*>> match_spec::keys(key_at key) const {
  std::vector<const term*> result;
  for (const auto& clause : *clauses_) {
    const auto* one = clause.head.key(key.position - 1);
    if (one == nullptr)
      return std::nullopt;
    result.push_back(one);
  }
  return result;
}

std::optional<term> match_spec::key_prefix(key_at key) const {
  if (clauses_->size() != 1)
    return std::nullopt;
  auto result = clauses_->front().head.key_prefix(key.position - 1);
  return result.is_null() ? std::nullopt : std::optional(std::move(result));
}

} // namespace kv::ets::dynamic
