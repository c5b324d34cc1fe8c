// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/revocation.h"

namespace aipg::attest::nvidia {
namespace {

using crypto::Certificate;
using crypto::OcspResponse;

constexpr std::size_t kDevice = 1;  // position in a device's chain

std::string name_of(std::span<const Certificate> chain, std::size_t i) {
  return "certificate " + std::to_string(i) + " (the leaf is 0), " + chain[i].subject_common_name();
}

void refuse(const Error& error, std::string about, Rules& rules) {
  if (!error.where.view().empty()) about += ": " + std::string(error.where.view());
  rules.add(error.code, Severity::failed, std::move(about));
}

bool says_revoked(const Error& error) { return error.code == "ocsp_revoked" || error.code == "ocsp_on_hold"; }

struct Answers {
  bool good = false;
  std::optional<Error> bad;  // the most telling one
};

// An old answer beside a good one does no harm; one that says revoked does, whatever else was given.
Answers judge_answers(const Certificate& subject, const Certificate& issuer, std::span<const OcspResponse> responses,
                      Instant at, milliseconds skew) {
  Answers out;
  const crypto::OcspCertId id = crypto::ocsp_cert_id(subject, issuer);
  for (const OcspResponse& response : responses) {
    if (!response.is_about(id)) continue;
    const auto judged = crypto::verify_ocsp(response, subject, issuer, at, std::nullopt, skew);
    if (judged) {
      out.good = true;
    } else if (!out.bad || says_revoked(judged.error())) {
      out.bad = judged.error();
    }
  }
  if (out.good && out.bad && !says_revoked(*out.bad)) out.bad.reset();
  return out;
}

void check_one(std::span<const Certificate> chain, std::size_t i, std::span<const OcspResponse> responses, Instant at,
               milliseconds skew, Rules& rules) {
  const Answers answers = judge_answers(chain[i], chain[i + 1], responses, at, skew);
  if (answers.bad) return refuse(*answers.bad, name_of(chain, i), rules);
  if (answers.good) return rules.add("ocsp_good", Severity::passed);
  rules.expect(false, "ocsp_missing", "no answer about " + name_of(chain, i));
}

void check_from(std::size_t first, std::span<const Certificate> chain, std::span<const OcspResponse> responses,
                Instant at, milliseconds skew, Rules& rules) {
  for (std::size_t i = first; i + 1 < chain.size(); ++i) check_one(chain, i, responses, at, skew, rules);
}

}  // namespace

std::vector<OcspResponse> parse_ocsp_responses(std::span<const Bytes> responses, Rules& rules) {
  std::vector<OcspResponse> out;
  for (const Bytes& bytes : responses) {
    if (auto parsed = OcspResponse::parse(bytes)) {
      out.push_back(*std::move(parsed));
    } else {
      rules.refuse(parsed.error());
    }
  }
  return out;
}

void check_device_revocation(const VerifiedReport& report, std::span<const OcspResponse> responses, Instant at,
                             Rules& rules, milliseconds skew) {
  check_from(kDevice, report.chain(), responses, at, skew, rules);
}

void check_rim_revocation(std::span<const Certificate> chain, std::span<const OcspResponse> responses, Instant at,
                          Rules& rules, milliseconds skew) {
  check_from(0, chain, responses, at, skew, rules);
}

void check_ocsp_response(const OcspResponse& response, std::span<const Certificate> chain, Instant at, Rules& rules) {
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    if (!response.is_about(crypto::ocsp_cert_id(chain[i], chain[i + 1]))) continue;
    const std::span<const OcspResponse> only(&response, 1);
    return check_one(chain, i, only, at, milliseconds(0), rules);
  }
  rules.require(false, "ocsp_other_certificate", "the response is about none of these certificates");
}

}  // namespace aipg::attest::nvidia
