// SPDX-License-Identifier: Apache-2.0
#include "client/simulate_files.h"

#include "attest/appraise.h"
#include "codec/pem.h"
#include "tee/simulated_evidence.h"

namespace aipg::client {
namespace {

using attest::EvidenceKind;
using tee::NamedFile;
using tee::SimulatedCpu;

SimulatedPiece cpu_piece(SimulatedCpu cpu) {
  if (tee::is_snp(cpu)) return {EvidenceKind::snp_report, "--snp-report", "snp-report.bin", {}};
  if (cpu == SimulatedCpu::sgx) return {EvidenceKind::sgx_quote, "--sgx-quote", "sgx-quote.bin", {}};
  return {EvidenceKind::tdx_quote, "--tdx-quote", "tdx-quote.bin", {}};
}

Bytes pem_of(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) out += codec::to_pem_certificate(der);
  return to_bytes(out);
}

// Every device's report and certificates; a device that is alone can be judged by them.
void add_devices(const std::vector<attest::DeviceEvidence>& devices, SimulatedFiles& out) {
  std::size_t gpus = 0, switches = 0;
  for (const attest::DeviceEvidence& device : devices) {
    const std::string name = device.arch == attest::DeviceArch::ls10 ? "switch-" + std::to_string(switches++)
                                                                     : "gpu-" + std::to_string(gpus++);
    out.evidence.push_back({name + "-report.bin", device.report});
    out.evidence.push_back({name + "-chain.pem", pem_of(device.chain)});
  }
  out.evidence.push_back({"nvidia-evidence.json", to_bytes(tee::sdk_evidence_json(devices))});
  out.pieces.push_back({EvidenceKind::nvidia_evidence, "--nvidia-evidence", "nvidia-evidence.json", {}});
  if (devices.size() != 1) return;
  out.pieces.push_back({EvidenceKind::gpu_report, "--gpu-report", "gpu-0-report.bin", "gpu-0-chain.pem"});
}

ByteView find(const std::vector<NamedFile>& files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &NamedFile::name);
  return found == files.end() ? ByteView() : ByteView(found->bytes);
}

attest::Endorsements endorsements_of(const std::vector<NamedFile>& collateral) {
  attest::Endorsements out;
  for (const NamedFile& file : collateral) {
    if (!out.add(file.bytes)) __builtin_trap();  // a file of ours that our reader does not take is a bug of ours
  }
  return out;
}

void add_roots(std::string_view name, const std::vector<Bytes>& certificates, std::vector<NamedFile>& out) {
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const std::string number = certificates.size() == 1 ? "" : "-" + std::to_string(i);
    out.push_back({std::string(name) + number + ".pem", to_bytes(codec::to_pem_certificate(certificates[i]))});
  }
}

}  // namespace

std::vector<NamedFile> root_files(const attest::RootSet& roots) {
  std::vector<NamedFile> out;
  add_roots("intel_root", roots.intel, out);
  add_roots("amd_root", roots.amd, out);
  add_roots("nvidia_device_root", roots.nvidia_device, out);
  add_roots("nvidia_rim_root", roots.nvidia_rim, out);
  add_roots("nvidia_nras_intermediate", roots.nvidia_nras, out);
  return out;
}

SimulatedFiles make_simulated_files(tee::SimulatedPlatform& platform, const SimulateRequest& request) {
  tee::use_report_data(platform.content, request.report_data);
  SimulatedFiles out;
  const SimulatedPiece cpu = cpu_piece(platform.content.cpu);
  out.evidence.push_back({cpu.file, platform.cpu_evidence()});
  out.pieces.push_back(cpu);
  out.collateral = platform.collateral(request.at);
  const std::vector<Bytes> chain = platform.cpu_chain(request.at);
  if (!chain.empty()) out.collateral.push_back({"amd-chain.pem", pem_of(chain)});
  const std::vector<attest::DeviceEvidence> devices = platform.devices(request.nonce);
  if (devices.empty()) return out;
  add_devices(devices, out);
  const tee::SimulatedToken said = platform.token(request.nonce, request.at);
  out.evidence.push_back({"nras-token.json", to_bytes(said.token)});
  out.collateral.push_back({"jwks.json", to_bytes(said.jwks)});
  out.pieces.push_back({EvidenceKind::nras_token, "--nras-token", "nras-token.json", {}});
  return out;
}

attest::Verdict judge_piece(const SimulatedPiece& piece, const SimulatedFiles& files, const SimulateRequest& request,
                            attest::Policy policy) {
  if (!piece.kind) return attest::appraise(find(files.evidence, piece.file), policy, {}, request.at).verdict;
  policy.tdx_guest.report_data = policy.sgx_enclave.report_data = policy.snp_guest.report_data = request.report_data;
  attest::SingleEvidence evidence{.kind = *piece.kind, .bytes = find(files.evidence, piece.file)};
  if (!piece.chain.empty()) evidence.chain = find(files.evidence, piece.chain);
  const bool cpu = piece.flag == files.pieces.front().flag;
  if (!cpu) evidence.nonce = request.nonce;
  return attest::verify_evidence(evidence, endorsements_of(files.collateral), policy, request.at);
}

}  // namespace aipg::client
