// SPDX-License-Identifier: Apache-2.0
#include "attest/attestation.h"
#include "attest/evidence.h"
#include "base/text.h"
#include "codec/base64.h"
#include "embed/call.h"
#include "embed/handles.h"

namespace aipg::embed {
namespace {

using attest::EvidenceKind;

Result<EvidenceKind> kind_of(aipg_evidence_kind kind) {
  switch (kind) {
    case AIPG_TDX_QUOTE:
      return EvidenceKind::tdx_quote;
    case AIPG_SGX_QUOTE:
      return EvidenceKind::sgx_quote;
    case AIPG_SNP_REPORT:
      return EvidenceKind::snp_report;
    case AIPG_VCEK:
      return EvidenceKind::vcek;
    case AIPG_CRL:
      return EvidenceKind::crl;
    case AIPG_GPU_REPORT:
      return EvidenceKind::gpu_report;
    case AIPG_NVIDIA_EVIDENCE:
      return EvidenceKind::nvidia_evidence;
    case AIPG_RIM:
      return EvidenceKind::rim;
    case AIPG_OCSP_RESPONSE:
      return EvidenceKind::ocsp;
    case AIPG_NRAS_TOKEN:
      return EvidenceKind::nras_token;
    default:
      return fail("argument_unknown", "kind");
  }
}

bool takes_nonce(EvidenceKind kind) {
  return kind == EvidenceKind::gpu_report || kind == EvidenceKind::nvidia_evidence || kind == EvidenceKind::nras_token;
}

bool takes_report_data(EvidenceKind kind) {
  return kind == EvidenceKind::tdx_quote || kind == EvidenceKind::sgx_quote || kind == EvidenceKind::snp_report;
}

struct Question {
  attest::SingleEvidence evidence;
  std::optional<ByteArray<64>> report_data;
};

// What would not be looked at is refused: the caller would take it for checked.
Result<Question> read(const aipg_evidence& given) {
  AIPG_TRY(const EvidenceKind kind, kind_of(given.kind));
  Question out{.evidence = {.kind = kind, .bytes = {}}, .report_data = {}};
  AIPG_TRY(out.evidence.bytes, required_bytes(given.bytes, "bytes"));
  if (out.evidence.bytes.size() > attest::kMaxEndorsementBytes) return fail("argument_size", "bytes");
  AIPG_TRY(out.evidence.chain, optional_bytes(given.chain, "chain"));
  AIPG_TRY(out.evidence.nonce, optional_array<32>(given.nonce, "nonce"));
  AIPG_TRY(out.report_data, optional_array<64>(given.report_data, "report_data"));
  if (out.evidence.chain && kind != EvidenceKind::gpu_report) return fail("argument_unused", "chain");
  if (out.evidence.nonce && !takes_nonce(kind)) return fail("argument_unused", "nonce");
  if (out.report_data && !takes_report_data(kind)) return fail("argument_unused", "report_data");
  return out;
}

Result<std::optional<attest::Freshness>> freshness_of(const aipg_bundle& given) {
  AIPG_TRY(const auto nonce, optional_array<32>(given.nonce, "nonce"));
  AIPG_TRY(const auto siblings, optional_bytes(given.siblings, "siblings"));
  if (!nonce && siblings) return fail("argument_missing", "nonce");
  if (!nonce) return std::nullopt;
  attest::Freshness out{.nonce = *nonce, .path = {.index = given.index, .size = given.size, .siblings = {}}};
  if (!siblings) return out;
  constexpr std::size_t kMostSiblings = 16;  // of 65,536 nonces
  if (siblings->size() % 32 != 0 || siblings->size() > 32 * kMostSiblings) return fail("argument_size", "siblings");
  for (std::size_t at = 0; at < siblings->size(); at += 32) {
    out.path.siblings.push_back(to_array<32>(siblings->subspan(at, 32)));
  }
  return out;
}

Result<attest::BoundExchange> exchange_of(const aipg_attestation& given) {
  attest::BoundExchange out{.question = {}, .status = given.status, .answer = {}};
  AIPG_TRY(out.question, optional_bytes(given.question, "question"));
  AIPG_TRY(out.answer, optional_bytes(given.answer, "answer"));
  return out;
}

// A policy that asks for reference values is not judged by without them, and by nobody else's.
Result<const attest::VerifiedReference*> reference_for(const aipg_policy& policy, const aipg_reference* given) {
  const auto& wanted = policy.value.reference;
  if (given == nullptr && wanted) return fail("argument_missing", "reference");
  if (given == nullptr) return nullptr;
  if (!wanted || wanted->release_keys != given->signers) return fail("argument_unused", "reference");
  return &given->value;
}

std::vector<Bytes> files_of(const aipg_endorsements* endorsements) {
  return endorsements == nullptr ? std::vector<Bytes>() : endorsements->files;
}

Result<attest::Attestation> read_attestation(ByteView given) {
  const std::string_view text = trimmed(as_text(given));
  if (text.starts_with('{')) return attest::parse_attestation(text);
  if (text.size() / 4 * 3 > attest::kMaxAttestationBytes + 2) return fail("argument_size", "bytes");
  AIPG_TRY(const Bytes json, codec::from_base64(text));
  return attest::parse_attestation(as_text(json));
}

}  // namespace
}  // namespace aipg::embed

using namespace aipg;  // NOLINT(google-build-using-namespace): these functions are C's, in no namespace

aipg_status aipg_verify_evidence(const aipg_evidence* evidence, const aipg_endorsements* endorsements,
                                 const aipg_policy* policy, int64_t at_ms, aipg_verdict** out, aipg_error* error) {
  return embed::call(error, [&]() -> Result<void> {
    AIPG_TRY(const aipg_evidence given, embed::take_struct(evidence, "evidence"));
    AIPG_CHECK(embed::required(policy, "policy"));
    AIPG_CHECK(embed::required(out, "out"));
    AIPG_TRY(const embed::Question question, embed::read(given));
    attest::Policy with_pins = policy->value;
    if (question.report_data) {
      with_pins.tdx_guest.report_data = with_pins.sgx_enclave.report_data = question.report_data;
      with_pins.snp_guest.report_data = question.report_data;
    }
    const attest::Endorsements none;
    *out = new aipg_verdict(attest::verify_evidence(
        question.evidence, endorsements == nullptr ? none : endorsements->value, with_pins, Instant{at_ms}));
    return {};
  });
}

aipg_status aipg_verify_bundle(const aipg_bundle* bundle, const aipg_endorsements* endorsements,
                               const aipg_policy* policy, int64_t at_ms, aipg_verdict** out, aipg_error* error) {
  return embed::call(error, [&]() -> Result<void> {
    AIPG_TRY(const aipg_bundle given, embed::take_struct(bundle, "bundle", offsetof(aipg_bundle, reference)));
    AIPG_CHECK(embed::required(policy, "policy"));
    AIPG_CHECK(embed::required(out, "out"));
    AIPG_TRY(const ByteView bytes, embed::required_bytes(given.bytes, "bytes"));
    attest::AppraisalInputs inputs{.collateral = embed::files_of(endorsements)};
    AIPG_TRY(inputs.freshness, embed::freshness_of(given));
    AIPG_TRY(inputs.reference, embed::reference_for(*policy, given.reference));
    *out = new aipg_verdict(attest::appraise(bytes, policy->value, inputs, Instant{at_ms}).verdict);
    return {};
  });
}

aipg_status aipg_verify_attestation(const aipg_attestation* attestation, const aipg_endorsements* endorsements,
                                    const aipg_policy* policy, aipg_verdict** out, aipg_error* error) {
  return embed::call(error, [&]() -> Result<void> {
    AIPG_TRY(const aipg_attestation given,
             embed::take_struct(attestation, "attestation", offsetof(aipg_attestation, reference)));
    AIPG_CHECK(embed::required(policy, "policy"));
    AIPG_CHECK(embed::required(out, "out"));
    AIPG_TRY(const ByteView bytes, embed::required_bytes(given.bytes, "bytes"));
    AIPG_TRY(const auto exchange, embed::exchange_of(given));
    AIPG_TRY(const auto parsed, embed::read_attestation(bytes));
    attest::AttestationInputs inputs{.collateral = embed::files_of(endorsements)};
    AIPG_TRY(inputs.reference, embed::reference_for(*policy, given.reference));
    if (given.today_ms != 0) inputs.today = Instant{given.today_ms};
    *out = new aipg_verdict(attest::verify_attestation(parsed, policy->value, exchange, inputs));
    return {};
  });
}
