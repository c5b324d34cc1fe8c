// SPDX-License-Identifier: Apache-2.0
#include "crypto/hpke_labels.h"

#include "crypto/digest.h"

namespace aipg::crypto::hpke {
namespace {

constexpr std::string_view kVersion = "HPKE-v1";

}  // namespace

Secret32 labeled_extract(ByteView suite_id, ByteView salt, std::string_view label, ByteView ikm) {
  Hash256 prk = hmac_sha256(salt, {as_bytes(kVersion), suite_id, as_bytes(label), ikm});
  Secret32 out(prk);
  wipe(prk);
  return out;
}

void labeled_expand(ByteView suite_id, ByteView prk, std::string_view label, ByteView info, MutableByteView out) {
  ByteArray<2> size{static_cast<std::uint8_t>(out.size() >> 8), static_cast<std::uint8_t>(out.size())};
  hkdf_expand(prk, {size, as_bytes(kVersion), suite_id, as_bytes(label), info}, out);
}

Secret32 dhkem_shared_secret(const Secret32& dh, ByteView enc, ByteView recipient_public_key) {
  static constexpr ByteArray<5> kSuiteId{'K', 'E', 'M', kKemX25519 >> 8, kKemX25519 & 0xff};
  Secret32 prk = labeled_extract(kSuiteId, {}, "eae_prk", dh.reveal());
  Bytes context = to_bytes(enc);
  append(context, recipient_public_key);
  Secret32 out;
  labeled_expand(kSuiteId, prk.reveal(), "shared_secret", context, out.reveal_mutable());
  return out;
}

}  // namespace aipg::crypto::hpke
