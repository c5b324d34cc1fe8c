// SPDX-License-Identifier: Apache-2.0
// The verifier for Python: evidence, what is trusted and an instant in, a verdict out.
#pragma once

#include "convert.h"

namespace aipg::python {

void declare_verify(nb::module_& module);

}  // namespace aipg::python
