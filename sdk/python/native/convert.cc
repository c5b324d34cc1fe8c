// SPDX-License-Identifier: Apache-2.0
#include "convert.h"

#include <algorithm>
#include <string>

namespace aipg::python {

nb::bytes joined(const std::vector<ByteView>& pieces) {
  std::size_t size = 0;
  for (const ByteView piece : pieces) size += piece.size();
  PyObject* out = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (out == nullptr) throw nb::python_error();
  char* at = PyBytes_AsString(out);
  for (const ByteView piece : pieces) at = std::ranges::copy(piece, at).out;
  return nb::steal<nb::bytes>(out);
}

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
