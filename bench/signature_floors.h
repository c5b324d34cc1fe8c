// SPDX-License-Identifier: Apache-2.0
// What no verifier built on this crypto library can be below: its bare
// signature checks, keys parsed and digests ready.
#pragma once

#include <cstddef>
#include <memory>

namespace aipg::bench {

class SignatureFloors {
 public:
  SignatureFloors();
  ~SignatureFloors();
  SignatureFloors(const SignatureFloors&) = delete;
  SignatureFloors& operator=(const SignatureFloors&) = delete;

  // So many checks of one kind, one after the other.
  void p256(std::size_t count) const;
  void p384(std::size_t count) const;
  void rsa4096_pss(std::size_t count) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace aipg::bench
