// SPDX-License-Identifier: Apache-2.0
// What is read of a manifest stands in the canonical form that its digest is
// over: every index and every golden value; and a signature that is read is the
// only one, and not in that form.
#include <cstdint>

#include "attest/nvidia/rim.h"
#include "attest/nvidia/rim_signature.h"
#include "base/hex.h"
#include "codec/xml_c14n.h"

namespace {

namespace nvidia = aipg::attest::nvidia;
namespace xml = aipg::codec::xml;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

void require_stands_in(const nvidia::Rim& rim, const std::string& canonical) {
  const std::string text = lower(canonical);
  require(canonical.contains(rim.version) && !rim.measurements.empty());
  for (const nvidia::RimMeasurement& each : rim.measurements) {
    require(each.index < nvidia::kRimIndexes && !each.alternatives.empty());
    require(canonical.contains(" index=\"" + std::to_string(each.index) + "\""));
    for (const auto& golden : each.alternatives) require(text.contains(aipg::to_hex(golden)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = xml::parse(aipg::as_text({data, size}));
  if (!document) return 0;
  const xml::Node root = document->root();
  const auto signature = nvidia::read_rim_signature(root);
  const auto rim = nvidia::parse_rim(root);
  const std::optional<xml::Node> left_out = signature ? std::optional(signature->element) : std::nullopt;
  const std::string canonical = xml::canonical_text(root, left_out);
  if (rim) require_stands_in(*rim, canonical);
  if (!signature) return 0;
  require(signature->value.size() == 96);
  require(nvidia::digests(*signature, root) == (aipg::crypto::sha384(aipg::as_bytes(canonical)) == signature->digest));
  return 0;
}
