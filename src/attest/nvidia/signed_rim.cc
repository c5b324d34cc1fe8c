// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/signed_rim.h"

namespace aipg::attest::nvidia {

bool SignedRim::signed_by(const crypto::Certificate& certificate) const {
  return signer.holds(certificate.spki(), [&] { return signs(certificate, *signature); });
}

Result<std::shared_ptr<const SignedRim>> read_signed_rim(ByteView xml) {
  auto out = std::make_shared<SignedRim>();
  out->bytes = to_bytes(xml);
  AIPG_TRY(out->document, codec::xml::parse(as_text(out->bytes), {.max_bytes = kMaxRimBytes}));
  AIPG_TRY(out->signature, read_rim_signature(out->document.root()));
  out->intact = digests(*out->signature, out->document.root());
  return out;
}

}  // namespace aipg::attest::nvidia
