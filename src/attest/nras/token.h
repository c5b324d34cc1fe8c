// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's attestation service says about devices: a detached EAT, that
// is an overall token beside one for each device, or a single device's EAT.
// The service saw the evidence and judged it; whether that was about this
// machine rests on the nonce alone. Every claim is judged here again: an
// overall "true" is not enough.
//
// Findings, each once for a token it is about:
//   require  nras_jwks_missing, nras_key (the kid is in the JWKS), nras_key_chain, nras_signature,
//            nras_version, nras_subject, nras_issuer, nras_not_yet_valid,
//            nras_expired, nras_nonce, nras_submodules, nras_digest,
//            nras_device_count, nras_device_twice, nras_device_id,
//            nras_overall, nras_measurements, nras_arch, nras_report,
//            nras_fwid, nras_rim, nras_revocation
//   expect   nras_key_validity, nras_age,
//            nras_overall_missing, nras_debug, nras_secboot, nras_warning,
//            nras_claim_unknown
// Errors of parse_token(): nras_token_invalid (where says what) and those of
// jose.h and the JSON reader. Pure; tokens borrow their bytes.
// Source: RFC 9711; FORMATS.md 2.
#pragma once

#include "attest/nras/jose.h"
#include "attest/nras/jwks.h"
#include "attest/rules.h"

namespace aipg::attest::nras {

inline constexpr std::string_view kIssuer = "https://nras.attestation.nvidia.com";

struct DeviceToken {
  std::string name;  // "GPU-0", "SWITCH-3"; empty for a single EAT
  Jws jws;
};

struct Token {
  std::optional<Jws> overall;  // nullopt: a single device's EAT
  std::vector<DeviceToken> devices;
};

// A text that begins with '[' is a detached EAT, any other a single one.
// Refuses over 1 MiB, more than 32 devices, device names of another form.
[[nodiscard]] Result<Token> parse_token(ByteView token);

// What a policy asks for. The defaults are the network's.
struct Expectation {
  std::optional<Hash256> nonce = {};        // without one, freshness_unproven
  std::optional<std::size_t> devices = {};  // exactly so many
  std::string issuer{kIssuer};
  milliseconds max_age{10 * 60 * 1000};
  milliseconds skew{0};                          // how far NVIDIA's clock may be ahead
  std::vector<Bytes> pinned_intermediates = {};  // empty: the JWKS' origin vouches for its keys
  friend bool operator==(const Expectation&, const Expectation&) = default;
};

struct DeviceIdentity {
  std::string name, model, driver, vbios;
  std::string ueid;  // the attestation key certificate's serial, decimal
};

// Every signature and claim held. Exists only through verify_token().
class VerifiedToken {
 public:
  [[nodiscard]] const std::vector<DeviceIdentity>& devices() const { return devices_; }
  [[nodiscard]] const Hash256& nonce() const { return nonce_; }
  [[nodiscard]] Instant issued_at() const { return issued_at_; }

 private:
  friend struct TokenAccess;
  VerifiedToken() = default;
  std::vector<DeviceIdentity> devices_;
  Hash256 nonce_{};
  Instant issued_at_;
};

// Without keys (`jwks` null) nothing is proven: nras_jwks_missing, and what
// the token says is judged only so that its faults are told; no VerifiedToken
// comes of it. With keys, nothing is judged before every signature held.
[[nodiscard]] std::optional<VerifiedToken> verify_token(ByteView token, const Jwks* jwks, const Expectation& expected,
                                                        Instant at, Rules& rules);

// "NVIDIA GH100 A01 GSP BROM, driver 550.90.07, VBIOS 96.00.9F.00.01"
[[nodiscard]] std::string describe(const DeviceIdentity& device);

}  // namespace aipg::attest::nras
