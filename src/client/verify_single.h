// SPDX-License-Identifier: Apache-2.0
// `aipg verify` of evidence of other origin: a quote, a report, a token, with
// collateral from files and folders, or from the vendors. Complaints: verify_input, missing_setting,
// invalid_hex, invalid_option, and those of attest/endorsements.h for a file that is named.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "attest/evidence.h"
#include "client/collateral_source.h"
#include "program/complaint.h"
#include "program/options.h"

namespace aipg::client {

struct SingleSettings {
  std::string tdx_quote, sgx_quote, snp_report, gpu_report, gpu_chain, nvidia_evidence, nras_token;
  std::vector<std::string> collateral;  // files and folders
  std::string nonce, report_data;       // hex or base64
  std::string runtime_data;             // a file

  // How many pieces of evidence are named.
  [[nodiscard]] std::size_t count() const;
  // Is anything given that is about such a piece?
  [[nodiscard]] bool has_flags() const {
    return !nonce.empty() || !report_data.empty() || !gpu_chain.empty() || !runtime_data.empty();
  }
};

void declare_single(program::Options& options, SingleSettings& settings);

// Of the one piece that is named. With `published`, what the policy asks for is had from there when no --collateral is
// given.
[[nodiscard]] std::expected<attest::Verdict, program::Complaint> judge_single(const SingleSettings& settings,
                                                                              attest::Policy policy, Instant at,
                                                                              const CollateralSettings* published);

}  // namespace aipg::client
