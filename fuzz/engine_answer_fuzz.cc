// SPDX-License-Identifier: Apache-2.0
// What is put together from an engine's events is one JSON object on one line,
// without an attestation of the engine's own. The first byte chooses the API.
#include <array>
#include <cstdint>

#include "worker/assembly.h"
#include "worker/engine_event.h"
#include "worker/sse.h"

namespace worker = aipg::worker;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 4> kPaths{"/v1/chat/completions", "/v1/completions", "/v1/responses",
                                                   "/v1/messages"};
  if (size == 0) return 0;
  const auto assembly = worker::make_assembly(kPaths[data[0] % kPaths.size()], "model \"m\"");
  worker::SseReader reader;
  const auto on_event = [&assembly](const worker::SseReader::Event& event) -> aipg::Result<void> {
    if (event.data == "[DONE]") return {};
    AIPG_TRY(const auto document, worker::parse_engine_object(event.data));
    return assembly->add(document.root());
  };
  if (!reader.feed({data + 1, size - 1}, on_event) || !assembly->complete()) return 0;
  const aipg::SecretBytes whole = assembly->finish();
  if (whole.reveal_text().find_first_of("\r\n") != std::string_view::npos) __builtin_trap();
  const auto document = worker::parse_engine_object(whole.reveal_text());
  // Depth and repeated names are the engine's: what it nests deeper in ours may pass its limit.
  if (!document && document.error().where == aipg::Literal("attestation")) __builtin_trap();
  if (document && document->root().find("model")->string() != "model \"m\"") __builtin_trap();
  return 0;
}
