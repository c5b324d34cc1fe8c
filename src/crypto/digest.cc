// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <openssl/digest.h>
#include <openssl/hkdf.h>
#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/sha.h>

namespace aipg::crypto {
namespace {

// The library documents these calls as failing only on a bug or without memory.
void must(int ok) {
  if (ok != 1) __builtin_trap();
}

}  // namespace

// The contexts buffer up to a block of input, which may be a prompt.
struct Sha256::State {
  SHA256_CTX context;
  State() { must(SHA256_Init(&context)); }
  State(const State&) = default;
  State& operator=(const State&) = default;
  ~State() { OPENSSL_cleanse(&context, sizeof context); }
};

struct Sha384::State {
  SHA512_CTX context;
  State() { must(SHA384_Init(&context)); }
  ~State() { OPENSSL_cleanse(&context, sizeof context); }
};

struct HmacSha256::State {
  HMAC_CTX context;
  explicit State(ByteView key) {
    HMAC_CTX_init(&context);
    // A null key would mean "keep the one before".
    static constexpr std::uint8_t kNoKey = 0;
    must(HMAC_Init_ex(&context, key.empty() ? &kNoKey : key.data(), key.size(), EVP_sha256(), nullptr));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { HMAC_CTX_cleanup(&context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(const Sha256& other) : state_(std::make_unique<State>(*other.state_)) {}
Sha256& Sha256::operator=(const Sha256& other) {
  *state_ = *other.state_;
  return *this;
}
Sha256::~Sha256() = default;

void Sha256::update(ByteView more) { must(SHA256_Update(&state_->context, more.data(), more.size())); }

Hash256 Sha256::snapshot() const {
  State copy(*state_);
  Hash256 out;
  must(SHA256_Final(out.data(), &copy.context));
  return out;
}

Sha384::Sha384() : state_(std::make_unique<State>()) {}
Sha384::~Sha384() = default;

void Sha384::update(ByteView more) { must(SHA384_Update(&state_->context, more.data(), more.size())); }

Hash384 Sha384::finish() {
  Hash384 out;
  must(SHA384_Final(out.data(), &state_->context));
  return out;
}

HmacSha256::HmacSha256(ByteView key) : state_(std::make_unique<State>(key)) {}
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

void HmacSha256::update(ByteView more) { must(HMAC_Update(&state_->context, more.data(), more.size())); }

Hash256 HmacSha256::finish() {
  Hash256 out;
  unsigned size = 0;
  must(HMAC_Final(&state_->context, out.data(), &size));
  return out;
}

Hash256 sha256(ByteView in) {
  Hash256 out;
  SHA256(in.data(), in.size(), out.data());
  return out;
}

Hash256 sha256(std::initializer_list<ByteView> parts) {
  Sha256 hash;
  for (ByteView part : parts) hash.update(part);
  return hash.snapshot();
}

Hash384 sha384(ByteView in) {
  Hash384 out;
  SHA384(in.data(), in.size(), out.data());
  return out;
}

Hash384 sha384(std::initializer_list<ByteView> parts) {
  Sha384 hash;
  for (ByteView part : parts) hash.update(part);
  return hash.finish();
}

Hash512 sha512(std::initializer_list<ByteView> parts) {
  SHA512_CTX context;
  must(SHA512_Init(&context));
  for (ByteView part : parts) must(SHA512_Update(&context, part.data(), part.size()));
  Hash512 out;
  must(SHA512_Final(out.data(), &context));
  OPENSSL_cleanse(&context, sizeof context);
  return out;
}

Hash256 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts) {
  HmacSha256 mac(key);
  for (ByteView part : parts) mac.update(part);
  return mac.finish();
}

Secret32 hkdf_extract(ByteView salt, ByteView ikm) {
  Secret32 prk;
  std::size_t size = 0;
  must(
      HKDF_extract(prk.reveal_mutable().data(), &size, EVP_sha256(), ikm.data(), ikm.size(), salt.data(), salt.size()));
  return prk;
}

void hkdf_expand(ByteView prk, std::initializer_list<ByteView> info, MutableByteView out) {
  if (out.empty()) return;
  Bytes joined;
  for (ByteView part : info) append(joined, part);
  must(HKDF_expand(out.data(), out.size(), EVP_sha256(), prk.data(), prk.size(), joined.data(), joined.size()));
}

}  // namespace aipg::crypto
