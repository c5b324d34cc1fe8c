// SPDX-License-Identifier: Apache-2.0
// A combined file that reads gives every item; a document of it that its reader
// takes is one object and its signature, and reads the same as a file of its
// own.
#include <cstdlib>

#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/qe_identity.h"
#include "attest/tdx/tcb_info.h"

namespace {

namespace tdx = aipg::attest::tdx;
using aipg::ByteView;

void require(bool held) {
  if (!held) std::abort();
}

bool is_document(ByteView bytes, std::string_view name) {
  const auto parsed = aipg::codec::json::parse(aipg::as_text(bytes), {.max_bytes = tdx::kMaxCollateralJsonBytes});
  return parsed && parsed->root().size() == 2 && parsed->root().find(name) && parsed->root().find("signature");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  const auto items = tdx::parse_collateral_json(in);
  if (!items) {
    require(!items.error().code.view().empty());
    return 0;
  }
  require(!items->root_crl.empty() && !items->pck_crl.empty());
  for (const auto* chain :
       {&items->tcb_signing_chain, &items->qe_identity_signing_chain, &items->pck_crl_issuer_chain}) {
    require(chain->size() == 2);
  }
  if (tdx::parse_tcb_info(items->tcb_info)) {
    require(is_document(items->tcb_info, "tcbInfo"));
    const auto alone = tdx::read_collateral({items->tcb_info});
    require(alone && alone->tcb_info == items->tcb_info);
  }
  if (tdx::parse_qe_identity(items->qe_identity)) {
    require(is_document(items->qe_identity, "enclaveIdentity"));
    const auto alone = tdx::read_collateral({items->qe_identity});
    require(alone && alone->qe_identity == items->qe_identity);
  }
  (void)tdx::read_collateral({in, items->root_crl, items->pck_crl});
  return 0;
}
