// SPDX-License-Identifier: Apache-2.0
// A manifest and its signature, read: what follows from its bytes alone,
// immutable and shared. Nothing here is authentic. Internal to rim.cc. Pure.
// Errors: those of codec/xml.h and rim_signature.h.
#pragma once

#include "attest/nvidia/rim.h"
#include "attest/nvidia/rim_signature.h"

namespace aipg::attest::nvidia {

struct SignedRim {
  Bytes bytes;
  codec::xml::Document document;          // borrows them
  std::optional<RimSignature> signature;  // borrows the document; always there once read
  bool intact = false;                    // the digest is that of the document without its signature
  crypto::KnownSigner signer;

  // Did this certificate's key sign what is digested here?
  [[nodiscard]] bool signed_by(const crypto::Certificate& certificate) const;
};

[[nodiscard]] Result<std::shared_ptr<const SignedRim>> read_signed_rim(ByteView xml);

}  // namespace aipg::attest::nvidia
