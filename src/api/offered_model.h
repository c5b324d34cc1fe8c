// SPDX-License-Identifier: Apache-2.0
// A model as a worker offers it, in the directory and at registration:
//
//   {"name":"smollm2-135m","paths":["/v1/chat/completions"],"price":{"input":"20","output":"60"}}
//
// Amounts are decimal text, as everywhere in canonical JSON. Pure.
// Errors: those of codec/json_fields.h, model_invalid (where names the member).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "codec/canonical_json.h"

namespace aipg::api {

inline constexpr std::size_t kMaxOfferedModels = 64;
inline constexpr std::size_t kMaxModelPaths = 16;

// Integer micro-USD per million tokens.
struct Price {
  std::uint64_t input = 0, output = 0;
  friend bool operator==(const Price&, const Price&) = default;
};

struct OfferedModel {
  std::string name;                // [!-~]{1,128}
  std::vector<std::string> paths;  // "/v1/…", those of seal/routing.h's list; at least one, ascending when read
  Price price;
  friend bool operator==(const OfferedModel&, const OfferedModel&) = default;
};

// Sorts the paths and drops repeated ones: what a worker registered can always be read back.
[[nodiscard]] codec::json::Tree to_tree(const OfferedModel& model);
[[nodiscard]] Result<OfferedModel> read_offered_model(codec::json::Value value);

// Several of them: names ascending and different, at most kMaxOfferedModels.
[[nodiscard]] codec::json::Tree to_tree(std::vector<OfferedModel> models);
[[nodiscard]] Result<std::vector<OfferedModel>> read_offered_models(codec::json::Value array);

}  // namespace aipg::api
