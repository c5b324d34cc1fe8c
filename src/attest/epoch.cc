// SPDX-License-Identifier: Apache-2.0
#include "attest/epoch.h"

#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::attest {
namespace {

namespace json = codec::json;

constexpr std::size_t kMaxDocumentBytes = 4096, kMaxChainBytes = 64;
constexpr std::uint64_t kFormat = 1, kLastMs = 253'402'300'799'999;  // 9999-12-31

bool is_chain(std::string_view chain) {
  return !chain.empty() && std::ranges::all_of(chain, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Result<Epoch> parse_epoch(ByteView bytes) {
  AIPG_TRY(const json::Document document, json::parse_canonical(as_text(bytes), kMaxDocumentBytes));
  json::Fields fields(document.root(), "epoch");
  const std::uint64_t format = fields.uint("v");
  Epoch out;
  out.epoch = fields.uint("epoch");
  out.start = {static_cast<std::int64_t>(fields.uint("start_ms", kLastMs))};
  out.chain = fields.string("chain", kMaxChainBytes);
  out.block = fields.uint("block");
  out.block_hash = fields.array<32>("block_hash");
  AIPG_CHECK(fields.finish());
  if (format != kFormat) return fail("epoch_format", "v");
  if (!is_chain(out.chain)) return fail("epoch_format", "chain");
  out.bytes = to_bytes(bytes);
  out.digest = crypto::sha256(bytes);
  return out;
}

Epoch make_epoch(Epoch content) {
  const json::Tree document = json::Tree::Object{
      {"v", kFormat},           {"epoch", content.epoch}, {"start_ms", static_cast<std::uint64_t>(content.start.ms)},
      {"chain", content.chain}, {"block", content.block}, {"block_hash", codec::to_base64url(content.block_hash)}};
  content.bytes = to_bytes(document.write());
  content.digest = crypto::sha256(content.bytes);
  return content;
}

Result<VerifiedEpoch> verify_epoch(ByteView envelope, const ValidatorSet& validators, Instant at, milliseconds skew) {
  AIPG_TRY(const SignedDocument document, parse_signed_document(kEpochKind, envelope));
  AIPG_CHECK(check_signers(kEpochKind, document, validators.keys, validators.quorum));
  AIPG_TRY(Epoch content, parse_epoch(document.document));
  if (at + skew < content.start) return fail("epoch_not_yet_valid");
  if (at - content.start > kMaxEpochAge) return fail("epoch_stale");
  return VerifiedEpoch(std::move(content));
}

void check_epoch_challenge(const VerifiedEpoch& epoch, ChallengeKind kind, const Hash256& value, Rules& rules) {
  rules.require(kind == ChallengeKind::epoch && value == epoch.content().digest, "freshness_epoch",
                "the challenge is not this epoch", [&] { return compare_bytes(epoch.content().digest, value); });
}

}  // namespace aipg::attest
