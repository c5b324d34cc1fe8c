// SPDX-License-Identifier: Apache-2.0
// The exact bytes of an evidence bundle, shared by everybody who holds them: a
// verified worker, and each answer that it gives until its keys change. Nearly
// all of such an answer's attestation is the text of these bytes, so the text
// is kept with them, once somebody asked for it. From any thread.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"

namespace aipg::attest {

class SharedBundle {
 public:
  SharedBundle();                           // of no bytes
  SharedBundle(Bytes bytes);                // NOLINT(google-explicit-constructor): they are the same thing
  [[nodiscard]] operator ByteView() const;  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool empty() const { return ByteView(*this).empty(); }

  // Not only equal: the same ones.
  [[nodiscard]] bool is(const SharedBundle& other) const { return kept_ == other.kept_; }
  friend bool operator==(const SharedBundle& a, const SharedBundle& b) { return equal(ByteView(a), ByteView(b)); }

  // base64url of the bytes, as it stands in a text that is itself written as base64.
  struct Digits {
    std::string first;   // as many as were asked for, where there are so many
    std::string middle;  // base64 of the whole groups of three that follow
    std::string last;    // what is left
  };
  // `first`: 0…2. It lives as long as anybody holds these bytes.
  [[nodiscard]] const Digits& digits(std::size_t first) const;

 private:
  struct Kept;
  std::shared_ptr<const Kept> kept_;
};

}  // namespace aipg::attest
