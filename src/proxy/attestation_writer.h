// SPDX-License-Identifier: Apache-2.0
// Adds to a folder of attestations on a thread of its own: a disk that is slow
// to flush holds up the answer that waits for it, and no other. One thread, in
// the order of the calls; all other methods are for the Runtime's thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "net/runtime.h"
#include "proxy/attestation_folder.h"

namespace aipg::proxy {

class AttestationWriter {
 public:
  // The runtime must outlive it.
  AttestationWriter(net::Runtime& runtime, AttestationFolder folder);
  // What was asked for is written before it returns.
  ~AttestationWriter();
  AttestationWriter(const AttestationWriter&) = delete;
  AttestationWriter& operator=(const AttestationWriter&) = delete;

  // On disk when it returns. Error: file_unwritable.
  [[nodiscard]] net::Task<Result<void>> add(const attest::Attestation& attestation, Instant at);
  [[nodiscard]] const std::string& path() const { return folder_.path(); }

 private:
  struct Job {
    attest::Attestation attestation;
    Instant at;
    std::optional<Result<void>> result = {};  // set and read on the Runtime's thread
  };
  void work();

  net::Runtime& runtime_;
  AttestationFolder folder_;
  net::Event written_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> waiting_;  // shared with who waits
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace aipg::proxy
