// SPDX-License-Identifier: Apache-2.0
// An attestation put into an answer, whatever the answer is: where that
// succeeds, taking it out restores every byte; in any pieces a stream comes
// out the same; where it fails, nothing was lost before the failure.
#include <cstdlib>
#include <string>

#include "client/core/insertion.h"

namespace {

using aipg::as_bytes;
using aipg::as_text;
using aipg::ByteView;

const aipg::attest::AttestationText kProof({.evidence = aipg::to_bytes("{}"), .freshness = {}, .receipt = "a.b.c"});
const std::string kBlob = kProof.whole();

void require(bool holds) {
  if (!holds) std::abort();
}

void check_separation(ByteView with, ByteView original) {
  const auto separated = aipg::client::separate_attestation(with);
  require(separated.has_value());
  require(separated->attestation == kBlob);
  require(aipg::equal(separated->original.reveal(), original));
}

struct Streamed {
  std::string out;
  std::string_view error;
};

Streamed stream_in_pieces(ByteView answer, std::size_t step) {
  Streamed result;
  aipg::client::StreamInserter inserter;
  const auto sink = [&](ByteView bytes) { result.out += as_text(bytes); };
  for (std::size_t at = 0; at < answer.size(); at += step) {
    (void)inserter.feed(answer.subspan(at, std::min(step, answer.size() - at)), sink);  // once failed, finish() says so
  }
  if (const auto finished = inserter.finish(kProof, sink); !finished) result.error = finished.error().code.view();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  const ByteView answer(data, size);
  std::string with;
  const auto inserted = aipg::client::insert_into_json(answer, kProof, [&](ByteView bytes) { with += as_text(bytes); });
  require(inserted.has_value() != with.empty());
  if (inserted) check_separation(as_bytes(with), answer);
  const Streamed whole = stream_in_pieces(answer, size + 1);
  const Streamed bytewise = stream_in_pieces(answer, 1);
  require(whole.out == bytewise.out && whole.error == bytewise.error);
  if (whole.error.empty()) check_separation(as_bytes(whole.out), answer);
  if (!whole.error.empty()) require(as_text(answer).starts_with(whole.out));
  return 0;
}
