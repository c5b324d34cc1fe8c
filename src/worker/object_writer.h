// SPDX-License-Identifier: Apache-2.0
// Writing JSON objects whose values are text that was parsed already, line
// breaks between tokens becoming spaces. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/secret.h"
#include "codec/json.h"

namespace aipg::worker {

// `"name":` with a comma before it unless it is the object's first.
void append_name(SecretBytes& out, std::string_view name);
void append_member(SecretBytes& out, std::string_view name, std::string_view raw);
// Optional members: nothing when there is none.
void append_if_any(SecretBytes& out, std::string_view name, const SecretBytes& raw);

// An object that was read before, as part of a document. Anything else is a bug and stops the program.
[[nodiscard]] codec::json::Document read_again(const SecretBytes& object);

// Members with values of ours: they stand where the object has such a member, or at its end. Names are not escaped,
// and each stands once.
struct Replacement {
  std::string_view name;
  std::string_view raw;
};
void append_object(SecretBytes& out, codec::json::Value object, const std::vector<Replacement>& replacements);

}  // namespace aipg::worker
