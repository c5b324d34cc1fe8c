// SPDX-License-Identifier: Apache-2.0
// Between Python's values and ours, with every caster that the module uses: one that a file lacks is only missed at run
// time. Bytes that come in are borrowed while the caller holds them.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <optional>

#include "attest/verdict.h"
#include "base/result.h"

namespace aipg::python {

namespace nb = nanobind;

[[nodiscard]] inline ByteView view(const nb::bytes& bytes) {
  return {static_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline nb::bytes to_python(ByteView bytes) { return nb::bytes(bytes.data(), bytes.size()); }

[[nodiscard]] nb::bytes joined(const std::vector<ByteView>& pieces);

// 32 bytes, or a ValueError that names the parameter.
[[nodiscard]] Hash256 to_hash(const nb::bytes& bytes, const char* parameter);
// What a file that came in is not: a ValueError with the code.
[[noreturn]] void raise(const Error& error);
template <typename T>
[[nodiscard]] T good(Result<T> result) {
  if (!result) raise(result.error());
  return *std::move(result);
}

// As _core.Verdict, which is written out when somebody looks at it: each request makes some, and few are looked at.
[[nodiscard]] nb::object to_python(attest::Verdict verdict);
void declare_verdict(nb::module_& module);

}  // namespace aipg::python
