// SPDX-License-Identifier: Apache-2.0
// Runs the production code on a vector's input and says what came out: the
// writer stores it as `expect`, the test compares it with what is stored.
#pragma once

#include <string>

#include "attest/reference.h"
#include "base/result.h"
#include "library.h"
#include "value.h"

namespace aipg::vectors {

// Throws std::invalid_argument for a kind nobody knows.
[[nodiscard]] Value run(const std::string& kind, const Value& input, const Library& library);

[[nodiscard]] inline Value error_value(const Error& error) {
  return Value::Object{{"error", std::string(error.code.view())}};
}

// {error: the codes of the rules that are broken}. A vector breaks one.
[[nodiscard]] Value broken_rules(const attest::Verdict& verdict);

// {mrtd, rtmr0, rtmr1, rtmr2} or {measurement}.
[[nodiscard]] attest::BootMeasurement boot_of(const Value& value);
// {envelope, release_keys, quorum}, and nothing seen before.
[[nodiscard]] Result<attest::VerifiedReference> reference_of(const Value& value, const attest::SeenReference& seen,
                                                             Instant at);

// The whole wire bytes of a "seal" or an "answer" vector.
[[nodiscard]] Bytes sealed_wire(const Value& input);
[[nodiscard]] Bytes answer_wire(const Value& input, const Library& library);

// One per kind.
[[nodiscard]] Value run_preamble(const Value& input, const Library& library);
[[nodiscard]] Value run_chunks(const Value& input, const Library& library);
[[nodiscard]] Value run_padding(const Value& input, const Library& library);
[[nodiscard]] Value run_seal(const Value& input, const Library& library);
[[nodiscard]] Value run_open(const Value& input, const Library& library);
[[nodiscard]] Value run_answer(const Value& input, const Library& library);
[[nodiscard]] Value run_open_answer(const Value& input, const Library& library);
[[nodiscard]] Value run_inner_request(const Value& input, const Library& library);
[[nodiscard]] Value run_allow_list(const Value& input, const Library& library);
[[nodiscard]] Value run_body(const Value& input, const Library& library);
[[nodiscard]] Value run_receipt(const Value& input, const Library& library);
[[nodiscard]] Value run_challenge(const Value& input, const Library& library);
[[nodiscard]] Value run_merkle(const Value& input, const Library& library);
[[nodiscard]] Value run_merkle_path(const Value& input, const Library& library);
[[nodiscard]] Value run_device_hash(const Value& input, const Library& library);
[[nodiscard]] Value run_gpu_nonce(const Value& input, const Library& library);
[[nodiscard]] Value run_report_data(const Value& input, const Library& library);
[[nodiscard]] Value run_rtmr3(const Value& input, const Library& library);
[[nodiscard]] Value run_platform_id(const Value& input, const Library& library);
[[nodiscard]] Value run_kid(const Value& input, const Library& library);
[[nodiscard]] Value run_keyset(const Value& input, const Library& library);
[[nodiscard]] Value run_manifest(const Value& input, const Library& library);
[[nodiscard]] Value run_reference(const Value& input, const Library& library);
[[nodiscard]] Value run_epoch(const Value& input, const Library& library);
[[nodiscard]] Value run_bundle(const Value& input, const Library& library);
[[nodiscard]] Value run_evidence(const Value& input, const Library& library);
[[nodiscard]] Value run_exchange(const Value& input, const Library& library);
[[nodiscard]] Value run_link_frames(const Value& input, const Library& library);
[[nodiscard]] Value run_link_mux(const Value& input, const Library& library);
[[nodiscard]] Value run_link_control(const Value& input, const Library& library);
[[nodiscard]] Value run_registration(const Value& input, const Library& library);

}  // namespace aipg::vectors
