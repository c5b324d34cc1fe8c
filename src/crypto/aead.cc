// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"

#include <openssl/aead.h>
#include <openssl/cipher.h>
#include <openssl/err.h>
#include <openssl/mem.h>

namespace aipg::crypto {
namespace {

constexpr std::size_t kMaxMessageBytes = 1U << 30;  // the cipher interface counts in int

// The base nonce and the number of the next message.
struct Nonces {
  SecretArray<kAeadNonceBytes> base;
  std::uint64_t count = 0;

  explicit Nonces(const SecretArray<kAeadNonceBytes>& base_nonce) : base(base_nonce.clone()) {}
  [[nodiscard]] ByteArray<kAeadNonceBytes> nonce() const {
    auto out = to_array<kAeadNonceBytes>(base.reveal());
    for (std::size_t i = 0; i < 8; ++i) out[kAeadNonceBytes - 1 - i] ^= static_cast<std::uint8_t>(count >> (8 * i));
    return out;
  }
};

}  // namespace

// The library's AEAD interface takes its plaintext in one piece, its ciphers
// in any number: a chunk is sealed without being put together first.
struct AeadSealer::State : Nonces {
  bssl::UniquePtr<EVP_CIPHER_CTX> context{EVP_CIPHER_CTX_new()};  // wiped when freed

  State(const Secret32& key, const SecretArray<kAeadNonceBytes>& base_nonce) : Nonces(base_nonce) {
    if (!context) __builtin_trap();  // no memory
    check(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.reveal().data(), nullptr));
  }
  // `out` is null for what is only authenticated. The library takes an input that is null for the end.
  void update(std::uint8_t* out, ByteView in) {
    int written = 0;
    if (!in.empty()) check(EVP_EncryptUpdate(context.get(), out, &written, in.data(), static_cast<int>(in.size())));
  }
  static void check(int ok) {
    if (ok != 1) __builtin_trap();
  }
};

struct AeadOpener::State : Nonces {
  EVP_AEAD_CTX context{};
  bool failed = false;

  State(const Secret32& key, const SecretArray<kAeadNonceBytes>& base_nonce) : Nonces(base_nonce) {
    ByteView bytes = key.reveal();
    if (EVP_AEAD_CTX_init(&context, EVP_aead_aes_256_gcm(), bytes.data(), bytes.size(), kAeadTagBytes, nullptr) != 1) {
      __builtin_trap();
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    EVP_AEAD_CTX_cleanup(&context);
    OPENSSL_cleanse(&context, sizeof context);  // the key schedule lies inside, and cleanup leaves it
  }
};

AeadSealer::AeadSealer(const Secret32& key, const SecretArray<kAeadNonceBytes>& base_nonce)
    : state_(std::make_unique<State>(key, base_nonce)) {}
AeadSealer::AeadSealer(AeadSealer&&) noexcept = default;
AeadSealer& AeadSealer::operator=(AeadSealer&&) noexcept = default;
AeadSealer::~AeadSealer() = default;

std::uint64_t AeadSealer::count() const { return state_->count; }

void AeadSealer::seal(ByteView aad, std::initializer_list<ByteView> plaintext, MutableByteView out) {
  std::size_t size = kAeadTagBytes;
  for (const ByteView piece : plaintext) size += piece.size();
  if (out.size() != size || size > kMaxMessageBytes || aad.size() > kMaxMessageBytes) __builtin_trap();
  EVP_CIPHER_CTX* context = state_->context.get();
  State::check(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, state_->nonce().data()));
  state_->update(nullptr, aad);
  std::uint8_t* at = out.data();
  for (const ByteView piece : plaintext) {
    state_->update(at, piece);
    at += piece.size();
  }
  int written = 0;
  State::check(EVP_EncryptFinal_ex(context, at, &written));
  State::check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, at));
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
