// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/verify.h"

namespace aipg::attest::tdx {

std::optional<VerifiedQuote> verify_quote(ByteView quote, const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                          VerifierCache* cache) {
  const auto view = parse_quote(quote);
  if (!view) return rules.refuse(view.error()), std::nullopt;
  rules.add("tdx_structure", Severity::passed);
  auto platform = verify_platform(*view, Tee::tdx, roots, at, rules, cache);
  if (!platform) return std::nullopt;
  return VerifiedQuote(*std::move(platform), *view);
}

std::optional<VerifiedSgxQuote> verify_sgx_quote(ByteView quote, const std::vector<Bytes>& roots, Instant at,
                                                 Rules& rules, VerifierCache* cache) {
  const auto view = parse_sgx_quote(quote);
  if (!view) return rules.refuse(view.error()), std::nullopt;
  rules.add("sgx_structure", Severity::passed);
  auto platform = verify_platform(*view, Tee::sgx, roots, at, rules, cache);
  if (!platform) return std::nullopt;
  return VerifiedSgxQuote(*std::move(platform), *view);
}

std::string describe(const VerifiedQuote& quote) {
  return "Intel TDX (quote v" + std::to_string(quote.quote().version) + "), FMSPC " + fmspc_text(quote.platform());
}

std::string describe(const VerifiedSgxQuote& quote) {
  return "Intel SGX (quote v" + std::to_string(quote.quote().version) + "), FMSPC " + fmspc_text(quote.platform());
}

}  // namespace aipg::attest::tdx
