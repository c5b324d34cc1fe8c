// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/verify.h"

#include "base/hex.h"
#include "codec/pem.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"

namespace aipg::attest::tdx {
namespace {

constexpr std::size_t kChainLength = 3;
constexpr unsigned kDigitalSignature = 1U << 0, kNonRepudiation = 1U << 1;
constexpr std::uint64_t kQeDebug = 1U << 1;

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
constexpr std::uint64_t kDebug = bit(0), kSeptVeDisable = bit(28), kMigratable = bit(29);
constexpr std::uint64_t kPks = bit(30), kKeyLocker = bit(31), kPerfmon = bit(63);
constexpr std::uint64_t kKnownAttributes = kDebug | kSeptVeDisable | kMigratable | kPks | kKeyLocker | kPerfmon;
constexpr std::uint64_t kXfamRequired = 0x3, kXfamAllowed = 0x6DBE7;

std::string hex64(std::uint64_t value) {
  ByteArray<8> big_endian;
  for (std::size_t i = 0; i < 8; ++i) big_endian.at(i) = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return to_hex(big_endian);
}

Result<std::vector<crypto::Certificate>> read_chain(ByteView pem) {
  AIPG_TRY(const std::vector<Bytes> ders,
           codec::parse_pem_certificates(as_text(pem), 8, codec::PemTail::one_nul_allowed));
  std::vector<crypto::Certificate> out;
  for (const Bytes& der : ders) {
    AIPG_TRY(crypto::Certificate certificate, crypto::Certificate::parse(der));
    out.push_back(std::move(certificate));
  }
  return out;
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

Result<std::vector<crypto::Certificate>> verified_chain(ByteView pem, const std::vector<Bytes>& roots, Instant at) {
  AIPG_TRY(std::vector<crypto::Certificate> chain, read_chain(pem));
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

bool binds_attestation_key(const QuoteView& quote) {
  const Hash256 bound = crypto::sha256({quote.attestation_key, quote.auth_data});
  return equal(quote.qe_report.report_data.first(32), bound) && all_zero(quote.qe_report.report_data.subspan(32));
}

bool check_signatures(const QuoteView& quote, const crypto::EcPublicKey& pck, Rules& rules) {
  if (!rules.require(pck.verify(quote.qe_report_bytes, quote.qe_report_signature), "tdx_qe_signature",
                     "the platform's key did not sign the quoting enclave's report")) {
    return false;
  }
  if (!rules.require(binds_attestation_key(quote), "tdx_qe_binding",
                     "the quoting enclave's report does not name this attestation key")) {
    return false;
  }
  const auto key = crypto::EcPublicKey::from_xy(crypto::Curve::p256, quote.attestation_key);
  if (!rules.require(key.has_value(), "tdx_attestation_key", "not a point of P-256")) return false;
  return rules.require(key->verify(quote.signed_part, quote.signature), "tdx_quote_signature",
                       "the attestation key did not sign this quote");
}

bool check_quoting_enclave(const QuoteView& quote, Rules& rules) {
  const bool intel = rules.require(equal(quote.qe_vendor_id, kIntelQeVendor), "tdx_qe_vendor",
                                   "vendor id " + to_hex(quote.qe_vendor_id));
  const bool production =
      rules.require((quote.qe_report.flags & kQeDebug) == 0, "tdx_qe_debug", "the quoting enclave can be debugged");
  return intel && production;
}

}  // namespace

std::optional<VerifiedQuote> verify_quote(ByteView quote, const std::vector<Bytes>& roots, Instant at, Rules& rules) {
  const auto view = parse_quote(quote);
  if (!view) return rules.refuse(view.error()), std::nullopt;
  rules.add("tdx_structure", Severity::passed);
  const auto chain = verified_chain(view->pem_chain, roots, at);
  if (!chain) return rules.refuse(chain.error()), std::nullopt;
  rules.add("tdx_chain", Severity::passed);
  const auto platform = platform_of(chain->front());
  if (!platform) return rules.refuse(platform.error()), std::nullopt;
  rules.add("pck_extension", Severity::passed);
  if (!check_signatures(*view, *chain->front().ec_key(), rules)) return std::nullopt;
  if (!check_quoting_enclave(*view, rules)) return std::nullopt;
  return VerifiedQuote(*view, *platform);
}

void check_guest(const VerifiedQuote& quote, Rules& rules) {
  const TdReport& td = quote.report();
  const std::string attributes = "TDATTRIBUTES " + hex64(td.td_attributes);
  rules.expect((td.td_attributes & kDebug) == 0, "tdx_debug", "the host can read this guest; " + attributes);
  rules.expect((td.td_attributes & ~kKnownAttributes) == 0, "tdx_attributes_reserved", attributes);
  rules.expect((td.td_attributes & kMigratable) == 0, "tdx_migratable", attributes);
  rules.expect((td.td_attributes & kSeptVeDisable) != 0, "tdx_sept_ve_disable", attributes);
  const bool xfam = (td.xfam & kXfamRequired) == kXfamRequired && (td.xfam & ~kXfamAllowed) == 0;
  rules.expect(xfam, "tdx_xfam", "XFAM " + hex64(td.xfam));
  rules.expect(all_zero(td.mrsignerseam), "tdx_mrsignerseam", "the TDX module is not signed by Intel");
  rules.expect(all_zero(td.seam_attributes), "tdx_seam_attributes", to_hex(td.seam_attributes));
  rules.expect(all_zero(td.mrservicetd), "tdx_mrservicetd", "a service TD is bound to this guest");
}

std::string describe(const VerifiedQuote& quote) {
  std::string fmspc = to_hex(quote.platform().fmspc);
  for (char& c : fmspc) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return "Intel TDX (quote v" + std::to_string(quote.quote().version) + "), FMSPC " + fmspc;
}

}  // namespace aipg::attest::tdx
