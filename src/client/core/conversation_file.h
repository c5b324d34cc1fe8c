// SPDX-License-Identifier: Apache-2.0
// A conversation as a file, each answer with its attestation. Both forms hold
// the content in clear. Pure.
//
// JSON, aipg.conversation.v1: what was said in words, and besides, in base64,
// exactly the bytes that `aipg verify` binds an attestation to.
//   {"v":"aipg.conversation.v1","saved":"2026-11-27T08:00:00Z","turns":[{"model":…,"system":…,"question":…,"answer":…,
//    "worker":…,"status":200,"question_body":b64,"answer_body":b64,"attestation":b64}]}
#pragma once

#include "client/core/conversation.h"

namespace aipg::client {

[[nodiscard]] SecretBytes conversation_json(const Conversation& conversation, Instant now);
// Markdown, with the attestations behind the words.
[[nodiscard]] SecretBytes conversation_text(const Conversation& conversation, Instant now);

}  // namespace aipg::client
