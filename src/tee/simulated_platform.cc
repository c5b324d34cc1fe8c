// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_platform.h"

#include "attest/nras/ueid.h"
#include "codec/json.h"

namespace aipg::tee {
namespace {

constexpr std::array<std::string_view, 3> kManifestNames{"rim-driver.xml", "rim-vbios.xml", "rim-switch.xml"};
constexpr std::array<std::string_view, 3> kManifestAnswers{"ocsp-rim-signer.der", "ocsp-rim-l3.der", "ocsp-rim-ca.der"};

attest::DeviceArch arch_of(SimulatedChip chip) {
  switch (chip) {
    case SimulatedChip::gh100:
      return attest::DeviceArch::hopper;
    case SimulatedChip::gb100:
      return attest::DeviceArch::blackwell;
    case SimulatedChip::ls10:
      break;
  }
  return attest::DeviceArch::ls10;
}

// "gpu-0", "switch-3"
std::vector<std::string> device_names(const std::vector<DeviceContent>& devices) {
  std::size_t gpus = 0, switches = 0;
  std::vector<std::string> out;
  for (const DeviceContent& device : devices) {
    const bool nvswitch = device.report.chip == SimulatedChip::ls10;
    out.push_back(nvswitch ? "switch-" + std::to_string(switches++) : "gpu-" + std::to_string(gpus++));
  }
  return out;
}

NamedFile intel_file(const IntelContent& content, const SimulatedPki& pki) {
  attest::tdx::Collateral items = make_collateral(content.collateral, pki.intel);
  items.pck_crl_issuer_chain = {pki.pck_chain[1], pki.pck_chain[2]};
  return {"intel.json", to_bytes(combined_json(items))};
}

NamedFile amd_file(const AmdContent& content, const SimulatedAmd& amd) {
  return {"amd-crl.der",
          crypto::issue_crl(content.revocation, snp_authority_name(SnpAuthority::ark, content.key.family),
                            amd.authorities.ark)};
}

void add_manifests(std::vector<NamedFile>& out, const NvidiaContent& content, const SimulatedRimPki& pki, Instant now) {
  for (std::size_t i = 0; i < content.manifests.size(); ++i) {
    out.push_back({std::string(kManifestNames.at(i)), to_bytes(make_rim(content.manifests[i], pki))});
  }
  std::vector<Bytes> answers = make_rim_revocation_answers(pki, now, content.manifest_answers);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    out.push_back({std::string(kManifestAnswers.at(i)), std::move(answers[i])});
  }
}

// Each device has a certificate of its own; provisioner and identity are the same for all.
void add_device_answers(std::vector<NamedFile>& out, const NvidiaContent& content, const SimulatedPki& pki,
                        Instant now) {
  const std::vector<std::string> names = device_names(content.devices);
  const std::span<const SimulatedResponder> responders = pki.responders;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto answer = make_answers(responders.first(1), content.devices[i].hardware.chain, 1, now, content.device_answers);
    out.push_back({"ocsp-" + names[i] + ".der", std::move(answer.front())});
  }
  const std::vector<Bytes>& chain = content.devices.front().hardware.chain;
  auto shared = make_answers(responders.subspan(1), chain, 2, now, content.device_answers);
  out.push_back({"ocsp-provisioner.der", std::move(shared.at(0))});
  out.push_back({"ocsp-identity.der", std::move(shared.at(1))});
}

JsonMembers claims_about(const DeviceContent& device, const Hash256& nonce, Instant now) {
  const auto leaf = crypto::Certificate::parse(device.hardware.chain.front());
  if (!leaf) __builtin_trap();
  const bool nvswitch = device.report.chip == SimulatedChip::ls10;
  JsonMembers out = nvswitch ? switch_claims(nonce, now, 0) : gpu_claims(nonce, now, NrasVersion::v3, 0);
  out["ueid"] = codec::json::quote(attest::nras::ueid_of(*leaf));
  if (nvswitch) return out;
  out["x-nvidia-gpu-driver-version"] = codec::json::quote(device.report.driver);
  if (device.report.chip == SimulatedChip::gb100) {
    out["hwmodel"] = codec::json::quote("GB100 A01 GSP BROM");
    out["x-nvidia-gpu-vbios-version"] = codec::json::quote("97.00.88.00.0F");
  }
  return out;
}

std::string capitals(std::string text) {
  for (char& c : text) c = 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace

std::vector<Bytes> bytes_of(const std::vector<NamedFile>& files) {
  std::vector<Bytes> out;
  for (const NamedFile& file : files) out.push_back(file.bytes);
  return out;
}

Bytes SimulatedPlatform::cpu_evidence() const {
  if (is_snp(content.cpu)) return make_snp_report(content.amd.report, authorities->amd->chip_key);
  if (content.cpu == SimulatedCpu::sgx) return make_sgx_quote(content.intel.enclave, authorities->pki, attestation_key);
  return make_quote(content.intel.guest, authorities->pki, attestation_key);
}

std::vector<Bytes> SimulatedPlatform::cpu_chain(Instant now) const {
  if (!is_snp(content.cpu)) return {};
  const SimulatedAmd& amd = *authorities->amd;
  const SnpKeyContent& key = content.amd.key;
  const SnpAuthority authority = key.csp_id ? SnpAuthority::asvk : SnpAuthority::ask;
  const SnpCertificates& certificates = amd.of(key.family);
  return {issue_snp_key(snp_key_template(key, now), amd.chip_key.public_key(), authority, key.family, amd.authorities),
          key.csp_id ? certificates.asvk : certificates.ask, certificates.ark};
}

std::vector<attest::DeviceEvidence> SimulatedPlatform::devices(const Hash256& nonce) const {
  std::vector<attest::DeviceEvidence> out;
  for (const DeviceContent& device : content.nvidia.devices) {
    ReportContent report = device.report;
    report.nonce = nonce;
    out.push_back({arch_of(report.chip), make_report(report, device.hardware.key), device.hardware.chain});
  }
  return out;
}

SimulatedToken SimulatedPlatform::token(const Hash256& nonce, Instant now) const {
  const SimulatedNras service = issue_nras(authorities->nras, now);
  const std::vector<std::string> names = device_names(content.nvidia.devices);
  DeviceTokens tokens;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const JsonMembers claims = claims_about(content.nvidia.devices[i], nonce, now);
    tokens.emplace_back(capitals(names[i]), sign_claims(claims, service));
  }
  JsonMembers overall = overall_claims(nonce, now, NrasVersion::v3);
  overall["submods"] = submods_of(tokens);
  return {.token = detached_eat(sign_claims(overall, service), tokens), .jwks = service.jwks()};
}

std::vector<NamedFile> SimulatedPlatform::collateral(Instant now) const {
  std::vector<NamedFile> out;
  out.push_back(is_snp(content.cpu) ? amd_file(content.amd, *authorities->amd)
                                    : intel_file(content.intel, authorities->pki));
  if (content.nvidia.devices.empty()) return out;
  add_manifests(out, content.nvidia, authorities->rim, now);
  add_device_answers(out, content.nvidia, authorities->pki, now);
  return out;
}

SimulatedPlatform make_platform(std::shared_ptr<const SimulatedAuthorities> authorities, SimulatedCpu cpu,
                                const DeviceLayout& layout, Instant now) {
  MachineContent content = healthy_machine(cpu, layout, *authorities, now);
  return {.authorities = std::move(authorities), .content = std::move(content)};
}

}  // namespace aipg::tee
