// SPDX-License-Identifier: Apache-2.0
// What a simulated Intel says about simulated platforms: TCB info, QE identity
// and revocation lists, signed by the PKI that signed the quotes, in any state
// one asks for. Not part of the verifier, and it shares no reader with it.
#pragma once

#include "attest/tdx/collateral.h"
#include "crypto/certificate_writer.h"
#include "tee/simulated_pki.h"

namespace aipg::tee {

// What is said about whoever reaches a level, in Intel's words.
struct SimulatedStatus {
  std::string date = "2026-08-13T00:00:00Z", status = "UpToDate";
  std::vector<std::string> advisories;
};

struct SimulatedTcbLevel {
  std::vector<unsigned> sgx = std::vector<unsigned>(16, 1);
  unsigned pce_svn = 11;
  std::vector<unsigned> tdx = {5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  SimulatedStatus said;
};

struct SimulatedIsvLevel {
  unsigned isv_svn = 4;
  SimulatedStatus said;
};

struct SimulatedModule {
  std::string id;  // "TDX_01"
  std::string mrsigner = std::string(96, '0'), attributes = std::string(16, '0'), mask = std::string(16, 'F');
  std::vector<SimulatedIsvLevel> levels;
};

struct TcbInfoContent {
  std::string id = "TDX";
  unsigned version = 3, tcb_type = 0;
  Instant issue_date, next_update;
  std::string fmspc, pce_id = "0000";
  unsigned evaluation_data_number = 18;
  std::optional<SimulatedModule> module = SimulatedModule();  // TDX only; its id and levels are not written
  std::vector<SimulatedModule> module_identities;             // TDX only
  std::vector<SimulatedTcbLevel> levels;
  std::string extra;  // more members, as text: ",\"x\":1"
};

struct QeIdentityContent {
  std::string id = "TD_QE";
  unsigned version = 2;
  Instant issue_date, next_update;
  unsigned evaluation_data_number = 18;
  std::string misc_select = "00000000", misc_select_mask = "FFFFFFFF";
  std::string attributes = "11000000000000000000000000000000", attributes_mask = "FBFFFFFFFFFFFFFF0000000000000000";
  std::string mrsigner;
  unsigned isv_prod_id = 2;
  std::vector<SimulatedIsvLevel> levels;
  std::string extra;
};

struct CollateralContent {
  TcbInfoContent tcb_info;
  QeIdentityContent qe_identity;
  crypto::CrlTemplate root_crl, pck_crl;
};

// About a healthy simulated platform: issued an hour before `now`, for 30 days; the root CRL for a year.
[[nodiscard]] CollateralContent good_collateral(Instant now);
// The same for SGX quotes.
[[nodiscard]] CollateralContent good_sgx_collateral(Instant now);

// The object that is signed: "{…}".
[[nodiscard]] std::string tcb_info_text(const TcbInfoContent& content);
[[nodiscard]] std::string qe_identity_text(const QeIdentityContent& content);
// {"<name>":<object>,"signature":"…"}
[[nodiscard]] Bytes signed_document(std::string_view name, std::string_view object, const crypto::EcPrivateKey& key);

// Everything but pck_crl_issuer_chain, which lies in the PKI: its CA and root.
[[nodiscard]] attest::tdx::Collateral make_collateral(const CollateralContent& content, const SimulatedIntelKeys& keys);
// The combined JSON that verification services hand around; every item must be there.
[[nodiscard]] std::string combined_json(const attest::tdx::Collateral& collateral);

}  // namespace aipg::tee
