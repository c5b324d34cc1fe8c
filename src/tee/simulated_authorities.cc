// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_authorities.h"

namespace aipg::tee {

attest::RootSet SimulatedAuthorities::roots() const {
  attest::RootSet out = pki.roots();
  out.nvidia_rim = {rim.chain.back()};
  out.nvidia_nras = {nras.certificate};
  if (amd) {
    for (const SnpCertificates& each : amd->certificates) out.amd.push_back(each.ark);
  }
  return out;
}

SimulatedAuthorities make_authorities(Instant now, Amd amd) {
  return {.pki = make_pki(now),
          .rim = make_rim_pki(now),
          .nras = make_nras_authority(now),
          .amd = amd == Amd::with ? std::optional(make_amd(now)) : std::nullopt};
}

}  // namespace aipg::tee
