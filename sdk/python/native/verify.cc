// SPDX-License-Identifier: Apache-2.0
#include "verify.h"

#include <algorithm>
#include <iterator>

#include "attest/evidence.h"
#include "client/core/verify_input.h"
#include "trust.h"

namespace aipg::python {
namespace {

std::vector<Bytes> copied(const std::vector<nb::bytes>& files) {
  std::vector<Bytes> out;
  out.reserve(files.size());
  for (const nb::bytes& each : files) out.push_back(to_bytes(view(each)));
  return out;
}

std::optional<Bytes> copied(const std::optional<nb::bytes>& bytes) {
  return bytes ? std::optional(to_bytes(view(*bytes))) : std::nullopt;
}

// What is given beside a file.
struct Beside {
  std::optional<Bytes> question, answer;
  unsigned status = 200;
  std::vector<Bytes> collateral;
  Instant at;
  std::optional<Hash256> nonce;
  std::optional<std::vector<Bytes>> service;  // what NVIDIA's service said, where it is asked
};

// A policy that asks for both goes on asking for both.
attest::Policy policy_for(const Trust& trust, const Beside& beside) {
  attest::Policy out = trust.policy;
  if (beside.service && out.gpu_method == attest::GpuMethod::local) out.gpu_method = attest::GpuMethod::nras;
  return out;
}

// The caller's nonce, where there is one, is the one that the evidence answers.
void check_nonce(const std::optional<attest::Freshness>& freshness, const Beside& beside, attest::Verdict& verdict) {
  if (!beside.nonce || (freshness && freshness->nonce == *beside.nonce)) return;
  verdict.add("freshness_path", attest::Severity::failed, "evidence", "it answers another nonce than the one given");
  verdict.accepted = false;
  verdict.level.reset();
}

attest::Verdict judge(const attest::Attestation& attestation, std::optional<ByteView> answer, const Trust& trust,
                      const Beside& beside) {
  attest::AttestationInputs inputs{beside.collateral, trust.reference.get(), beside.at};
  if (beside.service) {
    inputs.service_files = *beside.service;
    inputs.service_at = beside.at;
  }
  const attest::BoundExchange exchange{beside.question, beside.status, answer};
  attest::Verdict out = attest::verify_attestation(attestation, policy_for(trust, beside), exchange, inputs);
  check_nonce(attestation.freshness, beside, out);
  return out;
}

attest::Verdict judge(const client::VerifyInput& input, const Trust& trust, const Beside& beside) {
  if (const auto* bundle = std::get_if<client::EvidenceBundle>(&input)) {
    attest::AppraisalInputs inputs{std::nullopt, beside.collateral, trust.reference.get()};
    if (beside.service) std::ranges::copy(*beside.service, std::back_inserter(inputs.collateral));
    attest::Verdict out = attest::appraise(bundle->bytes, policy_for(trust, beside), inputs, beside.at).verdict;
    check_nonce(std::nullopt, beside, out);
    return out;
  }
  if (const auto* answer = std::get_if<client::AttestedAnswer>(&input)) {
    return judge(answer->attestation, answer->answer.reveal(), trust, beside);
  }
  return judge(std::get<attest::Attestation>(input), beside.answer, trust, beside);
}

nb::object verify_file(const nb::bytes& file, const std::shared_ptr<Trust>& trust, std::int64_t at_ms,
                       const std::optional<nb::bytes>& question, const std::optional<nb::bytes>& answer,
                       unsigned status, const std::vector<nb::bytes>& collateral, const std::optional<nb::bytes>& nonce,
                       const std::optional<std::vector<nb::bytes>>& service) {
  const client::VerifyInput input = good(client::recognise(view(file)));
  Beside beside{copied(question), copied(answer), status, copied(collateral), Instant{at_ms}, {}, {}};
  if (nonce) beside.nonce = to_hash(*nonce, "nonce");
  if (service) beside.service = copied(*service);
  attest::Verdict verdict;
  {
    const nb::gil_scoped_release others_may_run;
    verdict = judge(input, *trust, beside);
  }
  return to_python(std::move(verdict));
}

attest::EvidenceKind kind_of(const std::string& name) {
  const auto kind = attest::evidence_kind(name);
  if (!kind) throw nb::value_error("kind is not one that is known");
  return *kind;
}

nb::object verify_evidence(const std::string& kind, const nb::bytes& evidence, const std::shared_ptr<Trust>& trust,
                           std::int64_t at_ms, const std::vector<nb::bytes>& collateral,
                           const std::optional<nb::bytes>& chain, const std::optional<nb::bytes>& nonce,
                           const std::optional<nb::bytes>& report_data, const std::optional<nb::bytes>& runtime_data) {
  const Bytes bytes = to_bytes(view(evidence));
  const std::optional<Bytes> certificates = copied(chain), data = copied(runtime_data);
  attest::SingleEvidence single{.kind = kind_of(kind), .bytes = bytes, .chain = certificates, .runtime_data = data};
  if (nonce) single.nonce = to_hash(*nonce, "nonce");
  attest::Policy policy = trust->policy;
  if (report_data) {
    if (report_data->size() != 64) throw nb::value_error("report_data is not 64 bytes");
    policy.tdx_guest.report_data = policy.sgx_enclave.report_data = policy.snp_guest.report_data =
        to_array<64>(view(*report_data));
  }
  attest::Endorsements endorsements;
  for (const nb::bytes& each : collateral) {
    if (const auto added = endorsements.add(view(each)); !added) raise(added.error());
  }
  attest::Verdict verdict;
  {
    const nb::gil_scoped_release others_may_run;
    verdict = attest::verify_evidence(single, endorsements, policy, Instant{at_ms});
  }
  return to_python(std::move(verdict));
}

}  // namespace

void declare_verify(nb::module_& module) {
  const std::vector<nb::bytes> none;
  module.def("verify_file", &verify_file, nb::arg("file"), nb::arg("trust"), nb::kw_only(), nb::arg("at_ms"),
             nb::arg("question").none() = nb::none(), nb::arg("answer").none() = nb::none(), nb::arg("status") = 200,
             nb::arg("collateral") = none, nb::arg("nonce").none() = nb::none(),
             nb::arg("service").none() = nb::none());
  module.def("verify_evidence", &verify_evidence, nb::arg("kind"), nb::arg("evidence"), nb::arg("trust"), nb::kw_only(),
             nb::arg("at_ms"), nb::arg("collateral") = none, nb::arg("chain").none() = nb::none(),
             nb::arg("nonce").none() = nb::none(), nb::arg("report_data").none() = nb::none(),
             nb::arg("runtime_data").none() = nb::none());
}

}  // namespace aipg::python
