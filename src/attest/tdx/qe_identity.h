// SPDX-License-Identifier: Apache-2.0
// Reads Intel's QE identity, version 2: who the quoting enclave of a TDX or an
// SGX quote must be, and what Intel says about each of its SVNs. Structure
// only: nothing here is authentic until check_collateral() has verified the
// signature, which is over the exact bytes of the object. Refuses unknown
// members and statuses, numbers out of range, levels that are not by falling
// SVN, and more than 64 KiB. Borrows the document. Pure.
// Errors: qe_identity_invalid (where says the member).
// Source: Intel PCS API v4, EnclaveIdentityV2; Intel's own documents.
#pragma once

#include "attest/tdx/quote_parts.h"
#include "attest/tdx/tcb_level.h"

namespace aipg::attest::tdx {

inline constexpr std::size_t kMaxQeIdentityBytes = 64 << 10;

struct QeIdentity {
  Tee tee = Tee::tdx;  // "TD_QE" or "QE"
  Window window;
  std::uint32_t evaluation_data_number = 0;
  ByteArray<4> misc_select{}, misc_select_mask{};
  ByteArray<16> attributes{}, attributes_mask{};
  ByteArray<32> mrsigner{};
  std::uint16_t isv_prod_id = 0;
  std::vector<IsvLevel> levels;
  ByteView signed_part;  // the object, braces included
  ByteArray<64> signature{};
};

// `document` is `{"enclaveIdentity":{…},"signature":"…"}` as Intel serves it.
[[nodiscard]] Result<QeIdentity> parse_qe_identity(ByteView document);

}  // namespace aipg::attest::tdx
