// SPDX-License-Identifier: Apache-2.0
#include "convert.h"

#include <string>

namespace aipg::python {

Hash256 to_hash(const nb::bytes& bytes, const char* parameter) {
  if (bytes.size() == Hash256{}.size()) return to_array<32>(view(bytes));
  throw nb::value_error((std::string(parameter) + " is not 32 bytes").c_str());
}

void raise(const Error& error) {
  std::string what(error.code.view());
  if (!error.where.view().empty()) what += ": " + std::string(error.where.view());
  throw nb::value_error(what.c_str());
}

nb::object to_python(attest::Verdict verdict) { return nb::cast(std::move(verdict)); }

void declare_verdict(nb::module_& module) {
  nb::class_<attest::Verdict>(module, "Verdict")
      .def_prop_ro("json", [](const attest::Verdict& self) { return attest::to_json(self); })
      .def_prop_ro("text", [](const attest::Verdict& self) { return attest::to_text(self, false); });
}

}  // namespace aipg::python
