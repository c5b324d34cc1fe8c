// SPDX-License-Identifier: Apache-2.0
// The models that can be asked for, as OpenAI's clients list them: what the
// measured manifests of verified workers say that their engines have. Nothing
// is listed because a gateway says so.
#pragma once

#include "client/core/session.h"

namespace aipg::proxy {

struct VerifiedModel {
  std::string name;
  std::vector<std::string> paths;  // that some verified worker takes it on
  std::size_t workers = 0;
  attest::Level level = attest::Level::l0;  // the least of theirs
};
// By name. Pure.
[[nodiscard]] std::vector<VerifiedModel> models_of(const std::vector<client::Candidate>& verified);

// `{"object":"list","data":[…]}`, and one of them. When a model was made nobody measured: `created` is 0.
[[nodiscard]] std::string models_document(const std::vector<VerifiedModel>& models);
[[nodiscard]] std::string model_document(const VerifiedModel& model);

}  // namespace aipg::proxy
