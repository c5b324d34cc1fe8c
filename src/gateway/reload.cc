// SPDX-License-Identifier: Apache-2.0
#include "gateway/reload.h"

namespace aipg::gateway {

void Reload::run() {
  const bool done = try_to();
  metrics_.reloaded(done);
  if (!done) return;
  if (on_done_) on_done_(config_);
  log_.info("reloaded");
}

bool Reload::try_to() {
  auto fresh = read_again_();
  if (!fresh) return refuse(fresh.error());
  const Config wanted = without_restart(*std::move(fresh));
  if (wanted.tls_certificate) {
    if (const auto used = server_.use_tls({*wanted.tls_certificate, *wanted.tls_private_key}); !used) {
      return refuse({used.error().code, "the certificate " + *wanted.tls_certificate + " and its key cannot be used",
                     "check that both are PEM, readable and of one pair, and send SIGHUP again"});
    }
  }
  config_ = wanted;
  routes_.use_limits();
  return true;
}

bool Reload::refuse(const program::Complaint& why) const {
  log_.error("reload_refused",
             {{"reason", why.code}, {"what", program::Name(why.happened)}, {"next", program::Name(why.next)}});
  return false;
}

// Where it listens, as what, and where its state lies was settled at the start.
Config Reload::without_restart(Config fresh) const {
  const auto keep = [this](const char* setting, auto& value, const auto& in_force) {
    if (value == in_force) return;
    log_.warn("reload_needs_restart", {{"setting", program::Name(setting)}});
    value = in_force;
  };
  keep("listen", fresh.listen, config_.listen);
  keep("state", fresh.state, config_.state);
  keep("log.level", fresh.log_level, config_.log_level);
  keep("threads", fresh.threads, config_.threads);
  if (fresh.tls_certificate.has_value() != config_.tls_certificate.has_value()) {
    keep("tls.certificate", fresh.tls_certificate, config_.tls_certificate);
    keep("tls.private_key", fresh.tls_private_key, config_.tls_private_key);
  }
  return fresh;
}

}  // namespace aipg::gateway
