// SPDX-License-Identifier: Apache-2.0
#include "proxy/reload.h"

#include "client/api_key.h"

namespace aipg::proxy {

void Reload::run() {
  const auto fresh = read_again_();
  auto checked = fresh ? check(*fresh) : std::unexpected(fresh.error());
  if (!checked) {
    const program::Complaint& wrong = checked.error();
    return log_.error(
        "reload_refused",
        {{"reason", wrong.code}, {"what", program::Name(wrong.happened)}, {"next", program::Name(wrong.next)}});
  }
  say_what_stays(*fresh);
  door_ = std::move(checked->door);
  config_.grace = fresh->grace;
  // A command would have to be run, which a confined program cannot.
  if (fresh->connection.api_key_command.empty()) session_.use_api_key(fresh->connection.api_key);
  log_.info("reloaded");
}

std::expected<CheckedConfig, program::Complaint> Reload::check(Config fresh) const {
  // Where it listens stays, and with it whether it needs a token.
  fresh.listen = config_.listen;
  fresh.allow_remote = config_.allow_remote;
  if (fresh.connection.api_key_command.empty()) AIPG_CHECK(client::find_api_key(fresh.connection.api_key, ""));
  return check_config(fresh);
}

void Reload::say_what_stays(const Config& fresh) const {
  const auto say_unless = [this](bool same, const char* setting) {
    if (!same) log_.warn("reload_needs_restart", {{"setting", program::Name(setting)}});
  };
  const client::ConnectionSettings &now = config_.connection, &wanted = fresh.connection;
  say_unless(fresh.listen == config_.listen, "listen");
  say_unless(wanted.api_key_command.empty(), "api_key_command");
  say_unless(wanted.gateway == now.gateway, "gateway");
  say_unless(wanted.ca == now.ca, "ca");
  say_unless(wanted.policy == now.policy, "policy");
  say_unless(fresh.recipients == config_.recipients, "recipients");
  say_unless(fresh.padding == config_.padding, "padding");
  say_unless(fresh.prefix_cache == config_.prefix_cache, "prefix_cache");
  say_unless(fresh.models == config_.models, "model");
  say_unless(fresh.keep_attestations == config_.keep_attestations, "keep_attestations");
  say_unless(fresh.log_level == config_.log_level, "log.level");
}

}  // namespace aipg::proxy
