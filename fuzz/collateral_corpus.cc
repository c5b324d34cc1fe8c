// SPDX-License-Identifier: Apache-2.0
// Writes the corpora of the collateral's fuzz targets from the simulator, or
// checks that they are what it would write: collateral_corpus write|check
// fuzz/corpus. The same bytes each time: signatures, which no parser looks
// into, are fixed bytes, and the one certificate is the certificate target's.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "attest/epoch.h"
#include "attest/nras/token.h"
#include "codec/base64.h"
#include "crypto/ocsp.h"
#include "tee/simulated_names.h"
#include "tee/simulated_nras.h"
#include "tee/simulated_ocsp.h"

namespace {

using aipg::Bytes;
using aipg::ByteView;
using aipg::Hash256;
using aipg::Instant;
namespace attest = aipg::attest;
namespace codec = aipg::codec;
namespace crypto = aipg::crypto;
namespace fs = std::filesystem;
namespace tee = aipg::tee;

struct Seed {
  std::string target, name;
  Bytes bytes;
};

const Instant kStart{1'795'000'000'000};
const Bytes kSignature(96, 0x5a);  // r and s, both in range

Bytes read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return aipg::to_bytes(text);
}

// --- OCSP --------------------------------------------------------------------------

tee::OcspAnswer answer(tee::SimulatedOcspStatus status) {
  tee::OcspAnswer out;
  out.issuer_name_hash = Bytes(48, 1);
  out.issuer_key_hash = Bytes(48, 2);
  out.serial = {0x41, 0x42};
  out.status = status;
  out.revoked_at = kStart;
  out.this_update = kStart;
  out.next_update = kStart + std::chrono::hours(24);
  return out;
}

Bytes ocsp(const crypto::Certificate& certificate, tee::OcspContent content) {
  content.produced_at = kStart;
  content.signature = kSignature;
  return tee::make_ocsp_response(content, certificate, crypto::EcPrivateKey::generate(crypto::Curve::p384));
}

std::vector<Seed> ocsp_seeds(const crypto::Certificate& certificate) {
  tee::OcspContent good, revoked;
  good.answers = {answer(tee::SimulatedOcspStatus::good)};
  good.certificates = {aipg::to_bytes(certificate.der())};
  revoked.answers = {answer(tee::SimulatedOcspStatus::revoked), answer(tee::SimulatedOcspStatus::unknown)};
  revoked.answers[0].reason = 6;
  revoked.answers[1].serial = {7};
  revoked.nonce = Bytes(32, 3);
  revoked.responder_name = certificate.subject();
  return {{"ocsp", "good", ocsp(certificate, good)}, {"ocsp", "on_hold_with_nonce", ocsp(certificate, revoked)}};
}

// --- NRAS --------------------------------------------------------------------------

std::string token(const tee::JsonMembers& claims) {
  const std::string input = codec::to_base64url(aipg::as_bytes(R"({"kid":"k-1","alg":"ES384"})")) + '.' +
                            codec::to_base64url(aipg::as_bytes(tee::to_json(claims)));
  return input + '.' + codec::to_base64url(kSignature);
}

std::string detached(tee::NrasVersion version) {
  const tee::DeviceTokens devices{{"GPU-0", token(tee::gpu_claims(Hash256{}, kStart, version, 1000))},
                                  {"SWITCH-0", token(tee::switch_claims(Hash256{}, kStart, 2000))}};
  tee::JsonMembers overall = tee::overall_claims(Hash256{}, kStart, version);
  overall["submods"] = tee::submods_of(devices);
  return tee::detached_eat(token(overall), devices);
}

std::string jwks(const crypto::Certificate& certificate) {
  const ByteView xy = certificate.ec_key()->xy();
  const std::string key = R"({"kty":"EC","crv":"P-384","kid":"k-1","x":")" + codec::to_base64url(xy.first(48)) +
                          R"(","y":")" + codec::to_base64url(xy.subspan(48)) + R"(","x5c":[")" +
                          codec::to_base64(certificate.der()) + R"("]})";
  return R"({"keys":[)" + key + "]}";
}

std::vector<Seed> nras_seeds(const crypto::Certificate& certificate) {
  const std::string single = token({{"a", "1"}});
  return {{"jws", "small", aipg::to_bytes(single)},
          {"jwks", "one_key", aipg::to_bytes(jwks(certificate))},
          {"nras_token", "single", aipg::to_bytes(token(tee::gpu_claims(Hash256{}, kStart, tee::NrasVersion::v3, 1)))},
          {"nras_token", "detached_v2", aipg::to_bytes(detached(tee::NrasVersion::v2))},
          {"nras_token", "detached_v3", aipg::to_bytes(detached(tee::NrasVersion::v3))}};
}

// --- our own documents ---------------------------------------------------------------

attest::Reference reference() {
  const auto of = [](std::string_view what) { return tee::simulated_measurement(what); };
  attest::Reference out;
  out.version = 7;
  out.issued = kStart;
  out.expires = kStart + attest::kMaxReferenceLife;
  const attest::BootTuple boot{of("MRTD"), of("RTMR0"), of("RTMR1"), of("RTMR2")};
  using attest::ReleaseStatus;
  out.releases = {
      {"first", Hash256{1}, {boot, attest::SnpLaunch{of("SNP")}}, {"model"}, ReleaseStatus::good, {}},
      {"second", Hash256{2}, {boot}, {}, ReleaseStatus::sunset, kStart},
      {"third", Hash256{3}, {boot}, {}, ReleaseStatus::revoked, kStart},
  };
  out.minimum.tcb_evaluation_data_number = 17;
  out.platform_denied = {Hash256{9}};
  out.validators = {{attest::SigningKey{1}, attest::SigningKey{2}}, 2};
  return attest::make_reference(std::move(out));
}

std::vector<Seed> document_seeds() {
  attest::Epoch epoch;
  epoch.start = kStart;
  epoch.chain = "aipg-main";
  epoch.block = 1234;
  epoch = attest::make_epoch(std::move(epoch));
  const attest::SignedDocument signed_epoch{epoch.bytes, {{Hash256{1}, {2}}, {Hash256{3}, {4}}}};
  return {{"reference", "three_releases", reference().bytes},
          {"epoch", "document", epoch.bytes},
          {"epoch", "signed", attest::write_signed_document(attest::kEpochKind, signed_epoch)}};
}

std::vector<Seed> all_seeds(const fs::path& corpus) {
  const auto certificate = crypto::Certificate::parse(read(corpus / "certificate" / "leaf_p384.der"));
  if (!certificate) return {};
  std::vector<Seed> out = ocsp_seeds(*certificate);
  for (std::vector<Seed>& more : std::array{nras_seeds(*certificate), document_seeds()}) {
    std::ranges::move(more, std::back_inserter(out));
  }
  return out;
}

// A seed that its own parser refuses would test nothing behind the first check.
bool parses(const Seed& seed) {
  const std::string_view text = aipg::as_text(seed.bytes);
  if (seed.target == "ocsp") return crypto::OcspResponse::parse(seed.bytes).has_value();
  if (seed.target == "jws") return attest::nras::parse_jws(text).has_value();
  if (seed.target == "jwks") return attest::nras::Jwks::parse(seed.bytes).has_value();
  if (seed.target == "nras_token") return attest::nras::parse_token(seed.bytes).has_value();
  if (seed.target == "reference") return attest::parse_reference(seed.bytes).has_value();
  if (seed.name == "signed") return attest::parse_signed_document(attest::kEpochKind, seed.bytes).has_value();
  return attest::parse_epoch(seed.bytes).has_value();
}

bool write(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc == 3 ? argv[1] : "";
  if (verb != "write" && verb != "check") {
    std::fputs("usage: collateral_corpus write|check CORPUS\n", stderr);
    return 2;
  }
  const std::vector<Seed> seeds = all_seeds(argv[2]);
  if (seeds.empty()) return 1;
  for (const Seed& seed : seeds) {
    const fs::path path = fs::path(argv[2]) / seed.target / seed.name;
    const bool good = parses(seed) && (verb == "write" ? write(path, seed.bytes) : read(path) == seed.bytes);
    if (good) continue;
    std::fprintf(stderr, "%s: %s\n", path.c_str(),
                 verb == "write" ? "cannot write" : "not what collateral_corpus writes");
    return 1;
  }
  std::printf("%zu files\n", seeds.size());
  return 0;
}
