// SPDX-License-Identifier: Apache-2.0
// Failure that depends on input is a value: Result<T> holds a T or an Error.
// An Error is a stable code and a place; it never carries content, so it can
// be logged and sent as it is. Codes are API: docs/errors.md has a row for
// each, and scripts/check compares. Exceptions are for bugs only.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>
#include <utility>

namespace aipg {

// Text that lives as long as the program: only a literal converts to it.
class Literal {
 public:
  consteval Literal() = default;
  template <std::size_t N>
  consteval Literal(const char (&text)[N]) : text_(text, N - 1) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr std::string_view view() const { return text_; }
  constexpr operator std::string_view() const { return text_; }  // NOLINT(google-explicit-constructor)
  friend constexpr bool operator==(Literal a, Literal b) { return a.text_ == b.text_; }

 private:
  std::string_view text_;
};

struct Error {
  Literal code;            // "quote_truncated"
  Literal where;           // the field or step, empty when the code says it all
  std::size_t offset = 0;  // into the input, where that helps

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = std::expected<T, Error>;

// fail("quote_truncated", "qe_report", offset)
[[nodiscard]] constexpr std::unexpected<Error> fail(Literal code, Literal where = {}, std::size_t offset = 0) {
  return std::unexpected(Error{code, where, offset});
}

}  // namespace aipg

#define AIPG_CONCAT_(a, b) a##b
#define AIPG_CONCAT(a, b) AIPG_CONCAT_(a, b)
#define AIPG_TRY_(result, declaration, expression, ret)                                 \
  auto&& result = (expression);                                                         \
  if (!result.has_value()) ret std::unexpected(std::move(result).error()); /* NOLINT */ \
  declaration = *std::move(result)

// AIPG_TRY(auto quote, parse_quote(in)): the value, or return the error.
#define AIPG_TRY(declaration, expression) \
  AIPG_TRY_(AIPG_CONCAT(aipg_try_, __COUNTER__), declaration, expression, return)
// The same inside a coroutine.
#define AIPG_CO_TRY(declaration, expression) \
  AIPG_TRY_(AIPG_CONCAT(aipg_try_, __COUNTER__), declaration, expression, co_return)
// AIPG_CHECK(check_header(in)): for Result<void>.
#define AIPG_CHECK(expression)                                     \
  do {                                                             \
    if (auto&& aipg_check = (expression); !aipg_check.has_value()) \
      return std::unexpected(std::move(aipg_check).error());       \
  } while (false)
#define AIPG_CO_CHECK(expression)                                  \
  do {                                                             \
    if (auto&& aipg_check = (expression); !aipg_check.has_value()) \
      co_return std::unexpected(std::move(aipg_check).error());    \
  } while (false)
