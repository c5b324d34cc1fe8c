// SPDX-License-Identifier: Apache-2.0
#include "link/mux.h"

#include <deque>
#include <unordered_map>

namespace aipg::link {
namespace {

// Memory of a message that was sent, for the next of any link of this thread: a large block is dear to get, and to keep
// one for each link would be dearer.
thread_local Bytes spare;

constexpr std::uint32_t kCreditBatch = kInitialCredit / 2;

struct Stream {
  std::uint32_t may_send = kInitialCredit;     // DATA bytes the peer granted
  std::uint32_t may_receive = kInitialCredit;  // DATA bytes we granted and that have not come yet
  std::uint32_t unconsumed = 0;                // received, not yet dealt with
  std::uint32_t to_return = 0;                 // dealt with, not yet granted again
  bool sent_data = false, received_data = false;
  bool sent_end = false, received_end = false;
  bool finished = false;  // our final frame is out; for a worker END is one
};

bool is_code(ByteView payload) {
  return std::ranges::all_of(payload, [](std::uint8_t c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

struct Mux::State {
  explicit State(Role r) : role(r) {}

  Role role;
  std::unordered_map<std::uint32_t, Stream> streams;
  std::uint32_t last_id = 0;
  std::size_t lingering = 0;     // of `streams`: finished here, and unknown to the owner
  std::size_t evidence_due = 0;  // announced and not received
  std::optional<Error> failure;
  std::deque<Bytes> output;
  std::size_t output_bytes = 0;
  Bytes cut;                 // the beginning of a frame whose rest has not come
  std::vector<Bytes> told;   // frames that were cut, as long as their payloads may be looked at
  std::size_t received = 0;  // of the message being received, before what `cut` holds

  bool is_worker() const { return role == Role::worker; }
  Stream* find(std::uint32_t id);
  // Nothing the peer sends for this stream concerns the owner any more.
  bool silent(const Stream& stream) const { return stream.finished; }

  void write(std::uint32_t id, FrameType type, ByteView payload);
  void write_data(std::uint32_t id, ByteView bytes);
  void linger(Stream& stream);
  void erase(std::uint32_t id);
  void answer_final(std::uint32_t id, const Stream& stream);

  Result<void> receive_cut(ByteView& piece, MuxEvents& events);
  Result<void> receive_frames(ByteView piece, MuxEvents& events);
  Result<void> on_frame(const Frame& frame, MuxEvents& events);
  Result<void> on_open(const Frame& frame, MuxEvents& events);
  Result<void> on_evidence(const Frame& frame, MuxEvents& events);
  Result<void> on_data(const Frame& frame, Stream& stream, MuxEvents& events);
  Result<void> on_end(const Frame& frame, Stream& stream, MuxEvents& events);
  Result<void> on_refuse(const Frame& frame, const Stream& stream, MuxEvents& events);
  Result<void> on_reset(const Frame& frame, const Stream& stream, MuxEvents& events);
  Result<void> on_credit(const Frame& frame, Stream& stream, MuxEvents& events);
  Result<void> on_ack(const Frame& frame, const Stream& stream, MuxEvents& events);
};

Stream* Mux::State::find(std::uint32_t id) {
  const auto found = streams.find(id);
  return found == streams.end() ? nullptr : &found->second;
}

void Mux::State::write(std::uint32_t id, FrameType type, ByteView payload) {
  const std::size_t bytes = kFrameHeaderBytes + payload.size();
  if (output.empty() || output.back().size() + bytes > kMaxMessageBytes) output.push_back(std::exchange(spare, {}));
  write_frame(output.back(), id, type, payload);
  output_bytes += bytes;
}

void Mux::State::write_data(std::uint32_t id, ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t piece = std::min(bytes.size(), kMaxDataBytes);
    write(id, FrameType::data, bytes.first(piece));
    bytes = bytes.subspan(piece);
  }
}

// Our final frame went out, the peer's has not come: what arrives is checked and dropped.
void Mux::State::linger(Stream& stream) {
  stream.finished = true;
  ++lingering;
}

void Mux::State::erase(std::uint32_t id) { streams.erase(id); }

// The peer's final frame came: the stream is dead, and the peer may have to be told that we know.
void Mux::State::answer_final(std::uint32_t id, const Stream& stream) {
  const bool was_lingering = stream.finished && !(is_worker() && stream.sent_end);
  if (!stream.finished) write(id, FrameType::reset, {});
  if (was_lingering) --lingering;
  erase(id);
}

// Completes the frame that the piece before cut, with as much of this one as it needs.
Result<void> Mux::State::receive_cut(ByteView& piece, MuxEvents& events) {
  while (!cut.empty()) {
    const std::size_t n = std::min(piece.size(), missing_bytes(cut));
    if (n == 0) return {};
    append(cut, piece.first(n));
    piece = piece.subspan(n);
    if (missing_bytes(cut) != 0) continue;
    told.push_back(std::exchange(cut, {}));
    AIPG_CHECK(receive_frames(told.back(), events));
  }
  return {};
}

Result<void> Mux::State::receive_frames(ByteView piece, MuxEvents& events) {
  while (!piece.empty()) {
    if (missing_bytes(piece) != 0) {
      append(cut, piece);
      return {};
    }
    ByteReader in(piece);
    const auto frame = read_frame(in);
    Result<void> done = frame ? on_frame(**frame, events) : std::unexpected(frame.error());
    if (!done) {
      Error error = done.error();
      error.offset = received;
      return std::unexpected(error);
    }
    received += in.offset();
    piece = piece.subspan(in.offset());
  }
  return {};
}

Result<void> Mux::State::on_frame(const Frame& frame, MuxEvents& events) {
  if (frame.type == FrameType::open) return on_open(frame, events);
  if (frame.stream == 0) return on_evidence(frame, events);
  Stream* stream = find(frame.stream);
  if (stream == nullptr) return fail("link_stream", "unknown");
  // A worker's END is its last word, while a gateway's only ends the request.
  if (!is_worker() && stream->received_end) return fail("link_state", "after_end");
  switch (frame.type) {
    case FrameType::data:
      return on_data(frame, *stream, events);
    case FrameType::end:
      return on_end(frame, *stream, events);
    case FrameType::refuse:
      return on_refuse(frame, *stream, events);
    case FrameType::reset:
      return on_reset(frame, *stream, events);
    case FrameType::credit:
      return on_credit(frame, *stream, events);
    case FrameType::ack:
      return on_ack(frame, *stream, events);
    case FrameType::open:
      break;
  }
  return fail("link_frame", "type");
}

Result<void> Mux::State::on_open(const Frame& frame, MuxEvents& events) {
  if (!is_worker()) return fail("link_state", "open");
  if (frame.stream <= last_id) return fail("link_stream", "order");
  if (frame.payload[0] != kOpenKindSealed) return fail("link_frame", "kind");
  if (streams.size() >= kMaxStreams) return fail("link_limit", "streams");
  last_id = frame.stream;
  streams.emplace(frame.stream, Stream{});
  events.on_open(frame.stream, to_array<16>(frame.payload.subspan(1)));
  return {};
}

Result<void> Mux::State::on_evidence(const Frame& frame, MuxEvents& events) {
  if (is_worker() || frame.type != FrameType::data) return fail("link_stream", "zero");
  if (frame.payload.size() > evidence_due) return fail("link_credit", "evidence");
  evidence_due -= frame.payload.size();
  events.on_evidence(frame.payload);
  return {};
}

Result<void> Mux::State::on_data(const Frame& frame, Stream& stream, MuxEvents& events) {
  if (stream.received_end) return fail("link_state", "after_end");
  if (frame.payload.size() > stream.may_receive) return fail("link_credit", "data");
  const auto size = static_cast<std::uint32_t>(frame.payload.size());
  stream.may_receive -= size;
  stream.received_data = true;
  if (silent(stream)) return {};
  stream.unconsumed += size;
  events.on_data(frame.stream, frame.payload);
  return {};
}

Result<void> Mux::State::on_end(const Frame& frame, Stream& stream, MuxEvents& events) {
  if (stream.received_end) return fail("link_state", "after_end");
  if (is_worker() != frame.payload.empty()) return fail("link_frame", "length");
  stream.received_end = true;
  if (silent(stream)) {
    if (!is_worker()) answer_final(frame.stream, stream);
    return {};
  }
  events.on_end(frame.stream, frame.payload);
  return {};
}

Result<void> Mux::State::on_refuse(const Frame& frame, const Stream& stream, MuxEvents& events) {
  if (is_worker()) return fail("link_state", "refuse");
  if (stream.received_data) return fail("link_state", "refuse_after_data");
  if (!is_code(frame.payload)) return fail("link_frame", "code");
  const bool tell = !silent(stream);
  answer_final(frame.stream, stream);
  if (tell) events.on_refuse(frame.stream, as_text(frame.payload));
  return {};
}

Result<void> Mux::State::on_reset(const Frame& frame, const Stream& stream, MuxEvents& events) {
  // A worker that waits for its ACK wants to know that none will come.
  const bool tell = !silent(stream) || (is_worker() && stream.sent_end);
  answer_final(frame.stream, stream);
  if (tell) events.on_reset(frame.stream);
  return {};
}

Result<void> Mux::State::on_credit(const Frame& frame, Stream& stream, MuxEvents& events) {
  ByteReader in(frame.payload);
  const std::uint32_t more = in.u32be();
  if (more == 0) return fail("link_credit", "zero");
  // Compare before adding: the peer picks `more`, so the sum may wrap.
  if (more > kMaxCredit - stream.may_send) return fail("link_credit", "overflow");
  stream.may_send += more;
  if (!silent(stream) && !stream.sent_end) events.on_credit(frame.stream);
  return {};
}

Result<void> Mux::State::on_ack(const Frame& frame, const Stream& stream, MuxEvents& events) {
  if (!is_worker() || !stream.sent_end) return fail("link_state", "ack");
  answer_final(frame.stream, stream);
  events.on_ack(frame.stream);
  return {};
}

Mux::Mux(Role role) : state_(std::make_unique<State>(role)) {}
Mux::~Mux() = default;
Mux::Mux(Mux&&) noexcept = default;

Result<void> Mux::receive(ByteView piece, bool last, MuxEvents& events) {
  State& s = *state_;
  if (s.failure) return std::unexpected(*s.failure);
  Result<void> done = s.receive_cut(piece, events);
  if (done) done = s.receive_frames(piece, events);
  if (done && last && !s.cut.empty()) {
    ByteReader in(s.cut);
    Error error = read_frame(in).error();
    error.offset = s.received;
    done = std::unexpected(error);
  }
  if (last) s.received = 0;
  if (!done) s.failure = done.error();
  return done;
}

std::uint32_t Mux::open(const ByteArray<16>& job_id) {
  State& s = *state_;
  if (s.is_worker()) __builtin_trap();
  if (!can_open()) return 0;
  const std::uint32_t id = ++s.last_id;
  s.streams.emplace(id, Stream{});
  ByteArray<kOpenBytes> payload{kOpenKindSealed};
  std::ranges::copy(job_id, payload.begin() + 1);
  s.write(id, FrameType::open, payload);
  return id;
}

std::size_t Mux::send_data(std::uint32_t stream, ByteView bytes) {
  const std::size_t size = std::min(bytes.size(), send_credit(stream));
  if (size == 0) return 0;
  Stream& to = *state_->find(stream);
  to.may_send -= static_cast<std::uint32_t>(size);
  to.sent_data = true;
  state_->write_data(stream, bytes.first(size));
  return size;
}

std::size_t Mux::send_credit(std::uint32_t stream) const {
  const Stream* to = state_->find(stream);
  return to == nullptr || to->finished || to->sent_end ? 0 : to->may_send;
}

void Mux::send_end(std::uint32_t stream, ByteView payload) {
  Stream* to = state_->find(stream);
  if (to == nullptr || to->finished || to->sent_end) return;
  if (state_->is_worker() == payload.empty()) __builtin_trap();
  state_->write(stream, FrameType::end, payload);
  to->sent_end = true;
  if (state_->is_worker()) to->finished = true;  // not lingering: the owner waits for the ACK
}

void Mux::send_refuse(std::uint32_t stream, std::string_view code) {
  if (!state_->is_worker() || !is_code(as_bytes(code))) __builtin_trap();
  Stream* to = state_->find(stream);
  if (to == nullptr || to->finished) return;
  if (to->sent_data) return send_reset(stream);
  state_->write(stream, FrameType::refuse, as_bytes(code));
  state_->linger(*to);
}

void Mux::send_reset(std::uint32_t stream) {
  Stream* to = state_->find(stream);
  if (to == nullptr || to->finished) return;
  state_->write(stream, FrameType::reset, {});
  if (!state_->is_worker() && to->received_end) return state_->erase(stream);
  state_->linger(*to);
}

void Mux::send_ack(std::uint32_t stream) {
  if (state_->is_worker()) __builtin_trap();
  Stream* to = state_->find(stream);
  if (to == nullptr || to->finished || !to->received_end) return;
  state_->write(stream, FrameType::ack, {});
  state_->erase(stream);
}

void Mux::send_evidence(ByteView bytes) {
  if (!state_->is_worker() || bytes.size() > kMaxEvidenceBytes) __builtin_trap();
  state_->write_data(0, bytes);
}

Result<void> Mux::expect_evidence(std::size_t n) {
  if (state_->is_worker() || state_->evidence_due != 0) return fail("link_state", "evidence");
  if (n > kMaxEvidenceBytes) return fail("link_limit", "evidence");
  state_->evidence_due = n;
  return {};
}

void Mux::consumed(std::uint32_t stream, std::size_t n) {
  Stream* from = state_->find(stream);
  if (from == nullptr || from->finished) return;
  const auto dealt_with = static_cast<std::uint32_t>(std::min<std::size_t>(n, from->unconsumed));
  from->unconsumed -= dealt_with;
  from->to_return += dealt_with;
  if (from->received_end || from->to_return < kCreditBatch) return;
  const std::uint32_t grant = std::exchange(from->to_return, 0);
  from->may_receive += grant;
  state_->write(stream, FrameType::credit, ByteWriter().u32be(grant).view());
}

bool Mux::is_open(std::uint32_t stream) const {
  const Stream* s = state_->find(stream);
  return s != nullptr && (!s->finished || (state_->is_worker() && s->sent_end));
}

bool Mux::can_open() const { return state_->streams.size() < kMaxStreams && state_->last_id != UINT32_MAX; }

std::size_t Mux::open_streams() const { return state_->streams.size() - state_->lingering; }

void Mux::heard() {
  State& s = *state_;
  if (s.told.empty()) return;
  if (s.cut.empty()) {
    s.cut = std::move(s.told.back());
    s.cut.clear();
  }
  s.told.clear();
}

void Mux::recycle(Bytes message) {
  message.clear();
  if (message.capacity() > spare.capacity()) spare.swap(message);
}

std::size_t Mux::output_bytes() const { return state_->output_bytes; }

Bytes Mux::take_output() {
  if (state_->output.empty()) return {};
  Bytes message = std::move(state_->output.front());
  state_->output.pop_front();
  state_->output_bytes -= message.size();
  return message;
}

}  // namespace aipg::link
