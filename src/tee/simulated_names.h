// SPDX-License-Identifier: Apache-2.0
// What the simulated machine is called and claims to consist of.
#pragma once

#include "crypto/digest.h"

namespace aipg::tee {

inline constexpr std::string_view kIntelRootName = "SIMULATED Intel SGX Root CA";
inline constexpr std::string_view kPlatformCaName = "SIMULATED Intel SGX PCK Platform CA";
inline constexpr std::string_view kPckName = "SIMULATED Intel SGX PCK Certificate";
inline constexpr std::string_view kTcbSigningName = "SIMULATED Intel SGX TCB Signing";
inline constexpr std::string_view kNvidiaRootName = "SIMULATED NVIDIA Device Identity CA";
inline constexpr std::string_view kIdentityName = "SIMULATED NVIDIA GH100 Identity";
inline constexpr std::string_view kProvisionerName = "SIMULATED NVIDIA GH100 Provisioner ICA 1";
inline constexpr std::string_view kDeviceName = "SIMULATED GH100 A01 GSP BROM";
inline constexpr std::string_view kAttestationKeyName = "SIMULATED GH100 A01 GSP FMC LF";
inline constexpr std::string_view kBlackwellDeviceName = "SIMULATED GB100 A01 GSP BROM";
inline constexpr std::string_view kBlackwellAttestationKeyName = "SIMULATED GB100 A01 GSP FMC LF";
inline constexpr std::string_view kSwitchDeviceName = "SIMULATED LS_10 A01 FSP BROM";
inline constexpr std::string_view kSwitchAttestationKeyName = "SIMULATED LS_10 A01 FSP FMC LF";

// Which of NVIDIA's chips a simulated device is. All chain through one Identity, which real switches do as well.
enum class SimulatedChip : std::uint8_t { gh100, gb100, ls10 };

inline constexpr ByteArray<6> kFmspc{'S', 'I', 'M', 'T', 'D', 'X'};

// A measurement of something that does not exist: the hash of its name.
[[nodiscard]] inline crypto::Hash384 simulated_measurement(std::string_view of) {
  return crypto::sha384({as_bytes("aipg simulated measurement "), as_bytes(of)});
}

}  // namespace aipg::tee
