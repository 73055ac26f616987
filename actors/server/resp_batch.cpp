#include "actors/server/resp_batch.hpp"

#include "actors/kv/step_marks.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace kv::server {

namespace {

constexpr std::string_view crashed = "ERR the bucket failed";

bool creates(const resp_batch::item& x) {
  if (const auto* request = std::get_if<kept_request>(&x.work))
    return request->what->creates();
  const auto& transaction = *std::get<resp_batch::transaction>(x.work);
  return transaction.creates();
}

bool is_data(const kept_request& x) {
  return x.what->takes_strings() || x.what->takes_buckets();
}

/// Calls `run(request, writer)` with each request of an item.
template <class F>
void answer(resp_batch::item& x, resp_version version, F run) {
  std::string reply;
  resp_writer out{reply, version};
  if (auto* request = std::get_if<kept_request>(&x.work)) {
    run(*request, out);
    x.reply = std::move(reply);
    return;
  }
  auto& transaction = *std::get<resp_batch::transaction>(x.work);
  transaction.aborted = !transaction.is_valid();
  if (transaction.aborted) {
    out.null_array();
    x.reply = std::move(reply);
    return;
  }
  for (const auto& request : transaction.requests) {
    reply.clear();
    const auto& what = *request.what;
    if (is_data(request)
        && (what.check == nullptr || what.check(request.args(), out)))
      run(request, out);
    transaction.replies.push_back(reply);
  }
  x.reply.clear(); // the session puts it together
}

/// Requests whose rows are fetched together: as many as memory serves at once.
constexpr size_t fetched_together = 32;

/// With fewer than these there is nothing to gain.
constexpr size_t worth_fetching = 4;

bool changes_rows(const resp_batch::item& x) {
  const auto* request = std::get_if<kept_request>(&x.work);
  return request == nullptr || request->changes_rows();
}

} // namespace

void resp_batch::run(const bucket_fields& fields, const name_readers& names) {
  for (auto fetched = next; next < items.size();) {
    if (next == fetched) {
      fetched = std::min(next + fetched_together, items.size());
      fetch_rows(fields, {&items[next], fetched - next});
    }
    auto& x = items[next++]; // nobody runs it twice, whatever it does
    try {
      run(x, fields, names);
    } catch (...) {
      x.reply.clear();
      resp_writer{x.reply, version}.error(crashed);
      throw;
    }
  }
}

void resp_batch::run(item& x, const bucket_fields& fields,
                     const name_readers& names) {
  std::optional<step_marks::writing> mark;
  if (changes_rows(x))
    mark.emplace(step_marks::of_process(), fields.rows().id());
  answer(x, version, [&](const kept_request& request, resp_writer& out) {
    auto begin = slow->now();
    if (for_strings)
      request.run(string_keys{fields, names}, out);
    else
      request.run(fields.seeing(names), out);
    if (auto took = slow->now() - begin; slow->concerns(took))
      slow->record(request.args(), took, client->name());
  });
}

void resp_batch::fetch_rows(const bucket_fields& fields,
                            std::span<const item> some) const {
  if (some.size() < worth_fetching)
    return;
  boost::container::small_vector<std::string_view, fetched_together> keys;
  for (const auto& x : some)
    if (const auto* request = std::get_if<kept_request>(&x.work)) {
      // A field has the second place in all requests for one.
      const auto at = for_strings ? size_t{1} : size_t{2};
      if (request->words.size() > at)
        keys.push_back(request->words[at]);
    }
  fields.rows().visit_many({keys.data(), keys.size()},
                           [](size_t, const field& x) { x.value.prefetch(); });
}

bool resp_batch::run_absent() {
  if (for_strings)
    return false;
  for (; next < items.size() && !creates(items[next]); ++next)
    answer(items[next], version,
           [](const kept_request& request, resp_writer& out) {
             request.run_absent(out);
           });
  return next == items.size();
}

void resp_batch::fail(std::string_view reason) {
  for (; next < items.size(); ++next) {
    items[next].reply.clear();
    resp_writer{items[next].reply, version}.error(reason);
  }
}

void resp_batch::refuse(std::string_view reason) {
  for (auto& x : items) {
    const auto* request = std::get_if<kept_request>(&x.work);
    if (request != nullptr && (request->what->flags & flag_write) == 0)
      continue;
    x.reply.clear();
    resp_writer{x.reply, version}.error(reason);
  }
}

bool resp_batch::has_key(std::string_view key) const {
  auto has = [key](const kept_request& request) {
    auto found = false;
    for_each_key(*request.what, request.args(),
                 [&](std::string_view x) { found = found || x == key; });
    return found;
  };
  return std::any_of(items.begin(), items.end(), [&](const item& x) {
    if (const auto* request = std::get_if<kept_request>(&x.work))
      return has(*request);
    const auto& all = std::get<transaction>(x.work)->requests;
    return std::any_of(all.begin(), all.end(), has);
  });
}

} // namespace kv::server
