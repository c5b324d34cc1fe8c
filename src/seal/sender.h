// SPDX-License-Identifier: Apache-2.0
// The client's half of the seal: sealing one HTTP request to one to three
// verified workers, and opening the answer. Sans-I/O, clock-free. Secrets are
// wiped when the objects go. Not for concurrent use. question_digest() and
// answer_digest(), for verifiers of a saved attestation, are in seal/keys.h.
#pragma once

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "codec/bhttp.h"
#include "crypto/hpke.h"
#include "crypto/random.h"
#include "seal/keys.h"
#include "seal/preamble.h"
#include "seal/receipt.h"

namespace aipg::seal {

// A worker the client verified before.
struct RecipientKey {
  Hash256 kid{};
  Bytes public_key;
  Hash256 keyset_id{};
  ByteArray<32> receipt_key{};
  Hash256 workload_hash{};
};

struct SealRequest {
  crypto::hpke::Suite suite = crypto::hpke::Suite::xwing;
  Routing routing;
  Instant expires;
  std::vector<RecipientKey> recipients;  // 1…3, keyset ids pairwise different
  std::optional<Hash256> cache_salt;     // header aipg-cache-salt
  ByteView body;                         // the OpenAI JSON, exactly as it will reach the engine's door
};

// Everything needed to open the answer and to check its receipt: good for one answer.
class PendingAnswer {
 public:
  struct Secrets;  // seal/pending_answer.h
  explicit PendingAnswer(std::unique_ptr<Secrets> secrets);
  PendingAnswer(PendingAnswer&&) noexcept;
  PendingAnswer& operator=(PendingAnswer&&) noexcept;
  ~PendingAnswer();

 private:
  friend class AnswerOpener;
  std::unique_ptr<Secrets> secrets_;
};

// What one request needs of a recipient's key alone, and most of what sealing costs: it may be drawn before the request
// is known. For one request, never for two: they would share a key.
[[nodiscard]] Result<crypto::hpke::Sender> draw_sender(crypto::hpke::Suite suite, const RecipientKey& key,
                                                       crypto::Rng& rng);
using SenderSource =
    std::function<Result<crypto::hpke::Sender>(crypto::hpke::Suite suite, const RecipientKey& key, crypto::Rng& rng)>;

struct SealedRequest {
  Bytes wire;  // preamble ‖ chunks: ciphertext and routing only
  std::unique_ptr<PendingAnswer> pending;
};

// Draws from `rng`, in this order: request_id (16 bytes), content secret (32),
// then for each recipient in turn what HPKE needs (X25519 32, X-Wing 64).
// Errors: seal_recipients (count, a keyset or kid twice, a kid that is not the
// key's), seal_body_too_large, hpke_public_key, malformed_seal (routing).
// `source`: for who has drawn ahead; what it gives must be of exactly this key.
[[nodiscard]] Result<SealedRequest> seal_request(const SealRequest& request, crypto::Rng& rng,
                                                 const SenderSource& source = draw_sender);

// What a whole, verified answer proves. `receipt_jws` and the salts go into the attestation.
struct AnswerProof {
  std::size_t recipient = 0;  // index into SealRequest::recipients
  Receipt receipt;
  std::string receipt_jws;
  Hash256 request_salt{}, response_salt{};  // disclosed on purpose: they let anyone check pq and pr
};

// verify_receipt(), or another way to its results.
using ReceiptVerifier = std::function<Result<Receipt>(std::string_view jws, ByteView receipt_public_key)>;

// Opens one sealed response as its bytes arrive, in any pieces. Stays failed
// once failed. Content may be shown as it comes, but the answer is whole only
// when finish() succeeds.
class AnswerOpener {
 public:
  struct Head {
    std::size_t recipient = 0;  // who answers, as only its keys can: index into SealRequest::recipients
    unsigned status = 0;
    std::vector<codec::bhttp::Field> fields;
  };
  struct Content {
    ByteView bytes;  // valid until feed() returns
  };
  using Event = std::variant<Head, Content>;

  explicit AnswerOpener(std::unique_ptr<PendingAnswer> pending);
  AnswerOpener(AnswerOpener&&) noexcept;
  AnswerOpener& operator=(AnswerOpener&&) noexcept;
  ~AnswerOpener();

  // Errors: response_unknown_kid, response_malformed, response_open_failed.
  [[nodiscard]] Result<void> feed(ByteView wire, const std::function<void(const Event&)>& on_event);
  // Call when the stream ended. Errors: response_truncated (no last chunk),
  // receipt_invalid, receipt_signature, receipt_mismatch (where names the claim). `verify` is for who remembers the
  // receipts it has verified.
  [[nodiscard]] Result<AnswerProof> finish(const ReceiptVerifier& verify = verify_receipt);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aipg::seal
