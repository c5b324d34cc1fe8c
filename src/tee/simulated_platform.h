// SPDX-License-Identifier: Apache-2.0
// Signs what a simulated machine says: its evidence, and beside it the files
// that its vendors publish about it, named as one would keep them. Together
// they are all that a verifier needs, at the instant for which they are made.
// Not part of the verifier, and it shares no reader with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attest/bundle.h"
#include "tee/machine_content.h"

namespace aipg::tee {

struct NamedFile {
  std::string name;  // "intel.json", "ocsp-gpu-0.der"
  Bytes bytes;
};
[[nodiscard]] std::vector<Bytes> bytes_of(const std::vector<NamedFile>& files);

// What NVIDIA's attestation service says about devices, and its keys.
struct SimulatedToken {
  std::string token, jwks;
};

struct SimulatedPlatform {
  // With AMD where the CPU is AMD's. Shared, since one set of authorities serves many machines.
  std::shared_ptr<const SimulatedAuthorities> authorities;
  MachineContent content;
  crypto::EcPrivateKey attestation_key = crypto::EcPrivateKey::generate(crypto::Curve::p256);  // the quoting enclave's

  // A quote, or an SEV-SNP report.
  [[nodiscard]] Bytes cpu_evidence() const;
  // DER: VCEK, ASK, ARK beside a report, whose certificates are dated `now`; none beside a quote, which holds its own.
  [[nodiscard]] std::vector<Bytes> cpu_chain(Instant now) const;
  [[nodiscard]] std::vector<attest::DeviceEvidence> devices(const Hash256& nonce) const;
  [[nodiscard]] SimulatedToken token(const Hash256& nonce, Instant now) const;

  // Intel's or AMD's statements as the content has them; NVIDIA's manifests, and its answers of `now` about every
  // certificate. Without cpu_chain() and the service's keys.
  [[nodiscard]] std::vector<NamedFile> collateral(Instant now) const;
};

[[nodiscard]] SimulatedPlatform make_platform(std::shared_ptr<const SimulatedAuthorities> authorities, SimulatedCpu cpu,
                                              const DeviceLayout& layout, Instant now);

}  // namespace aipg::tee
