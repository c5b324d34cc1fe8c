// SPDX-License-Identifier: Apache-2.0
#include "client/turn.h"

#include <set>

namespace aipg::client {
namespace {

Unanswered unanswered(std::string happened, Literal code) {
  return {false, std::move(happened) + "\n(" + std::string(code.view()) + ")\n"};
}

Unanswered unanswered(const Failure& failure, const FailureContext& context) {
  return {failure.kind == Failure::Kind::cancelled, explain(failure, context)};
}

Unanswered engine_failed(unsigned status, const TurnOutput& output) {
  SecretBytes reason;
  append_for_terminal(reason, output.error().value_or("it gave no reason"));
  const char* happened =
      status == 200 ? "The engine failed while it answered." : "The worker could not answer this request.";
  return unanswered(happened + ("\n  " + std::string(reason.reveal_text())), "engine_error");
}

}  // namespace

net::Task<std::optional<Unanswered>> ask_turn(Session& session, Gateway& gateway, Conversation& conversation,
                                              std::string_view question, TurnOutput& output, FailureContext context) {
  auto body = conversation.body(question);
  if (!body) co_return unanswered("The question is not text in UTF-8. Nothing was sent.", body.error().code);
  auto answer = co_await session.ask(gateway, {.body = body->reveal(), .cache_salt = conversation.salt()}, output);
  const auto finished = answer ? output.finish() : Result<void>();
  output.end();
  if (!answer) co_return unanswered(answer.error(), context);
  if (!finished) co_return unanswered("The answer cannot be read.", finished.error().code);
  if (answer->status != 200 || output.error()) co_return engine_failed(answer->status, output);
  conversation.keep({conversation.model(),
                     SecretBytes(as_bytes(conversation.system())),
                     SecretBytes(as_bytes(question)),
                     output.take_text(),
                     {*std::move(body), output.take_body(), *std::move(answer)}});
  co_return std::nullopt;
}

net::Task<Outcome<std::vector<std::string>>> offered_models(Session& session, Gateway& gateway) {
  const auto directory = co_await session.directory(gateway);
  if (!directory) co_return std::unexpected(directory.error());
  std::set<std::string> names;
  for (const api::DirectoryEntry& entry : (*directory)->entries) {
    for (const api::OfferedModel& model : entry.models) names.insert(model.name);
  }
  co_return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace aipg::client
