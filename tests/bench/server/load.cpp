#include "tests/bench/server/load.hpp"

#include "actors/server/resp_writer.hpp"

#include "tests/bench/server/socket.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Invariants
// I1  All requests of a load have one size, and all their replies are equal: a
//     batch is written and checked without being parsed, so that the clients
//     take as little as they can from the cores they share with the server.

namespace kv::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::string_view value = "abcdefghijklmnop";
constexpr size_t digits = 12; // of a key's number
constexpr size_t bucket_digits = 3;

bool is_write(verb x) {
  return x == verb::set || x == verb::hset;
}

bool has_bucket(verb x) {
  return x == verb::hget || x == verb::hset;
}

void write_number(char* to, size_t width, size_t number) {
  for (auto* p = to + width; p != to; number /= 10)
    *--p = static_cast<char>('0' + number % 10);
}

/// One request with places for its numbers.
class request_template {
public:
  explicit request_template(const load& x) : buckets_(x.buckets) {
    constexpr std::array<std::string_view, 4> names{"GET", "SET", "HGET",
                                                    "HSET"};
    auto words = 2 + (has_bucket(x.what) ? 1 : 0) + (is_write(x.what) ? 1 : 0);
    server::resp_writer out{text_};
    out.array(static_cast<size_t>(words));
    out.bulk(names[static_cast<size_t>(x.what)]);
    if (has_bucket(x.what)) {
      auto name = std::to_string(x.buckets);
      name.insert(0, 1, 'b').append(bucket_digits, '0');
      out.bulk(name);
      bucket_at_ = text_.size() - 2 - bucket_digits;
    }
    out.bulk(std::string{"key-"}.append(digits, '0'));
    key_at_ = text_.size() - 2 - digits;
    if (is_write(x.what))
      out.bulk(value);
  }

  size_t size() const {
    return text_.size();
  }

  void write(char* to, size_t number) const {
    std::copy(text_.begin(), text_.end(), to);
    if (bucket_at_ > 0)
      write_number(to + bucket_at_, bucket_digits, number % buckets_);
    write_number(to + key_at_, digits, number);
  }

private:
  std::string text_;
  size_t buckets_;
  size_t bucket_at_ = 0;
  size_t key_at_ = 0;
};

std::string reply_to(verb what) {
  std::string result;
  server::resp_writer out{result};
  if (what == verb::set)
    out.simple_string("OK");
  else if (what == verb::hset)
    out.integer(0); // the field was there
  else
    out.bulk(value);
  return result;
}

std::string repeated(const std::string& text, size_t times) {
  std::string result;
  for (; times > 0; --times)
    result += text;
  return result;
}

/// One client with at most one batch on its way.
class client {
public:
  client(uint16_t port, const load& x, const request_template& request)
    : socket_(port),
      request_(request),
      batch_(x.pipeline * request.size(), ' '),
      expected_(repeated(reply_to(x.what), x.pipeline)),
      inbox_(expected_.size(), ' ') {
    // nop
  }

  int handle() const {
    return socket_.handle();
  }

  clock::time_point sent_at() const {
    return sent_at_;
  }

  void send_batch(std::minstd_rand& random) {
    for (size_t i = 0; i < batch_.size(); i += request_.size())
      request_.write(batch_.data() + i, random() % load_keys);
    received_ = 0;
    sent_at_ = clock::now();
    socket_.send(batch_);
  }

  /// Returns whether all replies to the batch are there.
  bool receive() {
    received_ += socket_.receive(inbox_.data() + received_,
                                 inbox_.size() - received_);
    if (received_ < inbox_.size())
      return false;
    if (inbox_ != expected_)
      throw std::runtime_error("unexpected replies: " + inbox_);
    return true;
  }

private:
  socket socket_;
  const request_template& request_;
  std::string batch_;
  std::string expected_;
  std::string inbox_;
  size_t received_ = 0;
  clock::time_point sent_at_;
};

/// Returns what `part` of the batches did not exceed.
double quantile(std::vector<float>& times, double part) {
  auto at = times.begin()
            + static_cast<std::ptrdiff_t>(
              part * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

double microseconds(clock::duration x) {
  return std::chrono::duration<double, std::micro>(x).count();
}

} // namespace

void prepare_load(uint16_t port, const load& x) {
  auto write = x;
  write.what = has_bucket(x.what) ? verb::hset : verb::set;
  request_template request{write};
  constexpr size_t step = 1000;
  for (size_t number = 0; number < load_keys; number += step) {
    std::string batch(step * request.size(), ' ');
    for (size_t i = 0; i < step; ++i)
      request.write(batch.data() + i * request.size(), number + i);
    auto reply = has_bucket(x.what) ? ":1\r\n" : "+OK\r\n";
    ask(port, batch, repeated(reply, step));
  }
}

load_result run_load(uint16_t port, const load& x,
                     std::chrono::duration<double> duration) {
  request_template request{x};
  std::minstd_rand random{1}; // the same keys for every server
  epoll poller;
  std::vector<std::unique_ptr<client>> clients;
  for (size_t i = 0; i < x.connections; ++i) {
    clients.push_back(std::make_unique<client>(port, x, request));
    poller.add(clients[i]->handle(), i);
  }
  std::vector<float> times;
  auto from = clock::now();
  auto until = from + std::chrono::duration_cast<clock::duration>(duration);
  for (auto& one : clients)
    one->send_batch(random);
  auto now = from;
  for (auto busy = clients.size(); busy > 0;)
    for (auto i : poller.wait()) {
      if (!clients[i]->receive())
        continue;
      now = clock::now();
      times.push_back(
        static_cast<float>(microseconds(now - clients[i]->sent_at())));
      if (now < until)
        clients[i]->send_batch(random);
      else
        --busy;
    }
  return {times.size() * x.pipeline,
          std::chrono::duration<double>(now - from).count(),
          quantile(times, 0.5), quantile(times, 0.99)};
}

idle_connections::idle_connections(uint16_t port, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    socket one{port};
    one.send("PING\r\n");
    one.expect("+PONG\r\n");
    sockets_.push_back(one.release());
  }
}

idle_connections::~idle_connections() {
  for (auto one : sockets_)
    ::close(one);
}

void ask(uint16_t port, std::string_view requests, std::string_view replies) {
  socket one{port};
  one.send(requests);
  one.expect(replies);
}

} // namespace kv::bench
