// SPDX-License-Identifier: Apache-2.0
#include "collateral/evidence.h"

#include <gtest/gtest.h>

#include "attest/evidence_library_for_tests.h"
#include "base/hex.h"
#include "codec/base64.h"
#include "codec/pem.h"
#include "tee/test_machine.h"

namespace aipg::collateral {
namespace {

using attest::kEvidenceLibrary;
using attest::read_evidence;

// "1 quotes, 0 reports, 2 devices", or the code.
std::string shown(const std::vector<Bytes>& files) {
  Evidence out;
  for (const Bytes& file : files) {
    if (const auto added = out.add(file); !added) return std::string(added.error().code.view());
  }
  return std::to_string(out.quotes.size()) + " quotes, " + std::to_string(out.snp_reports.size()) + " reports, " +
         std::to_string(out.devices.size()) + " devices";
}

TEST(Evidence, OfEveryRealFormIsRecognised) {
  AIPG_NEEDS_EVIDENCE();
  const std::string one_quote = "1 quotes, 0 reports, 0 devices", one_report = "0 quotes, 1 reports, 0 devices";
  for (const char* file : {"tdx/v4_uptodate/quote.bin", "tdx/v5_uptodate/quote.bin", "tdx/sgx_v3/quote.bin"}) {
    const Bytes bytes = read_evidence(file);
    EXPECT_EQ(shown({bytes}), one_quote) << file;
    EXPECT_EQ(shown({to_bytes(to_hex(bytes))}), one_quote) << file;
    EXPECT_EQ(shown({to_bytes(codec::to_base64(bytes) + "\n")}), one_quote) << file;
  }
  for (const char* file :
       {"snp/milan_v2/report.bin", "snp/genoa_v3_azure/report.bin", "snp/milan_vlek_v3/report.bin"}) {
    EXPECT_EQ(shown({read_evidence(file)}), one_report) << file;
  }
  EXPECT_EQ(shown({read_evidence("nvidia/evidence_json/hopper_evidence.json")}), "0 quotes, 0 reports, 1 devices");
  EXPECT_EQ(shown({read_evidence("nvidia/ppcie_570.124.06/all.json")}), "0 quotes, 0 reports, 12 devices");
  EXPECT_EQ(shown({read_evidence("nvidia/h100_550.90.07/report.bin"), read_evidence("nvidia/h100_550.90.07/chain.pem"),
                   read_evidence("tdx/v4_uptodate/quote.bin")}),
            "1 quotes, 0 reports, 1 devices");
}

TEST(Evidence, OfABundleIsItsQuoteAndItsDevices) {
  tee::TestMachine machine;
  EXPECT_EQ(shown({machine.bundle().bytes}), "1 quotes, 0 reports, 1 devices");
}

TEST(Evidence, RefusesAChainWithoutAReportAndAReportWithoutAChain) {
  tee::TestMachine machine;
  const attest::DeviceEvidence device = machine.devices(Hash256{1})->front();
  std::string pem;
  for (const Bytes& der : device.chain) pem += codec::to_pem_certificate(der);
  EXPECT_EQ(shown({device.report, to_bytes(pem)}), "0 quotes, 0 reports, 1 devices");
  EXPECT_EQ(shown({to_bytes(pem)}), "evidence_chain");
  EXPECT_EQ(shown({device.report, to_bytes(pem), to_bytes(pem)}), "evidence_chain");
  EXPECT_EQ(shown({device.report, device.report}), "evidence_chain");
  Evidence alone;
  ASSERT_TRUE(alone.add(device.report));
  attest::Verdict why;
  const attest::RootSet roots = machine.pki.roots();
  const auto planned = plan(alone, std::nullopt, {.roots = roots, .at = machine.now, .why = why});
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Literal("evidence_chain"));
}

TEST(Evidence, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(shown({to_bytes("hello")}), "evidence_unknown");
  EXPECT_EQ(shown({Bytes{}}), "evidence_unknown");
  EXPECT_EQ(shown({to_bytes(R"({"v":"aipg.evidence.v9"})")}), "json_missing_field");
}

}  // namespace
}  // namespace aipg::collateral
