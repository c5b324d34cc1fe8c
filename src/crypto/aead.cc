// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"

#include <openssl/aead.h>
#include <openssl/err.h>
#include <openssl/mem.h>

namespace aipg::crypto {
namespace {

// The key schedule, the base nonce and the number of the next message.
struct Stream {
  EVP_AEAD_CTX context;
  SecretArray<kAeadNonceBytes> base;
  std::uint64_t count = 0;

  Stream(const Secret32& key, const SecretArray<kAeadNonceBytes>& base_nonce) : base(base_nonce.clone()) {
    ByteView bytes = key.reveal();
    if (EVP_AEAD_CTX_init(&context, EVP_aead_aes_256_gcm(), bytes.data(), bytes.size(), kAeadTagBytes, nullptr) != 1) {
      __builtin_trap();
    }
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    EVP_AEAD_CTX_cleanup(&context);
    OPENSSL_cleanse(&context, sizeof context);  // the key schedule lies inside, and cleanup leaves it
  }

  [[nodiscard]] ByteArray<kAeadNonceBytes> nonce() const {
    auto out = to_array<kAeadNonceBytes>(base.reveal());
    for (std::size_t i = 0; i < 8; ++i) out[kAeadNonceBytes - 1 - i] ^= static_cast<std::uint8_t>(count >> (8 * i));
    return out;
  }
};

}  // namespace

struct AeadSealer::State : Stream {
  using Stream::Stream;
};

struct AeadOpener::State : Stream {
  using Stream::Stream;
  bool failed = false;
};

AeadSealer::AeadSealer(const Secret32& key, const SecretArray<kAeadNonceBytes>& base_nonce)
    : state_(std::make_unique<State>(key, base_nonce)) {}
AeadSealer::AeadSealer(AeadSealer&&) noexcept = default;
AeadSealer& AeadSealer::operator=(AeadSealer&&) noexcept = default;
AeadSealer::~AeadSealer() = default;

std::uint64_t AeadSealer::count() const { return state_->count; }

void AeadSealer::seal(ByteView aad, ByteView plaintext, MutableByteView out) {
  if (out.size() != plaintext.size() + kAeadTagBytes) __builtin_trap();
  auto nonce = state_->nonce();
  std::size_t size = 0;
  int ok = EVP_AEAD_CTX_seal(&state_->context, out.data(), &size, out.size(), nonce.data(), nonce.size(),
                             plaintext.data(), plaintext.size(), aad.data(), aad.size());
  if (ok != 1 || size != out.size()) __builtin_trap();
  ++state_->count;
}

AeadOpener::AeadOpener(const Secret32& key, const SecretArray<kAeadNonceBytes>& base_nonce)
    : state_(std::make_unique<State>(key, base_nonce)) {}
AeadOpener::AeadOpener(AeadOpener&&) noexcept = default;
AeadOpener& AeadOpener::operator=(AeadOpener&&) noexcept = default;
AeadOpener::~AeadOpener() = default;

std::uint64_t AeadOpener::count() const { return state_->count; }

Result<void> AeadOpener::open(ByteView aad, ByteView ciphertext, MutableByteView out) {
  bool fits = ciphertext.size() >= kAeadTagBytes;
  if (fits && out.size() != ciphertext.size() - kAeadTagBytes) __builtin_trap();
  if (!fits || state_->failed) {
    state_->failed = true;
    wipe(out);
    return fail("aead_open_failed");
  }
  auto nonce = state_->nonce();
  std::size_t size = 0;
  int ok = EVP_AEAD_CTX_open(&state_->context, out.data(), &size, out.size(), nonce.data(), nonce.size(),
                             ciphertext.data(), ciphertext.size(), aad.data(), aad.size());
  if (ok != 1) {
    ERR_clear_error();
    state_->failed = true;
    wipe(out);
    return fail("aead_open_failed");
  }
  ++state_->count;
  return {};
}

}  // namespace aipg::crypto
