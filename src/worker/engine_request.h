// SPDX-License-Identifier: Apache-2.0
// What is sent to the engine for a validated request: its bytes, with the few
// members set that are ours to decide. Answers that can come as a stream are
// always asked as one, so that hanging up frees the engine's slot at once; chat
// and completions also with usage, which receipts need. Pure.
#pragma once

#include "crypto/random.h"
#include "seal/inner_request.h"

namespace aipg::worker {

// How this engine is kept from serving one request's prefix to another's timing.
enum class PrefixCache : std::uint8_t {
  salted,           // it knows `cache_salt` (vLLM, SGLang)
  off_per_request,  // it knows `cache_prompt` (llama.cpp)
  disabled,         // its own settings turn the cache off
};

struct EngineRequest {
  SecretBytes body;
  bool assemble = false;    // the engine streams, the client wants one JSON
  bool keep_usage = false;  // the client asked for the usage event itself
};

// `rng` draws the salt where the client gave none. Error: engine_request (a body that was not validated).
[[nodiscard]] Result<EngineRequest> make_engine_request(const seal::InnerRequest& request, const seal::Routing& routing,
                                                        PrefixCache cache, crypto::Rng& rng);

// Chat and completions: answers whose events we read and filter.
[[nodiscard]] bool has_known_events(std::string_view path);

}  // namespace aipg::worker
