// SPDX-License-Identifier: Apache-2.0
#include "client/collateral_source.h"

#include <fmt/core.h>

namespace aipg::client {
namespace {

using collateral::Gathered;
using collateral::ServiceFailure;
using program::Complaint;
using program::ExitCode;

constexpr milliseconds kPatienceOfPeople{1000};
constexpr const char* kTable = "collateral";  // in the user's file, for every command that fetches

// A source that no request could go to is a mistake in the settings.
std::optional<Complaint> bad_source(const collateral::Sources& sources) {
  for (const std::string& url : {sources.intel, sources.intel_root, sources.pccs, sources.amd, sources.nvidia_rim,
                                 sources.nvidia_ocsp, sources.nras}) {
    if (url.empty()) continue;
    if (const auto address = collateral::parse_source(url); !address) {
      return Complaint{address.error().code, url + " cannot be asked", "write it like https://pccs.example:8081",
                       ExitCode::usage};
    }
  }
  return std::nullopt;
}

void without_slash(std::string& url) {
  while (url.ends_with('/')) url.pop_back();
}

void normalise(collateral::Sources& sources) {
  for (std::string* url : {&sources.intel, &sources.intel_root, &sources.pccs, &sources.amd, &sources.nvidia_rim,
                           &sources.nvidia_ocsp, &sources.nras}) {
    without_slash(*url);
  }
}

}  // namespace

void declare_collateral_source(program::Options& options, CollateralSettings& settings) {
  collateral::Sources& sources = settings.fetch.sources;
  options.group("Services");
  options.text("pccs", &sources.pccs, "a caching service for everything of Intel's")
      .env("AIPG_PCCS")
      .placeholder("URL")
      .table(kTable);
  options.text("intel_url", &sources.intel, "Intel's TCB info, QE identity and PCK lists")
      .placeholder("URL")
      .table(kTable);
  options.text("intel_root_url", &sources.intel_root, "the list of Intel's root").placeholder("URL").table(kTable);
  options.text("amd_url", &sources.amd, "AMD's certificates and lists").placeholder("URL").table(kTable);
  options.text("rim_url", &sources.nvidia_rim, "NVIDIA's reference manifests").placeholder("URL").table(kTable);
  options.text("ocsp_url", &sources.nvidia_ocsp, "NVIDIA's word on revoked certificates")
      .placeholder("URL")
      .table(kTable);
  options.text("nras_url", &sources.nras, "NVIDIA's attestation service").placeholder("URL").table(kTable);
  options.text("collateral_ca", &settings.fetch.ca_file, "certificates to trust for https; the system's when left out")
      .placeholder("FILE")
      .table(kTable);
  options.duration("timeout", &settings.fetch.patience.total, "how long one piece may take, all tries together")
      .table(kTable);
  options
      .flag("ocsp_without_nonce", &settings.fetch.ocsp_without_nonce, "for caching responders, which cannot repeat one")
      .table(kTable);
  options.group("Cache");
  options.text("cache", &settings.cache, "folder of what was fetched; the user's cache when left out")
      .placeholder("DIR")
      .table(kTable);
  options.flag("offline", &settings.offline, "ask nobody: use what is there").flag_only();
  options.rule([&settings]() -> std::optional<Complaint> {
    normalise(settings.fetch.sources);
    return bad_source(settings.fetch.sources);
  });
}

std::optional<std::string> cache_folder(const CollateralSettings& settings) {
  return settings.cache.empty() ? collateral::Cache::default_folder() : std::optional(settings.cache);
}

CollateralSource::CollateralSource(const CollateralSettings& settings)
    : settings_(settings),
      fetcher_(runtime_, settings.fetch, rng_),
      patience_(runtime_, [this] { fmt::print(stderr, "waiting for {} …\n", waiting_for_); }) {
  if (auto folder = cache_folder(settings)) cache_.emplace(*std::move(folder));
}

void CollateralSource::run(net::Task<void> work) {
  runtime_.spawn([](net::Runtime& runtime, net::Task<void> body) -> net::Task<void> {
    co_await std::move(body);
    runtime.stop();
  }(runtime_, std::move(work)));
  runtime_.run();
  patience_.cancel();
}

void CollateralSource::wait_for(const std::string& url) {
  waiting_for_ = url;
  patience_.expire_after(kPatienceOfPeople);
}

std::vector<Gathered> CollateralSource::gather(const collateral::Plan& plan, const collateral::PlanContext& context) {
  collateral::Gatherer gatherer(fetcher_, cache(), clock_, {.offline = settings_.offline, .again = settings_.again});
  gatherer.on_asking = [this](const collateral::Resource&, const std::string& url) { wait_for(url); };
  gatherer.on_done = [this](const Gathered& each) {
    patience_.cancel();
    if (on_done) on_done(each);
  };
  std::vector<Gathered> out;
  run([](collateral::Gatherer& from, const collateral::Plan& what, const collateral::PlanContext& about,
         std::vector<Gathered>& result) -> net::Task<void> {
    result = co_await from.gather(what, about);
  }(gatherer, plan, context, out));
  return out;
}

std::expected<Bytes, ServiceFailure> CollateralSource::attest_remotely(
    std::span<const attest::nvidia::StatedDevice> devices) {
  std::expected<Bytes, ServiceFailure> out;
  wait_for(settings_.fetch.sources.nras);
  run([](collateral::Fetcher& from, std::span<const attest::nvidia::StatedDevice> shown,
         std::expected<Bytes, ServiceFailure>& result) -> net::Task<void> {
    result = co_await from.attest_remotely(shown);
  }(fetcher_, devices, out));
  return out;
}

bool is_unreachable(const ServiceFailure& failure) {
  const std::string_view code = failure.error.code.view();
  return code.starts_with("http_") || code == "service_busy";
}

std::string why_not(const ServiceFailure& failure) {
  const std::string_view code = failure.error.code.view();
  std::string_view words = "what came is not what was asked for";
  if (code == "service_not_found") words = "the service does not have it";
  if (code == "service_refused") words = "the service refused";
  if (code == "service_redirect") words = "the service points elsewhere, which is not followed";
  if (code == "service_busy") words = "the service is busy";
  if (code == "http_connect") words = "the service cannot be reached";
  if (code == "http_tls") words = "the service's certificate does not verify";
  if (code == "http_timeout") words = "the service took too long";
  if (code == "http_too_large") words = "the answer is too long";
  const std::string detail = failure.detail.empty() ? std::string() : ": " + failure.detail;
  return fmt::format("{}{} ({})", words, detail, code);
}

}  // namespace aipg::client
