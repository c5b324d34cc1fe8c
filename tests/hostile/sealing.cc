// SPDX-License-Identifier: Apache-2.0
#include "sealing.h"

#include "codec/json.h"

namespace aipg::hostile {

seal::SealedRequest Sealing::seal(const Recipient& to, std::string_view model, std::string_view question, bool stream) {
  const attest::SuiteKey& key = *to.keyset.find_suite(2);
  const std::string body = R"({"model":")" + std::string(model) + R"(","messages":[{"role":"user","content":)" +
                           codec::json::quote(question) + (stream ? R"(}],"stream":true})" : "}]}");
  seal::SealRequest request;
  request.routing.path = kChatPath;
  request.routing.model = model;
  request.routing.stream = stream;
  request.routing.padding = seal::Padding::p0;
  request.expires = SystemClock().now() + milliseconds(120'000);
  request.recipients = {{.kid = key.kid,
                         .public_key = key.public_key,
                         .keyset_id = to.keyset.id,
                         .receipt_key = to.keyset.receipt_key,
                         .workload_hash = to.workload_hash}};
  request.body = as_bytes(body);
  return seal::seal_request(request, rng_).value();
}

Opened Sealing::open(std::unique_ptr<seal::PendingAnswer> pending, ByteView answer) {
  seal::AnswerOpener opener(std::move(pending));
  Opened out;
  const auto fed = opener.feed(answer, [&out](const seal::AnswerOpener::Event& event) {
    if (const auto* head = std::get_if<seal::AnswerOpener::Head>(&event)) out.status = head->status;
    if (const auto* content = std::get_if<seal::AnswerOpener::Content>(&event)) out.body += as_text(content->bytes);
  });
  const auto proof = fed ? opener.finish() : Result<seal::AnswerProof>(std::unexpected(fed.error()));
  if (!proof) {
    out.failure = proof.error().code.view();
    return out;
  }
  out.tokens_in = proof->receipt.tokens_in;
  out.tokens_out = proof->receipt.tokens_out;
  return out;
}

}  // namespace aipg::hostile
