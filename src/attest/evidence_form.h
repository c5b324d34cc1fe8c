// SPDX-License-Identifier: Apache-2.0
// Evidence in the bytes that were signed, from the forms in which it is handed
// around: quotes and reports in hexadecimal or base64, certificates and lists in
// PEM besides. What is none of these is taken as it stands. Internal to evidence.h.
#pragma once

#include "attest/evidence.h"

namespace aipg::attest {

[[nodiscard]] Bytes signed_form(EvidenceKind kind, ByteView evidence);

}  // namespace aipg::attest
