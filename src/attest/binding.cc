// SPDX-License-Identifier: Apache-2.0
#include "attest/binding.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace aipg::attest {
namespace {

// One byte of the list's length is hashed, so a longer list cannot be told apart: our bug, not an input.
constexpr std::size_t kMostDevices = 255;

}  // namespace

Hash256 device_hash(const std::vector<DeviceDigestInput>& devices) {
  if (devices.empty()) return {};
  if (devices.size() > kMostDevices) __builtin_trap();
  ByteWriter out;
  out.text("aipg devices v1").u8(static_cast<std::uint8_t>(devices.size()));
  for (const DeviceDigestInput& device : devices) {
    out.u8(static_cast<std::uint8_t>(device.arch));
    out.bytes(crypto::sha256(device.report)).bytes(crypto::sha256(device.leaf_certificate));
  }
  return crypto::sha256(out.view());
}

Hash256 gpu_nonce(const Hash256& challenge, const Hash256& keyset_id) {
  return crypto::sha256({as_bytes("aipg gpu nonce v1"), challenge, keyset_id});
}

crypto::Hash512 report_data(const Hash256& challenge, const Hash256& keyset_id, const Hash256& workload_hash,
                            const Hash256& devices) {
  return crypto::sha512({as_bytes("aipg report data v1"), challenge, keyset_id, workload_hash, devices});
}

crypto::Hash384 workload_rtmr3(const Hash256& workload_hash) {
  const crypto::Hash384 event = crypto::sha384({as_bytes("aipg workload v1"), workload_hash});
  const crypto::Hash384 before{};
  return crypto::sha384({before, event});
}

Hash256 tdx_platform_id(ByteView ppid) {
  constexpr ByteArray<1> kTdx{1};
  return crypto::sha256({as_bytes("aipg platform v1"), kTdx, ppid});
}

Hash256 snp_platform_id(ByteView chip_id) {
  constexpr ByteArray<1> kSnp{2};
  return crypto::sha256({as_bytes("aipg platform v1"), kSnp, chip_id});
}

std::string_view arch_name(DeviceArch arch) { return std::ranges::find(kArchNames, arch, &ArchName::arch)->name; }

}  // namespace aipg::attest
