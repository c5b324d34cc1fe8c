// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's attestation service is asked about a worker's devices. Python sends it, and hands the answers back as
// they are.
#pragma once

#include "convert.h"

namespace aipg::python {

void declare_nras(nb::module_& module);

}  // namespace aipg::python
