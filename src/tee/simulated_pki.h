// SPDX-License-Identifier: Apache-2.0
// The certificate authorities of a simulated machine: what Intel and NVIDIA
// are to a real one. Names, profiles, curves and lengths are the real ones';
// every name begins with SIMULATED. Kept in a folder, so that restarts keep
// the roots; only the keys that sign during operation are kept (mode 0600).
// Intel's root is one of them, since it signs revocation lists as time passes;
// NVIDIA's is forgotten once it has signed: its responder goes on.
// Errors: those of state_part.h.
#pragma once

#include <string>

#include "attest/roots.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/signature.h"
#include "tee/simulated_names.h"
#include "tee/simulated_ocsp.h"

namespace aipg::tee {

// What Intel signs with as time passes: revocation lists, TCB info, QE identity.
struct SimulatedIntelKeys {
  crypto::EcPrivateKey root, platform_ca, tcb_signing;
  std::vector<Bytes> tcb_signing_chain;  // who signs TCB info and QE identity, root
};

struct SimulatedPki {
  ByteArray<16> ppid{};                  // who this machine is
  std::vector<Bytes> pck_chain;          // leaf, platform CA, root
  crypto::EcPrivateKey pck_key;          // signs QE reports
  std::vector<Bytes> provisioner_chain;  // provisioner, identity, root
  crypto::EcPrivateKey provisioner_key;  // issues device certificates
  SimulatedIntelKeys intel;
  std::vector<SimulatedResponder> responders;  // who answers for provisioner, identity and root, in this order

  [[nodiscard]] attest::RootSet roots() const;
};

// A fresh one. Certificates are valid from a day before `now`.
[[nodiscard]] SimulatedPki make_pki(Instant now);
// The one in `state_folder`/simulated-tee, made there if it is missing.
[[nodiscard]] Result<SimulatedPki> open_pki(const std::string& state_folder, Instant now);

// What their responders say about a device's certificates, from the device's own up to the identity: all good, but
// for what `edit` changes.
[[nodiscard]] std::vector<Bytes> make_revocation_answers(const SimulatedPki& pki, const std::vector<Bytes>& chain,
                                                         Instant now, const OcspEdit& edit = {});

// One simulated device: its certificates from attestation key to root.
struct SimulatedDevice {
  std::vector<Bytes> chain;
  crypto::EcPrivateKey key;
  ByteArray<8> pdi{};  // who it is to the devices that it is wired to
};
// Device number `index` of this chip in this machine; same serial each time, a
// new attestation key as after a reset. `fwid` is what the key is certified for.
[[nodiscard]] SimulatedDevice make_device(const SimulatedPki& pki, std::uint32_t index, ByteView fwid, Instant now,
                                          SimulatedChip chip = SimulatedChip::gh100);

}  // namespace aipg::tee
