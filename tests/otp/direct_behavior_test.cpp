// Behaviors that match by themselves: they do what CAF's own do.

#include "actors/otp/direct_behavior.hpp"

#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/optional.hpp>
#include <caf/response_promise.hpp>
#include <caf/skip.hpp>

using namespace kv;
using test::listener;
using test::otp_fixture;
using test::strings;

namespace {

/// A type that CAF knows by its name alone.
struct parcel {
  std::string text;
};

struct envelope {
  std::string text;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parcel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(envelope)

namespace {

/// Has a clause of every kind, in a behavior of CAF's own or a direct one.
template <bool Direct>
class clauses_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.clauses";

  clauses_state(caf::event_based_actor* self, strings& trace)
    : self_(self), trace_(trace) {
    // nop
  }

  caf::behavior make_behavior() {
    return make(
      [this](atom::put, int64_t x) { note("put " + std::to_string(x)); },
      [this](atom::get, int64_t x) {
        note("get");
        return x;
      },
      [this](atom::put, double, const std::string& x) { note("2 " + x); },
      [this](const parcel& x) { note("parcel " + x.text); },
      [this](envelope& x) {
        x.text += "!";
        note("envelope " + x.text);
        return x.text;
      },
      [this](parcel& x, const envelope&) { note("both " + x.text); },
      [](atom::erase) -> caf::result<int> {
        return caf::make_error(ec::badarg);
      },
      [this](atom::size) {
        auto promise = self_->make_response_promise();
        promise.deliver(7);
        return promise;
      },
      [](atom::keys) -> caf::optional<int> { return caf::none; },
      [](atom::state) -> caf::expected<int> { return 8; },
      [this](atom::told) -> caf::result<caf::message> {
        if (!ready_)
          return caf::skip;
        return caf::make_message(9);
      },
      [this](atom::started) { ready_ = true; },
      [](atom::lost) { throw std::runtime_error("lost"); },
      [](int, int, int, int, int) { return 5; });
  }

private:
  template <class... Fs>
  static caf::behavior make(Fs... fs) {
    if constexpr (Direct)
      return otp::direct_behavior<caf::actor>(std::move(fs)...);
    else
      return {std::move(fs)...};
  }

  void note(std::string x) {
    trace_.push_back(std::move(x));
  }

  caf::event_based_actor* self_;
  strings& trace_;
  bool ready_ = false;
};

struct own {
  static constexpr bool direct = true;
};

struct of_caf {
  static constexpr bool direct = false;
};

template <class Kind>
class fixture : public otp_fixture {
public:
  fixture()
    : actor(sys.spawn<otp::state_actor<clauses_state<Kind::direct>>>(
      std::ref(done))) {
    run();
  }

  ~fixture() {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    caf::anon_send_exit(ear.hdl(), caf::exit_reason::kill);
    run();
  }

  /// Sends a plain message on behalf of `ear`.
  template <class... Ts>
  void tell(Ts... xs) {
    send(caf::make_message(std::move(xs)...));
  }

  void send(caf::message x) {
    otp::send(test::as_self(ear.hdl()),
              caf::actor_cast<caf::strong_actor_ptr>(actor), std::move(x));
    run();
  }

  strings take() {
    return std::exchange(done, {});
  }

  /// Returns what `ear` was answered.
  strings answers() {
    strings result;
    for (auto& x : ear.take())
      result.push_back(caf::to_string(x));
    return result;
  }

  strings done;
  caf::actor actor;
  listener ear{sys};
};

} // namespace

TEMPLATE_TEST_CASE_METHOD(fixture, "the right clause runs", "[direct_behavior]",
                          own, of_caf) {
  this->tell(atom::put_v, int64_t{1});
  this->tell(atom::put_v, 2.0, std::string{"x"});
  this->tell(parcel{"y"});
  CHECK(this->take() == strings{"put 1", "2 x", "parcel y"});
  CHECK(
    this->answers().empty()); // a plain message is answered by a value alone
  this->tell(atom::get_v, int64_t{3});
  CHECK(this->take() == strings{"get"});
  CHECK(this->answers() == strings{"(3)"});
  this->tell(1, 2, 3, 4, 5);
  CHECK(this->answers() == strings{"(5)"});
}

TEMPLATE_TEST_CASE_METHOD(fixture, "what no clause is for is unexpected",
                          "[direct_behavior]", own, of_caf) {
  auto is_unexpected = [this](auto... xs) {
    auto answer = this->template try_call<caf::unit_t>(this->actor, xs...);
    return !answer && answer.error() == caf::sec::unexpected_message;
  };
  CHECK(is_unexpected(atom::put_v, 1)); // another kind of number
  CHECK(is_unexpected(atom::put_v));
  CHECK(is_unexpected(atom::put_v, int64_t{1}, int64_t{1}));
  CHECK(is_unexpected(atom::ack_v, int64_t{1}));
  CHECK(is_unexpected(int64_t{1}, atom::put_v));
  CHECK(is_unexpected(std::string{"x"}));
  CHECK(is_unexpected(envelope{}, parcel{}));
  CHECK(is_unexpected(parcel{}, parcel{}));
  CHECK(is_unexpected(1, 2, 3, 4));
  CHECK(is_unexpected(1, 2, 3, 4, 5, 6));
  CHECK(this->take().empty());
  this->tell(parcel{"x"}, envelope{"y"});
  CHECK(this->take() == strings{"both x"});
}

TEMPLATE_TEST_CASE_METHOD(fixture,
                          "a clause that changes a message changes "
                          "its own",
                          "[direct_behavior]", own, of_caf) {
  auto shared = caf::make_message(envelope{"x"});
  this->send(shared);
  this->send(shared);
  CHECK(this->take() == strings{"envelope x!", "envelope x!"});
  CHECK(shared.template get_as<envelope>(0).text == "x");
}

TEMPLATE_TEST_CASE_METHOD(fixture,
                          "requests are answered, whatever a clause "
                          "returns",
                          "[direct_behavior]", own, of_caf) {
  auto ask = [this](auto... xs) {
    return this->template try_call<int>(this->actor, xs...);
  };
  auto nothing = this->self->request(this->actor, caf::infinite, atom::put_v,
                                     int64_t{1});
  this->run();
  auto answered = false;
  nothing.receive([&] { answered = true; },
                  [](const caf::error& reason) { FAIL(describe(reason)); });
  CHECK(answered);
  CHECK(ask(atom::erase_v).error() == ec::badarg);
  CHECK(ask(atom::size_v) == 7);
  CHECK(ask(atom::keys_v).error() == caf::sec::unexpected_response);
  CHECK(ask(atom::state_v) == 8);
  CHECK(ask(1, 2, 3, 4, 5) == 5);
}

TEMPLATE_TEST_CASE_METHOD(fixture, "a message that is skipped is handled later",
                          "[direct_behavior]", own, of_caf) {
  this->tell(atom::told_v);
  CHECK(this->answers().empty());
  this->tell(atom::started_v);
  CHECK(this->answers() == strings{"(9)"});
}

TEMPLATE_TEST_CASE_METHOD(fixture, "an exception in a clause ends the actor",
                          "[direct_behavior]", own, of_caf) {
  test::end_watch end{this->actor};
  this->tell(atom::lost_v);
  CHECK(end.reason() == ec::crashed);
}

namespace {

using sum_actor = caf::typed_actor<caf::replies_to<atom::put, int>::with<int>,
                                   caf::reacts_to<atom::erase>>;

class sum_state {
public:
  using handle_type = sum_actor;

  static constexpr const char* name = "test.sum";

  explicit sum_state(handle_type::pointer) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    return otp::direct_behavior<handle_type>(
      [this](atom::put, int x) { return sum_ += x; },
      [this](atom::erase) { sum_ = 0; });
  }

private:
  int sum_ = 0;
};

} // namespace

TEST_CASE_METHOD(otp_fixture, "actors with types may have them, too",
                 "[direct_behavior]") {
  auto sum = sys.spawn<otp::state_actor<sum_state>>();
  CHECK(call<int>(sum, atom::put_v, 1) == 1);
  CHECK(call<int>(sum, atom::put_v, 2) == 3);
  caf::anon_send(sum, atom::erase_v);
  CHECK(call<int>(sum, atom::put_v, 4) == 4);
  kill(sum);
}
