// SPDX-License-Identifier: Apache-2.0
#include "proxy/models.h"

#include <map>
#include <set>

#include "codec/json.h"

namespace aipg::proxy {
namespace {

using codec::json::quote;

struct Gathered {
  std::set<std::string> paths;
  std::size_t workers = 0;
  attest::Level level = attest::Level::l3;
};

// Listed by the gateway as well: a worker takes requests only for what it offers there.
const api::OfferedModel* offered(const client::Candidate& candidate, std::string_view name) {
  const auto found = std::ranges::find(candidate.entry.models, name, &api::OfferedModel::name);
  return found == candidate.entry.models.end() ? nullptr : &*found;
}

}  // namespace

std::vector<VerifiedModel> models_of(const std::vector<client::Candidate>& verified) {
  std::map<std::string, Gathered> by_name;
  for (const client::Candidate& candidate : verified) {
    for (const attest::ManifestModel& model : candidate.appraisal.worker->manifest().models) {
      const api::OfferedModel* offer = offered(candidate, model.name);
      if (offer == nullptr) continue;
      Gathered& gathered = by_name[model.name];
      for (const std::string& path : model.paths) {
        if (std::ranges::find(offer->paths, path) != offer->paths.end()) gathered.paths.insert(path);
      }
      ++gathered.workers;
      gathered.level = std::min(gathered.level, candidate.appraisal.worker->level());
    }
  }
  std::vector<VerifiedModel> out;
  for (const auto& [name, gathered] : by_name) {
    if (gathered.paths.empty()) continue;
    out.push_back({name, {gathered.paths.begin(), gathered.paths.end()}, gathered.workers, gathered.level});
  }
  return out;
}

std::string model_document(const VerifiedModel& model) {
  std::string paths;
  for (const std::string& path : model.paths) paths += (paths.empty() ? "" : ",") + quote(path);
  return R"({"id":)" + quote(model.name) + R"(,"object":"model","created":0,"owned_by":"aipg","aipg":{"level":)" +
         quote(attest::to_text(model.level)) + R"(,"workers":)" + std::to_string(model.workers) + R"(,"paths":[)" +
         paths + "]}}";
}

std::string models_document(const std::vector<VerifiedModel>& models) {
  std::string out = R"({"object":"list","data":[)";
  for (const VerifiedModel& model : models) out += (out.ends_with('[') ? "" : ",") + model_document(model);
  return out + "]}";
}

}  // namespace aipg::proxy
