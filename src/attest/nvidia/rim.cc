// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/rim.h"

#include <bitset>

#include "attest/nvidia/signed_rim.h"
#include "base/hex.h"

namespace aipg::attest::nvidia {
namespace {

using codec::xml::Node;

constexpr std::string_view kSwid = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
constexpr std::string_view kTcg =
    "https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/";
constexpr std::string_view kSha384 = "http://www.w3.org/2001/04/xmlenc#sha384";
constexpr std::string_view kDsig = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::string_view kNvidia = "5703";  // IANA's number for NVIDIA

constexpr std::size_t kMaxAlternatives = 64, kMaxVersion = 32, kMaxProduct = 16;
constexpr std::size_t kOwnAttributes = 6;  // of a Resource, besides its hashes

// The root's four kinds of children. Whatever else stood here would be signed and never looked at.
struct Parts {
  std::optional<Node> meta, payload;
};

Result<void> take_once(std::optional<Node>& place, const Node& element, Literal code) {
  if (place) return fail(code, "twice");
  place = element;
  return {};
}

Result<Parts> split(const Node& root) {
  if (!root.is_element(kSwid, "SoftwareIdentity")) return fail("rim_root");
  Parts out;
  for (auto child = root.first_child(); child; child = child->next_sibling()) {
    if (child->is_element(kSwid, "Meta")) {
      AIPG_CHECK(take_once(out.meta, *child, "rim_meta"));
    } else if (child->is_element(kSwid, "Payload")) {
      AIPG_CHECK(take_once(out.payload, *child, "rim_payload"));
    } else if (!child->is_white_space() && !child->is_element(kSwid, "Entity") &&
               !child->is_element(kDsig, "Signature")) {
      return fail("rim_root", "child");
    }
  }
  if (!out.meta) return fail("rim_meta", "missing");
  if (!out.payload) return fail("rim_payload", "missing");
  return out;
}

bool consists_of(std::string_view text, std::string_view characters, std::size_t max) {
  return !text.empty() && text.size() <= max && text.find_first_not_of(characters) == text.npos;
}

Result<void> read_meta(const Node& meta, Rim& out) {
  const auto version = meta.attribute("", "colloquialVersion");
  if (!version || !consists_of(*version, "0123456789ABCDEFabcdef.", kMaxVersion)) return fail("rim_meta", "version");
  const auto product = meta.attribute("", "product");
  if (!product || !consists_of(*product, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", kMaxProduct)) {
    return fail("rim_meta", "product");
  }
  const auto edition = meta.attribute("", "edition");
  if (edition != "GPU" && edition != "SWITCH") return fail("rim_meta", "edition");
  if (meta.attribute("", "PayloadType") != "direct") return fail("rim_meta", "payload type");
  if (meta.attribute(kTcg, "FirmwareManufacturerId") != kNvidia) return fail("rim_meta", "manufacturer");
  if (meta.first_child()) return fail("rim_meta", "child");
  out.version = *version;
  out.product = *product;
  out.edition = edition == "GPU" ? RimEdition::gpu : RimEdition::nvswitch;
  return {};
}

// Decimal without leading zeros.
std::optional<std::size_t> read_number(std::optional<std::string_view> text, std::size_t max) {
  if (!text || !consists_of(*text, "0123456789", 3) || (text->size() > 1 && text->front() == '0')) return std::nullopt;
  std::size_t out = 0;
  for (char c : *text) out = out * 10 + static_cast<std::size_t>(c - '0');
  if (out > max) return std::nullopt;
  return out;
}

Result<bool> read_active(const Node& resource, std::size_t position) {
  const auto text = resource.attribute("", "active");
  if (text == "True") return true;
  if (text == "False") return false;
  return fail("rim_resource", "active", position);
}

// Hash0 to Hash(count−1), all there, all SHA-384, and nothing else in their namespace or out of it.
Result<std::vector<crypto::Hash384>> read_hashes(const Node& resource, std::size_t count, std::size_t position) {
  if (resource.attributes().size() != kOwnAttributes + count) return fail("rim_hash", "count", position);
  std::vector<crypto::Hash384> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto text = resource.attribute(kSha384, "Hash" + std::to_string(i));
    if (!text) return fail("rim_hash", "missing", position);
    const auto bytes = from_hex(*text);
    if (!bytes || bytes->size() != crypto::Hash384{}.size()) return fail("rim_hash", "value", position);
    out.push_back(to_array<48>(*bytes));
  }
  return out;
}

Result<RimMeasurement> read_resource(const Node& resource, std::size_t position) {
  if (!resource.is_element(kSwid, "Resource") || resource.first_child()) return fail("rim_payload", "child", position);
  if (resource.attribute("", "type") != "Measurement") return fail("rim_resource", "type", position);
  const auto index = read_number(resource.attribute("", "index"), kRimIndexes - 1);
  if (!index) return fail("rim_resource", "index", position);
  if (!resource.attribute("", "name")) return fail("rim_resource", "name", position);
  if (read_number(resource.attribute("", "size"), 48) != 48) return fail("rim_resource", "size", position);
  const auto count = read_number(resource.attribute("", "alternatives"), kMaxAlternatives);
  if (!count || *count == 0) return fail("rim_resource", "alternatives", position);
  RimMeasurement out;
  out.index = static_cast<std::uint8_t>(*index);
  AIPG_TRY(out.active, read_active(resource, position));
  AIPG_TRY(out.alternatives, read_hashes(resource, *count, position));
  return out;
}

Result<void> read_payload(const Node& payload, Rim& out) {
  std::bitset<kRimIndexes> seen;
  bool any_active = false;
  for (auto child = payload.first_child(); child; child = child->next_sibling()) {
    if (child->is_white_space()) continue;
    const std::size_t position = out.measurements.size();
    AIPG_TRY(RimMeasurement measurement, read_resource(*child, position));
    if (seen.test(measurement.index)) return fail("rim_resource", "index twice", position);
    seen.set(measurement.index);
    any_active = any_active || measurement.active;
    out.measurements.push_back(std::move(measurement));
  }
  if (out.measurements.empty()) return fail("rim_payload", "empty");
  // Comparing with nothing must not look like agreeing.
  if (!any_active) return fail("rim_payload", "none active");
  return {};
}

// Chain, digest and signature are all looked at, whichever of them fails.
std::optional<std::vector<crypto::Certificate>> check_signature(const SignedRim& rim, const std::vector<Bytes>& roots,
                                                                Instant at, Rules& rules, VerifierCache* cache) {
  auto chain = verified_rim_chain(rim.signature->certificates, roots, at, cache);
  if (chain) {
    rules.add("rim_chain", Severity::passed);
  } else {
    rules.refuse(chain.error());
  }
  bool good = rules.require(rim.intact, "rim_digest", "the manifest is not what was signed");
  if (!chain) return std::nullopt;
  good = rules.require(rim.signed_by(chain->front()), "rim_signature", "its certificates' key did not sign it") && good;
  if (!good) return std::nullopt;
  return *std::move(chain);
}

// Golden values are read only once the bytes they stand in are known to be NVIDIA's.
Result<std::shared_ptr<const Rim>> read_content(const SignedRim& rim, VerifierCache* cache) {
  using Content = std::shared_ptr<const Rim>;
  return recall(cache, &VerifierCache::rim_contents, rim.bytes, [&rim](ByteView) -> Result<Content> {
    AIPG_TRY(Rim content, parse_rim(rim.document.root()));
    return std::make_shared<const Rim>(std::move(content));
  });
}

}  // namespace

Result<Rim> parse_rim(const Node& root) {
  AIPG_TRY(const Parts parts, split(root));
  Rim out;
  AIPG_CHECK(read_meta(*parts.meta, out));
  AIPG_CHECK(read_payload(*parts.payload, out));
  return out;
}

std::optional<VerifiedRim> verify_rim(ByteView xml, const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                      VerifierCache* cache) {
  const auto rim = recall(cache, &VerifierCache::rims, xml, read_signed_rim);
  if (!rim) return rules.refuse(rim.error()), std::nullopt;
  rules.add("rim_structure", Severity::passed);
  auto chain = check_signature(**rim, roots, at, rules, cache);
  if (!chain) return std::nullopt;
  auto content = read_content(**rim, cache);
  if (!content) return rules.refuse(content.error()), std::nullopt;
  rules.add("rim_content", Severity::passed);
  return VerifiedRim(*std::move(content), *std::move(chain));
}

}  // namespace aipg::attest::nvidia
