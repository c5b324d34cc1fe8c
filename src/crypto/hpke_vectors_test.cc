// SPDX-License-Identifier: Apache-2.0
// HPKE's public vectors. Ours is one AEAD and one KDF; from vectors of others
// the parts that are the same are taken, and the test's name says which.
#include <gtest/gtest.h>
#include <openssl/digest.h>

#include "crypto/hpke.h"
#include "crypto/hpke_labels.h"
#include "crypto/hpke_recipient.h"
#include "crypto/vector_file_for_tests.h"
#include "crypto/x25519.h"
#include "crypto/xwing.h"

namespace aipg::crypto::hpke {

struct ContextTestPeer {
  static Context schedule(std::uint16_t kem_id, std::uint16_t aead_id, ByteView shared_secret, ByteView info) {
    return Context::schedule(kem_id, aead_id, shared_secret, info);
  }
  static std::string suite_id(const Context& of) { return to_hex(of.suite_id_); }
  static std::string key(const Context& of) { return to_hex(of.key_.reveal()); }
  static std::string base_nonce(const Context& of) { return to_hex(of.base_nonce_.reveal()); }
  static std::string exporter_secret(const Context& of) { return to_hex(of.exporter_secret_.reveal()); }
  static void export_to(const Context& of, ByteView exporter_context, MutableByteView out) {
    of.export_to(exporter_context, out);
  }
};

namespace {

using codec::json::Value;
using Peer = ContextTestPeer;

constexpr std::uint16_t kChaCha20Poly1305 = 3;

// SHAKE128 as a source of inputs and as the digest of outputs, as the RFC's accumulated vectors use it.
class Shake128 {
 public:
  Shake128() { EXPECT_EQ(EVP_DigestInit_ex(context_.get(), EVP_shake128(), nullptr), 1); }
  void write(ByteView in) { EXPECT_EQ(EVP_DigestUpdate(context_.get(), in.data(), in.size()), 1); }
  Bytes read(std::size_t n) {
    Bytes out(n);
    EXPECT_EQ(EVP_DigestSqueeze(context_.get(), out.data(), out.size()), 1);
    return out;
  }
  Bytes read_input() {
    std::size_t n = read(1)[0];
    return n == 0 ? Bytes() : read(n);
  }

 private:
  bssl::ScopedEVP_MD_CTX context_;
};

// DeriveKeyPair of DHKEM(X25519): the vectors give the input, our senders draw the key itself.
Secret32 derive_x25519_key(ByteView ikm) {
  static constexpr ByteArray<5> kSuiteId{'K', 'E', 'M', 0x00, 0x20};
  Secret32 prk = labeled_extract(kSuiteId, {}, "dkp_prk", ikm);
  Secret32 out;
  labeled_expand(kSuiteId, prk.reveal(), "sk", {}, out.reveal_mutable());
  return out;
}

class HpkeVectors : public testing::Test {
 protected:
  void SetUp() override {
    if (!file_exists(kVectors)) GTEST_SKIP() << "NOT RUN: no vector files in " << kVectors;
  }
  template <typename Check>
  std::size_t for_each(const std::string& name, Check check) {
    VectorFile file(name);
    std::size_t count = 0;
    for (Value vector : file.root()) {
      SCOPED_TRACE(name + " #" + std::to_string(count++));
      EXPECT_EQ(number(vector, "mode"), 0u);
      check(vector);
    }
    return count;
  }
};

struct Pair {
  Sender sender;
  Context recipient;
};

// Sets up both ends of an RFC vector and checks every key on the way.
Pair set_up_x25519(const Value& vector) {
  EXPECT_EQ(number(vector, "kem_id"), kKemX25519);
  EXPECT_EQ(number(vector, "kdf_id"), kKdfHkdfSha256);
  Secret32 private_key = derive_x25519_key(hex(vector, "ikmR"));
  EXPECT_EQ(to_hex(private_key.reveal()), text(vector, "skRm"));
  auto key = KeyPair::from_seed(Suite::x25519, std::move(private_key));
  EXPECT_EQ(to_hex(key.public_key()), text(vector, "pkRm"));

  ScriptedRng ephemeral(to_bytes(derive_x25519_key(hex(vector, "ikmE")).reveal()));
  auto sender = setup_base_sender(Suite::x25519, key.public_key(), hex(vector, "info"), ephemeral);
  EXPECT_TRUE(ephemeral.exhausted());
  EXPECT_EQ(to_hex(sender->enc), text(vector, "enc"));
  auto recipient = setup_base_recipient(key, sender->enc, hex(vector, "info"));
  return {std::move(*sender), std::move(*recipient)};
}

// 1000 messages with drawn inputs; the digest of what was sealed.
std::string accumulated_encryptions(Pair& pair) {
  Shake128 source, sink;
  for (int i = 0; i < 1000; ++i) {
    Bytes aad = source.read_input(), plaintext = source.read_input();
    Bytes sealed = pair.sender.context.seal(aad, plaintext);
    sink.write(sealed);
    auto opened = pair.recipient.open(aad, sealed);
    if (!opened || !equal(opened->reveal(), plaintext)) return "not opened";
  }
  return to_hex(sink.read(16));
}

// 1000 exports of 0 to 999 bytes.
std::string accumulated_exports(const Context& context) {
  Shake128 source, sink;
  for (std::size_t n = 0; n < 1000; ++n) {
    Bytes exporter_context = source.read_input();
    Bytes out(n);
    Peer::export_to(context, exporter_context, out);
    sink.write(out);
  }
  return to_hex(sink.read(16));
}

TEST_F(HpkeVectors, Rfc9180WithAes256Gcm) {
  std::size_t ours = 0;
  for_each("hpke_rfc9180_x25519_sha256_base.json", [&](const Value& vector) {
    if (number(vector, "aead_id") != kAeadAes256Gcm) return;
    ++ours;
    Pair pair = set_up_x25519(vector);
    EXPECT_EQ(accumulated_encryptions(pair), text(vector, "encryptions_accumulated"));
    EXPECT_EQ(accumulated_exports(pair.sender.context), text(vector, "exports_accumulated"));
    EXPECT_EQ(accumulated_exports(pair.recipient), text(vector, "exports_accumulated"));
  });
  EXPECT_EQ(ours, 1u);
}

// AES-128-GCM, ChaCha20-Poly1305 and export-only: encryption is not ours, the exporter is the same.
TEST_F(HpkeVectors, Rfc9180WithOtherAeadsKeyPairsEncapsulationAndExporterOnly) {
  std::size_t others = 0;
  std::size_t all = for_each("hpke_rfc9180_x25519_sha256_base.json", [&](const Value& vector) {
    auto aead_id = static_cast<std::uint16_t>(number(vector, "aead_id"));
    if (aead_id == kAeadAes256Gcm) return;
    ++others;
    (void)set_up_x25519(vector);
    Bytes enc = hex(vector, "enc"), public_key = hex(vector, "pkRm");
    auto dh = x25519(Secret32(hex(vector, "skRm")), enc);
    ASSERT_TRUE(dh);
    Secret32 shared_secret = dhkem_shared_secret(*dh, enc, public_key);
    Context context = Peer::schedule(kKemX25519, aead_id, shared_secret.reveal(), hex(vector, "info"));
    EXPECT_EQ(accumulated_exports(context), text(vector, "exports_accumulated"));
  });
  EXPECT_EQ(others, 3u);
  EXPECT_EQ(all, 4u);
}

// Encapsulation, with the vector's randomness, and decapsulation.
Secret32 check_xwing_kem(const Value& vector) {
  EXPECT_EQ(number(vector, "kem_id"), kKemXwing);
  auto key = KeyPair::from_seed(Suite::xwing, Secret32(hex(vector, "skRm")));
  EXPECT_EQ(to_hex(key.public_key()), text(vector, "pkRm"));
  ScriptedRng randomness(hex(vector, "ikmE"));
  auto sent = xwing::encapsulate(key.public_key(), randomness);
  EXPECT_TRUE(sent);
  EXPECT_TRUE(randomness.exhausted());
  EXPECT_EQ(to_hex(sent->ciphertext), text(vector, "enc"));
  EXPECT_EQ(to_hex(sent->shared_secret.reveal()), text(vector, "shared_secret"));
  auto received = key.decapsulate(sent->ciphertext);
  EXPECT_TRUE(received && equal(received->reveal(), sent->shared_secret.reveal()));
  return std::move(sent->shared_secret);
}

TEST_F(HpkeVectors, XWingWithHkdfSha256KemScheduleAndExporterOnly) {
  std::size_t ours = 0;
  for_each("hpke_xwing.json", [&](const Value& vector) {
    if (number(vector, "kdf_id") != kKdfHkdfSha256) return;
    ++ours;
    EXPECT_EQ(number(vector, "aead_id"), kChaCha20Poly1305);
    Secret32 shared_secret = check_xwing_kem(vector);
    Context context = Peer::schedule(kKemXwing, kChaCha20Poly1305, shared_secret.reveal(), hex(vector, "info"));
    EXPECT_EQ(Peer::suite_id(context), text(vector, "suite_id"));
    EXPECT_EQ(Peer::key(context), text(vector, "key"));
    EXPECT_EQ(Peer::base_nonce(context), text(vector, "base_nonce"));
    EXPECT_EQ(Peer::exporter_secret(context), text(vector, "exporter_secret"));
    std::size_t exports = 0;
    for (Value one : member(vector, "exports")) {
      Bytes out(number(one, "L"));
      Peer::export_to(context, hex(one, "exporter_context"), out);
      EXPECT_EQ(to_hex(out), text(one, "exported_value"));
      ++exports;
    }
    EXPECT_GT(exports, 0u);
  });
  EXPECT_EQ(ours, 1u);
}

// The other vector has a KDF that is not ours.
TEST_F(HpkeVectors, XWingWithAnotherKdfKemOnly) {
  std::size_t others = 0;
  std::size_t all = for_each("hpke_xwing.json", [&](const Value& vector) {
    if (number(vector, "kdf_id") == kKdfHkdfSha256) return;
    ++others;
    (void)check_xwing_kem(vector);
  });
  EXPECT_EQ(others, 1u);
  EXPECT_EQ(all, 2u);
}

}  // namespace
}  // namespace aipg::crypto::hpke
