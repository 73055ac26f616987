#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace kv::bench {

inline double median(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  return xs[xs.size() / 2];
}

/// What was measured, on one side and perhaps on the other.
struct row {
  std::string bench;
  std::string name;
  std::string unit; ///< Of "s", "us", "bytes" and "%", less is better.
  double ours;
  std::string peer_name;
  std::optional<double> theirs;
};

/// Prints a row as one JSON object on one line. A ratio above 1 means that we
/// are ahead, whatever the unit; there is none beside a zero.
inline void print(const row& x) {
  nlohmann::ordered_json result{
    {"bench", x.bench}, {"case", x.name}, {"unit", x.unit}, {"kv", x.ours}};
  auto less = x.unit == "s" || x.unit == "us" || x.unit == "bytes"
              || x.unit == "%";
  if (x.theirs) {
    result["peer_name"] = x.peer_name;
    result["peer"] = *x.theirs;
    auto over = less ? *x.theirs : x.ours;
    auto under = less ? x.ours : *x.theirs;
    if (under > 0)
      result["ratio"] = over / under;
  }
  std::cout << result.dump() << std::endl;
}

} // namespace kv::bench
