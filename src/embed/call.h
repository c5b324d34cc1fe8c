// SPDX-License-Identifier: Apache-2.0
// One call of aipg.h: what is given is checked, failure becomes a status, and
// no exception passes. Internal to src/embed.
// Errors: argument_missing, argument_size, argument_unknown, argument_unused,
// no_memory, internal_error.
#pragma once

#include <cstring>
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

// A copy of what was given. `first_size` is that of the struct as it was when programs could first be compiled with it:
// they did not give what was added. A struct of any other size has fields that nobody here would look at.
template <typename T>
Result<T> take_struct(const T* given, Literal where, std::size_t first_size = sizeof(T)) {
  AIPG_CHECK(required(given, where));
  const std::size_t size = given->struct_size;
  if (size != sizeof(T) && size != first_size) return fail("argument_size", where);
  T out{};
  std::memcpy(&out, given, size);
  return out;
}

}  // namespace aipg::embed
