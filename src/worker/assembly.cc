// SPDX-License-Identifier: Apache-2.0
#include "worker/assembly.h"

#include "worker/assembler.h"
#include "worker/message_assembler.h"
#include "worker/response_assembler.h"

namespace aipg::worker {

std::unique_ptr<Assembly> make_assembly(std::string_view path, std::string_view model) {
  if (path == "/v1/messages") return std::make_unique<MessageAssembler>(model);
  if (path == "/v1/responses") return std::make_unique<ResponseAssembler>(model);
  const auto kind = path == "/v1/completions" ? Assembler::Kind::completion : Assembler::Kind::chat;
  return std::make_unique<Assembler>(kind, model);
}

}  // namespace aipg::worker
