// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_evidence.h"

#include "base/hex.h"
#include "codec/base64.h"
#include "codec/pem.h"

namespace aipg::tee {
namespace {

using attest::DeviceArch;
using attest::DeviceEvidence;

constexpr std::size_t kNonceAt = 4, kNonceBytes = 32;

std::string_view name_of(DeviceArch arch) {
  switch (arch) {
    case DeviceArch::hopper:
      return "HOPPER";
    case DeviceArch::blackwell:
      return "BLACKWELL";
    case DeviceArch::ls10:
      return "LS10";
  }
  return {};
}

std::string quoted_base64(ByteView bytes) { return "\"" + codec::to_base64(bytes) + "\""; }

std::string pem_base64(const std::vector<Bytes>& chain) {
  std::string pem;
  for (const Bytes& each : chain) pem += codec::to_pem_certificate(each);
  return quoted_base64(as_bytes(pem));
}

void add(std::string& list, const std::string& more) { list += (list.empty() ? "" : ",") + more; }

std::string dumped_chain(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& each : chain) {
    add(out, R"({"py/object":"OpenSSL.crypto.X509","pem":)" + pem_base64({each}) + "}");
  }
  return "[" + out + "]";
}

std::string dumped_gpu(const DeviceEvidence& device, std::size_t index) {
  return R"({"py/object":"verifier.nvml.NvmlHandler","Index":)" + std::to_string(index) +
         R"(,"DriverVersion":"SIMULATED","BoardId":256,"UUID":"SIMULATED","GPUArchitecture":)" +
         (device.arch == DeviceArch::hopper ? "9" : "10") +
         R"(,"VbiosVersion":"SIMULATED","CertificateChains":{"py/object":"verifier.nvml.gpu_cert_chains)"
         R"(.GpuCertificateChains","GpuAttestationCertificateChain":)" +
         dumped_chain(device.chain) + R"(},"AttestationReport":{"py/b64":)" + quoted_base64(device.report) + "}}";
}

std::string dumped_switch(const DeviceEvidence& device) {
  return R"({"py/object":"nv_attestation_sdk.NVSwitch","uuid":"SIMULATED","attestation_cert_chain":)" +
         dumped_chain(device.chain) + R"(,"attestation_report":{"py/b64":)" + quoted_base64(device.report) + "}}";
}

}  // namespace

std::string sdk_evidence_json(const std::vector<DeviceEvidence>& devices) {
  std::string out;
  for (const DeviceEvidence& device : devices) {
    const ByteView nonce = ByteView(device.report).subspan(kNonceAt, kNonceBytes);
    add(out, R"({"arch":")" + std::string(name_of(device.arch)) + R"(","certificate":)" + pem_base64(device.chain) +
                 R"(,"evidence":)" + quoted_base64(device.report) + R"(,"nonce":")" + to_hex(nonce) + R"("})");
  }
  return "[" + out + "]";
}

std::string ppcie_evidence_json(const std::vector<DeviceEvidence>& devices) {
  std::string gpus, switches;
  std::size_t index = 0;
  for (const DeviceEvidence& device : devices) {
    if (device.arch == DeviceArch::ls10) {
      add(switches, dumped_switch(device));
    } else {
      add(gpus, dumped_gpu(device, index++));
    }
  }
  return R"({"gpus":[)" + gpus + R"(],"nvswitches":[)" + switches + "]}";
}

}  // namespace aipg::tee
