// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/kept_document.h"

namespace aipg::attest::tdx {
namespace {

template <typename T>
Result<std::shared_ptr<const KeptDocument<T>>> keep(ByteView document, Result<T> (*parse)(ByteView)) {
  auto out = std::make_shared<KeptDocument<T>>();
  out->bytes = to_bytes(document);
  AIPG_TRY(out->content, parse(out->bytes));
  return out;
}

}  // namespace

Result<KeptTcbInfo> keep_tcb_info(ByteView document) { return keep(document, parse_tcb_info); }
Result<KeptQeIdentity> keep_qe_identity(ByteView document) { return keep(document, parse_qe_identity); }

}  // namespace aipg::attest::tdx
