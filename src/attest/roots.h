// SPDX-License-Identifier: Apache-2.0
// The certificates everything is traced back to. Vendor roots are compiled in,
// pinned by their bytes; the simulator's are another type, named by a policy
// file only, and nothing verified under them can be more than L0.
#pragma once

#include <variant>
#include <vector>

#include "base/bytes.h"

namespace aipg::attest {

struct RootSet {
  std::vector<Bytes> intel;  // DER of each trusted root
  std::vector<Bytes> amd;
  std::vector<Bytes> nvidia_device;
  std::vector<Bytes> nvidia_rim;
  // Intermediates that certify the keys of NVIDIA's attestation service. Its root is published nowhere: with none
  // here, the origin of its key list vouches for the keys.
  std::vector<Bytes> nvidia_nras = {};
  friend bool operator==(const RootSet&, const RootSet&) = default;
};

class VendorRoots {
 public:
  // The compiled-in roots of Intel, AMD and NVIDIA. Lives as long as the program.
  [[nodiscard]] static const VendorRoots& builtin();
  // Some of them. A root that is not compiled in is left out: it cannot become a vendor's.
  [[nodiscard]] static VendorRoots narrowed(const RootSet& wanted);
  [[nodiscard]] const RootSet& set() const { return set_; }

 private:
  VendorRoots();
  RootSet set_;
};

// Roots of a simulated TEE, from the policy file of who chose to trust it.
class SimulatedRoots {
 public:
  explicit SimulatedRoots(RootSet set) : set_(std::move(set)) {}
  [[nodiscard]] const RootSet& set() const { return set_; }
  friend bool operator==(const SimulatedRoots&, const SimulatedRoots&) = default;

 private:
  RootSet set_;
};

// Which of the two an appraisal stands on. There is no third.
using Roots = std::variant<const VendorRoots*, SimulatedRoots>;
[[nodiscard]] const RootSet& root_set(const Roots& roots);
[[nodiscard]] bool is_simulated(const Roots& roots);

}  // namespace aipg::attest
