// SPDX-License-Identifier: Apache-2.0
#include "seal/sender.h"

#include "base/byte_reader.h"
#include "codec/base64.h"
#include "seal/chunk_stream.h"
#include "seal/pending_answer.h"

namespace aipg::seal {
namespace {

std::uint16_t suite_id(const SealRequest& request) { return static_cast<std::uint16_t>(request.suite); }

Result<void> check_recipients(const SealRequest& request) {
  const auto& all = request.recipients;
  if (all.empty() || all.size() > kMaxRecipients) return fail("seal_recipients", "count");
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].public_key.size() != crypto::hpke::public_key_bytes(request.suite)) return fail("hpke_public_key");
    if (all[i].kid != recipient_kid(suite_id(request), all[i].public_key)) return fail("seal_recipients", "kid");
    for (std::size_t j = 0; j < i; ++j) {
      if (all[i].keyset_id == all[j].keyset_id) return fail("seal_recipients", "keyset_id");
      if (all[i].kid == all[j].kid) return fail("seal_recipients", "kid");
    }
  }
  return {};
}

Result<SecretBytes> write_inner(const SealRequest& request) {
  if (request.body.size() > kMaxRequestBytes) return fail("seal_body_too_large");
  codec::bhttp::Request inner{request.routing.method, request.routing.path, {}, request.body};
  inner.fields.push_back({"content-type", "application/json"});
  if (request.cache_salt) inner.fields.push_back({"aipg-cache-salt", codec::to_base64url(*request.cache_salt)});
  SecretBytes message = codec::bhttp::write_request(inner);
  if (message.size() > kMaxRequestBytes) return fail("seal_body_too_large");
  return message;
}

// The preamble through count.
Bytes write_clear_part(const SealRequest& request, const ByteArray<16>& request_id, const Hash256& commitment) {
  const std::string routing = write_routing(request.routing);
  ByteWriter writer;
  writer.text(kRequestMagic).u8(kVersion).u16be(suite_id(request)).bytes(request_id);
  writer.u64be(static_cast<std::uint64_t>(request.expires.ms)).bytes(commitment);
  writer.u16be(static_cast<std::uint16_t>(routing.size())).text(routing);
  writer.u8(static_cast<std::uint8_t>(request.recipients.size()));
  return std::move(writer).take();
}

// Appends the recipient blocks to `preamble`, which ends at count.
Result<void> wrap_for_all(const SealRequest& request, const Secret32& content_secret, crypto::Rng& rng,
                          const SenderSource& source, Bytes& preamble, PendingAnswer::Secrets& secrets) {
  std::vector<Hash256> kids;
  kids.reserve(request.recipients.size());
  for (const RecipientKey& key : request.recipients) kids.push_back(key.kid);
  const Hash256 aad = seal_aad(preamble, kids);
  for (const RecipientKey& key : request.recipients) {
    AIPG_TRY(auto sender, source(request.suite, key, rng));
    append(preamble, key.kid);
    append(preamble, sender.enc);
    append(preamble, sender.context.seal(aad, content_secret.reveal()));
    secrets.recipients.push_back(
        {key.kid, key.keyset_id, key.workload_hash, key.receipt_key, std::move(sender.context)});
  }
  return {};
}

void seal_message(ByteView message, const TrafficKeys& keys, Bytes& wire) {
  ChunkSealer sealer(keys);
  while (message.size() > kMaxChunkContent) {
    sealer.seal(message.first(kMaxChunkContent), request_chunk_plaintext(kMaxChunkContent, false), false, wire);
    message = message.subspan(kMaxChunkContent);
  }
  sealer.seal(message, request_chunk_plaintext(message.size(), true), true, wire);
}

}  // namespace

PendingAnswer::PendingAnswer(std::unique_ptr<Secrets> secrets) : secrets_(std::move(secrets)) {}
PendingAnswer::PendingAnswer(PendingAnswer&&) noexcept = default;
PendingAnswer& PendingAnswer::operator=(PendingAnswer&&) noexcept = default;
PendingAnswer::~PendingAnswer() = default;

Result<crypto::hpke::Sender> draw_sender(crypto::hpke::Suite suite, const RecipientKey& key, crypto::Rng& rng) {
  const Bytes info = seal_info(static_cast<std::uint16_t>(suite), key.kid);
  return crypto::hpke::setup_base_sender(suite, key.public_key, info, rng);
}

Result<SealedRequest> seal_request(const SealRequest& request, crypto::Rng& rng, const SenderSource& source) {
  AIPG_CHECK(check_routing(request.routing));
  AIPG_CHECK(check_recipients(request));
  AIPG_TRY(const SecretBytes message, write_inner(request));

  auto secrets = std::make_unique<PendingAnswer::Secrets>();
  secrets->request_id = rng.array<16>();
  const Secret32 content_secret = rng.secret<32>();
  const Secret32 root = seal_root(content_secret);
  Bytes wire = write_clear_part(request, secrets->request_id, seal_commitment(root, secrets->request_id));
  AIPG_CHECK(wrap_for_all(request, content_secret, rng, source, wire, *secrets));

  secrets->transcript = seal_transcript(wire);
  const Secret32 prk = request_prk(secrets->transcript, root);
  seal_message(message.reveal(), request_keys(prk), wire);
  secrets->request_hash = crypto::sha256(wire);
  secrets->request_salt = request_salt(prk);
  secrets->question = question_digest(secrets->request_salt, request.body);
  secrets->model = request.routing.model;
  secrets->padding = request.routing.padding;
  return SealedRequest{std::move(wire), std::make_unique<PendingAnswer>(std::move(secrets))};
}

}  // namespace aipg::seal
