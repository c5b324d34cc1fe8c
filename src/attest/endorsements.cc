// SPDX-License-Identifier: Apache-2.0
#include "attest/endorsements.h"

#include "base/hex.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/der.h"
#include "codec/json.h"
#include "codec/pem.h"

namespace aipg::attest {
namespace {

namespace der = codec::der;

constexpr std::array kKinds{&Endorsements::certificates, &Endorsements::crls,           &Endorsements::intel,
                            &Endorsements::rims,         &Endorsements::ocsp_responses, &Endorsements::jwks,
                            &Endorsements::tokens};
constexpr std::size_t kMaxPemCertificates = 16;
constexpr codec::json::Limits kJsonLimits{.max_bytes = kMaxEndorsementBytes, .max_depth = 32};

Result<void> add_pem(Endorsements& out, std::string_view text) {
  if (text.starts_with("-----BEGIN X509 CRL-----")) {
    AIPG_TRY(Bytes crl, codec::parse_pem_crl(text));
    out.crls.push_back(std::move(crl));
    return {};
  }
  AIPG_TRY(const std::vector<Bytes> chain, codec::parse_pem_certificates(text, kMaxPemCertificates));
  out.certificates.insert(out.certificates.end(), chain.begin(), chain.end());
  out.intel.push_back(to_bytes(text));  // a signing chain is told from others by its length and names
  return {};
}

// The answer of NVIDIA's RIM service; what it says about itself is for the manifest's signature to prove.
Result<void> add_rim_answer(Endorsements& out, codec::json::Value rim) {
  const auto text = rim.string();
  const auto xml = codec::from_base64(text.value_or("-"));
  if (!xml) return fail("rim_service_invalid", "rim");
  out.rims.push_back(*xml);
  return {};
}

Result<void> add_json(Endorsements& out, std::string_view text) {
  AIPG_TRY(const auto document, codec::json::parse(text, kJsonLimits));
  const codec::json::Value root = document.root();
  if (root.find("tcbInfo") || root.find("enclaveIdentity") || root.find("tcb_info")) {
    out.intel.push_back(to_bytes(text));
    return {};
  }
  if (root.find("keys")) {
    out.jwks.push_back(to_bytes(text));
    return {};
  }
  if (const auto rim = root.find("rim")) return add_rim_answer(out, *rim);
  return fail("endorsement_unknown", "json");
}

// Told apart by the first tags: each of the three begins with something that the others cannot.
Result<void> add_der(Endorsements& out, ByteView file) {
  const auto whole = der::parse_single(file, der::kSequence);
  if (!whole) return fail("endorsement_unknown", "der");
  const auto first = der::Reader(whole->content).next();
  if (first && first->tag == der::kEnumerated) {
    out.ocsp_responses.push_back(to_bytes(file));
    return {};
  }
  const auto inner = first && first->tag == der::kSequence ? der::Reader(first->content).next() : first;
  if (!inner || inner->whole.data() == first->whole.data()) return fail("endorsement_unknown", "der");
  const bool list = inner->tag == der::kInteger || inner->tag == der::kSequence;  // its version, or its algorithm
  if (!list && inner->tag != der::context_constructed(0)) return fail("endorsement_unknown", "der");
  (list ? out.crls : out.certificates).push_back(to_bytes(file));
  return {};
}

Result<void> add_plain(Endorsements& out, ByteView file, std::string_view text) {
  if (!file.empty() && file[0] == der::kSequence) return add_der(out, file);
  if (text.starts_with("-----BEGIN ")) return add_pem(out, text);
  if (text.starts_with('{')) return add_json(out, text);
  if (text.starts_with('<')) {
    out.rims.push_back(to_bytes(file));
    return {};
  }
  // A JWT's header begins with {" in base64url; a detached EAT is a JSON array of them.
  if (text.starts_with('[') || text.starts_with("eyJ")) {
    out.tokens.push_back(to_bytes(text));
    return {};
  }
  return fail("endorsement_unknown");
}

}  // namespace

void Endorsements::complete_from(Endorsements other) {
  for (const auto kind : kKinds) {
    if ((this->*kind).empty()) this->*kind = std::move(other.*kind);
  }
}

std::size_t Endorsements::size() const {
  std::size_t out = 0;
  for (const auto kind : kKinds) out += (this->*kind).size();
  return out;
}

Result<void> Endorsements::add(ByteView file) {
  if (file.size() > kMaxEndorsementBytes) return fail("endorsement_too_large");
  if (size() >= kMaxEndorsements) return fail("endorsements_too_many");
  const std::string_view text = trimmed(as_text(file));
  // Text that is not yet one of the forms may hold one, once.
  if (const auto bytes = from_hex(text)) return add_plain(*this, *bytes, trimmed(as_text(*bytes)));
  if (const auto bytes = codec::from_base64(text); bytes && !bytes->empty()) {
    return add_plain(*this, *bytes, trimmed(as_text(*bytes)));
  }
  return add_plain(*this, file, text);
}

}  // namespace aipg::attest
