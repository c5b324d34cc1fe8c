// SPDX-License-Identifier: Apache-2.0
// SIGHUP: reads the settings again, and the files that they name, and uses what
// may change while a gateway runs: certificate and key, the workers' token,
// limits. All of it, or nothing when something is wrong. What needs a restart
// is said in the log. Used on the gateway's thread.
#pragma once

#include <expected>
#include <functional>

#include "gateway/config.h"
#include "gateway/metrics.h"
#include "gateway/routes.h"
#include "program/complaint.h"

namespace aipg::gateway {

// The settings as they are now, from where they were read at the start.
using ReadAgain = std::function<std::expected<Config, program::Complaint>()>;

class Reload {
 public:
  // All must outlive it. `config` is what is in force, which the routes look at.
  Reload(Config& config, ReadAgain read_again, net::HttpServer& server, Routes& routes, Metrics& metrics,
         const program::Log& log)
      : config_(config),
        read_again_(std::move(read_again)),
        server_(server),
        routes_(routes),
        metrics_(metrics),
        log_(log) {}

  // Hears of new settings that are in force.
  void on_done(std::function<void(const Config&)> call) { on_done_ = std::move(call); }
  // Log: reloaded, or reload_refused with the reason and what to do; reload_needs_restart for each setting that stays
  // as it was.
  void run();

 private:
  [[nodiscard]] bool try_to();
  [[nodiscard]] bool refuse(const program::Complaint& why) const;  // false
  [[nodiscard]] Config without_restart(Config fresh) const;

  Config& config_;
  ReadAgain read_again_;
  net::HttpServer& server_;
  Routes& routes_;
  Metrics& metrics_;
  const program::Log& log_;
  std::function<void(const Config&)> on_done_;
};

}  // namespace aipg::gateway
