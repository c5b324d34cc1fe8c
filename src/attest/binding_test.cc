// SPDX-License-Identifier: Apache-2.0
// The hashes of docs/protocol.md against values computed by another program.
#include "attest/binding.h"

#include <gtest/gtest.h>

#include <numeric>

#include "attest/challenge.h"
#include "attest/keyset.h"
#include "base/hex.h"

namespace aipg::attest {
namespace {

template <std::size_t N>
ByteArray<N> filled(std::uint8_t byte) {
  ByteArray<N> out;
  out.fill(byte);
  return out;
}

template <std::size_t N>
ByteArray<N> counting() {
  ByteArray<N> out;
  std::iota(out.begin(), out.end(), std::uint8_t{0});
  return out;
}

// value 00 01 … 1f, keyset_id 11 × 32, workload_hash 22 × 32.
const Hash256 kChallenge = challenge_hash(ChallengeKind::nonces, counting<32>());
const Hash256 kKeysetId = filled<32>(0x11), kWorkload = filled<32>(0x22);

constexpr const char* kChallengeHex = "4be51bd3d415dc528623039522b98dff908ef5312a0ed4bd056d9f1e971f9184";
constexpr const char* kGpuNonceHex = "7ed0392d06d732fe32a6f61ac04aefb9127c2e95780ed53a9bc3e4a720e7aa6c";
constexpr const char* kDeviceHashHex = "223b38a13af1826cd78af8c31be64fec9b63f04bac469c6ec660edb5a7042c88";
constexpr const char* kReportDataHex =
    "7c6fb403331747508e48823703fa5f22cad2b331f8e4c3b86825cee5eafe1717"
    "ffd838a256bc1b28d811c4519f8ebbd04ffa85ed3956767fbc1c7f39f0c7b19f";
constexpr const char* kRtmr3Hex =
    "10ef1a1e9d157e746d17284789e74553636759dc6b97fa42713d47ae287269aac67e9980f53142faa66e62b3fae8b300";
constexpr const char* kPlatformHex = "b561b78a1a081af9265b6e7b86a47446329d201306e2edb8b0633c2353549197";
constexpr const char* kSnpPlatformHex = "30e3c661738675e8aed339a6cdc8bcd6186ef72e5faab7af0d24842c0051481e";
constexpr const char* kKidHex = "c5c7b865f617e2500015e1f9e2838f7fbe131bd02608b59ac0119b1bd36d00e3";

Hash256 two_devices() {
  return device_hash({{DeviceArch::hopper, as_bytes("report one"), as_bytes("leaf one")},
                      {DeviceArch::ls10, as_bytes("report two"), as_bytes("leaf two")}});
}

TEST(Binding, ChallengeIsTheValueComputedByHand) { EXPECT_EQ(to_hex(kChallenge), kChallengeHex); }

TEST(Binding, GpuNonceIsTheValueComputedByHand) { EXPECT_EQ(to_hex(gpu_nonce(kChallenge, kKeysetId)), kGpuNonceHex); }

TEST(Binding, DeviceHashIsTheValueComputedByHand) { EXPECT_EQ(to_hex(two_devices()), kDeviceHashHex); }

TEST(Binding, NoDevicesAreThirtyTwoZeroBytes) { EXPECT_EQ(device_hash({}), Hash256{}); }

TEST(Binding, ReportDataIsTheValueComputedByHand) {
  EXPECT_EQ(to_hex(report_data(kChallenge, kKeysetId, kWorkload, two_devices())), kReportDataHex);
}

TEST(Binding, WorkloadRegisterIsTheValueComputedByHand) { EXPECT_EQ(to_hex(workload_rtmr3(kWorkload)), kRtmr3Hex); }

TEST(Binding, PlatformIdIsTheValueComputedByHand) {
  EXPECT_EQ(to_hex(tdx_platform_id(counting<16>())), kPlatformHex);
  EXPECT_EQ(to_hex(snp_platform_id(counting<64>())), kSnpPlatformHex);
}

TEST(Binding, KidIsTheValueComputedByHand) { EXPECT_EQ(to_hex(key_id(1, filled<32>(7))), kKidHex); }

}  // namespace
}  // namespace aipg::attest
