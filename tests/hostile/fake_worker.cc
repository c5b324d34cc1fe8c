// SPDX-License-Identifier: Apache-2.0
#include "fake_worker.h"

#include "attest/bundle.h"
#include "seal/receipt.h"

namespace aipg::hostile {
namespace {

constexpr std::uint16_t kXwing = 2;

crypto::Ed25519PrivateKey fresh_key() {
  crypto::SystemRng rng;
  return crypto::Ed25519PrivateKey::generate(rng);
}

Bytes fresh_public_key() {
  crypto::SystemRng rng;
  return to_bytes(crypto::hpke::KeyPair::generate(crypto::hpke::Suite::xwing, rng).public_key());
}

const attest::Manifest& manifest() {
  static const attest::Manifest made = [] {
    attest::Manifest content;
    content.name = "hostile";
    content.device_arch = "none";
    return attest::make_manifest(std::move(content));
  }();
  return made;
}

}  // namespace

Identity::Identity(milliseconds from_now, milliseconds life)
    : key(fresh_key()),
      keyset(attest::make_keyset("hostile", SystemClock().now() + from_now, SystemClock().now() + from_now + life,
                                 {{kXwing, fresh_public_key()}}, key.public_key())) {}

link::RegistrationClaims Identity::claims(const Hash256& nonce) const {
  return {.keyset_id = keyset.id, .worker_id = keyset.worker_id, .stake_id = {}, .exporter = {}, .nonce = nonce};
}

link::Register Identity::registration(const link::RegistrationClaims& claims) const {
  return {.keyset = keyset.bytes,
          .jws = link::sign_registration(claims, key),
          .stake_id = {},
          .jobs = 4,
          .models = {{std::string(kHostileModel), {std::string(kChatPath)}, {1, 2}}}};
}

Bytes Identity::evidence(const Hash256& challenge) const {
  attest::Bundle bundle;
  bundle.challenge_value = challenge;
  bundle.keyset = keyset.bytes;
  bundle.manifest = manifest().bytes;
  bundle.quote = Bytes(64, 1);  // whether it is true is for clients to judge
  return attest::make_bundle(std::move(bundle)).bytes;
}

std::string Identity::receipt(const ByteArray<16>& job_id) const {
  seal::Receipt receipt;
  receipt.job_id = job_id;
  receipt.keyset_id = keyset.id;
  receipt.model = kHostileModel;
  receipt.tokens_out = 32;
  receipt.issued = SystemClock().now();
  receipt.duration_ms = 100;
  return seal::sign_receipt(receipt, key);
}

Recipient Identity::recipient() const { return {keyset, manifest().hash}; }

bool FakeWorker::prove(const Identity& identity) {
  const auto challenge = peer.take<link::Challenge>();
  if (!challenge) return false;
  send_evidence(*challenge, identity.evidence(challenge->value));
  return true;
}

void FakeWorker::send_evidence(const link::Challenge& challenge, ByteView bundle) {
  peer.control(link::EvidenceComing{challenge.id, challenge.keyset_id, bundle.size()});
  while (!bundle.empty()) {
    const std::size_t n = std::min(bundle.size(), link::kMaxDataBytes);
    peer.frames(frame(0, link::FrameType::data, bundle.first(n)));
    bundle = bundle.subspan(n);
  }
}

}  // namespace aipg::hostile
