// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/platform.h"

#include "base/hex.h"
#include "codec/pem.h"
#include "crypto/digest.h"

namespace aipg::attest::tdx {
namespace {

constexpr std::size_t kChainLength = 3, kMostCertificates = 8;
constexpr unsigned kDigitalSignature = 1U << 0, kNonRepudiation = 1U << 1;

using Ders = std::shared_ptr<const std::vector<Bytes>>;

Result<Ders> read_pem(ByteView text) {
  AIPG_TRY(std::vector<Bytes> ders,
           codec::parse_pem_certificates(as_text(text), kMostCertificates, codec::PemTail::one_nul_allowed));
  return std::make_shared<const std::vector<Bytes>>(std::move(ders));
}

Result<std::vector<crypto::Certificate>> read_chain(ByteView pem, VerifierCache* cache) {
  AIPG_TRY(const Ders ders, recall(cache, &VerifierCache::quote_chains, pem, read_pem));
  return read_certificates(*ders, cache);
}

// What every PCK chain has, beyond what any chain must.
Result<void> check_profile(const std::vector<crypto::Certificate>& chain) {
  const crypto::Certificate& leaf = chain[0];
  if (leaf.is_ca() != false) return fail("chain_ca", "pck leaf");
  const unsigned wanted = kDigitalSignature | kNonRepudiation;
  if (leaf.key_usage() != wanted) return fail("chain_key_usage", "pck leaf");
  if (chain[1].path_length() != 0U) return fail("chain_ca", "pck ca", 1);
  const bool keyed = std::ranges::all_of(chain, [](const crypto::Certificate& each) {
    return each.ec_key() != nullptr && each.ec_key()->curve() == crypto::Curve::p256;
  });
  if (!keyed) return fail("chain_algorithm", "curve");
  return {};
}

Result<std::vector<crypto::Certificate>> verified_chain(ByteView pem, const std::vector<Bytes>& roots, Instant at,
                                                        VerifierCache* cache) {
  AIPG_TRY(std::vector<crypto::Certificate> chain, read_chain(pem, cache));
  const crypto::ChainProfile profile{.length = kChainLength, .algorithm = crypto::SignatureAlgorithm::ecdsa_sha256};
  AIPG_CHECK(crypto::verify_chain(chain, roots, profile, at));
  AIPG_CHECK(check_profile(chain));
  return chain;
}

Result<PckExtension> platform_of(const crypto::Certificate& leaf) {
  const crypto::Extension* extension = leaf.find_extension(kPckExtensionOid);
  if (extension == nullptr) return fail("pck_extension", "absent");
  return parse_pck_extension(extension->value);
}

bool binds_attestation_key(const QuoteParts& quote) {
  const Hash256 bound = crypto::sha256({quote.attestation_key, quote.auth_data});
  return equal(quote.qe_report.report_data.first(32), bound) && all_zero(quote.qe_report.report_data.subspan(32));
}

bool check_signatures(const QuoteParts& quote, const crypto::EcPublicKey& pck, Rules& rules, VerifierCache* cache) {
  if (!rules.require(verify_signature(pck, quote.qe_report_bytes, quote.qe_report_signature, cache), "tdx_qe_signature",
                     "the platform's key did not sign the quoting enclave's report")) {
    return false;
  }
  if (!rules.require(binds_attestation_key(quote), "tdx_qe_binding",
                     "the quoting enclave's report does not name this attestation key")) {
    return false;
  }
  const auto key = crypto::EcPublicKey::from_xy(crypto::Curve::p256, quote.attestation_key);
  if (!rules.require(key.has_value(), "tdx_attestation_key", "not a point of P-256")) return false;
  return rules.require(verify_signature(*key, quote.signed_part, quote.signature, cache), "tdx_quote_signature",
                       "the attestation key did not sign this quote");
}

bool check_quoting_enclave(const QuoteParts& quote, Rules& rules) {
  const bool intel =
      rules.require(equal(quote.qe_vendor_id, kIntelQeVendor), "tdx_qe_vendor", "the quoting enclave is not Intel's",
                    [&] { return compare_bytes(kIntelQeVendor, quote.qe_vendor_id); });
  const bool production = rules.require((quote.qe_report.flags & kEnclaveDebug) == 0, "tdx_qe_debug",
                                        "the quoting enclave can be debugged", [] { return compare_bit(false, true); });
  return intel && production;
}

}  // namespace

std::optional<VerifiedPlatform> verify_platform(const QuoteParts& quote, Tee tee, const std::vector<Bytes>& roots,
                                                Instant at, Rules& rules, VerifierCache* cache) {
  auto chain = verified_chain(quote.pem_chain, roots, at, cache);
  if (!chain) return rules.refuse(chain.error()), std::nullopt;
  rules.add("tdx_chain", Severity::passed);
  const auto platform = platform_of(chain->front());
  if (!platform) return rules.refuse(platform.error()), std::nullopt;
  rules.add("pck_extension", Severity::passed);
  if (!check_signatures(quote, *chain->front().ec_key(), rules, cache)) return std::nullopt;
  if (!check_quoting_enclave(quote, rules)) return std::nullopt;
  return VerifiedPlatform(tee, *platform, quote.qe_report, *std::move(chain));
}

std::string fmspc_text(const PckExtension& platform) {
  std::string out = to_hex(platform.fmspc);
  for (char& c : out) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

}  // namespace aipg::attest::tdx
