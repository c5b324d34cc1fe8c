// SPDX-License-Identifier: Apache-2.0
// What a verified quote's guest or enclave is allowed to be: attributes that
// every policy looks at, and measurements and platforms that a policy pins.
// Pure. Source: Intel TDX module and SGX specifications; FORMATS.md 3.2, 3.7.
#pragma once

#include "attest/tdx/verify.h"
#include "crypto/digest.h"

namespace aipg::attest::tdx {

// Which machines are meant. Signatures alone do not tell: a key that was taken
// out of one machine signs for any guest. Empty lists allow every machine.
struct PlatformPins {
  std::vector<ByteArray<16>> ppids;
  std::vector<ByteArray<16>> platform_instances;
  friend bool operator==(const PlatformPins&, const PlatformPins&) = default;
};

// What is not set is not looked at, but for `mrservicetd`: without a pin no
// service TD may be bound.
struct GuestPins {
  std::optional<crypto::Hash384> mrtd, mrconfigid, mrowner, mrownerconfig, mrservicetd;
  std::array<std::optional<crypto::Hash384>, 4> rtmr;
  std::optional<ByteArray<64>> report_data;          // all of it, the unused half too
  std::vector<crypto::Hash384> mrseams;              // TDX modules; empty: any that Intel signed
  std::optional<ByteArray<16>> minimum_tee_tcb_svn;  // component by component
  // The only bits of TDATTRIBUTES and XFAM that may be set. What the rules refuse anyway stays refused.
  std::optional<std::uint64_t> allowed_attributes, allowed_xfam;
  PlatformPins platforms;
  friend bool operator==(const GuestPins&, const GuestPins&) = default;
};

struct EnclavePins {
  std::optional<ByteArray<32>> mrenclave, mrsigner;
  std::optional<std::uint16_t> isv_prod_id, minimum_isv_svn;
  std::optional<ByteArray<64>> report_data;
  PlatformPins platforms;
  friend bool operator==(const EnclavePins&, const EnclavePins&) = default;
};

// Debug, reserved and migratable bits, SEPT_VE_DISABLE, XFAM, SEAM fields,
// service TDs: a policy may relax each. Then the pins, which always decide.
void check_guest(const VerifiedQuote& quote, Rules& rules, const GuestPins& pins = {});

// Debug, which a policy may relax; then the pins.
void check_enclave(const VerifiedSgxQuote& quote, Rules& rules, const EnclavePins& pins = {});

}  // namespace aipg::attest::tdx
