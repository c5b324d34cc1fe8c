// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "codec/bhttp.h"
#include "seal/answer_state.h"
#include "seal/chunk_stream.h"
#include "seal/key_ring.h"
#include "seal/recipient.h"

namespace aipg::seal {
namespace {

constexpr milliseconds kMaxLate{30 * 1000};
constexpr milliseconds kMaxAhead{5 * 60 * 1000};

bool is_expired(std::uint64_t expires_ms, Instant now) {
  if (expires_ms > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 2)) return true;
  const Instant expires{static_cast<std::int64_t>(expires_ms)};
  return expires < now - kMaxLate || now + kMaxAhead < expires;
}

InnerError malformed(Literal message) { return {400, "malformed_seal", {}, message}; }

// One answer for everything that does not open.
std::unexpected<Error> cannot_open() { return fail("malformed_seal", "open"); }

}  // namespace

struct RequestOpener::State {
  State(const RecipientContext& context_in, const ByteArray<16>& job_id_in, Instant now_in)
      : context(context_in), job_id(job_id_in), now(now_in) {}

  RecipientContext context;
  ByteArray<16> job_id;
  Instant now;

  Bytes start;  // what has come of the preamble, which borrows it
  std::optional<Error> refused;
  Preamble preamble;
  Hash256 kid{};
  std::shared_ptr<KeysetSecrets> keyset;  // shared with the ring: see KeyRing::add
  std::optional<crypto::hpke::Context> hpke;
  Hash256 transcript{};
  Secret32 salt;
  std::optional<ChunkOpener> chunks;  // set once opened

  crypto::Sha256 hash;  // preamble ‖ chunks
  SecretBytes message;
  Hash256 question{};
  std::optional<std::expected<InnerRequest, InnerError>> result;
  bool answered = false;

  Result<void> feed(ByteView wire);
  Result<void> read_preamble(ByteView& wire);
  Result<void> accept(const Preamble& from);
  Result<void> open(const RecipientBlock& block, const crypto::hpke::KeyPair& key);
  void read_chunks(ByteView wire);
  void finish_message();
  void fail_inside(InnerError error);
};

Result<void> RequestOpener::State::feed(ByteView wire) {
  if (result) {
    // What failed inside is answered inside, whatever else comes.
    const bool handed_on = result->has_value();
    return handed_on && !wire.empty() ? fail("malformed_seal", "after_last") : Result<void>();
  }
  if (!chunks) AIPG_CHECK(read_preamble(wire));
  if (chunks) read_chunks(wire);
  return {};
}

Result<void> RequestOpener::State::read_preamble(ByteView& wire) {
  const std::size_t before = start.size();
  append(start, wire.first(std::min(wire.size(), kMaxPreambleBytes - before)));
  AIPG_TRY(auto parsed, parse_preamble(start));
  if (!parsed) {
    if (start.size() == kMaxPreambleBytes) return fail("malformed_seal", "preamble");
    wire = {};
    return {};
  }
  wire = wire.subspan(parsed->bytes.size() - before);
  preamble = *std::move(parsed);
  return accept(preamble);
}

// The protocol's order of checks, from the kid on.
Result<void> RequestOpener::State::accept(const Preamble& from) {
  const auto suite = *crypto::hpke::suite_from(from.suite);
  KeyRing::State& ring = *context.ring->state_;
  const RecipientBlock* block = nullptr;
  std::optional<KeyRing::State::Found> found;
  for (const RecipientBlock& each : from.recipients) {
    found = ring.find(each.kid, suite);
    block = &each;
    if (found) break;
  }
  if (!found) return fail("worker_key_expired");
  if (is_expired(from.expires_ms, now)) return fail("request_expired");
  transcript = seal_transcript(from.bytes);
  const auto replay_key = to_array<16>(ByteView(transcript).first(16));
  if (ring.seen(replay_key)) return fail("request_replayed");
  AIPG_CHECK(open(*block, *found->key));
  if (!ring.remember(replay_key)) {
    chunks.reset();
    hpke.reset();
    return fail("worker_busy");
  }
  kid = block->kid;
  keyset = std::move(found->keyset);
  hash.update(from.bytes);
  return {};
}

Result<void> RequestOpener::State::open(const RecipientBlock& block, const crypto::hpke::KeyPair& key) {
  auto established = crypto::hpke::setup_base_recipient(key, block.enc, seal_info(preamble.suite, block.kid));
  if (!established) return cannot_open();
  std::vector<Hash256> kids;
  kids.reserve(preamble.recipients.size());
  for (const RecipientBlock& each : preamble.recipients) kids.push_back(each.kid);
  const Hash256 aad = seal_aad(preamble.bytes.first(preamble.aad_prefix), kids);
  const auto unwrapped = established->open(aad, block.wrapped);
  if (!unwrapped || unwrapped->size() != Secret32::size()) return cannot_open();
  const Secret32 root = seal_root(Secret32(unwrapped->reveal()));
  if (!equal_ct(seal_commitment(root, preamble.request_id), preamble.commitment)) return cannot_open();

  const Secret32 prk = request_prk(transcript, root);
  salt = request_salt(prk);
  hpke = std::move(*established);
  chunks.emplace(request_keys(prk), EmptyChunks::refused);
  return {};
}

void RequestOpener::State::read_chunks(ByteView wire) {
  while (!result) {
    const auto chunk = chunks->next(wire);
    if (!chunk) return fail_inside(malformed("The sealed request was damaged on its way."));
    if (!*chunk) break;
    hash.update((*chunk)->wire);
    if ((*chunk)->content.size() > kMaxRequestBytes - message.size()) {
      return fail_inside(malformed("The request is larger than 32 MiB."));
    }
    message.append((*chunk)->content);
    if (!(*chunk)->last) continue;
    if (!wire.empty()) return fail_inside(malformed("Something followed the sealed request."));
    finish_message();
  }
}

void RequestOpener::State::finish_message() {
  const auto inner = codec::bhttp::parse_request(message.reveal());
  if (!inner) return fail_inside(malformed("The sealed message is not a request of this protocol."));
  question = question_digest(salt, inner->content);
  if (context.offers && !context.offers(preamble.routing.model, preamble.routing.path)) {
    return fail_inside({404, "model_not_found", "model", "This worker does not offer that model on that path."});
  }
  result.emplace(validate_inner(std::move(message), preamble.routing));
}

void RequestOpener::State::fail_inside(InnerError error) {
  message = SecretBytes();
  result.emplace(std::unexpected(std::move(error)));
}

RequestOpener::RequestOpener(const RecipientContext& context, const ByteArray<16>& job_id, Instant worker_now)
    : state_(std::make_unique<State>(context, job_id, worker_now)) {}
RequestOpener::RequestOpener(RequestOpener&&) noexcept = default;
RequestOpener::~RequestOpener() = default;

Result<void> RequestOpener::feed(ByteView wire) {
  if (state_->refused) return std::unexpected(*state_->refused);
  auto fed = state_->feed(wire);
  if (!fed) state_->refused = fed.error();
  return fed;
}

bool RequestOpener::opened() const { return state_->chunks.has_value(); }
const Routing& RequestOpener::routing() const { return state_->preamble.routing; }
bool RequestOpener::complete() const { return state_->result.has_value(); }

void RequestOpener::end_of_stream() {
  if (!opened() && !state_->refused) state_->refused = Error{"malformed_seal", "preamble"};
  if (opened() && !complete()) state_->fail_inside(malformed("The sealed request was cut off."));
}

const std::expected<InnerRequest, InnerError>& RequestOpener::request() const { return *state_->result; }

AnswerSealer RequestOpener::make_answer(crypto::Rng& rng) {
  if (!complete() || state_->answered) __builtin_trap();
  state_->answered = true;
  const ResponsePreamble preamble = make_response_preamble(state_->kid, rng.array<32>());
  const Secret32 secret = state_->hpke->export_secret(response_exporter_context(state_->transcript));
  auto answer =
      std::make_unique<AnswerSealer::State>(preamble, response_prk(preamble, secret), state_->preamble.routing.padding);
  Receipt& receipt = answer->receipt;
  receipt.job_id = state_->job_id;
  receipt.request_id = state_->preamble.request_id;
  receipt.keyset_id = state_->keyset->keyset_id;
  receipt.workload_hash = state_->context.workload_hash;
  receipt.model = state_->preamble.routing.model;
  receipt.request_hash = state_->hash.snapshot();
  receipt.question = state_->question;
  receipt.epoch = state_->context.epoch;
  answer->keyset = state_->keyset;
  return AnswerSealer(std::move(answer));
}

}  // namespace aipg::seal
