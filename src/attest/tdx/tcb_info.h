// SPDX-License-Identifier: Apache-2.0
// Reads Intel's TCB info, version 3: for one kind of platform, which firmware
// versions there were and what Intel says about each. Structure only: nothing
// here is authentic until check_collateral() has verified the signature, which
// is over the exact bytes of the object. Refuses unknown members and statuses,
// numbers out of range, levels that are not in Intel's order (by falling SGX
// components, PCESVN, TDX components), and more than 256 KiB.
// Borrows the document. Pure. Errors: tcb_info_invalid (where says the member).
// Source: Intel PCS API v4, TcbInfoV3; Intel's own documents.
#pragma once

#include <optional>

#include "attest/tdx/quote_parts.h"
#include "attest/tdx/tcb_level.h"
#include "crypto/digest.h"

namespace aipg::attest::tdx {

inline constexpr std::size_t kMaxTcbInfoBytes = 256 << 10;

// A level of a platform.
struct TcbLevel {
  ByteArray<16> sgx_components{};
  std::uint16_t pce_svn = 0;
  ByteArray<16> tdx_components{};  // TDX only; zero otherwise
  TcbVerdict verdict;
};

// Who may have signed the TDX module, and its attributes.
struct TdxModule {
  crypto::Hash384 mrsigner{};
  ByteArray<8> attributes{}, attributes_mask{};
};

// The same for one major version, with the levels of its SVN. "TDX_03" is major 3.
struct TdxModuleIdentity {
  std::uint8_t major = 0;
  TdxModule module;
  std::vector<IsvLevel> levels;
};

struct TcbInfo {
  Tee tee = Tee::tdx;
  Window window;
  ByteArray<6> fmspc{};
  ByteArray<2> pce_id{};
  std::uint32_t evaluation_data_number = 0;
  std::optional<TdxModule> module;                   // TDX only, and there always
  std::vector<TdxModuleIdentity> module_identities;  // TDX only; older documents have none
  std::vector<TcbLevel> levels;
  ByteView signed_part;  // the object, braces included
  ByteArray<64> signature{};
};

// `document` is `{"tcbInfo":{…},"signature":"…"}` as Intel serves it.
[[nodiscard]] Result<TcbInfo> parse_tcb_info(ByteView document);

}  // namespace aipg::attest::tdx
