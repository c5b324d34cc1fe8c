// SPDX-License-Identifier: Apache-2.0
// Random legal use of two ends, and random damage between them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "link/mux_recorder.h"

namespace aipg::link {
namespace {

struct End {
  explicit End(Role role) : mux(role) {}
  Mux mux;
  MuxRecorder events;
  std::map<std::uint32_t, Bytes> sent;         // that the mux took
  std::map<std::uint32_t, std::size_t> eaten;  // of events.data
};

// Two ends, and steps that their owners may take at any time.
class Pair {
 public:
  void step(std::uint8_t action, std::uint16_t argument) {
    const std::uint32_t stream = 1 + argument % (highest_ + 1);
    End& end = argument & 1 ? gateway : worker;
    switch (action % 10) {
      case 0:
        if (const auto id = gateway.mux.open({})) highest_ = id;
        break;
      case 1:
      case 2:
        if (opened(end, stream)) send(end, stream, argument * 7U);
        break;
      case 3:
        gateway.mux.send_end(stream, {});
        break;
      case 4:
        if (opened(worker, stream)) worker.mux.send_end(stream, as_bytes("receipt"));
        break;
      case 5:
        if (argument % 5 == 0) end.mux.send_reset(stream);
        break;
      case 6:
        if (argument % 3 == 0) worker.mux.send_refuse(stream, "worker_busy");
        break;
      case 7:
        eat(end, stream, argument * 11U);
        break;
      case 8:
        deliver(gateway, worker);
        break;
      default:
        deliver(worker, gateway);
        break;
    }
  }

  // Everybody eats, everything is delivered, every receipt is acknowledged.
  void settle() {
    for (int round = 0; round < 8; ++round) {
      for (std::uint32_t id = 1; id <= highest_; ++id) {
        eat(gateway, id, SIZE_MAX);
        eat(worker, id, SIZE_MAX);
      }
      while (gateway.mux.has_output()) deliver(gateway, worker);
      while (worker.mux.has_output()) deliver(worker, gateway);
      for (const auto& [id, receipt] : gateway.events.ended) gateway.mux.send_ack(id);
    }
  }

  // In order, without loss, and whole where nobody cut the stream off.
  void check(const End& from, const End& to) const {
    for (const auto& [id, received] : to.events.data) {
      const Bytes& sent = from.sent.at(id);
      RC_ASSERT(received.size() <= sent.size());
      RC_ASSERT(std::equal(received.begin(), received.end(), sent.begin()));
    }
    for (const auto& [id, receipt] : to.events.ended) {
      const auto sent = from.sent.find(id);
      const auto received = to.events.data.find(id);
      RC_ASSERT((sent == from.sent.end() ? Bytes{} : sent->second) ==
                (received == to.events.data.end() ? Bytes{} : received->second));
    }
  }

  End gateway{Role::gateway}, worker{Role::worker};

 private:
  bool opened(const End& end, std::uint32_t stream) const { return end.mux.is_open(stream); }
  void send(End& end, std::uint32_t stream, std::size_t size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(counter_++ % 251);
    const std::size_t taken = end.mux.send_data(stream, bytes);
    if (taken != 0) append(end.sent[stream], ByteView(bytes).first(taken));
  }
  static void eat(End& end, std::uint32_t stream, std::size_t most) {
    const auto data = end.events.data.find(stream);
    if (data == end.events.data.end()) return;
    const std::size_t n = std::min(most, data->second.size() - end.eaten[stream]);
    end.eaten[stream] += n;
    end.mux.consumed(stream, n);
  }
  static void deliver(End& from, End& to) {
    if (!from.mux.has_output()) return;
    RC_ASSERT(to.mux.receive(from.mux.take_output(), to.events).has_value());
  }

  std::uint32_t highest_ = 0;
  std::size_t counter_ = 0;
};

using Steps = std::vector<std::pair<std::uint8_t, std::uint16_t>>;

RC_GTEST_PROP(LinkMuxProperty, LegalInterleavingsDeliverEveryByteInOrder, (const Steps& steps)) {
  Pair pair;
  for (const auto& [action, argument] : steps) pair.step(action, argument);
  pair.settle();
  pair.check(pair.gateway, pair.worker);
  pair.check(pair.worker, pair.gateway);
}

RC_GTEST_PROP(LinkMuxProperty, StreamsThatEndedAreForgottenAtBothEnds, (const Steps& steps)) {
  Pair pair;
  for (const auto& [action, argument] : steps) pair.step(action, argument);
  pair.settle();
  for (std::uint32_t id = 1; id <= 1 + steps.size(); ++id) pair.gateway.mux.send_reset(id);
  pair.settle();
  RC_ASSERT(pair.gateway.mux.open_streams() == 0U);
  RC_ASSERT(pair.worker.mux.open_streams() == 0U);
  for (std::size_t i = 0; i < kMaxStreams; ++i) RC_ASSERT(pair.gateway.mux.open({}) != 0U);
}

RC_GTEST_PROP(LinkMuxProperty, ChangedTrafficNeverBreaksTheLimits,
              (const Steps& steps, std::uint32_t where, std::uint8_t what)) {
  Pair pair;
  for (const auto& [action, argument] : steps) {
    if (action % 10 < 8) pair.step(action, argument);  // nothing is delivered yet
  }
  Mux worker(Role::worker);
  MuxRecorder events;
  while (pair.gateway.mux.has_output()) {
    Bytes message = pair.gateway.mux.take_output();
    message[where % message.size()] ^= what;
    if (!worker.receive(message, events)) break;
  }
  RC_ASSERT(worker.open_streams() <= kMaxStreams);
  for (const auto& [id, bytes] : events.data) RC_ASSERT(bytes.size() <= kInitialCredit);
}

}  // namespace
}  // namespace aipg::link
