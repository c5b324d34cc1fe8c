// SPDX-License-Identifier: Apache-2.0
// One call of aipg.h: what is given is checked, failure becomes a status, and
// no exception passes. Internal to src/embed.
// Errors: argument_missing, argument_size, argument_unknown, argument_unused,
// no_memory, internal_error.
#pragma once

#include <new>
#include <optional>
#include <string_view>

#include "aipg/aipg.h"
#include "base/bytes.h"
#include "base/result.h"

namespace aipg::embed {

// A literal's characters end in a zero; never null.
const char* c_text(Literal literal) noexcept;
// Fills `error`, where the caller wants to know, and names the status.
aipg_status tell(aipg_error* error, const Error& why) noexcept;
// Cuts it to fit.
void add_message(aipg_error& error, std::string_view message) noexcept;

// Runs `body`, which returns Result<void>.
template <typename Body>
aipg_status call(aipg_error* error, Body body) noexcept {
  try {
    const Result<void> done = body();
    return done ? AIPG_OK : tell(error, done.error());
  } catch (const std::bad_alloc&) {
    return tell(error, Error{"no_memory", "", 0});
  } catch (...) {
    return tell(error, Error{"internal_error", "", 0});
  }
}

// `given` without data says that there is none.
Result<std::optional<ByteView>> optional_bytes(aipg_bytes given, Literal where);
Result<ByteView> required_bytes(aipg_bytes given, Literal where);

template <std::size_t N>
Result<std::optional<ByteArray<N>>> optional_array(aipg_bytes given, Literal where) {
  AIPG_TRY(const auto bytes, optional_bytes(given, where));
  if (!bytes) return std::nullopt;
  if (bytes->size() != N) return fail("argument_size", where);
  return to_array<N>(*bytes);
}

template <typename T>
Result<void> required(const T* pointer, Literal where) {
  if (pointer == nullptr) return fail("argument_missing", where);
  return {};
}

// A struct of another version has fields that nobody here would look at.
template <typename T>
Result<void> required_struct(const T* given, Literal where) {
  AIPG_CHECK(required(given, where));
  if (given->struct_size != sizeof(T)) return fail("argument_size", where);
  return {};
}

}  // namespace aipg::embed
