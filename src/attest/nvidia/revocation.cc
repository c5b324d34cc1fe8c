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

// Not what the certificate's issuer says.
bool is_forged(const Error& error) {
  constexpr std::array<std::string_view, 5> kCodes{"ocsp_responder", "ocsp_responder_issuer", "ocsp_responder_usage",
                                                   "ocsp_algorithm", "ocsp_signature"};
  return std::ranges::find(kCodes, error.code.view()) != kCodes.end();
}

bool decides(const Error& error) { return says_revoked(error) || is_forged(error); }

struct Answers {
  bool good = false;
  std::optional<Error> bad;  // the most telling one
};

// An old answer beside a good one does no harm; one that says revoked does, and one that somebody else gave,
// whatever else was given.
Answers judge_answers(const Certificate& subject, const Certificate& issuer, std::span<const OcspResponse> responses,
                      Instant at, milliseconds skew) {
  Answers out;
  const crypto::OcspCertId id = crypto::ocsp_cert_id(subject, issuer);
  for (const OcspResponse& response : responses) {
    if (!response.is_about(id)) continue;
    const auto judged = crypto::verify_ocsp(response, id, issuer, at, std::nullopt, skew);
    if (judged) {
      out.good = true;
    } else if (!out.bad || says_revoked(judged.error()) || (is_forged(judged.error()) && !says_revoked(*out.bad))) {
      out.bad = judged.error();
    }
  }
  if (out.good && out.bad && !decides(*out.bad)) out.bad.reset();
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

// --- what else is given --------------------------------------------------------------

using Chains = std::span<const std::span<const Certificate>>;

std::vector<crypto::OcspCertId> ids_of(Chains chains) {
  std::vector<crypto::OcspCertId> out;
  for (const auto& chain : chains) {
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) out.push_back(crypto::ocsp_cert_id(chain[i], chain[i + 1]));
  }
  return out;
}

// By the signer's own words, or its certificate's: one of them is enough, since either may be damaged.
bool names(const OcspResponse& response, const Certificate& ca) {
  if (response.responder_name() == ca.subject() || response.responder_key_hash() == crypto::ocsp_key_hash(ca)) {
    return true;
  }
  return std::ranges::any_of(response.certificates(), [&ca](const Certificate& each) {
    return each.issuer() == ca.subject() || (each.authority_key_id() && each.authority_key_id() == ca.subject_key_id());
  });
}

// Signed by one of the CAs that it names; those of no name here are others' business.
Result<void> check_signer(const OcspResponse& response, Chains chains) {
  Result<void> out;
  for (const auto& chain : chains) {
    for (const Certificate& ca : chain.subspan(std::min<std::size_t>(1, chain.size()))) {
      if (!names(response, ca)) continue;
      out = crypto::verify_ocsp_signer(response, ca);
      if (out) return out;
    }
  }
  return out;
}

}  // namespace

std::vector<OcspResponse> parse_ocsp_responses(std::span<const Bytes> responses, Rules& rules, VerifierCache* cache) {
  std::vector<OcspResponse> out;
  for (const Bytes& bytes : responses) {
    if (auto parsed = read_ocsp_response(bytes, cache)) {
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

void check_other_responses(Chains chains, std::span<const OcspResponse> responses, Rules& rules) {
  if (responses.empty()) return;
  const std::vector<crypto::OcspCertId> ids = ids_of(chains);
  for (const OcspResponse& response : responses) {
    const bool ours = std::ranges::any_of(ids, [&](const crypto::OcspCertId& id) { return response.is_about(id); });
    if (ours) continue;
    if (const auto good = check_signer(response, chains); !good) rules.refuse(good.error());
  }
}

void check_ocsp_response(const OcspResponse& response, Chains chains, Instant at, Rules& rules) {
  for (const auto& chain : chains) {
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
      if (!response.is_about(crypto::ocsp_cert_id(chain[i], chain[i + 1]))) continue;
      const std::span<const OcspResponse> only(&response, 1);
      return check_one(chain, i, only, at, milliseconds(0), rules);
    }
  }
  rules.require(false, "ocsp_other_certificate", "the response is about none of these certificates");
}

}  // namespace aipg::attest::nvidia
