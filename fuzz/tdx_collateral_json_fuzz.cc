// SPDX-License-Identifier: Apache-2.0
// A combined file that reads gives every item, its documents are JSON that hold
// what was handed on, and reading its items one by one as files of their own
// gives the same, or an error of the item itself.
#include <cstdlib>

#include "attest/tdx/collateral_reader.h"

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
  require(is_document(items->tcb_info, "tcbInfo"));
  require(is_document(items->qe_identity, "enclaveIdentity"));
  const auto documents = tdx::read_collateral({items->tcb_info, items->qe_identity});
  require(documents && documents->tcb_info == items->tcb_info && documents->qe_identity == items->qe_identity);
  (void)tdx::read_collateral({in, items->root_crl, items->pck_crl});
  return 0;
}
