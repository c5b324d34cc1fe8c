// SPDX-License-Identifier: Apache-2.0
// From the bytes of an SEV-SNP report to one whose signature was checked, back
// to a pinned ARK, and that is of the very chip, product and firmware that the
// certificate is for. Pure.
// Errors and findings: snp_structure beside parse_report()'s codes,
// verify_pool()'s, snp_signature, snp_tcb_reserved, snp_key_kind, snp_product,
// snp_reported_tcb, snp_chip_id.
// Source: AMD SEV-SNP firmware ABI (56860); FORMATS.md 4.
#pragma once

#include "attest/snp/chain.h"
#include "attest/snp/report.h"

namespace aipg::attest::snp {

// The report's four TCBs, read as its family has them.
struct ReportTcbs {
  Tcb current, reported, committed, launch;
};

// A report signed by a genuine AMD processor's firmware. Borrows the report's bytes. Exists only through
// verify_report().
class VerifiedReport {
 public:
  [[nodiscard]] const ReportView& report() const { return report_; }
  [[nodiscard]] const VerifiedKey& key() const { return key_; }
  [[nodiscard]] Family family() const { return key_.extensions().family; }
  [[nodiscard]] const ReportTcbs& tcbs() const { return tcbs_; }
  // Which chip this is: the VCEK's, even where the report masks it; with a VLEK what the report says, if it does.
  [[nodiscard]] std::optional<ByteArray<64>> chip_id() const;

 private:
  friend std::optional<VerifiedReport> judge_report(const ReportView& report, VerifiedKey key, Rules& rules,
                                                    VerifierCache* cache);
  VerifiedReport(const ReportView& report, VerifiedKey key, const ReportTcbs& tcbs)
      : report_(report), key_(std::move(key)), tcbs_(tcbs) {}
  ReportView report_;
  VerifiedKey key_;
  ReportTcbs tcbs_;
};

// Structure; the chain of `certificates` (DER, any order) to one of `roots`, valid at `at`; that key signed the
// report and is of the kind, product, TCB and chip that the report names. nullopt once a rule is broken: what
// follows would rest on bytes that nobody vouches for.
[[nodiscard]] std::optional<VerifiedReport> verify_report(ByteView report, const std::vector<Bytes>& certificates,
                                                          const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                                          VerifierCache* cache = nullptr);

// The same under a key that was verified before, for an instant that suits the caller.
[[nodiscard]] std::optional<VerifiedReport> verify_report(ByteView report, VerifiedKey key, Rules& rules);

// "AMD SEV-SNP (report v3), Genoa, TCB boot loader 10, TEE 0, SNP 23, microcode 84"
[[nodiscard]] std::string describe(const VerifiedReport& report);

}  // namespace aipg::attest::snp
