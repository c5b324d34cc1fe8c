// SPDX-License-Identifier: Apache-2.0
// Reading a JSON object by a closed list of fields: a missing, mistyped or
// unknown member is an error that names it. All getters are remembered, so
// finish() can refuse what nobody asked for. An object has 64 members at most:
// one more is unknown, as no format here has as many.
//
//   Fields fields(value, "keyset");
//   auto v = fields.uint("v");
//   auto id = fields.bytes<32>("worker_id");      // base64url
//   AIPG_CHECK(fields.finish());                  // then every getter's value is good
//
// Errors: json_missing_field, json_wrong_type, json_unknown_field, with `where`
// naming the document (a literal given by the caller); field() names the member.
#pragma once

#include "codec/json.h"

namespace aipg::codec::json {

class Fields {
 public:
  // `object` of another kind makes finish() fail with json_wrong_type.
  Fields(Value object, Literal document);

  // Required members. On failure they return an empty value and finish() fails.
  [[nodiscard]] std::string string(std::string_view name, std::size_t max_bytes = 4096);
  [[nodiscard]] std::uint64_t uint(std::string_view name, std::uint64_t max = (1ULL << 53) - 1);
  [[nodiscard]] bool boolean(std::string_view name);
  [[nodiscard]] Bytes bytes(std::string_view name, std::size_t max_bytes);  // unpadded base64url
  template <std::size_t N>
  [[nodiscard]] ByteArray<N> array(std::string_view name) {  // base64url of exactly N bytes
    ByteArray<N> out{};
    const Bytes decoded = bytes(name, N);
    if (decoded.size() == N) {
      std::copy(decoded.begin(), decoded.end(), out.begin());
    } else {
      note("json_wrong_type", name);
    }
    return out;
  }
  // Any value of the kind; a null Value is never returned: on failure, nullopt and finish() fails.
  [[nodiscard]] std::optional<Value> value(std::string_view name, Kind kind);

  // Optional members: nullopt when absent; present with a wrong type fails finish().
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> optional_string(std::string_view name, std::size_t max_bytes = 4096);
  [[nodiscard]] std::optional<std::uint64_t> optional_uint(std::string_view name, std::uint64_t max = (1ULL << 53) - 1);
  [[nodiscard]] std::optional<Value> optional_value(std::string_view name, Kind kind);
  // Accepts a member without reading it (`ext`).
  void ignore(std::string_view name);

  // The first problem found, or an unknown member, or success.
  [[nodiscard]] Result<void> finish();
  // The member the error is about; for diagnostics of public documents only.
  [[nodiscard]] const std::string& field() const { return field_; }

 private:
  std::string text_of(Value member, std::string_view name, std::size_t max_bytes);
  std::optional<Value> get(std::string_view name, Kind kind, bool required);
  // The member of this name, which is now asked for.
  std::optional<Value> ask(std::string_view name);
  void note(Literal code, std::string_view name);

  Value object_;
  Literal document_;
  std::uint64_t asked_ = 0;  // a bit for each member that was asked for, in their order
  std::optional<Error> error_;
  std::string field_;
};

}  // namespace aipg::codec::json
