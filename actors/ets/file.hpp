#pragma once

#include "actors/ets/file_format.hpp"
#include "actors/ets/owner.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Tables in files: ETS's tab2file, file2tab and tabfile_info. A file has a
// version, the rows, their number and checksums: one that was cut off or
// changed anywhere is refused with what is wrong and where.

namespace kv::ets {

/// How rows are written: `encode` appends the bytes of a row to a text,
/// `decode` makes a row of them. Not the codec but the file sees to checksums.
template <class C, class Row>
concept row_codec = requires(const C& codec, const Row& x, std::string& out,
                             std::string_view bytes) {
  codec.encode(x, out);
  { codec.decode(bytes) } -> std::same_as<Row>;
};

/// How a table is saved.
struct save_options {
  /// Returns only when the file is on the disk.
  bool sync = false;
  /// Stored with the table, for whoever reads it.
  std::string note{};
};

/// Writes all rows into a file, in place of an older one, which stays as it is
/// if that fails; returns how many. Not a snapshot: what is written meanwhile
/// may be in the file or not.
///
/// Complexity: linear. Thread safety: any thread; one writer of a file.
/// Errors: no_such_table; io; what the codec throws.
template <table T, row_codec<typename T::row> Codec>
std::uint64_t save(const read_operations<T>& table,
                   const std::filesystem::path& path, const Codec& codec,
                   save_options how = {}) {
  const auto info = table.info();
  detail::file_writer out{path,
                          {.kind = info.kind,
                           .access = info.access,
                           .named = info.named,
                           .name = info.name,
                           .note = std::move(how.note)}};
  std::string bytes;
  table.for_each([&](const typename T::row& x) {
    bytes.clear();
    codec.encode(x, bytes);
    out.add(bytes);
  });
  return out.commit(how.sync);
}

/// Makes a table of a file; one that was named gets its name, and others find
/// it with all its rows.
///
/// Complexity: linear, plus sorting. Thread safety: any thread.
/// Errors: io; corrupt; wrong_type if the file has another kind; name_taken;
/// what the codec throws.
template <table T, row_codec<typename T::row> Codec>
owner<T> load(const std::filesystem::path& path, const Codec& codec,
              typename T::key_fn key = {}) {
  constexpr std::size_t batch = 1024;
  detail::file_reader in{path};
  const auto info = in.info();
  if (info.kind != T::kind)
    throw error(errc::wrong_type, path.string() + " has a table of kind "
                                    + std::string{to_string(info.kind)});
  owner<T> result{{.name = info.named ? info.name : std::string{},
                   .access = access::private_},
                  std::move(key)};
  std::vector<typename T::row> rows;
  for (std::string_view bytes; in.next(bytes);) {
    rows.push_back(codec.decode(bytes));
    if (rows.size() == batch)
      result.insert_many(std::exchange(rows, {}));
  }
  result.insert_many(std::move(rows));
  if (result.size() != in.info().rows)
    throw error(errc::corrupt, path.string() + " has a row twice");
  result.set_access(info.access);
  return result;
}

/// Returns what a file says about its table, after having checked all of it.
/// Complexity: linear in the file. Thread safety: any thread.
/// Errors: io; corrupt.
inline file_info inspect(const std::filesystem::path& path) {
  return detail::read_all(path);
}

} // namespace kv::ets
