#include "actors/kv/step_marks.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/resp_session.hpp"

// Requests that are answered from the tables, without a message.

namespace kv::server {

// Where work is under way that a reader must not see half of, the actor is
// asked. What had been written of the reply is taken back.
template <class F>
void resp_session::read(const command& what, arguments args, F try_read) {
  auto& text = replies_.next();
  const auto before = text.size();
  resp_writer out{text, version_};
  try {
    if (try_read(out))
      return;
    text.resize(before);
    sender_.gather(what, args);
  } catch (const ets::error&) {
    text.resize(before);
    out.error(error_text::ended);
  }
}

void resp_session::read_names(const command& what, arguments args) {
  read(what, args, [&](resp_writer& out) {
    auto complete = true;
    for_each_key(what, args, [&](std::string_view key) {
      complete = complete && !names().is_coming_back(key);
    });
    if (!complete) {
      out.error(error_text::coming_back);
      return true;
    }
    return step_marks::of_process().read(names().strings.id(), [&] {
      what.on_names(names(), args, out);
    });
  });
}

void resp_session::read_table(const command& what, arguments args) {
  read(what, args, [&](resp_writer& out) {
    if (names().has_string(args[1])) {
      out.error(error_text::wrong_type);
      return true;
    }
    auto done = false;
    auto counts = true;
    visit(names().buckets, args[1], [&](const bucket_ref& bucket) {
      try {
        counts = step_marks::of_process().read(bucket.fields.id(), [&] {
          what.on_table(&bucket.fields, args, out);
        });
        done = true;
      } catch (const ets::error&) {
        // It ended under our eyes.
      }
    });
    // Between the two looks the name may have gone from a bucket to a string.
    if (!done && names().has_string(args[1]))
      out.error(error_text::wrong_type);
    else if (!done && names().is_coming_back(args[1]))
      return false; // whoever asks the bucket waits for it
    else if (!done)
      what.on_table(nullptr, args, out);
    return counts;
  });
}

} // namespace kv::server
