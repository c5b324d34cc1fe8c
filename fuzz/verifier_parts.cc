// SPDX-License-Identifier: Apache-2.0
#include "attest/bundle.h"
#include "attest/evidence_form.h"
#include "attest/nras/token.h"
#include "attest/nvidia/evidence_json.h"
#include "attest/nvidia/rim.h"
#include "attest/tdx/collateral_item.h"
#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/qe_identity.h"
#include "attest/tdx/quote.h"
#include "attest/tdx/sgx_quote.h"
#include "attest/tdx/tcb_info.h"
#include "codec/pem.h"
#include "codec/xml_c14n.h"
#include "verifier_originals.h"

namespace aipg::fuzz {
namespace {

using attest::EvidenceKind;

constexpr std::size_t kMaxCertificates = 16;

void add_all(const std::vector<Bytes>& parts, Parts& out) { out.insert(parts.begin(), parts.end()); }

void add_pem(std::string_view pem, codec::PemTail tail, Parts& out) {
  const auto chain = codec::parse_pem_certificates(pem, kMaxCertificates, tail);
  if (chain) add_all(*chain, out);
}

// All of a quote up to its certificates, and these.
template <typename Quote>
void add_quote(ByteView bytes, const Result<Quote>& quote, Parts& out) {
  if (!quote) return;
  const auto before = static_cast<std::size_t>(quote->pem_chain.data() - bytes.data());
  out.insert(to_bytes(bytes.first(before)));
  add_pem(as_text(quote->pem_chain), codec::PemTail::one_nul_allowed, out);
}

// A document of Intel's: the object, and its signature whatever the case of its digits.
void add_document(ByteView document, Parts& out) {
  if (const auto info = attest::tdx::parse_tcb_info(document)) {
    out.insert(to_bytes(info->signed_part));
    out.insert(to_bytes(info->signature));
  } else if (const auto identity = attest::tdx::parse_qe_identity(document)) {
    out.insert(to_bytes(identity->signed_part));
    out.insert(to_bytes(identity->signature));
  } else if (const auto combined = attest::tdx::parse_collateral_json(document)) {
    add_document(combined->tcb_info, out);
    add_document(combined->qe_identity, out);
    out.insert({combined->root_crl, combined->pck_crl});
    add_all(combined->tcb_signing_chain, out);
    add_all(combined->qe_identity_signing_chain, out);
    add_all(combined->pck_crl_issuer_chain, out);
  }
}

// What XML says, however it is spelt: its certificates are in there, and so is its signature.
void add_rim(ByteView xml, Parts& out) {
  const auto document = codec::xml::parse(as_text(xml), {.max_bytes = attest::nvidia::kMaxRimBytes});
  if (document) out.insert(to_bytes(codec::xml::canonical_text(document->root())));
}

void add_devices(ByteView json, Parts& out) {
  const auto devices = attest::nvidia::parse_evidence_json(as_text(json));
  if (!devices) return;
  for (const attest::nvidia::StatedDevice& device : *devices) {
    out.insert(device.report);
    add_all(device.chain, out);
  }
}

void add_token(ByteView text, Parts& out) {
  const auto token = attest::nras::parse_token(text);
  if (!token) return;
  if (token->overall) out.insert(to_bytes(token->overall->compact));
  for (const attest::nras::DeviceToken& device : token->devices) out.insert(to_bytes(device.jws.compact));
}

void add_evidence(EvidenceKind kind, ByteView file, Parts& out) {
  const Bytes bytes = attest::signed_form(kind, file);
  switch (kind) {
    case EvidenceKind::tdx_quote:
      return add_quote(bytes, attest::tdx::parse_quote(bytes), out);
    case EvidenceKind::sgx_quote:
      return add_quote(bytes, attest::tdx::parse_sgx_quote(bytes), out);
    case EvidenceKind::rim:
      return add_rim(bytes, out);
    case EvidenceKind::nvidia_evidence:
      return add_devices(bytes, out);
    case EvidenceKind::nras_token:
      return add_token(bytes, out);
    default:
      out.insert(bytes);
  }
}

// Which files beside evidence are looked at: those of its own vendor. A folder may hold everybody's.
struct LookedAt {
  bool certificates = false, amd_lists = false, intel = false, manifests = false;
  // Of OCSP: one that names nobody here is as good as absent, which only a strict policy refuses.
  bool answers = false;
};

LookedAt looked_at(EvidenceKind kind, bool strict) {
  switch (kind) {
    case EvidenceKind::tdx_quote:
    case EvidenceKind::sgx_quote:
      return {.intel = true};
    case EvidenceKind::snp_report:
    case EvidenceKind::vcek:
      return {.certificates = true, .amd_lists = true};
    case EvidenceKind::crl:
      return {.certificates = true};
    case EvidenceKind::gpu_report:
      return {.certificates = true, .manifests = true, .answers = strict};
    case EvidenceKind::nvidia_evidence:
      return {.manifests = true, .answers = strict};
    case EvidenceKind::ocsp:
      return {.certificates = true, .manifests = true, .answers = strict};
    // A manifest is judged for itself: others beside it say nothing about it.
    case EvidenceKind::rim:
      return {.answers = strict};
    case EvidenceKind::nras_token:
      return {};
  }
  return {};
}

bool is_amds(const Bytes& list) {
  const auto crl = crypto::Crl::parse(list);
  return crl && crl->signature_algorithm() == crypto::SignatureAlgorithm::rsa_pss_sha384;
}

// A service's keys are believed for where they come from, so none of their bytes counts here.
void add_endorsement(ByteView file, const LookedAt& at, Parts& out) {
  attest::Endorsements one;
  if (!one.add(file)) return;
  if (at.certificates) add_all(one.certificates, out);
  for (const Bytes& list : one.crls) {
    if (at.amd_lists && is_amds(list)) out.insert(list);
  }
  if (at.answers) add_all(one.ocsp_responses, out);
  for (const Bytes& xml : one.rims) {
    if (at.manifests) add_rim(xml, out);
  }
  for (const Bytes& item : one.intel) {
    if (at.intel) add_document(item, out);
  }
}

// Intel's documents are as good as absent without the chain of who signed them, which only a strict policy refuses.
bool brings_signing_chain(const std::vector<Bytes>& files) {
  return std::ranges::any_of(files, [](const Bytes& file) {
    const auto item = attest::tdx::read_collateral_item(file, nullptr);
    return item && !(*item)->filled.tcb_signing_chain.empty();
  });
}

// What the CPU's evidence commits to counts as signed: keys, manifest and every device.
Parts parts_of_bundle(ByteView bytes) {
  Parts out;
  const auto bundle = attest::parse_bundle(bytes);
  if (!bundle) return out;
  out.insert({bundle->keyset, bundle->manifest});
  add_evidence(bundle->cpu_kind == attest::CpuKind::tdx ? EvidenceKind::tdx_quote : EvidenceKind::snp_report,
               bundle->quote, out);
  add_all(bundle->cpu_chain, out);
  for (const attest::DeviceEvidence& device : bundle->devices) {
    out.insert(device.report);
    add_all(device.chain, out);
  }
  const LookedAt everything{
      .certificates = false, .amd_lists = false, .intel = true, .manifests = true, .answers = true};
  for (const Bytes& file : bundle->collateral) add_endorsement(file, everything, out);
  return out;
}

}  // namespace

Parts signed_parts(const Scenario& scenario, bool strict) {
  if (!scenario.kind) return parts_of_bundle(scenario.items[0]);
  Parts out;
  add_evidence(*scenario.kind, scenario.items[0], out);
  LookedAt at = looked_at(*scenario.kind, strict);
  at.intel = at.intel && (strict || brings_signing_chain(scenario.items));
  for (std::size_t i = 1; i < scenario.items.size(); ++i) add_endorsement(scenario.items[i], at, out);
  return out;
}

}  // namespace aipg::fuzz
