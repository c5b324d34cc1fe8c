// SPDX-License-Identifier: Apache-2.0
// What a relying party accepts. Defaults are strict; a policy file may name
// the simulator's roots, pin (boot tuple, workload) pairs and relax single
// rules. Four policies are ready made:
//   network     what AIPG's clients ask of a worker (docs/protocol.md, "Appraisal")
//   vendor      the vendor's own rules; its collateral and revocation are required
//   chain       structure, chain and signatures; what is given besides is checked, what is not is a warning
//   azure-vtpm  vendor, for reports that a paravisor passes on
// A whole worker is judged by network, or by what begins with it, and by no other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/binding.h"
#include "attest/boot.h"
#include "attest/nras/token.h"
#include "attest/roots.h"
#include "attest/rule_modes.h"
#include "attest/signed_document.h"
#include "attest/snp/guest.h"
#include "attest/tdx/collateral.h"
#include "attest/tdx/guest.h"
#include "attest/tdx/tcb_status.h"
#include "attest/verdict.h"

namespace aipg::attest {

// A pair that is trusted together: no other pairing of its halves is.
struct PinnedRelease {
  std::string name;
  BootMeasurement boot;
  Hash256 workload_hash{};
  friend bool operator==(const PinnedRelease&, const PinnedRelease&) = default;
};

// Whose signatures on reference values count. Strict by default: two.
struct ReleaseKeys {
  std::vector<SigningKey> keys;
  std::size_t quorum = 2;
  friend bool operator==(const ReleaseKeys&, const ReleaseKeys&) = default;
};
struct ReferencePolicy {
  ReleaseKeys release_keys;
  std::string file;  // the signed document; who calls reads it
  friend bool operator==(const ReferencePolicy&, const ReferencePolicy&) = default;
};

// Who says that devices of a worker are in a good state: their measurements
// against NVIDIA's manifests here, NVIDIA's service, or each of them.
enum class GpuMethod : std::uint8_t { local, nras, both };

struct Policy {
  std::string name = "network";  // of the ready policy it is made from
  RuleModes rules = RuleModes::strict();
  Roots roots = &VendorRoots::builtin();
  std::vector<PinnedRelease> releases;
  // The lowest level accepted. L0 is accepted only under SimulatedRoots.
  Level minimum_level = Level::l2;
  bool require_pq = false;  // refuse keysets without X-Wing
  milliseconds clock_skew{30'000};
  std::optional<Hash256> expected_workload;  // narrows `releases`, never widens
  std::vector<Hash256> known_machines;       // platform ids that somebody vouches for: level L3
  GpuMethod gpu_method = GpuMethod::local;
  std::optional<ReferencePolicy> reference;  // beside `releases`

  // Values of single rules, and pins.
  tdx::CollateralRequirements tdx_collateral;
  tdx::TcbRequirements tdx_tcb;
  tdx::GuestPins tdx_guest;
  tdx::EnclavePins sgx_enclave;
  snp::Requirements snp_guest;
  // The report comes from a paravisor's vTPM: it holds the digest of the paravisor's data, and nothing else.
  bool paravisor = false;
  std::uint32_t minimum_driver = 570;
  std::vector<DeviceArch> device_architectures;  // empty: all that the verifier knows
  milliseconds ocsp_skew{0};                     // how far NVIDIA's responders may be ahead
  nras::Expectation nras;

  friend bool operator==(const Policy&, const Policy&) = default;
};

// nullopt for another name.
[[nodiscard]] std::optional<Policy> ready_policy(std::string_view name);
// The first is the default, and the only one that judges workers.
inline constexpr std::array<std::string_view, 4> kReadyPolicies{"network", "vendor", "chain", "azure-vtpm"};

}  // namespace aipg::attest
