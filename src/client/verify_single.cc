// SPDX-License-Identifier: Apache-2.0
#include "client/verify_single.h"

#include <array>

#include "base/hex.h"
#include "base/text.h"
#include "client/collateral_input.h"
#include "client/verify_online.h"
#include "client/whole_file.h"
#include "codec/base64.h"

namespace aipg::client {
namespace {

using attest::Endorsements;
using attest::EvidenceKind;
using program::Complaint;
using program::ExitCode;
template <typename T>
using Judged = std::expected<T, Complaint>;

struct Named {
  EvidenceKind kind;
  std::string SingleSettings::* file;
};
constexpr std::array kNamed{
    Named{EvidenceKind::tdx_quote, &SingleSettings::tdx_quote},
    Named{EvidenceKind::sgx_quote, &SingleSettings::sgx_quote},
    Named{EvidenceKind::snp_report, &SingleSettings::snp_report},
    Named{EvidenceKind::gpu_report, &SingleSettings::gpu_report},
    Named{EvidenceKind::nvidia_evidence, &SingleSettings::nvidia_evidence},
    Named{EvidenceKind::nras_token, &SingleSettings::nras_token},
};

Judged<Bytes> read_file(const std::string& path) {
  auto file = read_whole(path, attest::kMaxEndorsementBytes);
  if (file) return to_bytes(file->reveal());
  return std::unexpected(Complaint{file.error().code, "cannot read " + path, {}, ExitCode::cannot_read});
}

template <std::size_t N>
Judged<std::optional<ByteArray<N>>> from_flag(const std::string& hex, const char* flag) {
  if (hex.empty()) return std::nullopt;
  for (const auto& bytes : {from_hex(hex), codec::from_base64(hex)}) {  // never both of this size
    if (bytes && bytes->size() == N) return to_array<N>(*bytes);
  }
  return std::unexpected(Complaint{"invalid_hex",
                                   std::string(flag) + " is not " + std::to_string(N) + " bytes in hex or base64",
                                   {},
                                   ExitCode::usage});
}

// A chain as NVIDIA's tools pass it on: PEM, or base64 or hexadecimal of that.
Bytes unwrapped(const Bytes& chain) {
  const std::string_view text = trimmed(as_text(chain));
  for (const auto& inner : {from_hex(text), codec::from_base64(text)}) {
    if (inner && as_text(*inner).starts_with("-----BEGIN ")) return *inner;
  }
  return chain;
}

}  // namespace

std::size_t SingleSettings::count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(kNamed, [this](const Named& each) { return !(this->*each.file).empty(); }));
}

void declare_single(program::Options& options, SingleSettings& settings) {
  options.group("Evidence of other origin (binary, hexadecimal or base64)");
  options.text("tdx_quote", &settings.tdx_quote, "an Intel TDX quote").placeholder("FILE").flag_only();
  options.text("sgx_quote", &settings.sgx_quote, "an Intel SGX quote").placeholder("FILE").flag_only();
  options.text("snp_report", &settings.snp_report, "an AMD SEV-SNP report").placeholder("FILE").flag_only();
  options.text("gpu_report", &settings.gpu_report, "a report of an NVIDIA GPU or switch")
      .placeholder("FILE")
      .flag_only();
  options.text("gpu_chain", &settings.gpu_chain, "its certificates, PEM, leaf first").placeholder("FILE").flag_only();
  options.text("nvidia_evidence", &settings.nvidia_evidence, "what NVIDIA's tools write about a machine, JSON")
      .placeholder("FILE")
      .flag_only();
  options.text("nras_token", &settings.nras_token, "a token of NVIDIA's attestation service")
      .placeholder("FILE")
      .flag_only();
  options
      .text_list("collateral", &settings.collateral,
                 "what vendors say beside it; a folder gives what is recognised in it")
      .placeholder("FILE")
      .flag_only();
  options.text("nonce", &settings.nonce, "the nonce that reports and tokens must be over")
      .placeholder("HEX")
      .flag_only();
  options.text("report_data", &settings.report_data, "all 64 bytes that the quote or report must hold")
      .placeholder("HEX")
      .flag_only();
  options.text("runtime_data", &settings.runtime_data, "the paravisor's data that the quote or report is about")
      .placeholder("FILE")
      .flag_only();
}

Judged<attest::Verdict> judge_single(const SingleSettings& settings, attest::Policy policy, Instant at,
                                     const CollateralSettings* published) {
  const auto* const named =
      std::ranges::find_if(kNamed, [&](const Named& each) { return !(settings.*each.file).empty(); });
  if (named == kNamed.end()) __builtin_trap();  // the caller counted
  if (settings.gpu_report.empty() != settings.gpu_chain.empty()) {
    return std::unexpected(
        Complaint{"missing_setting", "--gpu-report and --gpu-chain belong together", "give both", ExitCode::usage});
  }
  const bool about_devices = named->kind == EvidenceKind::gpu_report || named->kind == EvidenceKind::nvidia_evidence ||
                             named->kind == EvidenceKind::nras_token;
  if (!(about_devices ? settings.report_data : settings.nonce).empty()) {
    return std::unexpected(Complaint{
        "invalid_option",
        about_devices ? "--report-data is for quotes and reports of CPUs" : "--nonce is for evidence of devices",
        "a CPU's evidence holds --report-data, a device's is over --nonce", ExitCode::usage});
  }
  if (!settings.runtime_data.empty() && (about_devices || !policy.paravisor)) {
    return std::unexpected(Complaint{"invalid_option", "--runtime-data is what a paravisor's quote or report is about",
                                     "give it with --policy azure-vtpm, or a policy file that says paravisor = true",
                                     ExitCode::usage});
  }
  AIPG_TRY(const auto nonce, from_flag<32>(settings.nonce, "--nonce"));
  AIPG_TRY(const auto report_data, from_flag<64>(settings.report_data, "--report-data"));
  AIPG_TRY(const Bytes bytes, read_file(settings.*named->file));
  AIPG_TRY(const Endorsements endorsements, read_collateral(settings.collateral));
  policy.tdx_guest.report_data = policy.sgx_enclave.report_data = policy.snp_guest.report_data = report_data;
  attest::SingleEvidence evidence{.kind = named->kind, .bytes = bytes, .nonce = nonce};
  Bytes chain;
  if (!settings.gpu_chain.empty()) {
    AIPG_TRY(chain, read_file(settings.gpu_chain));
    chain = unwrapped(chain);
    evidence.chain = chain;
  }
  Bytes runtime_data;
  if (!settings.runtime_data.empty()) {
    AIPG_TRY(runtime_data, read_file(settings.runtime_data));
    evidence.runtime_data = runtime_data;
  }
  attest::Verdict verdict = attest::verify_evidence(evidence, endorsements, policy, at);
  // What somebody chose to give is what is judged.
  if (published == nullptr || !settings.collateral.empty() || !lacks_collateral(verdict)) return verdict;
  attest::Endorsements fetched;
  for (const Bytes& piece : fetch_published(evidence, at, *published)) (void)fetched.add(piece);
  return attest::verify_evidence(evidence, fetched, policy, at);
}

}  // namespace aipg::client
