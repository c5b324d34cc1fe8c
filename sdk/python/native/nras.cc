// SPDX-License-Identifier: Apache-2.0
#include "nras.h"

#include "client/core/verify_input.h"
#include "collateral/nras_request.h"
#include "collateral/resource.h"

namespace aipg::python {
namespace {

using attest::nvidia::StatedDevice;

ByteView bundle_of(const client::VerifyInput& input) {
  if (const auto* bundle = std::get_if<client::EvidenceBundle>(&input)) return bundle->bytes;
  if (const auto* answer = std::get_if<client::AttestedAnswer>(&input)) return answer->attestation.evidence;
  return std::get<attest::Attestation>(input).evidence;
}

// (url, body), for GPUs and for switches. None for evidence without devices.
nb::list nras_requests(const nb::bytes& file) {
  const client::VerifyInput input = good(client::recognise(view(file)));
  const attest::Bundle bundle = good(attest::parse_bundle(bundle_of(input)));
  std::vector<StatedDevice> gpus, switches;
  for (const attest::DeviceEvidence& each : bundle.devices) {
    auto& kind = each.arch == attest::DeviceArch::ls10 ? switches : gpus;
    kind.push_back({each.arch, each.report, each.chain, std::nullopt});
  }
  nb::list out;
  for (const auto& devices : {gpus, switches}) {
    if (devices.empty()) continue;
    const collateral::NrasRequest request = good(collateral::make_nras_request(devices));
    out.append(nb::make_tuple(collateral::Sources().nras + request.path, to_python(as_bytes(request.body))));
  }
  return out;
}

}  // namespace

void declare_nras(nb::module_& module) {
  const std::string keys = collateral::url_of(collateral::jwks(), collateral::Sources());
  module.attr("NRAS_KEYS_URL") = nb::str(keys.data(), keys.size());
  module.attr("MAX_NRAS_BYTES") = collateral::kMaxNrasTokenBytes;
  module.def("nras_requests", &nras_requests, nb::arg("file"));
}

}  // namespace aipg::python
