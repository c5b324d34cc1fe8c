// SPDX-License-Identifier: Apache-2.0
// Writes at once, until nobody takes it any more, as when a pipe's other end is
// gone.
#pragma once

#include <cstdio>
#include <functional>

#include "base/bytes.h"

namespace aipg::client {

class Writer {
 public:
  // `gone` is called once, when `out` takes no more.
  Writer(std::FILE* out, std::function<void()> gone) : out_(out), gone_(std::move(gone)) {}

  void write(ByteView bytes) {
    if (failed_) return;
    const bool written = std::fwrite(bytes.data(), 1, bytes.size(), out_) == bytes.size();
    if (written && std::fflush(out_) == 0) return;
    failed_ = true;
    if (gone_) gone_();
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::FILE* out_;
  std::function<void()> gone_;
  bool failed_ = false;
};

}  // namespace aipg::client
