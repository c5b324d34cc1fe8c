// SPDX-License-Identifier: Apache-2.0
#include "api/names.h"
#include "client/core/session_state.h"

namespace aipg::client {
namespace {

constexpr milliseconds kDirectoryLimit{15'000};
// A worker may be making a quote for somebody else first.
constexpr milliseconds kChallengeLimit{30'000};
constexpr std::size_t kMaxDirectoryBytes = 16 << 20;
constexpr std::size_t kMaxChallengeBytes = 16 << 20;
constexpr std::string_view kJson = "application/json";

Failure unreachable(const Error& error, std::string reason) {
  Failure out;
  out.kind = Failure::Kind::unreachable;
  out.error = error;
  out.reason = std::move(reason);
  return out;
}

Failure not_ours(const Error& error, std::string reason) {
  Failure out = unreachable(error, std::move(reason));
  out.kind = Failure::Kind::refused;
  return out;
}

}  // namespace

void Session::Call::add_key(std::vector<Gateway::Field>& fields) const {
  if (!options.api_key.empty()) fields.push_back({"Authorization", "Bearer " + options.api_key});
}

net::Task<Outcome<Bytes>> Session::Call::call(Gateway::Request request, std::size_t max_bytes, milliseconds limit) {
  auto whole = co_await gateway.fetch(std::move(request), max_bytes, limit);
  if (whole && whole->status == 200) co_return std::move(whole->body);
  if (whole) {
    const auto code = api::parse_error_body(as_text(whole->body));
    Failure failure =
        not_ours(Error{"gateway_status", {}, 0}, "it answered with status " + std::to_string(whole->status));
    failure.api = code;
    co_return std::unexpected(std::move(failure));
  }
  const Error error = whole.error();
  if (error.code == Literal("http_timeout")) {
    co_return std::unexpected(unreachable(error, "no answer within " + std::to_string(limit.count() / 1000) + " s"));
  }
  Failure failure = unreachable(error, gateway.last_failure());
  if (error.code == Literal("http_cancelled")) failure.kind = Failure::Kind::cancelled;
  co_return std::unexpected(std::move(failure));
}

net::Task<Outcome<SharedDirectory>> Session::Call::get_directory() {
  auto known = shared.memory.directory(clock.monotonic());
  directory_remembered = known != nullptr;
  if (known) co_return known;
  co_return co_await fetch_directory();
}

net::Task<Outcome<SharedDirectory>> Session::Call::fetch_directory() {
  const milliseconds now = clock.monotonic();
  Gateway::Request request{.target = std::string(api::kDirectoryPath), .fields = {}, .body = {}, .repeatable = true};
  auto body = co_await call(std::move(request), kMaxDirectoryBytes, kDirectoryLimit);
  if (!body) co_return std::unexpected(std::move(body).error());
  auto parsed = api::parse_directory(as_text(*body));
  if (!parsed) co_return std::unexpected(not_ours(parsed.error(), "its directory cannot be read"));
  auto directory = std::make_shared<const api::Directory>(*std::move(parsed));
  shared.memory.keep(directory, now);
  co_return directory;
}

net::Task<Outcome<api::ChallengeAnswer>> Session::Call::challenge(Hash256 nonce, std::vector<Hash256> keyset_ids) {
  const std::string body = api::write_challenge_request({nonce, std::move(keyset_ids)});
  Gateway::Request request{.method = "POST",
                           .target = std::string(api::kChallengePath),
                           .fields = {{"Content-Type", std::string(kJson)}},
                           .body = as_bytes(body),
                           .repeatable = true};
  add_key(request.fields);
  auto answer = co_await call(std::move(request), kMaxChallengeBytes, kChallengeLimit);
  if (!answer) co_return std::unexpected(std::move(answer).error());
  auto parsed = api::parse_challenge_answer(as_text(*answer));
  if (!parsed) co_return std::unexpected(not_ours(parsed.error(), "its evidence cannot be read"));
  co_return *std::move(parsed);
}

}  // namespace aipg::client
