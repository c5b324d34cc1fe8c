// SPDX-License-Identifier: Apache-2.0
#include "collateral/nras_request.h"

#include "base/hex.h"
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/pem.h"

namespace aipg::collateral {
namespace {

using attest::DeviceArch;
using attest::nvidia::StatedDevice;
using codec::json::Tree;

constexpr std::string_view kClaimsVersion = "3.0";

std::string_view word(DeviceArch arch) {
  if (arch == DeviceArch::ls10) return "LS10";
  return arch == DeviceArch::hopper ? "HOPPER" : "BLACKWELL";
}

// PEM in base64, as NVIDIA's own tools send it.
std::string chain_text(const std::vector<Bytes>& chain) {
  std::string pem;
  for (const Bytes& der : chain) pem += codec::to_pem_certificate(der);
  return codec::to_base64(as_bytes(pem));
}

Result<Bytes> nonce_of(const StatedDevice& device) {
  const auto report = attest::nvidia::parse_report(device.report);
  if (!report) return fail("nras_request", "report");
  return to_bytes(report->nonce);
}

}  // namespace

Result<NrasRequest> make_nras_request(std::span<const StatedDevice> devices) {
  if (devices.empty()) return fail("nras_request", "devices");
  const DeviceArch arch = devices.front().arch;
  AIPG_TRY(const Bytes nonce, nonce_of(devices.front()));
  Tree::Array evidence;
  for (const StatedDevice& device : devices) {
    AIPG_TRY(const Bytes own, nonce_of(device));
    if (device.arch != arch) return fail("nras_request", "kinds");
    if (own != nonce) return fail("nras_request", "nonces");
    evidence.push_back(
        Tree::Object{{"certificate", chain_text(device.chain)}, {"evidence", codec::to_base64(device.report)}});
  }
  const Tree body(Tree::Object{{"arch", word(arch)},
                               {"claims_version", kClaimsVersion},
                               {"evidence_list", std::move(evidence)},
                               {"nonce", to_hex(nonce)}});
  return NrasRequest{.path = arch == DeviceArch::ls10 ? "/v4/attest/switch" : "/v4/attest/gpu", .body = body.write()};
}

}  // namespace aipg::collateral
