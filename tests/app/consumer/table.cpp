#include "actors/ets/table.hpp"

#include <string>

struct session {
  std::string token;
  int user = 0;
};

using sessions = kv::ets::set<session, &session::token>;

int main() {
  kv::ets::owner<sessions> table{{.name = "sessions"}};
  table.insert({"f00", 7});
  return table.lookup("f00")->user == 7 ? 0 : 1;
}
