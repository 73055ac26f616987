#pragma once

#include "actors/ets/engine.hpp"

namespace kv::test {

/// Owns an engine as handles do.
template <class Engine>
class engine_fixture {
public:
  ~engine_fixture() {
    engine_.get()->close();
  }

  Engine* operator->() const {
    return engine_.get();
  }

private:
  ets::detail::core_ptr<Engine> engine_{
    new Engine(ets::access::public_, typename Engine::key_fn{})};
};

} // namespace kv::test
