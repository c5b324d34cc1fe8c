// SPDX-License-Identifier: Apache-2.0
// A worker that has keys and a link, and can say what an honest one says up to
// being admitted. What it does with that is a test's affair.
#pragma once

#include "client.h"
#include "crypto/hpke_recipient.h"
#include "link_peer.h"

namespace aipg::hostile {

inline constexpr std::string_view kHostileModel = "hostile-model";

// Keys of a keyset, and what is signed with them.
struct Identity {
  explicit Identity(milliseconds from_now = milliseconds(0), milliseconds life = milliseconds(60 * 60 * 1000));

  // For this hello, on a link without TLS.
  [[nodiscard]] link::RegistrationClaims claims(const Hash256& nonce) const;
  [[nodiscard]] link::Register registration(const link::RegistrationClaims& claims) const;
  [[nodiscard]] Bytes evidence(const Hash256& challenge) const;
  [[nodiscard]] std::string receipt(const ByteArray<16>& job_id) const;
  [[nodiscard]] Recipient recipient() const;

  crypto::Ed25519PrivateKey key;
  attest::Keyset keyset;
};

class FakeWorker {
 public:
  explicit FakeWorker(std::uint16_t port) : peer(LinkPeer::dial(port)) {
    if (const auto hello = peer.take<link::Hello>()) nonce = hello->nonce;
  }

  void register_as(const Identity& identity) { peer.control(identity.registration(identity.claims(nonce))); }
  // Until its evidence was taken; a frame of a job is all that shows it.
  bool prove(const Identity& identity);
  void send_evidence(const link::Challenge& challenge, ByteView bundle);

  LinkPeer peer;
  Hash256 nonce{};
  Identity self;
};

}  // namespace aipg::hostile
