// SPDX-License-Identifier: Apache-2.0
// Where a thread reads what arrives, before anybody keeps any of it: one buffer
// for all its connections, so that one that waits needs none. What was read is
// wiped when the lease ends, as it may be a prompt. Private to net/.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/secret.h"

namespace aipg::net {

class Scratch {
 public:
  static constexpr std::size_t kBytes = 256 * 1024;

  Scratch() : memory_(std::exchange(shared(), nullptr)) {
    // Whoever reads while another's bytes are being looked at gets memory of its own.
    if (!memory_) memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(kBytes);
  }
  ~Scratch() {
    wipe({memory_.get(), used_});
    if (!shared()) shared() = std::move(memory_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] MutableByteView room() const { return {memory_.get(), kBytes}; }
  // So many bytes of it were written, and are what this returns.
  [[nodiscard]] MutableByteView used(std::size_t n) {
    used_ = std::max(used_, n);
    return {memory_.get(), n};
  }

 private:
  static std::unique_ptr<std::uint8_t[]>& shared() {
    thread_local std::unique_ptr<std::uint8_t[]> memory = std::make_unique_for_overwrite<std::uint8_t[]>(kBytes);
    return memory;
  }

  std::unique_ptr<std::uint8_t[]> memory_;
  std::size_t used_ = 0;
};

}  // namespace aipg::net
