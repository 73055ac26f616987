#include "actors/base/host_unit.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/resp_session.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// A string is renamed in one step. A bucket's fields go into a bucket of the
// new name first and leave the old one then, unless that has changed meanwhile:
// then all is done again. So nothing is lost, but for a moment both are there.

namespace kv::server {

namespace {

constexpr std::string_view too_fast
  = "TRYAGAIN the bucket changes too fast to be renamed";
constexpr std::string_view in_transaction
  = "ERR a bucket cannot be renamed in a transaction";

bool is_of_nx(arguments args) {
  return find_command(args[0])->name == "renamenx";
}

// -- strings ------------------------------------------------------------------

void rename_string(const string_keys& keys, arguments args, resp_writer& out) {
  auto only_new = is_of_nx(args);
  std::string value;
  deadline expires;
  auto take = [&](const field& x) {
    value = x.value;
    expires = x.expires;
  };
  if (!keys.visit(args[1], take)) {
    auto is_bucket = keys.names().has_bucket(args[1]);
    out.error(is_bucket ? in_transaction : error_text::no_such_key);
    return;
  }
  auto same = args[1] == args[2];
  const string_keys::held_name target{keys, args[2]};
  if (only_new && (same || !target.is_absent())) {
    out.integer(0);
    return;
  }
  if (!same) {
    keys.put(args[2], value, expires);
    keys.erase(args[1]);
  }
  string_keys::tell(args[1], 'g', "rename_from");
  string_keys::tell(args[2], 'g', "rename_to");
  if (only_new)
    out.integer(1);
  else
    out.simple_string("OK");
}

// -- buckets ------------------------------------------------------------------

/// One bucket on its way to another name.
class bucket_move : public std::enable_shared_from_this<bucket_move> {
public:
  bucket_move(resp_session& self, arguments args)
    : self_(self),
      from_(args[1]),
      to_(args[2]),
      nx_(is_of_nx(args)),
      only_new_(nx_),
      slot_(self.replies().reserve()) {
    // nop
  }

  void begin() {
    watch_ = std::make_unique<name_watch>(change_feed::of_process(), from_);
    self_.names().visit_bucket(from_, [&](const bucket_entry& x) {
      lasts_ = !x.ephemeral.load();
    });
    auto copy = [](const bucket_fields& fields) {
      std::vector<field> result;
      fields.for_each([&](const field& x) { result.push_back(x); });
      return result;
    };
    in_bucket<std::vector<field>>(
      from_, copy, [](bucket_move& me, const std::vector<field>& rows) {
        me.rows_ = rows;
        me.clear_target();
      });
  }

private:
  host_unit& unit() {
    return host_unit::of_this_thread(self_.kv().system());
  }

  /// Has `op` run in a bucket and `then(*this, result)` called; what fails ends
  /// the move.
  template <class T, class Op, class Then>
  void in_bucket(std::string_view name, Op op, Then then) {
    auto done = self_.answer_later<T>(
      [me = shared_from_this(), then](const caf::expected<T>& x) {
        if (x)
          then(*me, *x);
        else
          me->fail(error_text::no_such_key);
      });
    auto task = make_bucket_task<T>(std::move(op), std::move(done));
    visit(self_.names().buckets, name,
          [&](const bucket_ref& x) { unit().send(x.actor, std::move(task)); });
    unit().run(); // a task that was not sent answers by its end
  }

  void clear_target() {
    auto clear = [to = to_, names = &self_.names(),
                  only_new = only_new_](const bucket_fields& fields) {
      string_keys keys{fields, *names};
      const string_keys::held_name target{keys, to};
      if (only_new && !target.is_absent())
        return false;
      keys.erase(to);
      return true;
    };
    auto on_cleared = [me = shared_from_this()](const caf::expected<bool>& x) {
      if (!x)
        me->fail(error_text::ended);
      else if (*x)
        me->find_target();
      else
        me->reply_integer(0);
    };
    auto task = make_bucket_task<bool>(
      std::move(clear), self_.answer_later<bool>(std::move(on_cleared)));
    if (auto strings = self_.kv().strings())
      unit().send(strings, std::move(task));
    unit().run();
  }

  void find_target() {
    auto on_bucket
      = [me = shared_from_this()](const caf::expected<bucket_ref>& bucket) {
          if (bucket)
            me->fill(*bucket);
          else if (bucket.error() == ec::name_taken)
            me->fail(error_text::wrong_type);
          else
            me->fail("ERR " + describe(bucket.error()));
        };
    auto done = completion<bucket_ref>::make(
      self_.answer_later<bucket_ref>(std::move(on_bucket)));
    if (lasts_)
      self_.kv().create(to_, std::move(done));
    else
      self_.kv().ensure(to_, std::move(done));
    unit().run();
  }

  void fill(const bucket_ref& bucket) {
    auto put = [rows = std::move(rows_)](const bucket_fields& fields) mutable {
      fields.insert_many(std::move(rows));
      fields.tell('g', "rename_to");
      return true;
    };
    auto on_filled = [me = shared_from_this()](const caf::expected<bool>& x) {
      if (x)
        me->leave();
      else
        me->fail(error_text::ended);
    };
    unit().send(bucket.actor, make_bucket_task<bool>(std::move(put),
                                                     self_.answer_later<bool>(
                                                       std::move(on_filled))));
    unit().run();
  }

  // Nothing is written to the bucket between the look at the watch and the end.
  void leave() {
    auto end = [me = shared_from_this()](const bucket_fields& fields) {
      if (me->watch_->changed())
        return false;
      fields.clear();
      fields.ends_when_empty(true);
      return true;
    };
    in_bucket<bool>(from_, end, [](bucket_move& me, bool left) {
      if (!left)
        me.again();
      else if (me.nx_)
        me.reply_integer(1);
      else
        me.reply_ok();
    });
  }

  void again() {
    constexpr auto most_rounds = 10;
    only_new_ = false; // what is there now is ours
    if (++rounds_ < most_rounds)
      begin();
    else
      fail(too_fast);
  }

  template <class F>
  void answer(F write) {
    std::string text;
    resp_writer out{text, self_.version()};
    write(out);
    self_.replies().fill(slot_, std::move(text));
  }

  void fail(std::string_view reason) {
    answer([&](resp_writer& out) { out.error(reason); });
  }

  void reply_integer(int64_t x) {
    answer([&](resp_writer& out) { out.integer(x); });
  }

  void reply_ok() {
    answer([](resp_writer& out) { out.simple_string("OK"); });
  }

  resp_session& self_;
  std::string from_;
  std::string to_;
  bool nx_;       ///< RENAMENX
  bool only_new_; ///< Nothing of the new name may be there.
  bool lasts_ = false;
  std::vector<field> rows_;
  size_t slot_;
  std::unique_ptr<name_watch> watch_;
  int rounds_ = 0;
};

void rename(resp_session& self, arguments args) {
  try {
    if (!self.names().has_bucket(args[1]))
      self.sender().gather(*find_command(args[0]), args);
    else if (args[1] == args[2] && is_of_nx(args))
      self.reply().integer(0);
    else if (args[1] == args[2])
      self.reply().simple_string("OK");
    else
      std::make_shared<bucket_move>(self, args)->begin();
  } catch (const ets::error&) {
    self.reply().error(error_text::ended);
  }
}

constexpr command renaming(command_text text) {
  auto result = in_strings(text, rename_string);
  result.on_session = rename;
  return result;
}

constexpr std::string_view complexity
  = "O(1) for a string, O(N) for a bucket of N fields";
constexpr uint16_t write = flag_write | flag_any_type | flag_rows
                           | flag_keyspace;

constexpr std::array<command, 2> table{{
  renaming({"rename", 3, write, 1, 2, 1, "generic", "1.0.0", complexity,
            "Gives a string or a bucket another name.", "key newkey"}),
  renaming({"renamenx", 3, write, 1, 2, 1, "generic", "1.0.0", complexity,
            "Gives a string or a bucket a name that is free.", "key newkey"}),
}};

} // namespace

std::span<const command> rename_commands() {
  return table;
}

} // namespace kv::server
