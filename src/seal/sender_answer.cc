// SPDX-License-Identifier: Apache-2.0
#include "base/byte_reader.h"
#include "seal/chunk_stream.h"
#include "seal/pending_answer.h"
#include "seal/sender.h"

namespace aipg::seal {
namespace {

using codec::bhttp::ResponseReader;
using OnEvent = std::function<void(const AnswerOpener::Event&)>;

constexpr std::string_view kReceiptField = "aipg-receipt";

Result<void> refuse(ChunkFault fault) {
  switch (fault) {
    case ChunkFault::open:
      return fail("response_open_failed");
    case ChunkFault::after_last:
      return fail("response_malformed", "after_last");
    case ChunkFault::padding:
      return fail("response_malformed", "padding");
    case ChunkFault::empty:
      return fail("response_malformed", "empty_chunk");
    case ChunkFault::length:
      break;
  }
  return fail("response_malformed", "chunk_length");
}

}  // namespace

struct AnswerOpener::State {
  explicit State(std::unique_ptr<PendingAnswer> from) : request(std::move(from->secrets_)) {}

  std::unique_ptr<PendingAnswer::Secrets> request;
  Bytes start;  // of the response preamble, until it is whole
  std::size_t recipient = 0;
  std::optional<ChunkOpener> chunks;
  ResponseReader reader;
  crypto::Sha256 hash;  // rpre ‖ chunks before the last
  std::uint64_t chunks_before_last = 0;
  Secret32 salt;
  std::optional<crypto::HmacSha256> answer;
  std::vector<codec::bhttp::Field> trailers;
  std::optional<Error> failed;

  Result<void> feed(ByteView wire, const OnEvent& on_event);
  Result<void> read_preamble(ByteView& wire);
  Result<void> check_padding(const OpenedChunk& chunk) const;
  Result<void> take(const OpenedChunk& chunk, const OnEvent& on_event);
  bool handle(const ResponseReader::Event& event, bool in_last_chunk, const OnEvent& on_event);
  Result<AnswerProof> finish(const ReceiptVerifier& verify);
  Result<void> compare(const Receipt& receipt);
};

Result<void> AnswerOpener::State::feed(ByteView wire, const OnEvent& on_event) {
  if (!chunks) AIPG_CHECK(read_preamble(wire));
  while (chunks) {
    const auto chunk = chunks->next(wire);
    if (!chunk) return refuse(chunk.error());
    if (!*chunk) break;
    AIPG_CHECK(take(**chunk, on_event));
  }
  return {};
}

Result<void> AnswerOpener::State::read_preamble(ByteView& wire) {
  const std::size_t n = std::min(wire.size(), kResponsePreambleBytes - start.size());
  append(start, wire.first(n));
  wire = wire.subspan(n);
  if (start.size() < kResponsePreambleBytes) return {};

  const auto preamble = parse_response_preamble(start);
  if (!preamble) return fail("response_malformed", "preamble");
  const auto& all = request->recipients;
  const auto from = std::ranges::find(all, preamble->kid, &PendingAnswer::Secrets::Recipient::kid);
  if (from == all.end()) return fail("response_unknown_kid");
  recipient = static_cast<std::size_t>(from - all.begin());

  const Secret32 secret = from->context.export_secret(response_exporter_context(request->transcript));
  const Secret32 prk = response_prk(*preamble, secret);
  salt = response_salt(prk);
  // Only a constant rate has a use for chunks that hold nothing.
  const bool may_be_empty = request->padding.is_constant_rate();
  chunks.emplace(response_keys(prk), may_be_empty ? EmptyChunks::allowed : EmptyChunks::refused);
  hash.update(preamble->bytes);
  return {};
}

// What the worker promised to show of the answer, and no more.
Result<void> AnswerOpener::State::check_padding(const OpenedChunk& chunk) const {
  const std::size_t plaintext = chunk.wire.size() - kChunkHeaderBytes - crypto::kAeadTagBytes;
  if (!is_response_chunk_plaintext(request->padding, plaintext)) return fail("response_malformed", "chunk_size");
  const bool counted = request->padding.is_constant_rate() && chunk.last;
  if (counted && (chunks_before_last + 1) % kConstantRateStep != 0) return fail("response_malformed", "chunk_count");
  return {};
}

Result<void> AnswerOpener::State::take(const OpenedChunk& chunk, const OnEvent& on_event) {
  AIPG_CHECK(check_padding(chunk));
  if (chunk.last) {
    // Its content is exactly the terminator and the trailers: nothing may reach into it.
    if (!reader.at_chunk_boundary()) return fail("response_malformed", "last_chunk");
  } else {
    hash.update(chunk.wire);
    ++chunks_before_last;
  }
  bool in_place = true;
  const auto read = reader.feed(chunk.content, [&](const ResponseReader::Event& event) {
    in_place = in_place && handle(event, chunk.last, on_event);
  });
  if (!read) return fail("response_malformed", "bhttp");
  if (!in_place || reader.finished() != chunk.last) return fail("response_malformed", "last_chunk");
  return {};
}

// False when the event may not be in this chunk.
bool AnswerOpener::State::handle(const ResponseReader::Event& event, bool in_last_chunk, const OnEvent& on_event) {
  if (const auto* end = std::get_if<ResponseReader::End>(&event)) {
    trailers = end->trailers;
    return in_last_chunk;
  }
  if (in_last_chunk) return false;
  if (const auto* head = std::get_if<ResponseReader::Head>(&event)) {
    answer.emplace(begin_answer_digest(salt, head->status));
    on_event(Head{recipient, head->status, head->fields});
  } else if (const auto* content = std::get_if<ResponseReader::Content>(&event)) {
    answer->update(content->bytes);
    on_event(Content{content->bytes});
  }
  return true;
}

Result<AnswerProof> AnswerOpener::State::finish(const ReceiptVerifier& verify) {
  if (!chunks || !chunks->finished()) return fail("response_truncated");
  if (trailers.size() != 1 || trailers[0].name != kReceiptField) return fail("receipt_invalid", "trailer");
  const auto& from = request->recipients[recipient];
  AnswerProof proof;
  proof.recipient = recipient;
  proof.receipt_jws = trailers[0].value;
  AIPG_TRY(proof.receipt, verify(proof.receipt_jws, from.receipt_key));
  AIPG_CHECK(compare(proof.receipt));
  proof.request_salt = to_array<32>(request->request_salt.reveal());
  proof.response_salt = to_array<32>(salt.reveal());
  return proof;
}

Result<void> AnswerOpener::State::compare(const Receipt& receipt) {
  const auto& from = request->recipients[recipient];
  if (receipt.request_hash != request->request_hash) return fail("receipt_mismatch", "req");
  if (receipt.response_hash != hash.snapshot()) return fail("receipt_mismatch", "res");
  if (receipt.response_chunks != chunks_before_last) return fail("receipt_mismatch", "n");
  if (receipt.question != request->question) return fail("receipt_mismatch", "pq");
  if (receipt.answer != answer->finish()) return fail("receipt_mismatch", "pr");
  if (receipt.request_id != request->request_id) return fail("receipt_mismatch", "rid");
  if (receipt.keyset_id != from.keyset_id) return fail("receipt_mismatch", "ks");
  if (receipt.workload_hash != from.workload_hash) return fail("receipt_mismatch", "wl");
  if (receipt.model != request->model) return fail("receipt_mismatch", "model");
  return {};
}

AnswerOpener::AnswerOpener(std::unique_ptr<PendingAnswer> pending)
    : state_(std::make_unique<State>(std::move(pending))) {}
AnswerOpener::AnswerOpener(AnswerOpener&&) noexcept = default;
AnswerOpener& AnswerOpener::operator=(AnswerOpener&&) noexcept = default;
AnswerOpener::~AnswerOpener() = default;

Result<void> AnswerOpener::feed(ByteView wire, const OnEvent& on_event) {
  if (state_->failed) return std::unexpected(*state_->failed);
  auto fed = state_->feed(wire, on_event);
  if (!fed) state_->failed = fed.error();
  return fed;
}

Result<AnswerProof> AnswerOpener::finish(const ReceiptVerifier& verify) {
  if (state_->failed) return std::unexpected(*state_->failed);
  auto proof = state_->finish(verify);
  // One answer, one proof: a second call finds the digest spent.
  state_->failed = proof ? Error{"response_malformed", "finished"} : proof.error();
  return proof;
}

}  // namespace aipg::seal
