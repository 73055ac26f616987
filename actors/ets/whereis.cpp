#include "actors/ets/whereis.hpp"

#include <iomanip>
#include <ostream>

namespace kv::ets {

void list_tables(std::ostream& out) {
  out << "    id kind              size       bytes access    name\n";
  for (const auto& x : all())
    out << std::setw(6) << x.id << ' ' << std::left << std::setw(13)
        << to_string(x.kind) << std::right << std::setw(9) << x.size
        << std::setw(12) << x.bytes << ' ' << std::left << std::setw(10)
        << to_string(x.access) << std::right << x.name << '\n';
}

} // namespace kv::ets
