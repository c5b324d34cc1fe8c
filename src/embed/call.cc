// SPDX-License-Identifier: Apache-2.0
#include "embed/call.h"

#include <cstring>

namespace aipg::embed {
namespace {

aipg_status status_of(Literal code) {
  if (code == Literal("no_memory")) return AIPG_NO_MEMORY;
  if (code == Literal("internal_error")) return AIPG_INTERNAL;
  return code.view().starts_with("argument_") ? AIPG_INVALID_ARGUMENT : AIPG_UNREADABLE;
}

}  // namespace

const char* c_text(Literal literal) noexcept {
  const std::string_view text = literal;
  return text.empty() ? "" : text.data();  // NOLINT(bugprone-suspicious-stringview-data-usage)
}

aipg_status tell(aipg_error* error, const Error& why) noexcept {
  if (error != nullptr) *error = {.code = c_text(why.code), .where = c_text(why.where), .message = {}};
  return status_of(why.code);
}

void add_message(aipg_error& error, std::string_view message) noexcept {
  std::size_t size = std::min(message.size(), sizeof error.message - 1);
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(message[at]) & 0xC0U) == 0x80U; };
  while (size < message.size() && size > 0 && continues(size)) --size;  // a character is whole or not there
  std::memcpy(error.message, message.data(), size);
  error.message[size] = '\0';
}

Result<std::optional<ByteView>> optional_bytes(aipg_bytes given, Literal where) {
  if (given.data != nullptr) return ByteView(given.data, given.size);
  if (given.size != 0) return fail("argument_missing", where);
  return std::nullopt;
}

Result<ByteView> required_bytes(aipg_bytes given, Literal where) {
  AIPG_TRY(const auto bytes, optional_bytes(given, where));
  if (!bytes) return fail("argument_missing", where);
  return *bytes;
}

}  // namespace aipg::embed
