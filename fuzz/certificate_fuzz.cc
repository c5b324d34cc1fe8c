// SPDX-License-Identifier: Apache-2.0
// A certificate that parses is exactly its input, its signed part lies inside
// with the names, key and extensions in their order, and parsing is
// deterministic down to the verdict on its own signature.
#include <algorithm>
#include <cstdlib>

#include "crypto/certificate.h"

namespace {

using aipg::ByteView;
using aipg::crypto::Certificate;

void require(bool held) {
  if (!held) std::abort();
}

bool lies_inside(ByteView part, ByteView whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// The parts stand in `whole` one after another.
void require_in_order(ByteView whole, std::initializer_list<ByteView> parts) {
  for (ByteView part : parts) {
    auto found = std::ranges::search(whole, part);
    require(!found.empty() || part.empty());
    whole = whole.subspan(static_cast<std::size_t>(found.end() - whole.begin()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView in(data, size);
  auto certificate = Certificate::parse(in);
  if (!certificate) {
    require(certificate.error().code == aipg::Literal("certificate_invalid") ||
            certificate.error().code == aipg::Literal("certificate_algorithm"));
    return 0;
  }
  require(aipg::equal(certificate->der(), in));
  require(!certificate->tbs().empty() && lies_inside(certificate->tbs(), certificate->der()));
  require((certificate->ec_key() != nullptr) != (certificate->rsa_key() != nullptr));
  require_in_order(certificate->tbs(), {certificate->serial(), certificate->issuer(), certificate->subject(),
                                        certificate->spki(), certificate->extensions().back().value});
  for (char c : certificate->subject_common_name()) require(c >= ' ' && c <= '~');

  auto again = Certificate::parse(certificate->der());
  require(again && again->spki() == certificate->spki() && again->not_after() == certificate->not_after());
  require(again->signed_by(*again) == certificate->signed_by(*certificate));
  return 0;
}
