#include "app/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace kv::app {

unsigned fit_descriptors(unsigned clients) {
  constexpr rlim_t others = 32; // as Redis keeps
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return clients;
  auto wanted = clients + others;
  if (limit.rlim_cur < wanted) {
    rlimit more{std::min<rlim_t>(wanted, limit.rlim_max), limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &more) == 0)
      limit = more;
  }
  if (limit.rlim_cur >= wanted)
    return clients;
  return static_cast<unsigned>(limit.rlim_cur > others ? limit.rlim_cur - others
                                                       : 1);
}

} // namespace kv::app
