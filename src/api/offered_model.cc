// SPDX-License-Identifier: Apache-2.0
#include "api/offered_model.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "codec/json_fields.h"

namespace aipg::api {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Tree;
using codec::json::Value;

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxPathBytes = 64;

bool is_visible(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

// Which paths can be sealed is for whoever draws a worker to know; here only the form.
bool is_path(std::string_view text) {
  return text.starts_with("/v1/") && text.size() <= kMaxPathBytes && is_visible(text);
}

// Digits without a leading zero: one spelling a value.
Result<std::uint64_t> read_amount(Fields& price, std::string_view name) {
  const std::string text = price.string(name, 20);
  std::uint64_t amount = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, amount);
  const bool canonical = error == std::errc() && rest == end && std::to_string(amount) == text;
  if (!canonical) return fail("model_invalid", "price");
  return amount;
}

Result<Price> read_price(Value value) {
  Fields fields(value, "price");
  const auto input = read_amount(fields, "input");
  const auto output = read_amount(fields, "output");
  AIPG_CHECK(fields.finish());
  if (!input) return std::unexpected(input.error());
  if (!output) return std::unexpected(output.error());
  return Price{*input, *output};
}

Result<std::vector<std::string>> read_paths(Value array) {
  if (array.size() == 0 || array.size() > kMaxModelPaths) return fail("model_invalid", "paths", array.offset());
  std::vector<std::string> paths;
  for (const Value& element : array) {
    auto path = element.string();
    const bool ascending = path && (paths.empty() || paths.back() < *path);
    if (!path || !ascending || !is_path(*path)) return fail("model_invalid", "paths", element.offset());
    paths.push_back(*std::move(path));
  }
  return paths;
}

}  // namespace

Tree to_tree(const OfferedModel& model) {
  const std::set<std::string> paths(model.paths.begin(), model.paths.end());
  return Tree::Object{
      {"name", model.name},
      {"paths", Tree::Array(paths.begin(), paths.end())},
      {"price",
       Tree::Object{{"input", std::to_string(model.price.input)}, {"output", std::to_string(model.price.output)}}},
  };
}

Result<OfferedModel> read_offered_model(Value value) {
  Fields fields(value, "model");
  OfferedModel model;
  model.name = fields.string("name", kMaxNameBytes);
  const auto paths = fields.value("paths", Kind::array);
  const auto price = fields.value("price", Kind::object);
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (!is_visible(model.name)) return fail("model_invalid", "name", value.offset());
  AIPG_TRY(model.paths, read_paths(*paths));
  AIPG_TRY(model.price, read_price(*price));
  return model;
}

Tree to_tree(std::vector<OfferedModel> models) {
  std::ranges::sort(models, {}, &OfferedModel::name);
  Tree::Array out;
  for (const OfferedModel& model : models) out.push_back(to_tree(model));
  return out;
}

Result<std::vector<OfferedModel>> read_offered_models(Value array) {
  if (!array.is(Kind::array)) return fail("json_wrong_type", "models", array.offset());
  if (array.size() > kMaxOfferedModels) return fail("model_invalid", "models", array.offset());
  std::vector<OfferedModel> models;
  for (const Value& element : array) {
    AIPG_TRY(OfferedModel model, read_offered_model(element));
    if (!models.empty() && models.back().name >= model.name) return fail("model_invalid", "models", element.offset());
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace aipg::api
