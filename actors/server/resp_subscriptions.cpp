#include "actors/server/resp_subscriptions.hpp"

#include "actors/server/resp_session.hpp"

namespace kv::server {

namespace {

std::string_view word_for(resp_subscriptions::kind what, bool add) {
  if (what == resp_subscriptions::kind::channel)
    return add ? "subscribe" : "unsubscribe";
  return add ? "psubscribe" : "punsubscribe";
}

} // namespace

void resp_subscriptions::confirm(std::string_view word,
                                 const std::string* name) {
  self_.info().subscriptions = channels_.size();
  self_.info().patterns = patterns_.size();
  auto out = self_.reply();
  out.push(3);
  out.bulk(word);
  if (name != nullptr)
    out.bulk(*name);
  else
    out.null();
  out.integer(static_cast<int64_t>(count()));
}

void resp_subscriptions::add(kind what, std::string_view name) {
  if (!inbox_)
    inbox_ = std::make_shared<subscriber>(self_.waker());
  std::string key{name};
  if (of(what).insert(key).second) {
    auto& hub = self_.service().channels;
    if (what == kind::channel)
      hub.subscribe(key, inbox_);
    else
      hub.psubscribe(key, inbox_);
  }
  confirm(word_for(what, true), &key);
}

void resp_subscriptions::leave(kind what, const std::string& name) {
  auto& hub = self_.service().channels;
  if (what == kind::channel)
    hub.unsubscribe(name, inbox_);
  else
    hub.punsubscribe(name, inbox_);
}

void resp_subscriptions::remove(kind what, std::string_view name) {
  std::string key{name};
  if (of(what).erase(key) > 0)
    leave(what, key);
  confirm(word_for(what, false), &key);
}

void resp_subscriptions::remove_all(kind what) {
  auto& all = of(what);
  if (all.empty())
    confirm(word_for(what, false), nullptr);
  while (!all.empty()) {
    auto name = std::move(all.extract(all.begin()).value());
    leave(what, name);
    confirm(word_for(what, false), &name);
  }
}

void resp_subscriptions::clear() {
  for (auto what : {kind::channel, kind::pattern}) {
    for (const auto& name : of(what))
      leave(what, name);
    of(what).clear();
  }
}

void resp_subscriptions::deliver() {
  if (!inbox_)
    return;
  if (inbox_->is_overrun()) {
    self_.quit();
    return;
  }
  for (const auto& x : inbox_->take()) {
    // What was given up meanwhile is not wanted any more.
    auto wanted = x.pattern.empty() ? channels_.contains(x.message->channel)
                                    : patterns_.contains(x.pattern);
    if (!wanted)
      continue;
    auto out = self_.reply();
    out.push(x.pattern.empty() ? 3 : 4);
    out.bulk(x.pattern.empty() ? "message" : "pmessage");
    if (!x.pattern.empty())
      out.bulk(x.pattern);
    out.bulk(x.message->channel);
    out.bulk(x.message->text);
  }
}

} // namespace kv::server
