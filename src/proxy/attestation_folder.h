// SPDX-License-Identifier: Apache-2.0
// A folder that attestations are added to and never taken from: one file an
// answer, named by time, policy and content, and each policy that judged them
// once, so that `aipg log` can judge again by the same. Nothing in it is secret,
// and nothing of a question or an answer is in it; still only its owner may
// read it, since it says when what was asked of whom.
//
//   20261127T071530123-5d41402abc4b2a76-9b74c9897bac770f.json
//   policy-5d41402abc4b2a76.toml
//
// Errors: folder_unusable (where: missing, owner, policy), folder_open_to_others, file_unwritable.
#pragma once

#include <string>
#include <vector>

#include "attest/attestation.h"
#include "base/clock.h"

namespace aipg::proxy {

class AttestationFolder {
 public:
  // Makes the folder (0700) when it is missing. Refuses one that belongs to somebody else or that others may write to.
  // `policy` is written beside, as what will judge the attestations added here.
  [[nodiscard]] static Result<AttestationFolder> open(const std::string& path, const attest::Policy& policy);
  AttestationFolder(AttestationFolder&& other) noexcept;
  AttestationFolder& operator=(AttestationFolder&&) = delete;
  ~AttestationFolder();

  // On disk when it returns: file and name.
  [[nodiscard]] Result<void> add(const attest::Attestation& attestation, Instant at);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  AttestationFolder(int folder, std::string path, std::string policy)
      : folder_(folder), path_(std::move(path)), policy_(std::move(policy)) {}
  [[nodiscard]] Result<void> write(const std::string& name, std::string_view content) const;

  int folder_ = -1;
  std::string path_;
  std::string policy_;  // its name's middle part
};

// What stands in such a folder, oldest first. A file whose name is none of ours is left out.
struct KeptAttestation {
  std::string name;
  Instant kept;
  std::string policy;  // the file of it
};
[[nodiscard]] Result<std::vector<KeptAttestation>> list_kept(const std::string& path);
// What a file of such a folder, an attestation or a policy, was named for is what is in it now.
[[nodiscard]] bool is_as_kept(std::string_view name, std::string_view content);

}  // namespace aipg::proxy
