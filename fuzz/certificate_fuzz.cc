// SPDX-License-Identifier: Apache-2.0
// A certificate that parses is exactly its input, its signed part lies inside,
// and parsing is deterministic down to the verdict on its own signature.
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
  for (char c : certificate->subject_common_name()) require(c >= ' ' && c <= '~');

  auto again = Certificate::parse(certificate->der());
  require(again && again->spki() == certificate->spki() && again->not_after() == certificate->not_after());
  require(again->signed_by(*again) == certificate->signed_by(*certificate));
  return 0;
}
