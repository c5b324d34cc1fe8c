// SPDX-License-Identifier: Apache-2.0
#include "client/release_key.h"

#include "client/whole_file.h"

namespace aipg::client {
namespace {

constexpr std::string_view kHead = "aipg release key v1\n";
constexpr std::size_t kFileBytes = kHead.size() + Secret32::size();

}  // namespace

Result<crypto::Ed25519PrivateKey> make_release_key(const std::string& path, crypto::Rng& rng) {
  Secret32 seed = rng.secret<32>();
  SecretBytes file(as_bytes(kHead));
  file.append(seed.reveal());
  AIPG_CHECK(create_private(path, file.reveal()));
  return crypto::Ed25519PrivateKey::from_seed(std::move(seed));
}

Result<crypto::Ed25519PrivateKey> read_release_key(const std::string& path) {
  AIPG_TRY(const SecretBytes file, read_private(path, kFileBytes));
  const ByteView bytes = file.reveal();
  if (bytes.size() != kFileBytes || !file.reveal_text().starts_with(kHead)) return fail("release_key_format");
  return crypto::Ed25519PrivateKey::from_seed(Secret32(bytes.subspan(kHead.size())));
}

}  // namespace aipg::client
