#include "actors/server/resp_batch.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kv::server {

namespace {

constexpr std::string_view crashed = "ERR the bucket failed";

} // namespace

kept_request::kept_request(const command& what, arguments args) : what(&what) {
  size_t size = 0;
  for (auto word : args)
    size += word.size();
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

kept_request::kept_request(std::vector<kept_request> parts)
  : parts(std::move(parts)) {
  // nop
}

bool kept_request::creates() const noexcept {
  if (what != nullptr)
    return what->creates();
  return std::any_of(parts.begin(), parts.end(),
                     [](auto& part) { return part.creates(); });
}

void kept_request::run(const bucket_fields& fields, resp_writer& out) const {
  if (what == nullptr) {
    out.array(parts.size());
    for (const auto& part : parts)
      part.run(fields, out);
  } else if (what->check != nullptr && !what->check(args(), out)) {
    // It has replied.
  } else if (what->in_bucket != nullptr) {
    what->in_bucket(fields, args(), out);
  } else {
    auto reader = fields.reader();
    what->on_table(&reader, args(), out);
  }
}

void kept_request::run_absent(resp_writer& out) const {
  if (what == nullptr) {
    out.array(parts.size());
    for (const auto& part : parts)
      part.run_absent(out);
  } else if (what->check != nullptr && !what->check(args(), out)) {
    // It has replied.
  } else if (what->absent != nullptr) {
    what->absent(args(), out);
  } else {
    what->on_table(nullptr, args(), out);
  }
}

void resp_batch::run(const bucket_fields& fields) {
  while (next < items.size()) {
    auto& x = items[next++];
    // Nobody runs it twice, whatever it does.
    resp_writer{x.reply, version}.error(crashed);
    std::string reply;
    resp_writer out{reply, version};
    x.request.run(fields, out);
    x.reply = std::move(reply);
  }
}

bool resp_batch::run_absent() {
  for (; next < items.size() && !items[next].request.creates(); ++next) {
    resp_writer out{items[next].reply, version};
    items[next].request.run_absent(out);
  }
  return next == items.size();
}

void resp_batch::fail(std::string_view reason) {
  for (; next < items.size(); ++next) {
    items[next].reply.clear();
    resp_writer{items[next].reply, version}.error(reason);
  }
}

} // namespace kv::server
