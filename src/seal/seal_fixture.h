// SPDX-License-Identifier: Apache-2.0
// For tests and fuzz targets: workers with keysets, a request sealed to them,
// and the steps between sealing and the proof. Everything random is a function
// of a number, so that a failure can be repeated.
#pragma once

#include "crypto/digest.h"
#include "seal/recipient.h"
#include "seal/sender.h"

namespace aipg::seal::fixture {

using crypto::hpke::Suite;

inline constexpr Instant kNow{1'800'000'000'000};
inline constexpr std::string_view kBody =
    R"({"model":"smollm2","messages":[{"role":"user","content":"Which river runs through Prague?"}],"max_tokens":64})";

class NumberedRng final : public crypto::Rng {
 public:
  explicit NumberedRng(std::uint8_t number) : number_(number) {}
  void fill(MutableByteView out) override {
    for (std::uint8_t& byte : out) {
      if (at_ == block_.size()) next_block();
      byte = block_[at_++];
    }
  }

 private:
  void next_block() {
    const ByteArray<5> input{number_, static_cast<std::uint8_t>(count_ >> 24), static_cast<std::uint8_t>(count_ >> 16),
                             static_cast<std::uint8_t>(count_ >> 8), static_cast<std::uint8_t>(count_)};
    block_ = crypto::sha256(input);
    ++count_;
    at_ = 0;
  }

  std::uint8_t number_;
  std::uint32_t count_ = 0;
  Hash256 block_{};
  std::size_t at_ = 32;
};

inline std::shared_ptr<KeysetSecrets> make_keyset(std::uint8_t number) {
  NumberedRng rng(number);
  std::vector<std::pair<Hash256, crypto::hpke::KeyPair>> keys;
  for (Suite suite : {Suite::x25519, Suite::xwing}) {
    auto pair = crypto::hpke::KeyPair::generate(suite, rng);
    const Hash256 kid = recipient_kid(static_cast<std::uint16_t>(suite), pair.public_key());
    keys.emplace_back(kid, std::move(pair));
  }
  const Hash256 id = rng.array<32>();
  return std::make_shared<KeysetSecrets>(id, std::move(keys), crypto::Ed25519PrivateKey::generate(rng));
}

struct Worker {
  explicit Worker(std::uint8_t number) : secrets(make_keyset(number)) {
    ring.add(secrets);
    workload_hash.fill(number);
  }

  [[nodiscard]] RecipientKey key(Suite suite) const {
    const auto& [kid, pair] = secrets->keys[suite == Suite::x25519 ? 0 : 1];
    return {kid, to_bytes(pair.public_key()), secrets->keyset_id, secrets->receipt_key.public_key(), workload_hash};
  }
  [[nodiscard]] RecipientContext context() {
    RecipientContext out;
    out.ring = &ring;
    out.workload_hash = workload_hash;
    return out;
  }
  [[nodiscard]] RequestOpener opener(Instant now = kNow) { return RequestOpener(context(), {7}, now); }

  std::shared_ptr<KeysetSecrets> secrets;
  Hash256 workload_hash{};
  KeyRing ring;
};

inline Routing chat_routing() {
  Routing routing;
  routing.path = "/v1/chat/completions";
  routing.model = "smollm2";
  return routing;
}

inline SealRequest request_to(const std::vector<const Worker*>& workers, Suite suite = Suite::x25519,
                              std::string_view body = kBody) {
  SealRequest request;
  request.suite = suite;
  request.routing = chat_routing();
  request.expires = kNow + milliseconds(120'000);
  for (const Worker* worker : workers) request.recipients.push_back(worker->key(suite));
  request.body = as_bytes(body);
  return request;
}

inline SealedRequest must_seal(const SealRequest& request, std::uint8_t number = 200) {
  NumberedRng rng(number);
  auto sealed = seal_request(request, rng);
  if (!sealed) __builtin_trap();
  return std::move(*sealed);
}

// A whole answer to an opened request.
struct Answer {
  Bytes wire;
  std::size_t before_last = 0;  // wire[0, before_last) is rpre and the chunks before the last
  std::string receipt_jws;
};

inline Answer answer_to(RequestOpener& opener, const std::vector<std::string>& pieces, std::uint8_t number = 100) {
  NumberedRng rng(number);
  AnswerSealer sealer = opener.make_answer(rng);
  Answer out;
  append(out.wire, sealer.begin(200, {{"content-type", "text/event-stream"}}));
  for (const std::string& piece : pieces) append(out.wire, sealer.content(as_bytes(piece)));
  out.before_last = out.wire.size();
  auto end = sealer.end({.tokens_in = 9, .tokens_out = 33, .duration_ms = 101}, kNow + milliseconds(500));
  append(out.wire, end.wire);
  out.receipt_jws = std::move(end.receipt_jws);
  return out;
}

// What a client saw of an answer.
struct Seen {
  unsigned status = 0;
  std::vector<codec::bhttp::Field> fields;
  std::string content;
  std::optional<Error> refused;
  std::optional<AnswerProof> proof;
};

inline Seen read_answer(AnswerOpener& opener, ByteView wire, std::size_t step = SIZE_MAX) {
  Seen seen;
  const auto note = [&](const AnswerOpener::Event& event) {
    if (const auto* head = std::get_if<AnswerOpener::Head>(&event)) {
      seen.status = head->status;
      seen.fields = head->fields;
    } else {
      seen.content += as_text(std::get<AnswerOpener::Content>(event).bytes);
    }
  };
  while (!wire.empty() && !seen.refused) {
    const ByteView piece = wire.first(std::min(step, wire.size()));
    wire = wire.subspan(piece.size());
    if (auto fed = opener.feed(piece, note); !fed) seen.refused = fed.error();
  }
  if (seen.refused) return seen;
  auto proof = opener.finish();
  if (proof) {
    seen.proof = std::move(*proof);
  } else {
    seen.refused = proof.error();
  }
  return seen;
}

inline Seen read_answer(SealedRequest& sealed, ByteView wire, std::size_t step = SIZE_MAX) {
  AnswerOpener opener(std::move(sealed.pending));
  return read_answer(opener, wire, step);
}

// Feeds in pieces of `step` and ends the stream; the outer refusal's code, or empty.
inline std::string_view feed_all(RequestOpener& opener, ByteView wire, std::size_t step = SIZE_MAX) {
  while (!wire.empty()) {
    const ByteView piece = wire.first(std::min(step, wire.size()));
    wire = wire.subspan(piece.size());
    if (auto fed = opener.feed(piece); !fed) return fed.error().code.view();
  }
  opener.end_of_stream();
  return {};
}

}  // namespace aipg::seal::fixture
