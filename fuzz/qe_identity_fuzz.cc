// SPDX-License-Identifier: Apache-2.0
// A QE identity that parses signs a part of its input that begins with its
// brace and ends with it, has levels by falling SVN, and reads again as the
// same.
#include <cstdlib>

#include "attest/tdx/qe_identity.h"

namespace {

namespace tdx = aipg::attest::tdx;

void require(bool held) {
  if (!held) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in(data, size);
  const auto identity = tdx::parse_qe_identity(in);
  if (!identity) {
    require(identity.error().code == aipg::Literal("qe_identity_invalid"));
    return 0;
  }
  const aipg::ByteView part = identity->signed_part;
  require(part.data() > in.data() && part.data() + part.size() < in.data() + in.size());
  require(part.front() == '{' && part.back() == '}');
  require(identity->window.issue_date <= identity->window.next_update);
  require(!identity->levels.empty());
  for (std::size_t i = 1; i < identity->levels.size(); ++i) {
    require(identity->levels[i].isv_svn < identity->levels[i - 1].isv_svn);
  }

  const std::string again =
      "{\"signature\":\"" + std::string(128, '0') + "\",\"enclaveIdentity\":" + std::string(aipg::as_text(part)) + "}";
  const auto reread = tdx::parse_qe_identity(aipg::as_bytes(again));
  require(reread && reread->mrsigner == identity->mrsigner && reread->levels.size() == identity->levels.size());
  return 0;
}
