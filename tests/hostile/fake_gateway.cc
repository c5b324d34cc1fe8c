// SPDX-License-Identifier: Apache-2.0
#include "fake_gateway.h"

#include "attest/bundle.h"
#include "network.h"

namespace aipg::hostile {

using link::FrameType;

void FakeGateway::greet() { peer.control(link::Hello{Hash256{1, 2, 3}}); }

bool FakeGateway::welcome() {
  greet();
  const auto registration = peer.take<link::Register>();
  if (!registration) return false;
  keyset = attest::parse_keyset(registration->keyset).value();
  peer.control(link::Registered{keyset.id});
  return true;
}

Hash256 FakeGateway::workload_hash() {
  peer.control(link::Challenge{1, keyset.id, attest::ChallengeKind::nonces, Hash256{5}});
  const auto coming = peer.take<link::EvidenceComing>();
  if (!coming || !peer.hear([&] { return peer.data(0).size() >= coming->bytes; })) return {};
  const auto bundle = attest::parse_bundle(peer.data(0));
  return bundle ? crypto::sha256(bundle->manifest) : Hash256{};
}

seal::SealedRequest FakeGateway::seal(std::string_view question, bool stream) {
  if (!workload_hash_) workload_hash_ = workload_hash();
  return sealing_.seal({keyset, *workload_hash_}, kHonestModel, question, stream);
}

Bytes FakeGateway::job(std::uint32_t stream, ByteView request, bool end) {
  Bytes out = frame(stream, FrameType::open, Bytes(1, 1) + Bytes(16, static_cast<std::uint8_t>(stream)));
  while (!request.empty()) {
    const std::size_t n = std::min(request.size(), link::kMaxDataBytes);
    append(out, frame(stream, FrameType::data, request.first(n)));
    request = request.subspan(n);
  }
  if (end) append(out, frame(stream, FrameType::end));
  return out;
}

FakeGateway::Outcome FakeGateway::carry(std::string_view question, bool stream) {
  seal::SealedRequest sealed = seal(question, stream);
  const std::uint32_t id = next_stream();
  peer.frames(job(id, sealed.wire));
  return finish(id, std::move(sealed.pending));
}

bool FakeGateway::over(std::uint32_t stream) const {
  return peer.find(stream, FrameType::end) != nullptr || peer.find(stream, FrameType::refuse) != nullptr ||
         peer.find(stream, FrameType::reset) != nullptr;
}

FakeGateway::Outcome FakeGateway::finish(std::uint32_t stream, std::unique_ptr<seal::PendingAnswer> pending) {
  std::size_t granted = 0;
  (void)peer.hear([&] {
    const std::size_t come = peer.data(stream).size();
    if (come - granted >= link::kInitialCredit / 2 && !over(stream)) {
      peer.frames(credit(stream, static_cast<std::uint32_t>(come - granted)));
      granted = come;
    }
    return over(stream);
  });
  Outcome out;
  if (const auto* refused = peer.find(stream, FrameType::refuse)) out.refused = to_text(refused->payload);
  out.reset = peer.find(stream, FrameType::reset) != nullptr;
  if (peer.find(stream, FrameType::end) == nullptr) {
    peer.frames(frame(stream, FrameType::reset));
    return out;
  }
  peer.frames(frame(stream, FrameType::ack));
  out.opened = Sealing::open(std::move(pending), peer.data(stream));
  return out;
}

std::string FakeGateway::refusal_of(ByteView request) {
  const std::uint32_t id = next_stream();
  peer.frames(job(id, request));
  const Outcome out = finish(id, nullptr);
  return out.refused;
}

}  // namespace aipg::hostile
