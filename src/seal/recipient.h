// SPDX-License-Identifier: Apache-2.0
// The worker's half of the seal: opening requests in the protocol's order of
// checks, and sealing answers with their receipt. Sans-I/O; time is a
// parameter. Not for concurrent use. A gateway must not link this.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "codec/bhttp.h"
#include "crypto/hpke_recipient.h"
#include "crypto/random.h"
#include "seal/inner_request.h"
#include "seal/preamble.h"
#include "seal/receipt.h"

namespace aipg::seal {

// The private half of one keyset. Made inside the TEE, never written.
struct KeysetSecrets {
  Hash256 keyset_id{};
  std::vector<std::pair<Hash256, crypto::hpke::KeyPair>> keys;  // kid, key pair
  crypto::Ed25519PrivateKey receipt_key;
};

// The keysets a worker can open for now, and the requests it has already
// opened. Replay entries live until every private key held when they were made
// is wiped; no clock, no eviction.
class KeyRing {
 public:
  explicit KeyRing(std::size_t replay_capacity = 1'000'000);
  ~KeyRing();
  KeyRing(KeyRing&&) noexcept;

  KeyRing& operator=(KeyRing&&) noexcept;

  // Shared, because a running job signs its receipt after the ring let go; not
  // const, because retire() wipes the HPKE keys for every holder.
  void add(std::shared_ptr<KeysetSecrets> keyset);
  // Wipes the HPKE keys of this keyset and forgets replay entries nobody needs any more.
  // An id that is not here is ignored.
  void retire(const Hash256& keyset_id);
  [[nodiscard]] bool wants_early_rotation() const;  // replay memory three quarters full
  [[nodiscard]] std::size_t keysets() const;

 private:
  friend class RequestOpener;
  friend struct KeyRingTestPeer;
  struct State;
  std::unique_ptr<State> state_;
};

// What a job needs besides the wire.
struct RecipientContext {
  KeyRing* ring = nullptr;
  Hash256 workload_hash{};
  Hash256 epoch{};  // the newest seen, for receipts; zero if none
  // The models and paths of the manifest: routing must name one of them.
  std::function<bool(std::string_view model, std::string_view path)> offers;
};

class AnswerSealer;

// Opens one sealed request as its bytes arrive.
//   feed() until it returns an error (an outer refusal: nothing was unwrapped,
//   or the preamble was not for us) or `complete()`, and end_of_stream() when
//   the transport says so; then request() holds the validated inner request or
//   the error to send sealed, and make_answer() gives the sealer for either.
//   The ring must outlive the call of feed() that opens the preamble.
class RequestOpener {
 public:
  RequestOpener(const RecipientContext& context, const ByteArray<16>& job_id, Instant worker_now);
  RequestOpener(RequestOpener&&) noexcept;
  ~RequestOpener();

  // Outer refusals, in the order of docs/protocol.md: malformed_seal,
  // unsupported_version, unsupported_suite, worker_key_expired,
  // request_expired, request_replayed, worker_busy. Also malformed_seal for
  // bytes that come after a valid request was complete: drop the job.
  [[nodiscard]] Result<void> feed(ByteView wire);
  // The preamble was accepted and the content secret unwrapped.
  [[nodiscard]] bool opened() const;
  [[nodiscard]] const Routing& routing() const;
  // All of the request has arrived (or failed for good inside the seal).
  [[nodiscard]] bool complete() const;
  // The stream ended; error inside the seal when the last chunk had not come. When not even opened() is true:
  // refuse with malformed_seal.
  void end_of_stream();
  // After complete(): the validated request, or an error that goes out sealed
  // (codes: malformed_seal, model_not_found and those of seal/inner_request.h). Lives as long as this object.
  [[nodiscard]] const std::expected<InnerRequest, InnerError>& request() const;
  // The sealer of this request's answer; once, after complete(). Draws the 32 bytes of the nonce.
  // For a request that never came whole, the receipt covers what did: the sender will see the difference.
  [[nodiscard]] AnswerSealer make_answer(crypto::Rng& rng);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Seals one answer: preamble and head, content as it comes, last chunk with
// the receipt. Every call returns wire bytes to send. How content is gathered
// into chunks over time is PacedAnswer's business (seal/paced_answer.h).
class AnswerSealer {
 public:
  AnswerSealer(AnswerSealer&&) noexcept;
  ~AnswerSealer();

  // rpre, unless a tick() has sent it; the BHTTP head is kept for the next chunk.
  [[nodiscard]] Bytes begin(unsigned status, const std::vector<codec::bhttp::Field>& fields);
  // One or more chunks, each padded by the request's padding. Empty content with nothing pending: empty, but at a
  // constant rate one chunk.
  [[nodiscard]] Bytes content(ByteView bytes);
  // At a constant rate only: exactly one chunk, with as much as fits of what is pending and of `content`, whose front
  // it takes. May come before begin(), without content; rpre then goes before the first.
  [[nodiscard]] Bytes tick(ByteView& content);
  // end() would give the last chunk and nothing before it.
  [[nodiscard]] bool may_end() const;
  // Content not yet sealed, then the last chunk with the receipt; at a constant rate as many empty chunks between as
  // make the number right. The sealer is done.
  struct End {
    Bytes wire;
    std::string receipt_jws;
  };
  struct Usage {
    std::uint64_t tokens_in = 0, tokens_out = 0;
    std::uint64_t duration_ms = 0;
  };
  [[nodiscard]] End end(const Usage& usage, Instant now);

 private:
  friend class RequestOpener;
  struct State;
  explicit AnswerSealer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aipg::seal
