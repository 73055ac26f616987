#include "actors/server/kept_request.hpp"

#include "actors/server/error_texts.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace kv::server {

namespace {

/// A large request is copied again: into the table, for the keeper, by the
/// engine. Throws `std::bad_alloc` if there is no room for that in the address
/// space, here where it costs nobody else anything.
void check_memory(size_t size) {
  constexpr size_t large = size_t{1} << 20;
  constexpr size_t copies = 20; // the journal is folded meanwhile
  if (size < large)
    return;
  auto* room = ::mmap(nullptr, copies * size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED)
    throw std::bad_alloc{};
  ::munmap(room, copies * size);
}

} // namespace

kept_request::kept_request(const command& command, arguments args)
  : what(&command) {
  size_t size = 0;
  for (auto word : args)
    size += word.size();
  check_memory(size);
  bytes = std::make_unique_for_overwrite<char[]>(size);
  words.reserve(args.size());
  auto* pos = bytes.get();
  for (auto word : args) {
    if (!word.empty())
      std::memcpy(pos, word.data(), word.size());
    words.emplace_back(pos, word.size());
    pos += word.size();
  }
}

kept_request::kept_request(kept_request&&) noexcept = default;

kept_request& kept_request::operator=(kept_request&&) noexcept = default;

void kept_request::run(const bucket_fields& fields, resp_writer& out) const {
  if (what->in_bucket != nullptr)
    what->in_bucket(fields, args(), out);
  else
    what->on_table(&fields.rows(), args(), out);
}

void kept_request::run(const string_keys& keys, resp_writer& out) const {
  if (what->in_strings == nullptr) {
    what->on_names(keys.names(), args(), out);
    return;
  }
  if ((what->flags & flag_any_type) != 0) {
    what->in_strings(keys, args(), out);
    return;
  }
  const string_keys::held_name name{keys, args()[1]};
  if (name.kind() == name_kind::bucket)
    out.error(error_text::wrong_type);
  else
    what->in_strings(keys, args(), out);
}

void kept_request::run_absent(resp_writer& out) const {
  if (what->absent != nullptr)
    what->absent(args(), out);
  else
    what->on_table(nullptr, args(), out);
}

bool kept_request::changes_rows() const noexcept {
  return (what->flags & flag_rows) != 0
         && static_cast<int>(words.size()) > -what->arity;
}

// -- kept_transaction ---------------------------------------------------------

bool kept_transaction::is_valid() const noexcept {
  return std::none_of(watches.begin(), watches.end(),
                      [](auto& x) { return x->changed(); });
}

bool kept_transaction::creates() const noexcept {
  return std::any_of(requests.begin(), requests.end(),
                     [](auto& x) { return x.what->creates(); });
}

} // namespace kv::server
