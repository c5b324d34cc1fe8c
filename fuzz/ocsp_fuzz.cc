// SPDX-License-Identifier: Apache-2.0
// An OCSP response that parses names its responder in exactly one way, holds
// what it signs inside its bytes, is what it was when parsed again, and is
// never a good answer from a signer that nobody made one.
#include <algorithm>
#include <cstdlib>

#include "crypto/ocsp.h"

namespace {

namespace crypto = aipg::crypto;
using aipg::ByteView;

void require(bool held) {
  if (!held) std::abort();
}

void require_same(const crypto::OcspResponse& a, const crypto::OcspResponse& b) {
  require(aipg::equal(a.signed_part(), b.signed_part()) && a.signature() == b.signature());
  require(a.responses().size() == b.responses().size() && a.nonce() == b.nonce());
  for (std::size_t i = 0; i < a.responses().size(); ++i) require(a.responses()[i].id == b.responses()[i].id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  const auto response = crypto::OcspResponse::parse(in);
  if (!response) return 0;
  require(response->responder_name().empty() != response->responder_key_hash().empty());
  require(!std::ranges::search(in, response->signed_part()).empty());
  require(!response->responses().empty());
  require_same(*response, *crypto::OcspResponse::parse(in));
  for (const crypto::OcspSingleResponse& one : response->responses()) {
    require(response->is_about(one.id));
    require(one.revoked_at.has_value() == (one.status == crypto::OcspStatus::revoked));
  }
  // Nobody's certificate is its own issuer's here: whatever stands inside, it vouches for nothing.
  for (const crypto::Certificate& each : response->certificates()) {
    require(!crypto::verify_ocsp(*response, each, each, response->produced_at(), std::nullopt));
  }
  return 0;
}
