// SPDX-License-Identifier: Apache-2.0
// SIGHUP: reads the settings again and uses what may change while a proxy runs:
// the token and the names that clients must present, the key that the gateway
// knows it by, the grace. All of it, or nothing when something is wrong. What
// needs a restart is said in the log. On the Runtime's thread.
#pragma once

#include <expected>
#include <functional>

#include "client/core/session.h"
#include "program/complaint.h"
#include "proxy/config.h"

namespace aipg::proxy {

// The settings as they are now, from where they were read at the start.
using ReadAgain = std::function<std::expected<Config, program::Complaint>()>;

class Reload {
 public:
  // All must outlive it. `config` is what is in force, `door` what was made of it.
  Reload(Config& config, Door& door, ReadAgain read_again, client::Session& session, const program::Log& log)
      : config_(config), door_(door), read_again_(std::move(read_again)), session_(session), log_(log) {}

  // Log: reloaded, or reload_refused with the reason and what to do; reload_needs_restart for each setting that stays
  // as it was.
  void run();

 private:
  [[nodiscard]] std::expected<CheckedConfig, program::Complaint> check(Config fresh) const;
  void say_what_stays(const Config& fresh) const;

  Config& config_;
  Door& door_;
  ReadAgain read_again_;
  client::Session& session_;
  const program::Log& log_;
};

}  // namespace aipg::proxy
