// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_amd.h"

#include "crypto/random.h"

namespace aipg::tee {

SimulatedAmd make_amd(Instant now) {
  SimulatedAmd out{.authorities = SnpAuthorityKeys::generate(),
                   .certificates = {},
                   .chip_key = crypto::EcPrivateKey::generate(crypto::Curve::p384),
                   .hwid = crypto::SystemRng().array<64>()};
  for (const SnpFamily family : kSnpFamilies) {
    const auto issue = [&](SnpAuthority authority) {
      return issue_snp_authority(snp_authority_template(authority, family, now), authority, family, out.authorities);
    };
    out.certificates.at(static_cast<std::size_t>(family)) = {issue(SnpAuthority::ark), issue(SnpAuthority::ask),
                                                             issue(SnpAuthority::asvk)};
  }
  return out;
}

}  // namespace aipg::tee
