// SPDX-License-Identifier: Apache-2.0
// The simulated authorities on disk, each vendor's as a part of its own.
#include "tee/simulated_authorities.h"
#include "tee/state_part.h"

namespace aipg::tee {
namespace {

using crypto::Curve;
using crypto::EcPrivateKey;

constexpr std::size_t kResponders = 3;

// --- Intel, and NVIDIA's devices ----------------------------------------------------

Result<void> write_pki(const StatePart& part, const SimulatedPki& pki) {
  AIPG_CHECK(part.write_hex("ppid", pki.ppid));
  AIPG_CHECK(part.write_chain("pck-chain.pem", pki.pck_chain));
  AIPG_CHECK(part.write_chain("provisioner-chain.pem", pki.provisioner_chain));
  AIPG_CHECK(part.write_chain("tcb-signing-chain.pem", pki.intel.tcb_signing_chain));
  AIPG_CHECK(part.write_key("pck.key", pki.pck_key));
  AIPG_CHECK(part.write_key("provisioner.key", pki.provisioner_key));
  AIPG_CHECK(part.write_key("tcb-signing.key", pki.intel.tcb_signing));
  AIPG_CHECK(part.write_key("platform-ca.key", pki.intel.platform_ca));
  AIPG_CHECK(part.write_key("intel-root.key", pki.intel.root));
  return part.write_responders("responder", pki.responders);
}

Result<SimulatedIntelKeys> read_intel_keys(const StatePart& part) {
  AIPG_TRY(std::vector<Bytes> chain, part.read_chain("tcb-signing-chain.pem", 2));
  AIPG_TRY(EcPrivateKey tcb_signing, part.read_key("tcb-signing.key", Curve::p256));
  AIPG_TRY(EcPrivateKey platform_ca, part.read_key("platform-ca.key", Curve::p256));
  AIPG_TRY(EcPrivateKey root, part.read_key("intel-root.key", Curve::p256));
  return SimulatedIntelKeys{.root = std::move(root),
                            .platform_ca = std::move(platform_ca),
                            .tcb_signing = std::move(tcb_signing),
                            .tcb_signing_chain = std::move(chain)};
}

Result<SimulatedPki> read_pki(const StatePart& part) {
  // Folders made before there was collateral, or answers about revocation, have no keys for them.
  if (!part.has("tcb-signing-chain.pem") || !part.has("responder-0.pem")) {
    return fail("simulator_state_format", "without keys for collateral");
  }
  AIPG_TRY(const Bytes ppid, part.read_hex("ppid", 16));
  AIPG_TRY(std::vector<Bytes> pck_chain, part.read_chain("pck-chain.pem", 3));
  AIPG_TRY(std::vector<Bytes> provisioner_chain, part.read_chain("provisioner-chain.pem", 3));
  AIPG_TRY(EcPrivateKey pck_key, part.read_key("pck.key", Curve::p256));
  AIPG_TRY(EcPrivateKey provisioner_key, part.read_key("provisioner.key", Curve::p384));
  AIPG_TRY(SimulatedIntelKeys intel, read_intel_keys(part));
  AIPG_TRY(std::vector<SimulatedResponder> responders, part.read_responders("responder", kResponders));
  return SimulatedPki{.ppid = to_array<16>(ppid),
                      .pck_chain = std::move(pck_chain),
                      .pck_key = std::move(pck_key),
                      .provisioner_chain = std::move(provisioner_chain),
                      .provisioner_key = std::move(provisioner_key),
                      .intel = std::move(intel),
                      .responders = std::move(responders)};
}

// --- NVIDIA's manifests -----------------------------------------------------------------

Result<SimulatedRimPki> open_rim_pki(const std::string& state_folder, Instant now) {
  AIPG_TRY(const StatePart part, open_part(state_folder, "simulated-rim", [now](const StatePart& to) -> Result<void> {
             const SimulatedRimPki pki = make_rim_pki(now);
             AIPG_CHECK(to.write_chain("chain.pem", pki.chain));
             AIPG_CHECK(to.write_key("signer.key", pki.key));
             return to.write_responders("responder", pki.responders);
           }));
  AIPG_TRY(std::vector<Bytes> chain, part.read_chain("chain.pem", 4));
  AIPG_TRY(EcPrivateKey key, part.read_key("signer.key", Curve::p384));
  AIPG_TRY(std::vector<SimulatedResponder> responders, part.read_responders("responder", kResponders));
  return SimulatedRimPki{.chain = std::move(chain), .key = std::move(key), .responders = std::move(responders)};
}

// --- NVIDIA's attestation service ---------------------------------------------------------

Result<SimulatedNrasAuthority> open_nras_authority(const std::string& state_folder, Instant now) {
  AIPG_TRY(const StatePart part, open_part(state_folder, "simulated-nras", [now](const StatePart& to) -> Result<void> {
             const SimulatedNrasAuthority authority = make_nras_authority(now);
             AIPG_CHECK(to.write_chain("intermediate.pem", {authority.certificate}));
             return to.write_key("intermediate.key", authority.key);
           }));
  AIPG_TRY(std::vector<Bytes> certificate, part.read_chain("intermediate.pem", 1));
  AIPG_TRY(EcPrivateKey key, part.read_key("intermediate.key", Curve::p384));
  return SimulatedNrasAuthority{.certificate = std::move(certificate.front()), .key = std::move(key)};
}

// --- AMD --------------------------------------------------------------------------------

Result<void> write_amd(const StatePart& part, const SimulatedAmd& amd) {
  AIPG_CHECK(part.write_hex("hwid", amd.hwid));
  AIPG_CHECK(part.write_key("chip.key", amd.chip_key));
  AIPG_CHECK(part.write_key("ark.key", amd.authorities.ark));
  AIPG_CHECK(part.write_key("ask.key", amd.authorities.ask));
  AIPG_CHECK(part.write_key("asvk.key", amd.authorities.asvk));
  for (const SnpFamily family : kSnpFamilies) {
    const SnpCertificates& each = amd.of(family);
    AIPG_CHECK(part.write_chain(std::string(to_text(family)) + ".pem", {each.ark, each.ask, each.asvk}));
  }
  return {};
}

Result<SimulatedAmd> read_amd(const StatePart& part) {
  AIPG_TRY(const Bytes hwid, part.read_hex("hwid", 64));
  AIPG_TRY(EcPrivateKey chip_key, part.read_key("chip.key", Curve::p384));
  AIPG_TRY(crypto::RsaPrivateKey ark, part.read_rsa_key("ark.key"));
  AIPG_TRY(crypto::RsaPrivateKey ask, part.read_rsa_key("ask.key"));
  AIPG_TRY(crypto::RsaPrivateKey asvk, part.read_rsa_key("asvk.key"));
  SimulatedAmd out{.authorities = {std::move(ark), std::move(ask), std::move(asvk)},
                   .certificates = {},
                   .chip_key = std::move(chip_key),
                   .hwid = to_array<64>(hwid)};
  for (const SnpFamily family : kSnpFamilies) {
    AIPG_TRY(std::vector<Bytes> chain, part.read_chain(std::string(to_text(family)) + ".pem", 3));
    out.certificates.at(static_cast<std::size_t>(family)) = {std::move(chain[0]), std::move(chain[1]),
                                                             std::move(chain[2])};
  }
  return out;
}

}  // namespace

Result<SimulatedPki> open_pki(const std::string& state_folder, Instant now) {
  AIPG_TRY(const StatePart part, open_part(state_folder, "simulated-tee",
                                           [now](const StatePart& to) { return write_pki(to, make_pki(now)); }));
  return read_pki(part);
}

Result<SimulatedAmd> open_amd(const std::string& state_folder, Instant now) {
  AIPG_TRY(const StatePart part, open_part(state_folder, "simulated-amd",
                                           [now](const StatePart& to) { return write_amd(to, make_amd(now)); }));
  return read_amd(part);
}

Result<SimulatedAuthorities> open_authorities(const std::string& state_folder, Instant now, Amd amd) {
  AIPG_TRY(SimulatedPki pki, open_pki(state_folder, now));
  AIPG_TRY(SimulatedRimPki rim, open_rim_pki(state_folder, now));
  AIPG_TRY(SimulatedNrasAuthority nras, open_nras_authority(state_folder, now));
  SimulatedAuthorities out{.pki = std::move(pki), .rim = std::move(rim), .nras = std::move(nras), .amd = std::nullopt};
  if (amd == Amd::with) {
    AIPG_TRY(out.amd, open_amd(state_folder, now));
  }
  return out;
}

}  // namespace aipg::tee
