#include "actors/server/resp_lookahead.hpp"

#include <span>

namespace kv::server {

namespace {

/// With fewer rows there is nothing to gain.
constexpr size_t worth_fetching = 4;

/// With so many words no more is parsed ahead; and memory for twice as many is
/// kept, not more: what one client has once needed is not kept for all.
constexpr size_t most_words = 1024;

using key_list
  = boost::container::small_vector<std::string_view, resp_lookahead::most>;

void fetch(const ets::reader<fields_table>& table, const key_list& keys) {
  if (keys.size() < worth_fetching)
    return;
  try {
    table.visit_many({keys.data(), keys.size()},
                     [](size_t, const field& x) { x.value.prefetch(); });
  } catch (const ets::error&) {
    // It has ended: the requests will tell.
  }
}

void fetch(const name_readers& names, std::string_view bucket,
           const key_list& fields) {
  if (fields.size() >= worth_fetching)
    visit(names.buckets, bucket,
          [&](const bucket_ref& x) { fetch(x.fields, fields); });
}

} // namespace

resp_status resp_lookahead::fill(resp_parser& parser, std::string& buffer,
                                 size_t n) {
  requests_.clear();
  words_.clear();
  args_.clear();
  if (words_.capacity() > 2 * most_words)
    words_.shrink_to_fit();
  if (args_.capacity() > 2 * most_words)
    args_.shrink_to_fit();
  next_ = 0;
  for (; n > 0 && words_.size() < most_words; --n) {
    auto status = parser.next(buffer);
    if (status != resp_status::request)
      return status;
    auto args = parser.arguments();
    for (auto x : args)
      words_.push_back(
        {static_cast<size_t>(x.data() - buffer.data()), x.size()});
    const auto* what = find_command(args[0]);
    requests_.push_back({what, words_.size()});
    if (what != nullptr && (what->flags & flag_no_auth) != 0)
      break; // strangers may send less than those that are known
  }
  return resp_status::request;
}

resp_lookahead::request resp_lookahead::take(const std::string& buffer) {
  const std::string_view bytes{buffer};
  const auto begin = next_ == 0 ? 0 : requests_[next_ - 1].end;
  const auto& x = requests_[next_++];
  args_.clear();
  for (auto i = begin; i < x.end; ++i)
    args_.push_back(bytes.substr(words_[i].offset, words_[i].size));
  return {x.what, {args_.data(), args_.size()}};
}

// Neighbours that read the same bucket are fetched together. What is written,
// the batch of its bucket fetches.
void resp_lookahead::fetch_rows(const std::string& buffer,
                                const name_readers& names) const {
  if (requests_.size() < worth_fetching)
    return;
  const std::string_view bytes{buffer};
  key_list strings;
  key_list fields;
  std::string_view bucket;
  size_t begin = 0;
  for (const auto& x : requests_) {
    const auto at = [&](size_t i) {
      return bytes.substr(words_[begin + i].offset, words_[begin + i].size);
    };
    const auto size = x.end - begin;
    if (x.what != nullptr && x.what->on_names != nullptr && size > 1) {
      strings.push_back(at(1));
    } else if (x.what != nullptr && x.what->on_table != nullptr && size > 2) {
      if (at(1) != bucket) {
        fetch(names, bucket, fields);
        fields.clear();
        bucket = at(1);
      }
      fields.push_back(at(2));
    }
    begin = x.end;
  }
  fetch(names, bucket, fields);
  fetch(names.strings, strings);
}

} // namespace kv::server
