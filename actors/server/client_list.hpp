#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace kv::server {

/// What CLIENT LIST says of a client. Thread safety: any thread.
class client_info {
public:
  explicit client_info(uint64_t id) : id_(id) {
    // nop
  }

  uint64_t id() const noexcept {
    return id_;
  }

  std::string name() const {
    std::lock_guard guard{mtx_};
    return name_;
  }

  void name(std::string x) {
    std::lock_guard guard{mtx_};
    name_ = std::move(x);
  }

  std::chrono::steady_clock::time_point since() const noexcept {
    return since_;
  }

  /// Returns a line as CLIENT LIST has it, without its end.
  std::string line() const {
    using namespace std::chrono;
    auto age = duration_cast<seconds>(steady_clock::now() - since_).count();
    auto number = [](auto x) { return std::to_string(x); };
    return "id=" + number(id_) + " addr= name=" + name() + " age=" + number(age)
           + " db=0 sub=" + number(subscriptions.load())
           + " psub=" + number(patterns.load())
           + " resp=" + number(protocol.load()) + " cmd=" + command.load();
  }

  std::atomic<size_t> subscriptions = 0;
  std::atomic<size_t> patterns = 0;
  std::atomic<int> protocol = 2;
  std::atomic<const char*> command = "NULL"; ///< The last one; a literal.

private:
  uint64_t id_;
  std::chrono::steady_clock::time_point since_
    = std::chrono::steady_clock::now();
  mutable std::mutex mtx_;
  std::string name_;
};

/// The clients that are connected. Thread safety: any thread.
class client_list {
public:
  using client = std::shared_ptr<client_info>;

  client add(uint64_t id) {
    auto result = std::make_shared<client_info>(id);
    std::lock_guard guard{mtx_};
    clients_.emplace(id, result);
    return result;
  }

  void remove(uint64_t id) {
    std::lock_guard guard{mtx_};
    clients_.erase(id);
  }

  /// Returns all, in the order of their ids.
  std::vector<client> all() const {
    std::vector<client> result;
    std::lock_guard guard{mtx_};
    for (const auto& [id, x] : clients_)
      result.push_back(x);
    return result;
  }

private:
  mutable std::mutex mtx_;
  std::map<uint64_t, client> clients_;
};

} // namespace kv::server
