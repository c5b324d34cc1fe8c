// SPDX-License-Identifier: Apache-2.0
#include "collateral/fetcher.h"

#include <gmock/gmock.h>

#include "attest/evidence_library_for_tests.h"
#include "attest/tdx/tcb_info.h"
#include "collateral/services_for_tests.h"
#include "net/loopback_test.h"
#include "tee/simulated_nras.h"
#include "tee/simulated_ocsp.h"
#include "tee/simulated_rim.h"
#include "tee/test_intel.h"
#include "tee/test_machine.h"

namespace aipg::collateral {
namespace {

using attest::kEvidenceLibrary;

using attest::tdx::Tee;
using net::Task;

class Fetchers : public net::Loopback {
 public:
  Fetchers() {
    documents = intel.collateral();
    fmspc = attest::tdx::parse_tcb_info(documents.tcb_info)->fmspc;
    vendors.publish(documents, Tee::tdx, fmspc, PckCa::platform);
  }

  // The pieces, or the code, of one resource.
  std::string fetch(const Resource& resource, const std::function<void(FetchOptions&)>& edit = {}) {
    std::string out;
    run([](Fetchers& t, Resource what, std::function<void(FetchOptions&)> change, std::string& result) -> Task<void> {
      auto server = t.serve(t.vendors.handler());
      const std::string base = "http://127.0.0.1:" + std::to_string(server->port());
      FetchOptions options{.sources = LocalVendors::at(base),
                           .patience = {.tries = 2, .pause = milliseconds(1), .one_try = milliseconds(2000)}};
      if (change) change(options);
      Fetcher fetcher(t.runtime, options, t.rng);
      const auto pieces = co_await fetcher.fetch(what);
      result = pieces ? std::to_string(pieces->size()) + " pieces" : std::string(pieces.error().error.code.view());
      if (pieces) t.pieces = *pieces;
    }(*this, resource, edit, out));
    return out;
  }

  tee::TestIntel intel;
  attest::tdx::Collateral documents;
  ByteArray<6> fmspc{};
  LocalVendors vendors;
  crypto::SystemRng rng;
  std::vector<Bytes> pieces;
};

TEST_F(Fetchers, GetWhatIntelPublishesByItsPaths) {
  EXPECT_EQ(fetch(tcb_info(Tee::tdx, fmspc)), "2 pieces");
  EXPECT_EQ(pieces.front(), documents.tcb_info);
  EXPECT_EQ(fetch(qe_identity(Tee::tdx)), "2 pieces");
  EXPECT_EQ(fetch(pck_crl(PckCa::platform)), "2 pieces");
  EXPECT_EQ(fetch(intel_root_crl()), "1 pieces");
  EXPECT_THAT(vendors.asked, testing::Contains("GET /sgx/certification/v4/pckcrl?ca=platform&encoding=der"));
}

TEST_F(Fetchers, GetTheRootListFromACachingServiceToo) {
  EXPECT_EQ(fetch(intel_root_crl(), [](FetchOptions& o) { o.sources.pccs = o.sources.intel; }), "1 pieces");
  EXPECT_EQ(pieces.front(), documents.root_crl);
  EXPECT_THAT(vendors.asked, testing::ElementsAre("GET /sgx/certification/v4/rootcacrl"));
}

TEST_F(Fetchers, SayWhatIsWrongWithAnAnswer) {
  const Resource resource = tcb_info(Tee::tdx, fmspc);
  Reply& reply = vendors.replies[resource.path];
  const Reply good = reply;

  reply.headers = {};
  EXPECT_EQ(fetch(resource), "issuer_chain_missing");
  reply = good;
  reply.headers.add("TCB-Info-Issuer-Chain", "again");
  EXPECT_EQ(fetch(resource), "issuer_chain_missing") << "twice is as bad as never";
  reply = good;
  reply.body = "<html>Service unavailable</html>";
  EXPECT_EQ(fetch(resource), "tcb_info_invalid");
  reply = good;
  reply.body.resize(reply.body.size() / 2);
  EXPECT_EQ(fetch(resource), "tcb_info_invalid");
  reply = good;
  reply.body.append(attest::tdx::kMaxTcbInfoBytes, ' ');
  EXPECT_EQ(fetch(resource), "http_too_large");
  reply.status = 404;
  EXPECT_EQ(fetch(resource), "http_too_large") << "an error's body is bounded too";
  reply = {.status = 404, .body = "none"};
  EXPECT_EQ(fetch(resource), "service_not_found");
}

TEST_F(Fetchers, AskAgainOnlyWhereItHelps) {
  const Resource resource = qe_identity(Tee::tdx);
  int failures = 1;
  vendors.instead = [&](const std::string&) -> std::optional<Reply> {
    return failures-- > 0 ? std::optional(Reply{.status = 500}) : std::nullopt;
  };
  EXPECT_EQ(fetch(resource), "2 pieces");
  EXPECT_EQ(vendors.asked.size(), 2U);
}

TEST_F(Fetchers, RefuseAddressesWithoutTlsButOnThisMachine) {
  EXPECT_EQ(fetch(jwks(), [](FetchOptions& o) { o.sources.nras = "http://nras.example"; }), "service_not_https");
  EXPECT_EQ(fetch(jwks(), [](FetchOptions& o) { o.sources.nras = "nras.example"; }), "invalid_address");
  EXPECT_TRUE(vendors.asked.empty());
}

TEST_F(Fetchers, GetAManifest) {
  const std::string xml = tee::make_rim(tee::driver_rim("570.124.06"), tee::make_rim_pki(intel.now));
  vendors.publish_rim("NV_GPU_DRIVER_GH100_570.124.06", xml);
  EXPECT_EQ(fetch(rim("NV_GPU_DRIVER_GH100_570.124.06")), "1 pieces");
  EXPECT_EQ(as_text(pieces.front()), xml);
}

// Where a request carries a nonce, it is its last 32 bytes.
constexpr std::size_t kNonceBytes = 32;

class OcspFetchers : public Fetchers {
 public:
  OcspFetchers() {
    vendors.on_post = [this](std::string_view request) -> std::optional<std::string> {
      posted = std::string(request);
      tee::OcspContent content = tee::content_of(tee::answer_about(subject, issuer, intel.now), responder);
      if (echo) content.nonce = to_bytes(request.substr(request.size() - kNonceBytes));
      return std::string(as_text(tee::make_ocsp_response(content, responder)));
    };
  }
  tee::SimulatedRimPki pki = tee::make_rim_pki(intel.now);
  crypto::Certificate subject = *crypto::Certificate::parse(pki.chain[0]);
  crypto::Certificate issuer = *crypto::Certificate::parse(pki.chain[1]);
  tee::SimulatedResponder responder = tee::make_responder(tee::responder_at(intel.now), "issuer", pki.key);
  bool echo = true;
  std::string posted;
};

TEST_F(OcspFetchers, SendANonceAndWantItBack) {
  EXPECT_EQ(fetch(ocsp(subject, issuer)), "1 pieces");
  const std::string first = posted;
  EXPECT_EQ(fetch(ocsp(subject, issuer)), "1 pieces");
  EXPECT_NE(posted, first) << "a fresh one each time";
  EXPECT_THAT(vendors.asked, testing::Each("POST /"));
  echo = false;
  EXPECT_EQ(fetch(ocsp(subject, issuer)), "ocsp_nonce");
}

TEST_F(OcspFetchers, SendNoneToACachingResponder) {
  echo = false;
  EXPECT_EQ(fetch(ocsp(subject, issuer), [](FetchOptions& o) { o.ocsp_without_nonce = true; }), "1 pieces");
  EXPECT_EQ(as_bytes(posted).size(), crypto::make_ocsp_request(crypto::ocsp_cert_id(subject, issuer), {}).size());
}

TEST_F(Fetchers, AcceptTheRealAnswersOfNvidiasResponder) {
  AIPG_NEEDS_EVIDENCE();
  const Bytes pem = attest::read_evidence("nvidia/h100_550.90.07/chain.pem");
  std::vector<crypto::Certificate> chain;
  for (const Bytes& der : *codec::parse_pem_certificates(as_text(pem), 5)) {
    chain.push_back(*crypto::Certificate::parse(der));
  }
  const std::vector<std::string> names{"", "l4", "l3", "l2"};
  for (std::size_t i = 1; i <= 3; ++i) {
    vendors.on_post = [&](std::string_view request) -> std::optional<std::string> {
      EXPECT_EQ(request, as_text(crypto::make_ocsp_request(crypto::ocsp_cert_id(chain[i], chain[i + 1]), {})));
      return std::string(
          as_text(attest::read_evidence("nvidia/h100_550.90.07/ocsp/gpu_certificate_" + names[i] + ".der")));
    };
    EXPECT_EQ(fetch(ocsp(chain[i], chain[i + 1]), [](FetchOptions& o) { o.ocsp_without_nonce = true; }), "1 pieces")
        << i;
  }
}

// --- NVIDIA's attestation service ----------------------------------------------------

TEST_F(Fetchers, ShowDevicesToNvidiasServiceAndBringItsToken) {
  tee::TestMachine machine;
  const attest::DeviceEvidence gpu = machine.devices(Hash256{7})->front();
  const std::vector<attest::nvidia::StatedDevice> devices{
      {.arch = gpu.arch, .report = gpu.report, .chain = gpu.chain, .nonce = std::nullopt}};
  std::string answer = "not a token", out;
  vendors.on_post = [&](std::string_view) { return std::optional(answer); };
  const auto ask = [&] {
    run([](Fetchers& t, const std::vector<attest::nvidia::StatedDevice>& shown, std::string& result) -> Task<void> {
      auto server = t.serve(t.vendors.handler());
      const std::string base = "http://127.0.0.1:" + std::to_string(server->port());
      Fetcher fetcher(t.runtime, {.sources = LocalVendors::at(base)}, t.rng);
      const auto token = co_await fetcher.attest_remotely(shown);
      result = token ? std::string(as_text(*token)) : std::string(token.error().error.code.view());
    }(*this, devices, out));
  };
  ask();
  EXPECT_EQ(out, "jws_invalid");
  EXPECT_THAT(vendors.asked, testing::ElementsAre("POST /v4/attest/gpu"));
  if (!std::filesystem::exists(kEvidenceLibrary)) GTEST_SKIP() << "SKIPPED: no real token";
  answer = std::string(as_text(attest::read_evidence("nvidia/h100_550.90.07/nras_detached_eat.json")));
  ask();
  EXPECT_EQ(out, answer) << "byte for byte";
}

}  // namespace
}  // namespace aipg::collateral
