// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.h"

#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "crypto/digest.h"

namespace aipg::crypto {
namespace {

const EC_GROUP* group_of(Curve curve) { return curve == Curve::p256 ? EC_group_p256() : EC_group_p384(); }

std::size_t width_of(Curve curve) { return curve == Curve::p256 ? 32 : 48; }

// The message's digest under the curve's hash; 32 or 48 bytes of `room`.
ByteView digest_of(Curve curve, ByteView message, Hash384& room) {
  if (curve == Curve::p384) {
    room = sha384(message);
    return room;
  }
  std::ranges::copy(sha256(message), room.begin());
  return ByteView(room).first(32);
}

bssl::UniquePtr<BIGNUM> to_bignum(ByteView big_endian) {
  return bssl::UniquePtr<BIGNUM>(BN_bin2bn(big_endian.data(), big_endian.size(), nullptr));
}

void append_bignum(Bytes& out, const BIGNUM* number, std::size_t width) {
  out.resize(out.size() + width);
  if (BN_bn2bin_padded(out.data() + out.size() - width, width, number) != 1) __builtin_trap();
}

Bytes xy_of(const EC_KEY* key, std::size_t width) {
  Bytes point(1 + 2 * width);
  if (EC_POINT_point2oct(EC_KEY_get0_group(key), EC_KEY_get0_public_key(key), POINT_CONVERSION_UNCOMPRESSED,
                         point.data(), point.size(), nullptr) != point.size()) {
    __builtin_trap();
  }
  point.erase(point.begin());
  return point;
}

}  // namespace

struct EcPublicKey::State {
  Curve curve;
  Bytes xy;
  bssl::UniquePtr<EC_KEY> key;
};

EcPublicKey::EcPublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
EcPublicKey::EcPublicKey(EcPublicKey&&) noexcept = default;
EcPublicKey& EcPublicKey::operator=(EcPublicKey&&) noexcept = default;
EcPublicKey::EcPublicKey(const EcPublicKey&) = default;
EcPublicKey& EcPublicKey::operator=(const EcPublicKey&) = default;
EcPublicKey::~EcPublicKey() = default;

Result<EcPublicKey> EcPublicKey::from_xy(Curve curve, ByteView xy) {
  if (xy.size() != 2 * width_of(curve)) return fail("invalid_public_key", "size", xy.size());
  const EC_GROUP* group = group_of(curve);
  Bytes uncompressed{POINT_CONVERSION_UNCOMPRESSED};
  append(uncompressed, xy);
  bssl::UniquePtr<EC_POINT> point(EC_POINT_new(group));
  bssl::UniquePtr<EC_KEY> key(EC_KEY_new());
  // Refuses coordinates that are not reduced and points off the curve; both groups have prime order.
  if (!point || !key ||
      EC_POINT_oct2point(group, point.get(), uncompressed.data(), uncompressed.size(), nullptr) != 1 ||
      EC_KEY_set_group(key.get(), group) != 1 || EC_KEY_set_public_key(key.get(), point.get()) != 1) {
    ERR_clear_error();
    return fail("invalid_public_key", "point");
  }
  return EcPublicKey(std::make_shared<const State>(curve, to_bytes(xy), std::move(key)));
}

Curve EcPublicKey::curve() const { return state_->curve; }
ByteView EcPublicKey::xy() const { return state_->xy; }

bool EcPublicKey::verify(ByteView message, ByteView rs) const {
  std::size_t width = width_of(state_->curve);
  if (rs.size() != 2 * width) return false;
  bssl::UniquePtr<ECDSA_SIG> signature(ECDSA_SIG_new());
  bssl::UniquePtr<BIGNUM> r = to_bignum(rs.first(width));
  bssl::UniquePtr<BIGNUM> s = to_bignum(rs.subspan(width));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return false;
  (void)r.release();  // the signature owns them now
  (void)s.release();

  Hash384 room;
  ByteView digest = digest_of(state_->curve, message, room);
  // Refuses r or s outside 1 … n−1 itself.
  if (ECDSA_do_verify(digest.data(), digest.size(), signature.get(), state_->key.get()) == 1) return true;
  ERR_clear_error();
  return false;
}

struct EcPrivateKey::State {
  bssl::UniquePtr<EC_KEY> key;  // the library wipes what it frees
  EcPublicKey public_key;
};

EcPrivateKey::EcPrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
EcPrivateKey::EcPrivateKey(EcPrivateKey&&) noexcept = default;
EcPrivateKey& EcPrivateKey::operator=(EcPrivateKey&&) noexcept = default;
EcPrivateKey::~EcPrivateKey() = default;

EcPrivateKey EcPrivateKey::generate(Curve curve) {
  bssl::UniquePtr<EC_KEY> key(EC_KEY_new());
  if (!key || EC_KEY_set_group(key.get(), group_of(curve)) != 1 || EC_KEY_generate_key(key.get()) != 1) {
    __builtin_trap();
  }
  auto public_key = EcPublicKey::from_xy(curve, xy_of(key.get(), width_of(curve)));
  if (!public_key) __builtin_trap();
  return EcPrivateKey(std::make_unique<State>(std::move(key), *std::move(public_key)));
}

Result<EcPrivateKey> EcPrivateKey::from_scalar(Curve curve, ByteView scalar) {
  if (scalar.size() != width_of(curve)) return fail("invalid_private_key", "size", scalar.size());
  const EC_GROUP* group = group_of(curve);
  bssl::UniquePtr<BIGNUM> number = to_bignum(scalar);
  bssl::UniquePtr<EC_KEY> key(EC_KEY_new());
  bssl::UniquePtr<EC_POINT> point(EC_POINT_new(group));
  if (!number || !key || !point) __builtin_trap();
  if (BN_is_zero(number.get()) || EC_KEY_set_group(key.get(), group) != 1 ||
      EC_KEY_set_private_key(key.get(), number.get()) != 1) {
    ERR_clear_error();
    return fail("invalid_private_key", "range");
  }
  if (EC_POINT_mul(group, point.get(), number.get(), nullptr, nullptr, nullptr) != 1 ||
      EC_KEY_set_public_key(key.get(), point.get()) != 1) {
    __builtin_trap();
  }
  AIPG_TRY(EcPublicKey public_key, EcPublicKey::from_xy(curve, xy_of(key.get(), width_of(curve))));
  return EcPrivateKey(std::make_unique<State>(std::move(key), std::move(public_key)));
}

const EcPublicKey& EcPrivateKey::public_key() const { return state_->public_key; }

Bytes EcPrivateKey::sign(ByteView message) const {
  Hash384 room;
  ByteView digest = digest_of(public_key().curve(), message, room);
  bssl::UniquePtr<ECDSA_SIG> signature(ECDSA_do_sign(digest.data(), digest.size(), state_->key.get()));
  if (!signature) __builtin_trap();
  Bytes out;
  std::size_t width = width_of(public_key().curve());
  append_bignum(out, ECDSA_SIG_get0_r(signature.get()), width);
  append_bignum(out, ECDSA_SIG_get0_s(signature.get()), width);
  return out;
}

SecretBytes EcPrivateKey::scalar() const {
  SecretBytes out;
  MutableByteView room = out.extend(width_of(public_key().curve()));
  if (BN_bn2bin_padded(room.data(), room.size(), EC_KEY_get0_private_key(state_->key.get())) != 1) __builtin_trap();
  return out;
}

bool ed25519_verify(ByteView public_key, ByteView message, ByteView signature) {
  if (public_key.size() != ED25519_PUBLIC_KEY_LEN || signature.size() != ED25519_SIGNATURE_LEN) return false;
  if (ED25519_verify(message.data(), message.size(), signature.data(), public_key.data()) == 1) return true;
  ERR_clear_error();
  return false;
}

Ed25519PrivateKey Ed25519PrivateKey::from_seed(Secret32 seed) {
  SecretArray<64> key;
  ByteArray<32> public_key;
  ED25519_keypair_from_seed(public_key.data(), key.reveal_mutable().data(), seed.reveal().data());
  return {std::move(key), public_key};
}

ByteArray<64> Ed25519PrivateKey::sign(ByteView message) const {
  ByteArray<64> out;
  if (ED25519_sign(out.data(), message.data(), message.size(), key_.reveal().data()) != 1) __builtin_trap();
  return out;
}

}  // namespace aipg::crypto
