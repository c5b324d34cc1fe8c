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

nb::tuple to_python(const attest::Verdict& verdict) {
  return nb::make_tuple(attest::to_json(verdict), attest::to_text(verdict, false));
}

}  // namespace aipg::python
