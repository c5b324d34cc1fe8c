// SPDX-License-Identifier: Apache-2.0
// The answer to a /v1/responses request: its last event carries it whole.
#pragma once

#include <string>

#include "worker/assembly.h"

namespace aipg::worker {

class ResponseAssembler final : public Assembly {
 public:
  explicit ResponseAssembler(std::string_view model) : model_(codec::json::quote(model)) {}

  [[nodiscard]] Result<void> add(codec::json::Value event) override;
  [[nodiscard]] bool complete() const override { return !response_.empty(); }
  [[nodiscard]] SecretBytes finish() override;

 private:
  std::string model_;
  SecretBytes response_;  // as the engine wrote it
};

}  // namespace aipg::worker
