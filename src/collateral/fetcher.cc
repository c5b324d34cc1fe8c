// SPDX-License-Identifier: Apache-2.0
#include "collateral/fetcher.h"

#include "attest/nras/token.h"
#include "collateral/nras_request.h"

namespace aipg::collateral {
namespace {

using Pieces = std::expected<std::vector<Bytes>, ServiceFailure>;

std::unexpected<ServiceFailure> failed(const Error& error) { return std::unexpected(ServiceFailure{.error = error}); }

Answer answer_of(ResourceKind kind, net::HttpClient::Whole whole) {
  const std::string_view header = issuer_chain_header(kind);
  Answer out{.body = std::move(whole.body)};
  // A chain sent twice would be a choice between two.
  if (!header.empty() && whole.head.headers.count(header) == 1) {
    out.issuer_chain = std::string(*whole.head.headers.find(header));
  }
  return out;
}

}  // namespace

Result<net::Address> parse_source(std::string_view url) {
  AIPG_TRY(net::Address address, net::parse_url(url));
  if (!address.tls && !address.is_loopback()) return fail("service_not_https");
  return address;
}

Fetcher::Fetcher(net::Runtime& runtime, FetchOptions options, crypto::Rng& rng)
    : runtime_(runtime), options_(std::move(options)), rng_(rng) {}

std::expected<Service*, ServiceFailure> Fetcher::service_at(const std::string& base) {
  auto& service = services_[base];
  if (service) return service.get();
  const auto address = parse_source(base);
  if (!address) return failed(address.error());
  service = std::make_unique<Service>(runtime_, *address, options_.ca_file, options_.patience);
  return service.get();
}

net::Task<Pieces> Fetcher::fetch(Resource resource) {
  const auto service = service_at(base_of(resource, options_.sources));
  if (!service) co_return std::unexpected(service.error());
  const std::string& base = base_of(resource, options_.sources);
  net::ClientRequest request{.target = url_of(resource, options_.sources).substr(base.size()), .repeatable = true};
  Bytes body;
  std::optional<ByteArray<32>> nonce;
  if (resource.certificate) {
    if (!options_.ocsp_without_nonce) nonce = rng_.array<32>();
    body = crypto::make_ocsp_request(*resource.certificate, nonce ? ByteView(*nonce) : ByteView());
    request.method = "POST";
    request.body = body;
    request.headers.add("Content-Type", "application/ocsp-request");
    request.headers.add("Accept", "application/ocsp-response");
  }
  auto whole = co_await (*service)->ask(std::move(request), max_answer_bytes(resource.kind));
  if (!whole) co_return std::unexpected(std::move(whole).error());
  const Answer answer = answer_of(resource.kind, *std::move(whole));
  auto pieces = read_answer(resource, answer, nonce ? std::optional<ByteView>(*nonce) : std::nullopt);
  if (!pieces) co_return failed(pieces.error());
  co_return *std::move(pieces);
}

net::Task<std::expected<Bytes, ServiceFailure>> Fetcher::attest_remotely(
    std::span<const attest::nvidia::StatedDevice> devices) {
  const auto made = make_nras_request(devices);
  if (!made) co_return failed(made.error());
  const auto service = service_at(options_.sources.nras);
  if (!service) co_return std::unexpected(service.error());
  net::ClientRequest request{.method = "POST", .target = made->path, .body = as_bytes(made->body), .repeatable = true};
  request.headers.add("Content-Type", "application/json");
  auto whole = co_await (*service)->ask(std::move(request), kMaxNrasTokenBytes);
  if (!whole) co_return std::unexpected(std::move(whole).error());
  const auto token = attest::nras::parse_token(whole->body);
  if (!token) co_return failed(token.error());
  co_return std::move(whole->body);
}

}  // namespace aipg::collateral
