#include "actors/ets/dynamic/expression.hpp"

#include <algorithm>

namespace kv::ets::dynamic::detail {

expression expression::compile(const term& source, const std::string& where,
                               const variables& names) {
  if (source.is_string())
    return compile_text(source, where, names);
  if (source.is_object())
    return compile_object(source, where, names);
  if (source.is_array())
    return compile_call(source, where, names);
  check_term(source);
  expression result;
  result.source_ = source;
  return result;
}

expression expression::compile_text(const term& source,
                                    const std::string& where,
                                    const variables& names) {
  expression result;
  result.source_ = source;
  if (const auto number = variable_number(source)) {
    const auto at = std::lower_bound(names.begin(), names.end(), *number);
    if (at == names.end() || *at != *number)
      fail_at(where,
              "variable " + source.get<std::string>() + " is not in the head");
    result.form_ = form::variable;
    result.slot_ = static_cast<std::size_t>(at - names.begin());
  } else if (source == "$_") {
    result.form_ = form::object;
  } else if (source == "$$") {
    result.form_ = form::bindings;
  }
  return result;
}

expression expression::compile_object(const term& source,
                                      const std::string& where,
                                      const variables& names) {
  expression result;
  if (const auto* literal = only_member(source, "const")) {
    check_term(*literal);
    result.source_ = *literal;
    return result;
  }
  if (const auto* list = only_member(source, "list"))
    return compile_list(form::list, *list, where + "/list", names);
  if (const auto* tuple = only_member(source, "tuple"))
    return compile_list(form::tuple, *tuple, where + "/tuple", names);
  const auto* inner = only_member(source, "map");
  if (inner != nullptr && !inner->is_object())
    fail_at(where, "\"map\" is not followed by an object");
  result.form_ = form::map;
  const auto& from = inner != nullptr ? *inner : source;
  const auto place = inner != nullptr ? where + "/map" : where;
  for (auto i = from.begin(); i != from.end(); ++i) {
    result.keys_.push_back(i.key());
    result.parts_.push_back(compile(*i, place + '/' + i.key(), names));
  }
  return result;
}

expression expression::compile_list(form as, const term& source,
                                    const std::string& where,
                                    const variables& names) {
  if (!source.is_array())
    fail_at(where, "is not an array");
  expression result;
  result.form_ = as;
  result.source_ = source;
  for (const auto& x : source)
    result.parts_.push_back(
      compile(x, where + '/' + std::to_string(result.parts_.size()), names));
  return result;
}

expression expression::compile_call(const term& source,
                                    const std::string& where,
                                    const variables& names) {
  if (source.empty() || !source.front().is_string())
    fail_at(where, "a call begins with the name of a function; a list is "
                   "written {\"list\": [...]}");
  const auto name = source.front().get<std::string>();
  const auto args = source.size() - 1;
  expression result;
  result.source_ = source;
  if (name == "andalso" || name == "orelse") {
    result.form_ = name == "andalso" ? form::all_of : form::any_of;
    if (args == 0)
      fail_at(where, name + " needs an argument");
  } else {
    result.form_ = form::call;
    result.function_ = find_function(name, args);
    if (result.function_ == nullptr)
      fail_at(where, is_function(name) ? name + " does not take "
                                           + std::to_string(args) + " arguments"
                                       : "unknown function " + name);
  }
  for (std::size_t i = 1; i <= args; ++i)
    result.parts_.push_back(
      compile(source[i], where + '/' + std::to_string(i), names));
  return result;
}

std::optional<value> expression::test(const scope& here) const {
  return run(here, true);
}

value expression::evaluate(const scope& here) const {
  return *run(here, false);
}

std::optional<value> expression::run(const scope& here, bool guard) const {
  const auto& row = here.object.fields();
  switch (form_) {
    case form::constant:
      return value::view(source_, false);
    case form::variable: {
      const auto* x = here.bound[slot_];
      return value::view(*x, x == &row);
    }
    case form::object:
      return value::view(row, true);
    case form::bindings: {
      auto all = term::array();
      for (const auto* x : here.bound)
        all.push_back(*x);
      return value::of(std::move(all));
    }
    case form::call:
      return run_call(here, guard);
    case form::all_of:
    case form::any_of:
      return run_logic(here, guard);
    default:
      return run_parts(here, guard);
  }
}

std::optional<value> expression::run_call(const scope& here, bool guard) const {
  std::vector<value> args;
  args.reserve(parts_.size());
  for (const auto& part : parts_) {
    auto x = part.run(here, guard);
    if (!x)
      return std::nullopt;
    args.push_back(*std::move(x));
  }
  auto result = function_->call(args);
  if (!result && !guard)
    return value::failure();
  return result;
}

// The last argument may be anything.
std::optional<value> expression::run_logic(const scope& here,
                                           bool guard) const {
  const bool stop_at = form_ == form::any_of;
  for (const auto& part : parts_) {
    auto x = part.run(here, guard);
    if (!x || &part == &parts_.back())
      return x;
    if (x->is_boolean() && x->is_true() != stop_at)
      continue;
    if (x->is_boolean())
      return x;
    break;
  }
  return guard ? std::nullopt : std::optional(value::failure());
}

std::optional<value> expression::run_parts(const scope& here,
                                           bool guard) const {
  auto all = form_ == form::map ? term::object() : term::array();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto x = parts_[i].run(here, guard);
    if (!x)
      return std::nullopt;
    if (form_ == form::map)
      all[keys_[i]] = std::move(*x).take();
    else
      all.push_back(std::move(*x).take());
  }
  return form_ == form::tuple ? value::tuple(std::move(all))
                              : value::of(std::move(all));
}

bool expression::keeps_key(std::size_t position, const term& head) const {
  if (form_ == form::object)
    return true;
  return form_ == form::tuple && position < parts_.size()
         && parts_[position].is_key(position, head);
}

bool expression::is_key(std::size_t position, const term& head) const {
  if (!head.is_array() || position >= head.size())
    return false;
  if (form_ == form::call)
    return function_->name == "element" && parts_[0].form_ == form::constant
           && parts_[0].source_ == position + 1
           && parts_[1].form_ == form::object;
  const auto& key = head[position];
  if (form_ == form::variable)
    return key == source_;
  if (form_ != form::constant || key.is_structured() || key == "_"
      || variable_number(key))
    return false;
  return dynamic::identical(key, source_);
}

} // namespace kv::ets::dynamic::detail
