#include "tests/bench/durable/engines/measures.hpp"

#include <exception>
#include <filesystem>
#include <iostream>

// What embedded engines cost, and what they do when the disk does not want to:
//
//   engines DIRECTORY ENGINE speed|limit|fill|flips
//   engines DIRECTORY grow|zeros|fallocate syncs
//
// It is built by hand, because nothing else needs all of them:
//
//   g++ -std=c++20 -O2 -I. tests/bench/durable/engines/*.cpp -o engines
//     -lleveldb -lrocksdb -llmdb -lsqlite3

using namespace kv::bench::engines;

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: engines DIRECTORY ENGINE speed|limit|fill|flips\n"
                 "       engines DIRECTORY grow|zeros|fallocate syncs\n";
    return 2;
  }
  string name = argv[2];
  string what = argv[3];
  auto dir = string{argv[1]} + '/' + name;
  std::filesystem::remove_all(dir);
  try {
    if (what == "limit")
      return limit(name, dir);
    if (what == "fill")
      return fill(name, dir);
    if (what == "flips")
      return flips(name, dir);
    if (what == "syncs")
      return syncs(name, dir);
    speed(name, dir);
    return 0;
  } catch (const std::exception& reason) {
    std::cerr << name << ": " << reason.what() << '\n';
    return 1;
  }
}
