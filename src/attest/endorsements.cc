// SPDX-License-Identifier: Apache-2.0
#include "attest/endorsements.h"

#include "attest/collateral_pack.h"
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
// How a pack begins: its text is canonical, and no other kind's document has this member.
constexpr std::string_view kPackStart = "{\"entries\":[";
// What is in a pack is no pack.
enum class Packs : std::uint8_t { taken, refused };
constexpr codec::json::Limits kJsonLimits{.max_bytes = kMaxEndorsementBytes, .max_depth = 32};

// False when it is there already: services send the same chain beside several documents.
bool add_once(std::vector<Bytes>& list, ByteView piece) {
  if (std::ranges::any_of(list, [&](const Bytes& known) { return equal(known, piece); })) return false;
  list.push_back(to_bytes(piece));
  return true;
}

Result<void> add_pem(Endorsements& out, std::string_view text) {
  if (text.starts_with("-----BEGIN X509 CRL-----")) {
    AIPG_TRY(const Bytes crl, codec::parse_pem_crl(text));
    add_once(out.crls, crl);
    return {};
  }
  AIPG_TRY(const std::vector<Bytes> chain, codec::parse_pem_certificates(text, kMaxPemCertificates));
  // A signing chain is told from others by its length and names.
  const bool is_new = add_once(out.intel, as_bytes(text));
  if (is_new) out.certificates.insert(out.certificates.end(), chain.begin(), chain.end());
  return {};
}

// The answer of NVIDIA's RIM service; what it says about itself is for the manifest's signature to prove.
Result<void> add_rim_answer(Endorsements& out, codec::json::Value rim) {
  const auto text = rim.string();
  const auto xml = codec::from_base64(text.value_or("-"));
  if (!xml) return fail("rim_service_invalid", "rim");
  add_once(out.rims, *xml);
  return {};
}

Result<void> add_json(Endorsements& out, std::string_view text) {
  AIPG_TRY(const auto document, codec::json::parse(text, kJsonLimits));
  const codec::json::Value root = document.root();
  if (root.find("tcbInfo") || root.find("enclaveIdentity") || root.find("tcb_info")) {
    add_once(out.intel, as_bytes(text));
    return {};
  }
  if (root.find("keys")) {
    add_once(out.jwks, as_bytes(text));
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
    add_once(out.ocsp_responses, file);
    return {};
  }
  const auto inner = first && first->tag == der::kSequence ? der::Reader(first->content).next() : first;
  if (!inner || inner->whole.data() == first->whole.data()) return fail("endorsement_unknown", "der");
  const bool list = inner->tag == der::kInteger || inner->tag == der::kSequence;  // its version, or its algorithm
  if (list) return add_once(out.crls, file), Result<void>();
  if (inner->tag != der::context_constructed(0)) return fail("endorsement_unknown", "der");
  out.certificates.push_back(to_bytes(file));
  return {};
}

Result<void> add_plain(Endorsements& out, ByteView file, std::string_view text) {
  if (!file.empty() && file[0] == der::kSequence) return add_der(out, file);
  if (text.starts_with("-----BEGIN ")) return add_pem(out, text);
  if (text.starts_with('{')) return add_json(out, text);
  if (text.starts_with('<')) {
    add_once(out.rims, file);
    return {};
  }
  // A JWT's header begins with {" in base64url; a detached EAT is a JSON array of them.
  if (text.starts_with('[') || text.starts_with("eyJ")) {
    out.tokens.push_back(to_bytes(text));
    return {};
  }
  return fail("endorsement_unknown");
}

Result<void> add_form(Endorsements& out, ByteView file, Packs packs);

Result<void> add_pack(Endorsements& out, std::string_view text) {
  AIPG_TRY(const std::vector<CollateralEntry> entries, parse_collateral_pack(text));
  for (const CollateralEntry& entry : entries) {
    for (const Bytes& item : entry.items) AIPG_CHECK(add_form(out, item, Packs::refused));
  }
  return {};
}

Result<void> add_decoded(Endorsements& out, ByteView file, Packs packs) {
  const std::string_view text = trimmed(as_text(file));
  if (!text.starts_with(kPackStart)) return add_plain(out, file, text);
  if (packs == Packs::refused) return fail("collateral_pack", "nested");
  return add_pack(out, text);
}

Result<void> add_form(Endorsements& out, ByteView file, Packs packs) {
  if (file.size() > kMaxEndorsementBytes) return fail("endorsement_too_large");
  if (out.size() >= kMaxEndorsements) return fail("endorsements_too_many");
  const std::string_view text = trimmed(as_text(file));
  // Text that is not yet one of the forms may hold one, once.
  if (const auto bytes = from_hex(text)) return add_decoded(out, *bytes, packs);
  if (const auto bytes = codec::from_base64(text); bytes && !bytes->empty()) return add_decoded(out, *bytes, packs);
  return add_decoded(out, file, packs);
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

Result<void> Endorsements::add(ByteView file) { return add_form(*this, file, Packs::taken); }

}  // namespace aipg::attest
