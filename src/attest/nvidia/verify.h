// SPDX-License-Identifier: Apache-2.0
// From the bytes of a device report and its certificates to a report whose
// signature was checked, back to a pinned root; and the rules about the
// device. Pure. Source: docs/protocol.md "Appraisal".
#pragma once

#include "attest/binding.h"
#include "attest/nvidia/fwid.h"
#include "attest/nvidia/report.h"
#include "attest/rules.h"
#include "attest/verifier_cache.h"

namespace aipg::attest::nvidia {

// A report signed by a genuine device. Borrows the report's bytes. Exists only
// through verify_report().
class VerifiedReport {
 public:
  [[nodiscard]] const ReportView& report() const { return report_; }
  [[nodiscard]] DeviceArch arch() const { return arch_; }
  // Serial of the certificate that the factory gave this very chip.
  [[nodiscard]] const Bytes& device_serial() const { return device_serial_; }
  // The id under which the devices that it is wired to know it; the serial's last bytes.
  [[nodiscard]] const ByteArray<8>& pdi() const { return pdi_; }
  [[nodiscard]] const Bytes& key() const { return key_; }  // SubjectPublicKeyInfo of the attestation key
  [[nodiscard]] const Fwid& fwid() const { return fwid_; }
  // The verified certificates: attestation key, device, provisioner, identity, root.
  [[nodiscard]] const std::vector<crypto::Certificate>& chain() const { return chain_; }

 private:
  friend std::optional<VerifiedReport> verify_report(ByteView, const std::vector<Bytes>&, const std::vector<Bytes>&,
                                                     Instant, Rules&, VerifierCache*);
  VerifiedReport(ReportView report, std::vector<crypto::Certificate> chain, const Fwid& fwid);
  ReportView report_;
  Fwid fwid_;
  DeviceArch arch_;
  Bytes device_serial_;
  ByteArray<8> pdi_;
  Bytes key_;
  std::vector<crypto::Certificate> chain_;
};

// Exactly five P-384 certificates from an attestation key to one of `roots`,
// with the usages that NVIDIA gives them, valid at `at`.
// Errors: those of crypto/certificate.h.
[[nodiscard]] Result<std::vector<crypto::Certificate>> verify_device_chain(const std::vector<Bytes>& chain,
                                                                           const std::vector<Bytes>& roots, Instant at,
                                                                           VerifierCache* cache = nullptr);

// Structure; exactly five P-384 certificates from the attestation key to one
// of `roots`, valid at `at`; that key signed request and response; the device
// certificate is this kind of device's, and this very switch's. nullopt once a
// rule is broken.
[[nodiscard]] std::optional<VerifiedReport> verify_report(ByteView report, const std::vector<Bytes>& chain,
                                                          const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                                          VerifierCache* cache = nullptr);

void check_nonce(const VerifiedReport& report, const Hash256& nonce, Rules& rules);
// The firmware that runs is the firmware the key was made for.
void check_fwid(const VerifiedReport& report, Rules& rules);
// At least `minimum`, read from the signed field; switches have no driver.
void check_driver(const VerifiedReport& report, std::uint32_t minimum, Rules& rules);

// One of the architectures that a policy allows; an empty list allows all that the verifier knows.
void check_architecture(const VerifiedReport& report, const std::vector<DeviceArch>& allowed, Rules& rules);

// "NVIDIA Hopper GPU, driver 570.124.06, VBIOS 96.00.9F.00.01"
[[nodiscard]] std::string describe(const VerifiedReport& report);

}  // namespace aipg::attest::nvidia
