// SPDX-License-Identifier: Apache-2.0
// Writes the corpora of the evidence's fuzz targets from the simulator, or
// checks that they are what it would write: evidence_corpus write|check
// fuzz/corpus. The same bytes each time: keys are fixed, and signatures and
// certificates, which no parser looks into, are replaced by fixed bytes.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "attest/bundle.h"
#include "attest/nvidia/evidence_json.h"
#include "attest/nvidia/report.h"
#include "attest/nvidia/rim.h"
#include "attest/nvidia/rim_signature.h"
#include "attest/snp/certificate.h"
#include "attest/snp/report.h"
#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/quote.h"
#include "attest/tdx/sgx_quote.h"
#include "codec/der.h"
#include "crypto/certificate_writer.h"
#include "crypto/crl.h"
#include "tee/simulated_collateral.h"
#include "tee/simulated_evidence.h"
#include "tee/simulated_names.h"
#include "tee/simulated_quote.h"
#include "tee/simulated_report.h"
#include "tee/simulated_rim.h"
#include "tee/simulated_snp_report.h"

namespace {

using aipg::Bytes;
using aipg::ByteView;
using aipg::Hash256;
using aipg::Instant;
namespace attest = aipg::attest;
namespace crypto = aipg::crypto;
namespace fs = std::filesystem;
namespace tee = aipg::tee;

struct Seed {
  std::string target, name;
  Bytes bytes;
};

constexpr std::size_t kQuoteSignature = 64, kReportSignature = 96, kQeReport = 384;
const Bytes kCertificate(100, 0x30);  // stands for one
const Instant kStart{1'795'000'000'000};

crypto::EcPrivateKey fixed_key(crypto::Curve curve) {
  return *crypto::EcPrivateKey::from_scalar(curve, Bytes(curve == crypto::Curve::p256 ? 32 : 48, 1));
}

void overwrite(Bytes& out, std::size_t at, std::size_t n) {
  std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(at), n, std::uint8_t{0x5a});
}

tee::SimulatedPki fixed_pki() {
  return {.ppid = {},
          .pck_chain = {kCertificate, kCertificate, kCertificate},
          .pck_key = fixed_key(crypto::Curve::p256),
          .provisioner_chain = {},
          .provisioner_key = fixed_key(crypto::Curve::p384),
          .intel = {.root = fixed_key(crypto::Curve::p256),
                    .platform_ca = fixed_key(crypto::Curve::p256),
                    .tcb_signing = fixed_key(crypto::Curve::p256),
                    .tcb_signing_chain = {}},
          .responders = {}};
}

Bytes quote(tee::QuoteForm form) {
  tee::QuoteContent content;
  content.form = form;
  content.mrtd = tee::simulated_measurement("MRTD");
  Bytes out = tee::make_quote(content, fixed_pki(), fixed_key(crypto::Curve::p256));
  const std::size_t section = form == tee::QuoteForm::v4 ? 48 + 584 + 4 : 54 + 648 + 4;
  overwrite(out, section, kQuoteSignature);
  overwrite(out, section + 2 * kQuoteSignature + 6 + kQeReport, kQuoteSignature);
  return out;
}

Bytes sgx_quote() {
  Bytes out = tee::make_sgx_quote({}, fixed_pki(), fixed_key(crypto::Curve::p256));
  const std::size_t section = 48 + 384 + 4;
  overwrite(out, section, kQuoteSignature);
  overwrite(out, section + 2 * kQuoteSignature + kQeReport, kQuoteSignature);
  return out;
}

// Signed by nobody: the readers do not look.
Bytes document(std::string_view name, std::string_view object) {
  return aipg::to_bytes("{\"" + std::string(name) + "\":" + std::string(object) + ",\"signature\":\"" +
                        std::string(128, '5') + "\"}");
}

Bytes tcb_info(const tee::CollateralContent& content) {
  return document("tcbInfo", tee::tcb_info_text(content.tcb_info));
}

Bytes qe_identity(const tee::CollateralContent& content) {
  return document("enclaveIdentity", tee::qe_identity_text(content.qe_identity));
}

Bytes padded(Bytes bytes, std::size_t zeros) {
  bytes.resize(bytes.size() + zeros);
  return bytes;
}

Bytes report(const tee::ReportContent& content) {
  Bytes out = tee::make_report(content, fixed_key(crypto::Curve::p384));
  overwrite(out, out.size() - kReportSignature, kReportSignature);
  return out;
}

tee::ReportContent with_fwid() {
  tee::ReportContent out;
  out.fwid = tee::simulated_measurement("GPU FWID");
  return out;
}

tee::ReportContent with_everything() {
  tee::ReportContent out = with_fwid();
  out.protected_pcie = 0xAA;
  out.extra = {{22, Bytes(144, 1)}, {34, {1, 0}}, {35, {'G', 'B', '1', '0', '0', 0}}, {36, {2}}};
  return out;
}

// A few golden values are as good as 64. The signature is random: zeros instead.
Bytes rim(tee::RimContent content) {
  const tee::SimulatedRimPki pki{std::vector<Bytes>(4, kCertificate), fixed_key(crypto::Curve::p384)};
  content.values.resize(9);
  content.values[8].alternatives.resize(3);
  const auto without_value = [](std::string& signature) {
    constexpr std::string_view kValue = "<ds:SignatureValue>";
    signature.replace(signature.find(kValue) + kValue.size(), 128, std::string(128, 'A'));
  };
  return aipg::to_bytes(tee::make_rim(content, pki, {.signature = without_value}));
}

// Reports have a target of their own here too.
std::vector<attest::DeviceEvidence> devices() {
  const std::vector<Bytes> chain{kCertificate, kCertificate};
  return {{attest::DeviceArch::hopper, Bytes(40, 0x11), chain},
          {attest::DeviceArch::ls10, Bytes(40, 0x12), chain},
          {attest::DeviceArch::blackwell, Bytes(40, 0x13), chain}};
}

using SuiteKeys = std::vector<std::pair<std::uint16_t, Bytes>>;

attest::Keyset keyset(SuiteKeys keys) {
  return attest::make_keyset("w-01", kStart, kStart + std::chrono::minutes(60), std::move(keys),
                             aipg::ByteArray<32>{9});
}

attest::Manifest manifest(std::uint32_t gpus) {
  attest::Manifest out;
  out.name = "a model on an engine";
  out.components = {{"worker", 1000, tee::simulated_measurement("worker"), std::nullopt},
                    {"weights", 2000, tee::simulated_measurement("weights"), Hash256{1}}};
  out.engine_argv = {"engine", "--offline"};
  out.engine_environment = {"LANG=C"};
  out.models = {{"model", tee::simulated_measurement("weights"), {"/v1/chat/completions"}}};
  out.device_arch = gpus == 0 ? "none" : "hopper";
  out.device_count = gpus;
  out.device_mode = gpus == 0 ? attest::DeviceMode::none : attest::DeviceMode::spt;
  out.source_commit = "0123456789abcdef";
  return attest::make_manifest(std::move(out));
}

Bytes bundle(std::uint32_t gpus) {
  attest::Bundle out;
  out.challenge_value = crypto::sha256(aipg::as_bytes("challenge"));
  out.keyset = keyset({{1, Bytes(32, 7)}}).bytes;
  out.manifest = manifest(gpus).bytes;
  out.quote = quote(tee::QuoteForm::v4);
  for (std::uint32_t i = 0; i < gpus; ++i) {
    // Reports have a target of their own; a long one here would only slow this one down.
    out.devices.push_back({attest::DeviceArch::hopper, Bytes(40, 0x11), {kCertificate, kCertificate}});
  }
  return attest::make_bundle(std::move(out)).bytes;
}

// A certificate or list with two small numbers for a signature.
Bytes with_small_signature(const Bytes& issued) {
  namespace der = aipg::codec::der;
  der::Reader fields(der::parse_single(issued, der::kSequence)->content);
  const ByteView tbs = fields.next()->whole, algorithm = fields.next()->whole;
  const Bytes signature = der::sequence({der::integer(5), der::integer(7)});
  return der::sequence({tbs, algorithm, der::bit_string(signature)});
}

Bytes crl(const crypto::CrlTemplate& what) {
  return with_small_signature(crypto::issue_crl(what, "SIMULATED authority", fixed_key(crypto::Curve::p256)));
}

tee::SnpKeyContent snp_key(tee::SnpFamily family, bool vlek) {
  const bool turin = family == tee::SnpFamily::turin;
  tee::SnpKeyContent out;
  out.family = family;
  out.product_name = turin ? "Turin" : "Milan-B0";
  out.hwid = Bytes(turin ? 8 : 64, 0xc1);
  if (vlek) {
    out.hwid.reset();
    out.csp_id = "CN=a provider";
  }
  return out;
}

Bytes snp_certificate(const tee::SnpKeyContent& content) {
  const crypto::EcPrivateKey key = fixed_key(crypto::Curve::p384);
  const crypto::CertificateTemplate what = tee::snp_key_template(content, kStart);
  return with_small_signature(crypto::issue_certificate(what, key.public_key(), "SIMULATED authority", key));
}

Bytes snp_report(const tee::SnpKeyContent& key, std::uint32_t version) {
  constexpr std::size_t kSecondNumber = 72, kNumber = 48;
  tee::SnpReportContent content = tee::snp_report_for(key);
  content.version = version;
  content.launch_mitigations = content.current_mitigations = 3;
  Bytes out = tee::make_snp_report(content, fixed_key(crypto::Curve::p384));
  overwrite(out, tee::kSnpSignedBytes, kNumber);
  overwrite(out, tee::kSnpSignedBytes + kSecondNumber, kNumber);
  return out;
}

crypto::CrlTemplate empty_crl() {
  crypto::CrlTemplate out;
  out.this_update = kStart;
  out.next_update = kStart + std::chrono::hours(24);
  return out;
}

crypto::CrlTemplate crl_of_three() {
  namespace der = aipg::codec::der;
  crypto::CrlTemplate out = empty_crl();
  const crypto::Extension reason{der::oid_content("2.5.29.21"), false, der::element(der::kEnumerated, Bytes{1})};
  out.revoked = {{{0x30}, kStart, {reason}}, {{0x00, 0x81}, kStart, {}}, {{0x02}, kStart, {reason}}};
  return out;
}

crypto::CrlTemplate crl_of_version1() {
  crypto::CrlTemplate out = empty_crl();
  out.version1 = true;
  out.revoked = {{{0x05}, kStart, {}}};
  return out;
}

Bytes combined() {
  const std::vector<Bytes> chain{kCertificate, kCertificate};
  attest::tdx::Collateral out;
  out.tcb_info = tcb_info(tee::good_collateral(kStart));
  out.qe_identity = qe_identity(tee::good_collateral(kStart));
  out.tcb_signing_chain = out.qe_identity_signing_chain = out.pck_crl_issuer_chain = chain;
  out.root_crl = crl(empty_crl());
  out.pck_crl = crl(crl_of_three());
  return aipg::to_bytes(tee::combined_json(out));
}

std::vector<Seed> all_seeds() {
  return {{"tdx_quote", "v4", quote(tee::QuoteForm::v4)},
          {"tdx_quote", "v4_padded", padded(quote(tee::QuoteForm::v4), 70)},
          {"tdx_quote", "v5_td15", quote(tee::QuoteForm::v5_td15)},
          {"spdm_report", "without_fwid", report({})},
          {"spdm_report", "with_fwid", report(with_fwid())},
          {"spdm_report", "with_everything", report(with_everything())},
          {"keyset", "two_suites", keyset({{1, Bytes(32, 7)}, {2, Bytes(1216, 8)}}).bytes},
          {"manifest", "one_gpu", manifest(1).bytes},
          {"manifest", "no_gpu", manifest(0).bytes},
          {"bundle", "one_gpu", bundle(1)},
          {"sgx_quote", "v3", sgx_quote()},
          {"tcb_info", "tdx", tcb_info(tee::good_collateral(kStart))},
          {"tcb_info", "sgx", tcb_info(tee::good_sgx_collateral(kStart))},
          {"qe_identity", "td_qe", qe_identity(tee::good_collateral(kStart))},
          {"qe_identity", "qe", qe_identity(tee::good_sgx_collateral(kStart))},
          {"tdx_collateral_json", "combined", combined()},
          {"crl", "empty", crl(empty_crl())},
          {"crl", "three", crl(crl_of_three())},
          {"crl", "version1", crl(crl_of_version1())},
          {"snp_report", "v2_milan", snp_report(snp_key(tee::SnpFamily::milan, false), 2)},
          {"snp_report", "v3_vlek", snp_report(snp_key(tee::SnpFamily::milan, true), 3)},
          {"snp_report", "v5_turin", snp_report(snp_key(tee::SnpFamily::turin, false), 5)},
          {"snp_certificate", "vcek", snp_certificate(snp_key(tee::SnpFamily::milan, false))},
          {"snp_certificate", "vcek_turin", snp_certificate(snp_key(tee::SnpFamily::turin, false))},
          {"snp_certificate", "vlek", snp_certificate(snp_key(tee::SnpFamily::milan, true))},
          {"rim", "driver", rim(tee::driver_rim("570.124.06"))},
          {"rim", "switch", rim(tee::switch_rim("96.10.55.00.01"))},
          {"nvidia_evidence_json", "sdk", aipg::to_bytes(tee::sdk_evidence_json(devices()))},
          {"nvidia_evidence_json", "ppcie", aipg::to_bytes(tee::ppcie_evidence_json(devices()))}};
}

// A seed that its own parser refuses would test nothing behind the first check.
bool parses(const Seed& seed) {
  if (seed.target == "tdx_quote") return attest::tdx::parse_quote(seed.bytes).has_value();
  if (seed.target == "spdm_report") return attest::nvidia::parse_report(seed.bytes).has_value();
  if (seed.target == "keyset") return attest::parse_keyset(seed.bytes).has_value();
  if (seed.target == "snp_report") return attest::snp::parse_report(seed.bytes).has_value();
  if (seed.target == "snp_certificate") {
    const auto certificate = crypto::Certificate::parse(seed.bytes);
    return certificate && attest::snp::read_key_extensions(*certificate).has_value();
  }
  if (seed.target == "sgx_quote") return attest::tdx::parse_sgx_quote(seed.bytes).has_value();
  if (seed.target == "tcb_info") return attest::tdx::parse_tcb_info(seed.bytes).has_value();
  if (seed.target == "qe_identity") return attest::tdx::parse_qe_identity(seed.bytes).has_value();
  if (seed.target == "tdx_collateral_json") return attest::tdx::parse_collateral_json(seed.bytes).has_value();
  if (seed.target == "crl") return crypto::Crl::parse(seed.bytes).has_value();
  if (seed.target == "manifest") return attest::parse_manifest(seed.bytes).has_value();
  if (seed.target == "nvidia_evidence_json") {
    return attest::nvidia::parse_evidence_json(aipg::as_text(seed.bytes)).has_value();
  }
  if (seed.target == "rim") {
    const auto document = aipg::codec::xml::parse(aipg::as_text(seed.bytes));
    return document && attest::nvidia::read_rim_signature(document->root()) &&
           attest::nvidia::parse_rim(document->root());
  }
  return attest::parse_bundle(seed.bytes).has_value();
}

bool write(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

Bytes read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return aipg::to_bytes(text);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc == 3 ? argv[1] : "";
  if (verb != "write" && verb != "check") {
    std::fputs("usage: evidence_corpus write|check CORPUS\n", stderr);
    return 2;
  }
  const std::vector<Seed> seeds = all_seeds();
  for (const Seed& seed : seeds) {
    const fs::path path = fs::path(argv[2]) / seed.target / seed.name;
    const bool good = parses(seed) && (verb == "write" ? write(path, seed.bytes) : read(path) == seed.bytes);
    if (good) continue;
    std::fprintf(stderr, "%s: %s\n", path.c_str(),
                 verb == "write" ? "cannot write" : "not what evidence_corpus writes");
    return 1;
  }
  std::printf("%zu files\n", seeds.size());
  return 0;
}
