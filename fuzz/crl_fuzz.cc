// SPDX-License-Identifier: Apache-2.0
// A list that parses is exactly its input, its signed part lies inside, and it
// says of every serial in it, found by a walk of its own, that it is revoked,
// and of as many as it counts.
#include <cstdlib>

#include "codec/der.h"
#include "crypto/crl.h"

namespace {

using aipg::ByteView;
using aipg::crypto::Crl;
namespace der = aipg::codec::der;

void require(bool held) {
  if (!held) std::abort();
}

// The content of the list of revoked certificates: the SEQUENCE behind the two times; empty if there is none.
ByteView revoked(ByteView tbs) {
  der::Reader fields(der::parse_single(tbs, der::kSequence)->content);
  bool after_time = false;
  while (!fields.empty()) {
    const der::Element element = *fields.next();
    if (after_time && element.tag == der::kSequence) return element.content;
    after_time = element.tag == der::kUtcTime || element.tag == der::kGeneralizedTime;
  }
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  const auto crl = Crl::parse(in);
  if (!crl) {
    require(crl.error().code == aipg::Literal("crl_invalid"));
    return 0;
  }
  require(aipg::equal(crl->der(), in));
  require(crl->tbs().size() < in.size());
  std::size_t entries = 0;
  for (der::Reader list(revoked(crl->tbs())); !list.empty(); ++entries) {
    der::Reader entry = *list.enter(der::kSequence);
    require(crl->is_revoked(aipg::to_bytes(entry.next(der::kInteger)->content)));
  }
  require(entries == crl->size());
  require(!crl->is_revoked({}));
  return 0;
}
