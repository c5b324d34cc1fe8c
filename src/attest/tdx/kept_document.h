// SPDX-License-Identifier: Apache-2.0
// TCB info and QE identity with the bytes that they borrow: immutable once
// read, and shared. `signer` remembers whose key signed them. Structure only,
// as the two readers say; their errors. Pure.
#pragma once

#include <memory>

#include "attest/tdx/qe_identity.h"
#include "attest/tdx/tcb_info.h"
#include "crypto/known_signer.h"
#include "crypto/signature.h"

namespace aipg::attest::tdx {

template <typename T>
struct KeptDocument {
  Bytes bytes;
  T content;
  crypto::KnownSigner signer;

  [[nodiscard]] bool signed_by(const crypto::EcPublicKey& key) const {
    return signer.holds(key.xy(), [&] { return key.verify(content.signed_part, content.signature); });
  }
};
using KeptTcbInfo = std::shared_ptr<const KeptDocument<TcbInfo>>;
using KeptQeIdentity = std::shared_ptr<const KeptDocument<QeIdentity>>;

[[nodiscard]] Result<KeptTcbInfo> keep_tcb_info(ByteView document);
[[nodiscard]] Result<KeptQeIdentity> keep_qe_identity(ByteView document);

}  // namespace aipg::attest::tdx
