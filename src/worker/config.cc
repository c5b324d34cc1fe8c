// SPDX-License-Identifier: Apache-2.0
#include "worker/config.h"

#include <algorithm>

namespace aipg::worker {
namespace {

using program::Complaint;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::uint64_t kMaxPrice = 1'000'000'000'000;  // a million USD per million tokens

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }
bool is_letter_or_digit(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

std::optional<Complaint> broken_rule(const HostSettings& settings) {
  const auto checked = check_settings(settings);
  if (checked) return std::nullopt;
  const Literal code = checked.error().code;
  if (code == Literal("plain_not_loopback")) {
    return Complaint{code, settings.gateway + " is not loopback, and a plain link is for loopback only",
                     "write https:// and, for a private authority, --gateway-ca FILE"};
  }
  if (code == Literal("invalid_worker_name")) {
    return Complaint{code, "name is \"" + settings.name + "\"", "use 1 to 64 of a-z, 0-9 and -"};
  }
  if (code == Literal("invalid_stake_id")) {
    return Complaint{code, "stake_id is \"" + settings.stake_id + "\"", "use at most 64 letters, digits and -"};
  }
  return Complaint{code, "gateway is \"" + settings.gateway + "\", which is no address of a gateway",
                   "write http://127.0.0.1:8443 or https://host:port"};
}

}  // namespace

void declare_workload_option(program::Options& options, HostSettings& settings) {
  options.text("workload", &settings.workload, "the measured workload file")
      .env("AIPG_WORKER_WORKLOAD")
      .placeholder("FILE");
}

void declare_options(program::Options& options, HostSettings& settings) {
  options.group("Workload");
  declare_workload_option(options, settings);
  options.group("Gateway");
  options.text("gateway", &settings.gateway, "its address: http:// on loopback, https:// elsewhere")
      .env("AIPG_WORKER_GATEWAY")
      .placeholder("URL");
  options.text("gateway_ca", &settings.gateway_ca, "its certificate authority, PEM; default: the system's")
      .env("AIPG_WORKER_GATEWAY_CA")
      .placeholder("FILE");
  options.text("link_token", &settings.link_token, "token for the link, where the gateway wants one")
      .env("AIPG_WORKER_LINK_TOKEN")
      .secret();
  options.group("Offer");
  options.text("name", &settings.name, "how this worker is listed").env("AIPG_WORKER_NAME");
  options.text("stake_id", &settings.stake_id, "the stake it serves under").env("AIPG_WORKER_STAKE_ID");
  options.number("price.input", &settings.price_input, "micro-USD per million prompt tokens", kMaxPrice)
      .env("AIPG_WORKER_PRICE_INPUT");
  options.number("price.output", &settings.price_output, "micro-USD per million generated tokens", kMaxPrice)
      .env("AIPG_WORKER_PRICE_OUTPUT");
  options.group("Logs");
  options.text("log_level", &settings.log_level, "info only with the simulated TEE")
      .env("AIPG_WORKER_LOG_LEVEL")
      .choices({"error", "warn", "info"});
  options.refuse_other_variables("AIPG_WORKER_");
  options.rule([&settings] { return broken_rule(settings); });
}

Result<CheckedSettings> check_settings(const HostSettings& settings) {
  CheckedSettings out;
  AIPG_TRY(out.link.gateway, net::parse_url(settings.gateway));
  if (out.link.gateway.kind != net::Address::Kind::tcp) return fail("invalid_address", "gateway");
  if (!out.link.gateway.tls && !out.link.gateway.is_loopback()) return fail("plain_not_loopback", "gateway");
  const bool named = !settings.name.empty() && settings.name.size() <= kMaxNameBytes &&
                     std::ranges::all_of(settings.name, is_lower_or_digit);
  if (!named) return fail("invalid_worker_name", "name");
  const bool staked =
      settings.stake_id.size() <= kMaxNameBytes && std::ranges::all_of(settings.stake_id, is_letter_or_digit);
  if (!staked) return fail("invalid_stake_id", "stake_id");
  AIPG_TRY(out.log_level, program::parse_log_level(settings.log_level));
  out.link.gateway_ca = settings.gateway_ca;
  out.link.worker_id = settings.name;
  out.link.stake_id = settings.stake_id;
  out.link.link_token = settings.link_token;
  out.link.price = {.input = settings.price_input, .output = settings.price_output};
  return out;
}

}  // namespace aipg::worker
