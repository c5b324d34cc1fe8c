// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/verify.h"

namespace aipg::attest::snp {
namespace {

Result<ReportTcbs> read_tcbs(const ReportView& report, Family family) {
  ReportTcbs out;
  AIPG_TRY(out.current, read_tcb(report.current_tcb, family));
  AIPG_TRY(out.reported, read_tcb(report.reported_tcb, family));
  AIPG_TRY(out.committed, read_tcb(report.committed_tcb, family));
  AIPG_TRY(out.launch, read_tcb(report.launch_tcb, family));
  return out;
}

bool check_kind(const ReportView& report, const KeyExtensions& key, Rules& rules) {
  const auto name = [](SigningKey kind) { return kind == SigningKey::vcek ? "VCEK" : "VLEK"; };
  return rules.require(report.signing_key == key.kind, "snp_key_kind",
                       "the report names another kind of key than its certificate is for",
                       [&] { return Compared{name(key.kind), name(report.signing_key)}; });
}

// Version 2 does not say which processor it is from: the chain that verifies does.
bool check_product(const ReportView& report, const KeyExtensions& key, Rules& rules) {
  if (!report.cpuid) return true;
  const auto family = family_of_cpuid(report.cpuid->family, report.cpuid->model);
  if (!family) return rules.refuse(family.error()), false;
  return rules.require(*family == key.family, "snp_product",
                       "the report is from another processor than its certificate is for",
                       [&] { return Compared{std::string(to_text(key.family)), std::string(to_text(*family))}; });
}

bool check_reported_tcb(const Tcb& reported, const KeyExtensions& key, Rules& rules) {
  return rules.require(reported == key.tcb, "snp_reported_tcb",
                       "the report is from another firmware than its certificate is for",
                       [&] { return Compared{to_text(key.tcb, key.family), to_text(reported, key.family)}; });
}

bool check_chip(const ReportView& report, const KeyExtensions& key, Rules& rules) {
  if (!key.hwid) return true;  // a VLEK is for no chip
  const bool masked = report.chip_key_masked && all_zero(report.chip_id);
  return rules.require(masked || equal(report.chip_id, *key.hwid), "snp_chip_id",
                       "the report is from another chip than its certificate is for",
                       [&] { return compare_bytes(*key.hwid, report.chip_id); });
}

}  // namespace

std::optional<ByteArray<64>> VerifiedReport::chip_id() const {
  if (key_.extensions().hwid) return key_.extensions().hwid;
  if (all_zero(report_.chip_id)) return std::nullopt;
  return to_array<64>(report_.chip_id);
}

std::optional<VerifiedReport> judge_report(const ReportView& report, VerifiedKey key, Rules& rules,
                                           VerifierCache* cache) {
  if (!rules.require(verify_signature(key.key(), report.signed_part, report.signature, cache), "snp_signature",
                     "the certificate's key did not sign this report")) {
    return std::nullopt;
  }
  const KeyExtensions& extensions = key.extensions();
  const auto tcbs = read_tcbs(report, extensions.family);
  if (!tcbs) return rules.refuse(tcbs.error()), std::nullopt;
  const bool kind = check_kind(report, extensions, rules);
  const bool product = check_product(report, extensions, rules);
  const bool reported = check_reported_tcb(tcbs->reported, extensions, rules);
  const bool chip = check_chip(report, extensions, rules);
  if (!kind || !product || !reported || !chip) return std::nullopt;
  return VerifiedReport(report, std::move(key), *tcbs);
}

std::optional<VerifiedReport> verify_report(ByteView report, const std::vector<Bytes>& certificates,
                                            const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                            VerifierCache* cache) {
  const auto view = parse_report(report);
  if (!view) return rules.refuse(view.error()), std::nullopt;
  rules.add("snp_structure", Severity::passed);
  auto key = verify_pool(certificates, roots, at, rules, cache);
  if (!key) return std::nullopt;
  return judge_report(*view, *std::move(key), rules, cache);
}

std::optional<VerifiedReport> verify_report(ByteView report, VerifiedKey key, Rules& rules) {
  const auto view = parse_report(report);
  if (!view) return rules.refuse(view.error()), std::nullopt;
  rules.add("snp_structure", Severity::passed);
  return judge_report(*view, std::move(key), rules, nullptr);
}

std::string describe(const VerifiedReport& report) {
  const ReportView& view = report.report();
  const std::string provider = report.key().extensions().kind == SigningKey::vlek ? ", by a cloud provider's key" : "";
  return "AMD SEV-SNP (report v" + std::to_string(view.version) + "), " + std::string(to_text(report.family())) +
         ", TCB " + to_text(report.tcbs().reported, report.family()) + provider;
}

}  // namespace aipg::attest::snp
