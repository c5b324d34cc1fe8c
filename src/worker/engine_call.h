// SPDX-License-Identifier: Apache-2.0
// One request's way through the engine: sends the validated body, reads what
// comes, writes what the client may see. Client headers never get here.
#pragma once

#include "net/http_client.h"
#include "worker/answer_writer.h"
#include "worker/engine_request.h"
#include "worker/stream_end.h"

namespace aipg::worker {

class EngineCall {
 public:
  // All borrowed; they must outlive run().
  EngineCall(net::HttpClient& client, const seal::InnerRequest& request, EngineRequest sent, AnswerWriter& writer)
      : client_(client), request_(request), sent_(std::move(sent)), writer_(writer), end_(request.path) {}

  // Writes the whole answer, also where it is an error, up to but not including finish(). Returns the tokens used.
  // The code of an engine's failure, for the log, is in failure() then.
  [[nodiscard]] net::Task<Tokens> run();
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  [[nodiscard]] net::Task<void> answer(net::ClientResponse& response);
  [[nodiscard]] net::Task<void> stream_events(net::ClientResponse& response);
  [[nodiscard]] net::Task<void> assemble(net::ClientResponse& response);
  [[nodiscard]] net::Task<void> pass_whole(net::ClientResponse& response);
  [[nodiscard]] net::Task<void> refused(net::ClientResponse& response);
  // Reads to the end, event by event; the callback's error ends it.
  [[nodiscard]] net::Task<Result<void>> read_events(
      net::ClientResponse& response, std::function<Result<void>(std::string_view, std::string_view)> on_event);
  [[nodiscard]] net::Task<Result<SecretBytes>> read_whole(net::ClientResponse& response, std::size_t most);
  [[nodiscard]] Result<void> write_event(std::string_view name, std::string_view data);

  void write_failure(const Error& error);
  void write_error(unsigned status, std::string_view type, std::string_view code, std::string_view quoted_message);

  net::HttpClient& client_;
  const seal::InnerRequest& request_;
  EngineRequest sent_;
  AnswerWriter& writer_;
  StreamEnd end_;
  Tokens tokens_;
  std::optional<Error> failure_;
};

}  // namespace aipg::worker
