// SPDX-License-Identifier: Apache-2.0
// What a Python program trusts: a policy with what it names, and roots, from
// its disk. Made once, then read from any thread. Raises ValueError with words
// for people, never with content.
#pragma once

#include <optional>
#include <string>

#include "client/reference_values.h"
#include "client/root_folder.h"
#include "convert.h"

namespace aipg::python {

struct Trust {
  attest::Policy policy;  // borrows `roots`
  client::ReferenceValues reference;
  std::unique_ptr<const client::RootFolder> roots;
  std::string source;  // the policy's name or file; empty: the strict defaults
};

struct Demands {
  std::string policy;                 // a ready policy's name, or a file; empty: the strict defaults
  std::optional<nb::bytes> workload;  // the only one that is taken, 32 bytes
  bool require_pq = false;
  std::string roots;  // a folder of certificates; empty: the vendors'
};
[[nodiscard]] std::shared_ptr<const Trust> make_trust(const Demands& demands);

void declare_trust(nb::module_& module);

}  // namespace aipg::python
