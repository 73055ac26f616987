#include "actors/server/command.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace kv::server {

namespace {

constexpr size_t longest_name = 32;

/// Commands of others, and whether the table has been made.
struct additions {
  std::vector<const command*> commands;
  std::atomic<bool> closed = false;
};

additions& added() {
  static additions instance;
  return instance;
}

std::vector<command> own_commands() {
  std::vector<command> result;
  for (auto group :
       {connection_commands(), client_commands(),        command_commands(),
        config_commands(),     slow_commands(),          pubsub_commands(),
        event_commands(),      stream_commands(),        transaction_commands(),
        string_commands(),     string_change_commands(), hash_commands(),
        hash_read_commands(),  field_expiry_commands(),  key_commands(),
        expiry_commands(),     rename_commands(),        memory_commands(),
        keyspace_commands(),   scan_commands(),          server_commands(),
        save_commands()})
    result.insert(result.end(), group.begin(), group.end());
  return result;
}

std::vector<command> all_commands() {
  added().closed = true;
  auto result = own_commands();
  for (const auto* x : added().commands)
    result.push_back(*x);
  return result;
}

using index = boost::unordered_flat_map<std::string_view, const command*>;

index make_index() {
  index result;
  for (const auto& x : command_table())
    result.emplace(x.name, &x);
  return result;
}

} // namespace

std::span<const command> command_table() {
  static const auto table = all_commands();
  return table;
}

void add_command(const command& x) {
  auto& others = added().commands;
  if (std::find(others.begin(), others.end(), &x) != others.end())
    return;
  const std::string name{x.name};
  if (added().closed)
    throw std::logic_error(name + ": added after the first request");
  auto has_name = [&](const command& y) { return y.name == x.name; };
  auto all = own_commands();
  for (const auto* y : others)
    all.push_back(*y);
  if (std::any_of(all.begin(), all.end(), has_name))
    throw std::logic_error(name + ": there is such a command");
  others.push_back(&x);
}

const command* find_command(std::string_view name) {
  static const auto commands = make_index();
  std::array<char, longest_name> lower;
  if (name.size() > lower.size())
    return nullptr;
  for (size_t i = 0; i < name.size(); ++i)
    lower[i] = name[i] >= 'A' && name[i] <= 'Z'
                 ? static_cast<char>(name[i] - 'A' + 'a')
                 : name[i];
  auto i = commands.find({lower.data(), name.size()});
  return i != commands.end() ? i->second : nullptr;
}

} // namespace kv::server
