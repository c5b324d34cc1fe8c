// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/rim_signature.h"

#include "codec/base64.h"
#include "codec/xml_c14n.h"

namespace aipg::attest::nvidia {
namespace {

using codec::xml::Node;

constexpr std::string_view kDsig = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::string_view kC14n = "http://www.w3.org/2006/12/xml-c14n11";
constexpr std::string_view kEcdsaSha384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
constexpr std::string_view kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr std::string_view kSha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384";

constexpr std::size_t kSignatureBytes = 96, kDigestBytes = 48;
constexpr std::size_t kBase64Line = 64, kMaxCertificateText = 8 << 10;
constexpr std::size_t kChainLength = 4;
constexpr codec::der::Oid kBasicConstraints = "2.5.29.19", kKeyUsage = "2.5.29.15";
constexpr unsigned kDigitalSignature = 1U << 0, kKeyCertSign = 1U << 5, kCrlSign = 1U << 6;

// Exactly these elements of XML-DSig, in this order, and nothing between them.
Result<std::vector<Node>> only_children(const Node& parent, std::initializer_list<std::string_view> locals,
                                        Literal where) {
  std::vector<Node> out;
  auto wanted = locals.begin();
  for (auto child = parent.first_child(); child; child = child->next_sibling()) {
    if (wanted == locals.end() || !child->is_element(kDsig, *wanted)) return fail("rim_signature_form", where);
    ++wanted;
    out.push_back(*child);
  }
  if (wanted != locals.end()) return fail("rim_signature_form", where);
  return out;
}

// No attribute, and no namespace that nobody here would need.
bool is_bare(const Node& element) { return element.attributes().empty() && element.namespaces().empty(); }

// An empty element whose only attribute is `name`, with this very value.
bool says_only(const Node& element, std::string_view name, std::string_view value) {
  return element.attributes().size() == 1 && element.attribute("", name) == value && element.namespaces().empty();
}

bool is_algorithm(const Node& element, std::string_view address) {
  return says_only(element, "Algorithm", address) && !element.first_child();
}

Result<Bytes> read_value(const Node& element, std::size_t size, Literal where) {
  const auto text = element.plain_text();
  if (!is_bare(element) || !text || text->size() != size / 3 * 4) return fail("rim_signature_form", where);
  const auto bytes = codec::from_base64(*text);
  if (!bytes) return fail("rim_signature_form", where);
  return *bytes;
}

Result<crypto::Hash384> read_reference(const Node& reference) {
  if (!says_only(reference, "URI", "")) return fail("rim_signature_form", "reference");
  AIPG_TRY(const auto parts, only_children(reference, {"Transforms", "DigestMethod", "DigestValue"}, "reference"));
  AIPG_TRY(const auto transforms, only_children(parts[0], {"Transform", "Transform"}, "transforms"));
  const bool expected =
      is_bare(parts[0]) && is_algorithm(transforms[0], kEnveloped) && is_algorithm(transforms[1], kC14n);
  if (!expected) return fail("rim_signature_form", "transforms");
  if (!is_algorithm(parts[1], kSha384)) return fail("rim_signature_form", "digest method");
  AIPG_TRY(const Bytes digest, read_value(parts[2], kDigestBytes, "digest"));
  return to_array<kDigestBytes>(digest);
}

Result<crypto::Hash384> read_signed_info(const Node& signed_info) {
  AIPG_TRY(const auto parts,
           only_children(signed_info, {"CanonicalizationMethod", "SignatureMethod", "Reference"}, "signed info"));
  if (!is_bare(signed_info)) return fail("rim_signature_form", "signed info");
  if (!is_algorithm(parts[0], kC14n)) return fail("rim_signature_form", "canonicalization");
  if (!is_algorithm(parts[1], kEcdsaSha384)) return fail("rim_signature_form", "signature method");
  return read_reference(parts[2]);
}

// Lines of 64 characters but for the last, each ended: certificates are not under the signature, so that they
// shall at least have one spelling.
Result<Bytes> read_certificate(const Node& element) {
  const auto text = element.plain_text();
  if (!text || !is_bare(element) || text->size() > kMaxCertificateText) return fail("rim_certificate", "text");
  std::string encoded;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const bool last = end + 1 == rest.size();
    if (end == rest.npos || end == 0 || end > kBase64Line || (end < kBase64Line && !last)) {
      return fail("rim_certificate", "lines");
    }
    encoded += rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  auto der = codec::from_base64(encoded);
  if (!der || der->empty()) return fail("rim_certificate", "base64");
  return *std::move(der);
}

Result<std::vector<Bytes>> read_key_info(const Node& key_info) {
  AIPG_TRY(const auto parts, only_children(key_info, {"X509Data"}, "key info"));
  if (!is_bare(key_info) || !is_bare(parts[0])) return fail("rim_signature_form", "key info");
  std::vector<Bytes> out;
  for (auto child = parts[0].first_child(); child; child = child->next_sibling()) {
    if (!child->is_element(kDsig, "X509Certificate")) return fail("rim_signature_form", "certificates");
    if (out.size() == kChainLength) return fail("chain_length", {}, kChainLength + 1);
    AIPG_TRY(Bytes der, read_certificate(*child));
    out.push_back(std::move(der));
  }
  return out;
}

// The one element of this name that there is, as the last thing in the root.
Result<Node> find_signature(const Node& root) {
  std::optional<Node> found;
  for (std::optional<Node> at = root; at; at = at->next_in_document()) {
    if (!at->is_element(kDsig, "Signature")) continue;
    if (found) return fail("rim_signature_form", "two signatures");
    found = at;
  }
  if (!found) return fail("rim_signature_form", "no signature");
  if (found->parent() != root || found->next_sibling()) return fail("rim_signature_form", "place");
  return *found;
}

// --- certificates -----------------------------------------------------------------

bool issued(const crypto::Certificate& issuer, const crypto::Certificate& subject) {
  return subject.issuer() == issuer.subject() && subject.authority_key_id() == issuer.subject_key_id();
}

// From the pinned root down: each time exactly one of the others was issued by the last.
Result<std::vector<crypto::Certificate>> in_order(std::vector<crypto::Certificate> unordered,
                                                  const std::vector<Bytes>& roots) {
  const auto is_root = [&roots](const crypto::Certificate& each) {
    return std::ranges::any_of(roots, [&each](const Bytes& root) { return equal(root, each.der()); });
  };
  const auto take = [&unordered](const auto& fits) -> std::optional<crypto::Certificate> {
    if (std::ranges::count_if(unordered, fits) != 1) return std::nullopt;
    const auto found = std::ranges::find_if(unordered, fits);
    crypto::Certificate out = std::move(*found);
    unordered.erase(found);
    return out;
  };
  auto next = take(is_root);
  if (!next) return fail("chain_root", {}, kChainLength - 1);
  std::vector<crypto::Certificate> chain;
  for (;;) {
    chain.push_back(*std::move(next));
    if (unordered.empty()) break;
    next = take([&chain](const crypto::Certificate& each) { return issued(chain.back(), each); });
    if (!next) return fail("chain_issuer", "order", unordered.size() - 1);
  }
  std::ranges::reverse(chain);
  return chain;
}

bool has_critical(const crypto::Certificate& certificate, const codec::der::Oid& oid) {
  const crypto::Extension* found = certificate.find_extension(oid);
  return found != nullptr && found->critical;
}

// What every manifest's chain has, beyond what any chain must.
Result<void> check_profile(const std::vector<crypto::Certificate>& chain) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const crypto::Certificate& each = chain[i];
    const bool p384 = each.ec_key() != nullptr && each.ec_key()->curve() == crypto::Curve::p384;
    if (!p384) return fail("chain_algorithm", "curve", i);
    if (!has_critical(each, kBasicConstraints)) return fail("chain_ca", "not critical", i);
    if (!has_critical(each, kKeyUsage)) return fail("chain_key_usage", "not critical", i);
    const unsigned usage = i == 0 ? kDigitalSignature : kKeyCertSign | kCrlSign;
    if (each.key_usage() != usage) return fail("chain_key_usage", {}, i);
  }
  if (chain[1].path_length() != 0U) return fail("chain_ca", "path_length", 1);
  return {};
}

}  // namespace

Result<RimSignature> read_rim_signature(const Node& root) {
  AIPG_TRY(const Node element, find_signature(root));
  // XML-DSig's own namespace may be declared here, and nothing else.
  const auto declared = element.namespaces();
  const bool plain = element.attributes().empty() && declared.size() <= 1 &&
                     std::ranges::all_of(declared, [](const auto& each) { return each.uri == kDsig; });
  if (!plain) return fail("rim_signature_form", "signature");
  AIPG_TRY(const auto parts, only_children(element, {"SignedInfo", "SignatureValue", "KeyInfo"}, "signature"));
  AIPG_TRY(const crypto::Hash384 digest, read_signed_info(parts[0]));
  AIPG_TRY(Bytes value, read_value(parts[1], kSignatureBytes, "signature value"));
  AIPG_TRY(auto certificates, read_key_info(parts[2]));
  return RimSignature{element, parts[0], digest, std::move(value), std::move(certificates)};
}

bool digests(const RimSignature& signature, const Node& root) {
  crypto::Sha384 hash;
  codec::xml::canonicalize(root, signature.element, [&hash](ByteView piece) { hash.update(piece); });
  return hash.finish() == signature.digest;
}

bool signs(const crypto::Certificate& signer, const RimSignature& signature) {
  const std::string signed_text = codec::xml::canonical_text(signature.signed_info);
  return signer.ec_key()->verify(as_bytes(signed_text), signature.value);
}

Result<std::vector<crypto::Certificate>> verified_rim_chain(const std::vector<Bytes>& certificates,
                                                            const std::vector<Bytes>& roots, Instant at,
                                                            VerifierCache* cache) {
  if (certificates.size() != kChainLength) return fail("chain_length", {}, certificates.size());
  AIPG_TRY(std::vector<crypto::Certificate> unordered, read_certificates(certificates, cache));
  AIPG_TRY(auto chain, in_order(std::move(unordered), roots));
  const crypto::ChainProfile profile{.length = kChainLength, .algorithm = crypto::SignatureAlgorithm::ecdsa_sha384};
  AIPG_CHECK(crypto::verify_chain(chain, roots, profile, at));
  AIPG_CHECK(check_profile(chain));
  return chain;
}

}  // namespace aipg::attest::nvidia
