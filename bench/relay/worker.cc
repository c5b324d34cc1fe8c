// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "attest/bundle.h"
#include "base/byte_reader.h"
#include "seal/preamble.h"
#include "seal/receipt.h"

namespace aipg::bench::relay {
namespace {

constexpr std::size_t kMostUnsent = 1U << 20;
// Frames from a client are masked; with what is the client's choice.
constexpr ByteArray<4> kMask = {0x5a, 0xc3, 0x3c, 0xa5};

std::string upgrade() {
  return "GET /v1/workers/ws HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
}

crypto::Ed25519PrivateKey key_of(unsigned number) {
  ByteArray<32> seed{};
  seed[0] = static_cast<std::uint8_t>(number + 1);
  return crypto::Ed25519PrivateKey::from_seed(Secret32(seed));
}

attest::Keyset keyset_of(unsigned number, const crypto::Ed25519PrivateKey& key) {
  const Instant now = SystemClock().now();
  Bytes public_key(32, static_cast<std::uint8_t>(number + 1));
  return attest::make_keyset(fmt::format("bench-{}", number), now, now + std::chrono::minutes(60),
                             {{1, std::move(public_key)}}, key.public_key());
}

}  // namespace

Worker::Worker(Loop& loop, std::uint16_t gateway_port, unsigned number, SSL_CTX* tls, std::uint64_t jobs)
    : loop_(loop),
      key_(key_of(number)),
      keyset_(keyset_of(number, key_)),
      jobs_(jobs),
      socket_(Socket::connect_to(gateway_port)),
      mux_(link::Role::worker) {
  if (tls != nullptr) socket_.begin_tls(tls);
  socket_.write(as_bytes(upgrade()));
  std::string answer;
  while (!answer.contains("\r\n\r\n")) {
    const ByteView bytes = socket_.read();
    if (bytes.empty()) {
      std::fputs("bench: the gateway takes no worker\n", stderr);
      std::exit(1);
    }
    answer += as_text(bytes);
  }
  in_ = to_bytes(answer.substr(answer.find("\r\n\r\n") + 4));
  socket_.unblock();
  loop_.watch(socket_.fd(), *this);
  take_what_is_here();
  flush();
}

void Worker::play(const Script& script) {
  script_ = script;
  answer_ = Bytes(script.answer_bytes, 'a');
  event_ = Bytes(script.event_bytes, 'e');
}

void Worker::ready() {
  if (socket_.kept() != 0) socket_.write_kept();
  while (true) {
    const ByteView bytes = socket_.read();
    if (bytes.empty()) break;
    if (in_.empty()) {
      append(in_, bytes.subspan(take_messages(bytes)));
    } else {
      append(in_, bytes);
      take_what_is_here();
    }
    flush();  // before it looks for more, as the stand-in that speaks HTTP does
  }
}

void Worker::take_what_is_here() {
  const std::size_t taken = take_messages(in_);
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(taken));
}

// Those that are whole; how long they are.
std::size_t Worker::take_messages(ByteView bytes) {
  std::size_t at = 0;
  while (true) {
    ByteReader in(bytes.subspan(at));
    const auto opcode = static_cast<net::Opcode>(in.u8() & 0x0f);
    const std::uint8_t length = in.u8();
    const std::uint64_t size = length == 126 ? in.u16be() : length == 127 ? in.u64be() : length;
    const ByteView payload = in.take(size);
    if (!in.ok()) return at;
    take_message(opcode, payload);
    at += in.offset();
  }
}

void Worker::take_message(net::Opcode opcode, ByteView payload) {
  if (opcode == net::Opcode::ping) return send(net::Opcode::pong, payload);
  if (opcode == net::Opcode::close) return socket_.close();
  if (opcode == net::Opcode::text) {
    if (const auto control = link::parse_control(as_text(payload))) take_control(*control);
  } else if (opcode == net::Opcode::binary && !mux_.receive(payload, *this)) {
    std::fputs("bench: the gateway broke the link's rules\n", stderr);
    std::exit(1);
  }
}

void Worker::take_control(const link::Control& message) {
  if (const auto* hello = std::get_if<link::Hello>(&message)) {
    const link::RegistrationClaims claims{keyset_.id, keyset_.worker_id, {}, socket_.channel_binding(), hello->nonce};
    send_control(link::Register{.keyset = keyset_.bytes,
                                .jws = link::sign_registration(claims, key_),
                                .stake_id = {},
                                .jobs = jobs_,
                                .models = {{std::string(kModel), {std::string(kPath)}, {1, 2}}}});
  } else if (const auto* challenge = std::get_if<link::Challenge>(&message)) {
    attest::Bundle bundle;
    bundle.challenge_value = challenge->value;
    bundle.keyset = keyset_.bytes;
    bundle.manifest = bundle.quote = Bytes(16, 1);
    bundle = attest::make_bundle(std::move(bundle));
    send_control(link::EvidenceComing{challenge->id, keyset_.id, bundle.bytes.size()});
    mux_.send_evidence(bundle.bytes);
    admitted_ = true;
  }
}

void Worker::send_control(const link::Control& message) {
  send(net::Opcode::text, as_bytes(link::write_control(message)));
}

void Worker::send(net::Opcode opcode, ByteView payload) {
  const net::FrameHeader header(opcode, payload.size(), &kMask);
  message_.clear();
  append(message_, header.view());
  append(message_, payload);
  net::apply_mask(MutableByteView(message_).subspan(header.view().size()), kMask);
  socket_.write(message_);
}

// All that gathered, in one message: a worker writes once a turn of its loop.
void Worker::flush() {
  while (mux_.has_output()) send(net::Opcode::binary, mux_.take_output());
}

bool Worker::has_room() const { return socket_.kept() < kMostUnsent; }

void Worker::on_open(std::uint32_t stream, const ByteArray<16>& job_id) { streams_[stream].id = job_id; }

void Worker::on_data(std::uint32_t stream, ByteView bytes) { mux_.consumed(stream, bytes.size()); }

void Worker::on_end(std::uint32_t stream, ByteView) {
  const auto job = streams_.find(stream);
  if (job == streams_.end()) return;
  if (script_.service.count() == 0) return answer(stream, job->second);
  loop_.at(now() + script_.service, [this, stream] {
    if (const auto due = streams_.find(stream); due != streams_.end()) answer(stream, due->second);
    flush();
  });
}

void Worker::on_reset(std::uint32_t stream) {
  streams_.erase(stream);
  reset_at_ = now();
}

void Worker::answer(std::uint32_t stream, Job& job) {
  if (script_.answer_bytes != 0) {
    if (mux_.send_data(stream, answer_) != answer_.size()) std::abort();  // a script's answer fits the first credit
    mux_.send_end(stream, script_.receipts ? as_bytes(receipt(job)) : unsigned_receipt_);
    streams_.erase(stream);
    return;
  }
  job.begun = now();
  job.number = begun_++;
  job.streaming = true;
  (void)mux_.send_data(stream, event_);
  if (script_.silent) return;
  if (script_.pace.count() != 0) return pace(stream, 1);
  if (!std::exchange(stepping_, true)) loop_.at(now(), [this] { step(); });
}

void Worker::pace(std::uint32_t stream, std::uint64_t k) {
  const Job& job = streams_.at(stream);
  loop_.at(due_at(script_, job.begun, job.number, k), [this, stream, k] {
    if (!streams_.contains(stream)) return;
    (void)mux_.send_data(stream, event_);
    // What else is due now goes with it.
    if (!std::exchange(flushing_, true)) {
      loop_.at(now(), [this] {
        flushing_ = false;
        flush();
      });
    }
    pace(stream, k + 1);
  });
}

void Worker::step() {
  bool any = false;
  for (const auto& [stream, job] : streams_) {
    if (!job.streaming) continue;
    any = true;
    if (has_room() && mux_.send_credit(stream) >= event_.size()) (void)mux_.send_data(stream, event_);
  }
  flush();
  stepping_ = any;
  if (any) loop_.at(now(), [this] { step(); });
}

std::string Worker::receipt(const Job& job) const {
  seal::Receipt out;
  out.job_id = job.id;
  out.keyset_id = keyset_.id;
  out.model = kModel;
  out.tokens_in = out.tokens_out = 32;
  return seal::sign_receipt(out, key_);
}

}  // namespace aipg::bench::relay
