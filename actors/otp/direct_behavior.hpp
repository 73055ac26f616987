#pragma once

#include "actors/otp/state_actor.hpp"

#include <caf/detail/behavior_impl.hpp>
#include <caf/typed_behavior.hpp>

#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace kv::otp {

namespace detail {

template <class T>
inline constexpr bool is_atom = false;

template <caf::atom_value Value>
inline constexpr bool is_atom<caf::atom_constant<Value>> = true;

template <class Param>
inline constexpr bool is_mutable
  = std::is_lvalue_reference_v<
      Param> && !std::is_const_v<std::remove_reference_t<Param>>;

/// Tries one clause of a behavior; `Params` are what it takes.
template <class F,
          class Params = typename caf::detail::get_callable_trait<F>::arg_types>
class direct_clause;

template <class F, class... Params>
class direct_clause<F, caf::detail::type_list<Params...>> {
public:
  using visitor = caf::detail::invoke_result_visitor;
  using tuple = caf::type_erased_tuple;
  using result = caf::match_case::result;

  /// Returns whether the clause is for `xs`; if so, it has run.
  /// @param token Of `xs`.
  static bool run(F& f, visitor& answer, tuple& xs, uint32_t token,
                  result& done) {
    if (token != caf::make_type_token<std::remove_cvref_t<Params>...>())
      return false;
    return run(f, answer, xs, done, std::index_sequence_for<Params...>{});
  }

private:
  // The token has six bits for each element, as far as they go.
  static constexpr size_t most_in_token = 5;
  static_assert(sizeof...(Params) > 0);
  static_assert(sizeof...(Params) <= most_in_token);

  template <size_t... Is>
  static bool run(F& f, visitor& answer, tuple& xs, result& done,
                  std::index_sequence<Is...> indices) {
    if (!(matches<std::remove_cvref_t<Params>>(xs, Is) && ...))
      return false;
    if ((is_mutable<Params> || ...) && xs.shared()) {
      auto copy = caf::message::copy(xs);
      done = call(f, answer, copy.content(), indices);
    } else {
      done = call(f, answer, xs, indices);
    }
    return true;
  }

  /// @pre The token of `xs` is right: it tells CAF's own types.
  template <class T>
  static bool matches(const tuple& xs, size_t i) {
    if constexpr (is_atom<T>) {
      return *static_cast<const caf::atom_value*>(xs.get(i)) == T::value;
    } else if constexpr (caf::type_nr<T>::value != 0) {
      return true;
    } else {
      auto type = xs.type(i).second;
      return type != nullptr && *type == typeid(T);
    }
  }

  template <class T>
  static decltype(auto) element(tuple& xs, size_t i) {
    if constexpr (is_atom<T>)
      return T{};
    else
      return *static_cast<T*>(const_cast<void*>(xs.get(i)));
  }

  template <size_t... Is>
  static result
  call(F& f, visitor& answer, tuple& xs, std::index_sequence<Is...>) {
    if constexpr (std::is_void_v<decltype(f(std::declval<Params>()...))>) {
      // CAF would make a promise to answer nothing, and throw it away.
      auto* x = running::innermost().current_mailbox_element();
      auto answers = x->mid.is_request();
      f(element<std::remove_cvref_t<Params>>(xs, Is)...);
      if (answers)
        answer(caf::unit);
      return result::match;
    } else {
      auto value = f(element<std::remove_cvref_t<Params>>(xs, Is)...);
      return answer.visit(value) ? result::match : result::skip;
    }
  }
};

template <class... Fs>
class direct_behavior_impl final : public caf::detail::behavior_impl {
public:
  explicit direct_behavior_impl(Fs... fs) : clauses_(std::move(fs)...) {
    begin_ = nullptr;
    end_ = nullptr;
  }

  using behavior_impl::invoke;

  caf::match_case::result invoke(caf::detail::invoke_result_visitor& answer,
                                 caf::type_erased_tuple& xs) override {
    auto token = xs.type_token();
    auto result = caf::match_case::no_match;
    std::apply(
      [&](Fs&... fs) {
        static_cast<void>(
          (direct_clause<Fs>::run(fs, answer, xs, token, result) || ...));
      },
      clauses_);
    return result;
  }

private:
  std::tuple<Fs...> clauses_;
};

} // namespace detail

/// Makes the behavior of a `state_actor`, for `Handle`, of functions of up to
/// five arguments. It does what CAF's own does, with less: CAF asks for each
/// element of a message through a table of functions, makes a promise for each
/// message that is not answered, and has 32 bytes for each clause.
///
/// @code
/// handle_type::behavior_type make_behavior() {
///   return otp::direct_behavior<handle_type>(
///     [this](atom::put, int64_t x) { return total_ += x; },
///     [this](atom::get) { return total_; });
/// }
/// @endcode
///
/// Complexity: a comparison for each clause before the right one.
template <class Handle, class... Fs>
typename actor_base<Handle>::type::behavior_type direct_behavior(Fs... fs) {
  using result = typename actor_base<Handle>::type::behavior_type;
  caf::behavior made{caf::behavior::impl_ptr{
    new detail::direct_behavior_impl<Fs...>{std::move(fs)...}, false}};
  if constexpr (std::is_same_v<result, caf::behavior>) {
    return made;
  } else {
    using found = caf::detail::type_list<caf::deduce_mpi_t<Fs>...>;
    using wanted = typename result::signatures;
    using mismatch = caf::interface_mismatch_t<found, wanted>;
    caf::detail::static_error_printer<static_cast<int>(sizeof...(Fs)),
                                      mismatch::value, typename mismatch::xs,
                                      typename mismatch::ys>
      is_right;
    static_cast<void>(is_right);
    return {typename result::unsafe_init{}, std::move(made)};
  }
}

} // namespace kv::otp
