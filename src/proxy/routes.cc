// SPDX-License-Identifier: Apache-2.0
#include "proxy/routes.h"

#include <set>

#include "api/names.h"
#include "proxy/failure_answer.h"
#include "proxy/metrics.h"
#include "proxy/models.h"
#include "proxy/names.h"
#include "proxy/status_page.h"

namespace aipg::proxy {
namespace {

// More distinct models than these are not verified for one listing.
constexpr std::size_t kMostModels = 64;

std::string supported() {
  std::string out = "POST";
  for (const std::string_view path : seal::sealable_paths()) out += " " + std::string(path) + ",";
  return out + " GET " + std::string(api::kModelsPath) + " and " + std::string(api::kModelsPath) + "/{model}";
}

ApiError not_found(std::string_view path) {
  std::string message = "There is nothing at this path. Nothing was sent. This proxy takes " + supported() + ".";
  if (seal::is_sealable_path("/v1" + std::string(path))) message += " The base URL ends in /v1.";
  return describe(api::ErrorCode::not_found, std::move(message));
}

ApiError wrong_method(std::string_view method) {
  return describe(api::ErrorCode::method_not_allowed,
                  "This path takes " + std::string(method) + " only. Nothing was sent.");
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// A model's name as it stands in a path; empty when it cannot be one.
std::string model_in(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    const auto high = i + 2 < path.size() ? hex_digit(path[i + 1]) : std::nullopt;
    const auto low = i + 2 < path.size() ? hex_digit(path[i + 2]) : std::nullopt;
    if (!high || !low) return {};
    out += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return out;
}

bool is_page(std::string_view path) {
  return path == "/" || path == kStatusPath || path == kMetricsPath || path == "/healthz";
}

// For the log, which holds nothing that a client made up.
std::string_view known_method(std::string_view method) {
  for (const std::string_view known : {"GET", "POST", "OPTIONS", "HEAD"}) {
    if (method == known) return known;
  }
  return "other";
}
std::string_view known_path(std::string_view path) {
  const auto sealable = seal::sealable_paths();
  if (const auto known = std::ranges::find(sealable, path); known != sealable.end()) return *known;
  if (path.starts_with(api::kModelsPath)) return api::kModelsPath;
  return is_page(path) ? "status" : "other";
}

bool wants_json(const net::Headers& headers) { return net::list_has(headers, "accept", kJson); }

}  // namespace

net::Task<void> Routes::handle(net::Exchange& exchange) {
  // Clients add queries (?beta=true); none means anything to a worker, and none is passed on.
  const std::string path = exchange.head().target.substr(0, exchange.head().target.find('?'));
  const bool page = exchange.head().method == "GET" && (path == "/" || path == kStatusPath);
  if (auto refused = check_door(door_, exchange.head(), page ? Place::page : Place::api)) {
    co_return co_await refuse(exchange, path, *std::move(refused));
  }
  co_await dispatch(exchange, path);
}

net::Task<void> Routes::dispatch(net::Exchange& exchange, std::string path) {
  const std::string& method = exchange.head().method;
  if (seal::is_sealable_path(path)) {
    if (method != "POST") co_return co_await refuse(exchange, path, wrong_method("POST"));
    Inference inference(context_, exchange, std::move(path));
    co_return co_await inference.run();
  }
  const bool is_models = path == api::kModelsPath || path.starts_with(std::string(api::kModelsPath) + "/");
  if (!is_models && !is_page(path)) co_return co_await refuse(exchange, path, not_found(path));
  if (method != "GET") co_return co_await refuse(exchange, path, wrong_method("GET"));
  if (is_models) co_return co_await models(exchange, std::move(path));
  co_await page(exchange, std::move(path));
}

net::Task<void> Routes::models(net::Exchange& exchange, std::string path) {
  if (const auto verified = co_await verify_models(); !verified) {
    ApiError error = describe(verified.error(), {context_.gateway, "", context_.policy});
    co_return co_await refuse(exchange, path, std::move(error));
  }
  const std::vector<VerifiedModel> all = models_of(context_.session.known());
  net::Headers headers;
  headers.add("Cache-Control", "no-store");
  if (path == api::kModelsPath) {
    co_return co_await respond(exchange, path, kJson, models_document(all), std::move(headers));
  }
  const std::string name = model_in(std::string_view(path).substr(api::kModelsPath.size() + 1));
  const auto model = std::ranges::find(all, name, &VerifiedModel::name);
  if (model == all.end()) {
    co_return co_await refuse(exchange, path,
                              describe(api::ErrorCode::model_not_found,
                                       "No verified worker has this model. GET /v1/models lists those that can be "
                                       "asked for; aipg workers --why says what was wrong with others."));
  }
  co_await respond(exchange, path, kJson, model_document(*model), std::move(headers));
}

net::Task<client::Outcome<void>> Routes::verify_models() {
  net::HttpClient http = context_.http.beside();
  client::HttpGateway gateway(context_.runtime, http);
  const auto directory = co_await context_.session.directory(gateway);
  if (!directory) co_return std::unexpected(directory.error());
  std::set<std::string> looked_at;
  for (const api::DirectoryEntry& worker : (*directory)->entries) {
    for (const api::OfferedModel& model : worker.models) {
      if (looked_at.size() >= kMostModels || !looked_at.insert(model.name).second) continue;
      // Why there is nobody for one model is said to who asks for it.
      (void)co_await context_.warm.ready(model.name, model.paths.front());
    }
  }
  co_return {};
}

net::Task<void> Routes::page(net::Exchange& exchange, std::string path) {
  if (path == "/healthz") co_return co_await respond(exchange, path, "text/plain", "ok\n", {});
  settings_.token = !door_.token.empty();  // SIGHUP may have changed it
  const Status status = status_of(context_, settings_);
  if (path == kMetricsPath) {
    const std::string text = metrics_text(status, program::process_usage());
    co_return co_await respond(exchange, path, "text/plain; version=0.0.4", text, page_headers());
  }
  const bool json = path == kStatusPath || wants_json(exchange.head().headers);
  co_await respond(exchange, path, json ? kJson : "text/html; charset=utf-8",
                   json ? status_json(status) : status_page(status), page_headers());
}

net::Task<void> Routes::respond(net::Exchange& exchange, std::string_view path, std::string_view content_type,
                                std::string document, net::Headers headers) {
  (void)co_await exchange.respond(200, content_type, document, std::move(headers));
  note(exchange, path, 200, "");
}

net::Task<void> Routes::refuse(net::Exchange& exchange, std::string_view path, ApiError error) {
  const std::string body = error_body(error, dialect_of(path));
  net::Headers headers = error_headers(error);
  if (error.status == 405) headers.add("Allow", seal::is_sealable_path(path) ? "POST" : "GET");
  // A browser that opens the status page asks its user.
  if (error.status == 401 && path == "/") headers.add("WWW-Authenticate", R"(Basic realm="aipg proxy")");
  (void)co_await exchange.respond(error.status, kJson, body, std::move(headers));
  note(exchange, path, error.status, error.code);
}

void Routes::note(const net::Exchange& exchange, std::string_view path, unsigned status, std::string_view code) const {
  context_.log.info("request", {{"method", program::Name(known_method(exchange.head().method))},
                                {"path", program::Name(known_path(path))},
                                {"status", status},
                                {"code", program::Name(code)}});
}

}  // namespace aipg::proxy
