// SPDX-License-Identifier: Apache-2.0
#include "call.h"
#include "convert.h"
#include "nras.h"
#include "seal/routing.h"
#include "trust.h"
#include "verify.h"

NB_MODULE(_core, module) {
  namespace nb = nanobind;
  module.doc() = "The C++ core of the package aipg: use aipg.Client and aipg.attestation.";
  nb::list paths;
  for (const std::string_view path : aipg::seal::sealable_paths()) paths.append(nb::str(path.data(), path.size()));
  module.attr("SEALABLE_PATHS") = nb::tuple(paths);
  aipg::python::declare_verdict(module);
  aipg::python::declare_trust(module);
  aipg::python::declare_verify(module);
  aipg::python::declare_nras(module);
  aipg::python::declare_call(module);
}
