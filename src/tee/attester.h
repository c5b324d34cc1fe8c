// SPDX-License-Identifier: Apache-2.0
// Producing evidence inside a guest. One file per platform; which one is used
// is chosen by the measured configuration, never by what happens to be there.
#pragma once

#include <vector>

#include "attest/bundle.h"
#include "base/result.h"

namespace aipg::tee {

struct CpuEvidence {
  attest::CpuKind kind;
  Bytes quote;               // a TDX quote, or an SEV-SNP report
  std::vector<Bytes> chain;  // DER, of a report: VCEK or VLEK and its authorities, leaf first
};

class Attester {
 public:
  virtual ~Attester() = default;
  // A quote over these 64 bytes. Error: tee_quote.
  [[nodiscard]] virtual Result<CpuEvidence> quote(ByteView report_data) = 0;
  // One piece of evidence per device, all over this nonce. Error: tee_device.
  [[nodiscard]] virtual Result<std::vector<attest::DeviceEvidence>> devices(const Hash256& nonce) = 0;
  // What vendors publish about this machine and is current at `now`, each file as received; none where this machine
  // does not collect it.
  [[nodiscard]] virtual Result<std::vector<Bytes>> collateral(Instant now) = 0;
};

// What evidence is to be fresh against (attest/challenge.h).
struct Challenge {
  Hash256 value{};   // root over nonces; of an epoch its digest
  Bytes epoch = {};  // signed document, where the challenge is an epoch
};

// Challenge, keyset and manifest to a whole bundle: devices first, then the
// quote that commits to them (attest/binding.h), and what vendors say at `now`.
[[nodiscard]] Result<attest::Bundle> collect_evidence(Attester& attester, const Challenge& challenge,
                                                      const attest::Keyset& keyset, const attest::Manifest& manifest,
                                                      Instant now);

}  // namespace aipg::tee
