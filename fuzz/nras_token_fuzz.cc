// SPDX-License-Identifier: Apache-2.0
// A token that parses has distinct devices, each a part of its bytes; whatever
// it is, without the service's keys it is never verified, and the verdict about
// it can be shown.
#include <set>

#include "attest/nras/token.h"
#include "codec/canonical_json.h"

namespace {

namespace attest = aipg::attest;
namespace nras = aipg::attest::nras;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

bool lies_inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void require_whole(const nras::Token& token, std::string_view in) {
  std::set<std::string> names;
  for (const nras::DeviceToken& device : token.devices) {
    require(lies_inside(device.jws.compact, in));
    require(names.insert(device.name).second);
  }
  require(!token.devices.empty());
  require(token.overall ? lies_inside(token.overall->compact, in) : token.devices.size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in(data, size);
  if (const auto token = nras::parse_token(in)) require_whole(*token, aipg::as_text(in));
  attest::Verdict verdict;
  attest::Rules rules(verdict, "nras", attest::RuleModes::strict());
  require(!nras::verify_token(in, nullptr, {}, {1'795'000'000'000}, rules));
  require(verdict.first_failed() != nullptr);
  require(aipg::codec::json::parse_canonical(attest::to_json(verdict)).has_value());
  return 0;
}
