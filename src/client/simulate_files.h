// SPDX-License-Identifier: Apache-2.0
// What `aipg simulate` writes: a simulated machine's evidence, collateral and
// roots beside it and a policy that names the simulator's roots, under names that
// stay; and which `aipg verify` judges each piece. Pure but for the keys that
// a platform signs with.
#pragma once

#include "attest/evidence.h"
#include "attest/policy.h"
#include "tee/simulated_platform.h"

namespace aipg::client {

struct SimulateRequest {
  Instant at;
  Hash256 nonce{};                // of device evidence and of the service's token, or of a bundle
  crypto::Hash512 report_data{};  // of a quote or a report
};

// One piece of evidence that can be judged by itself, and how.
struct SimulatedPiece {
  std::optional<attest::EvidenceKind> kind;  // none: a worker's bundle
  std::string flag;                          // "--tdx-quote"; empty for a bundle
  std::string file;                          // its name in the folder
  std::string chain;                         // the name of a device's certificates; empty for others
};

struct SimulatedFiles {
  std::vector<tee::NamedFile> evidence;    // in the folder itself
  std::vector<tee::NamedFile> collateral;  // in its folder "collateral"
  std::vector<SimulatedPiece> pieces;
  std::optional<attest::PinnedRelease> release;  // of a bundle: what its policy must pin
};

// Trusted certificates, as `aipg verify --roots` takes them.
[[nodiscard]] std::vector<tee::NamedFile> root_files(const attest::RootSet& roots);

// `platform` is in the state that was asked for. Its report data is set to the request's.
[[nodiscard]] SimulatedFiles make_simulated_files(tee::SimulatedPlatform& platform, const SimulateRequest& request);

// What `aipg verify` will say about this piece under `policy`.
[[nodiscard]] attest::Verdict judge_piece(const SimulatedPiece& piece, const SimulatedFiles& files,
                                          const SimulateRequest& request, attest::Policy policy);

}  // namespace aipg::client
