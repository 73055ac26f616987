#include "actors/otp/state_actor.hpp"

#include "actors/base/atoms.hpp"
#include "actors/otp/crash_journal.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace kv::otp {

namespace {

std::string text_of(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

std::string demangle(const char* name) {
  auto status = 0;
  std::unique_ptr<char, decltype(&std::free)> text{
    abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free};
  return status == 0 ? text.get() : name;
}

/// Returns the texts of atoms and the names of other types.
std::string types_of(const caf::type_erased_tuple& content) {
  std::string result;
  for (size_t i = 0; i < content.size(); ++i) {
    auto [number, info] = content.type(i);
    result += i == 0 ? "" : ", ";
    if (number == caf::type_nr<caf::atom_value>::value)
      result += content.stringify(i);
    else if (info != nullptr)
      result += demangle(info->name());
    else
      result += caf::numbered_type_names[number - 1];
  }
  return result;
}

} // namespace

caf::error to_error(const std::exception_ptr& x) {
  return caf::make_error(ec::crashed, text_of(x));
}

caf::error crash_of(caf::scheduled_actor* self, const std::exception_ptr& x) {
  crash_details details;
  if (auto* element = self->current_mailbox_element())
    details.last_message = types_of(element->content());
  details.mailbox = self->mailbox().size();
  auto result = make_crash(text_of(x), std::move(details));
  report_crash(std::string{self->name()} + ": " + describe(result));
  return result;
}

caf::result<caf::message> answer_unexpected(const caf::message_view& x) {
  const auto& content = x.content();
  if (content.size() >= 2 && content.match_element<atom::event>(0)
      && content.match_element<uint64_t>(1))
    return caf::make_message(atom::ack_v, content.get_as<uint64_t>(1));
  return caf::sec::unexpected_message;
}

} // namespace kv::otp
