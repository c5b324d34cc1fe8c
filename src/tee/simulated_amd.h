// SPDX-License-Identifier: Apache-2.0
// A simulated AMD: the authorities of every family, and one chip that is of
// whichever family it is asked to be. Making one takes seconds: its authorities
// have RSA keys of 4096 bits, as real ones do.
// Errors: those of state_part.h.
#pragma once

#include "base/result.h"
#include "tee/simulated_snp_pki.h"

namespace aipg::tee {

struct SnpCertificates {
  Bytes ark, ask, asvk;
};

struct SimulatedAmd {
  SnpAuthorityKeys authorities;
  std::array<SnpCertificates, 3> certificates;  // by SnpFamily
  crypto::EcPrivateKey chip_key;                // what a VCEK or VLEK is for
  ByteArray<64> hwid{};                         // which chip it is

  [[nodiscard]] const SnpCertificates& of(SnpFamily family) const {
    return certificates.at(static_cast<std::size_t>(family));
  }
};

[[nodiscard]] SimulatedAmd make_amd(Instant now);
// The one in `state_folder`/simulated-amd, made there if it is missing.
[[nodiscard]] Result<SimulatedAmd> open_amd(const std::string& state_folder, Instant now);

}  // namespace aipg::tee
