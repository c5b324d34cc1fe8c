// SPDX-License-Identifier: Apache-2.0
// The hashes that tie CPU evidence, GPU evidence, keys and workload together
// (docs/protocol.md, "Binding"). Pure.
#pragma once

#include <array>
#include <vector>

#include "base/bytes.h"
#include "crypto/digest.h"

namespace aipg::attest {

enum class DeviceArch : std::uint8_t { hopper = 1, blackwell = 2, ls10 = 3 };
// As documents and policies write it.
struct ArchName {
  DeviceArch arch;
  std::string_view name;
};
inline constexpr std::array<ArchName, 3> kArchNames{
    {{DeviceArch::hopper, "hopper"}, {DeviceArch::blackwell, "blackwell"}, {DeviceArch::ls10, "ls10"}}};
[[nodiscard]] std::string_view arch_name(DeviceArch arch);

struct DeviceDigestInput {
  DeviceArch arch;
  ByteView report;
  ByteView leaf_certificate;  // DER
};

// H("aipg devices v1" ‖ n u8 ‖ Σ (arch u8 ‖ H(report) ‖ H(leaf certificate))); 32 zero bytes for none.
[[nodiscard]] Hash256 device_hash(const std::vector<DeviceDigestInput>& devices);
// H("aipg gpu nonce v1" ‖ challenge ‖ keyset_id)
[[nodiscard]] Hash256 gpu_nonce(const Hash256& challenge, const Hash256& keyset_id);
// SHA-512("aipg report data v1" ‖ challenge ‖ keyset_id ‖ workload_hash ‖ device_hash)
[[nodiscard]] crypto::Hash512 report_data(const Hash256& challenge, const Hash256& keyset_id,
                                          const Hash256& workload_hash, const Hash256& devices);
// SHA384(0^48 ‖ SHA384("aipg workload v1" ‖ workload_hash))
[[nodiscard]] crypto::Hash384 workload_rtmr3(const Hash256& workload_hash);
// H("aipg platform v1" ‖ 01 ‖ PPID)
[[nodiscard]] Hash256 tdx_platform_id(ByteView ppid);
// H("aipg platform v1" ‖ 02 ‖ CHIP_ID)
[[nodiscard]] Hash256 snp_platform_id(ByteView chip_id);

}  // namespace aipg::attest
