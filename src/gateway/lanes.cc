// SPDX-License-Identifier: Apache-2.0
#include "gateway/lanes.h"

#include <sched.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "crypto/pooled_rng.h"
#include "gateway/worker_session.h"
#include "net/reactor.h"
#include "program/process.h"

namespace aipg::gateway {
namespace {

using program::ExitCode;

// How long links and connections may take to end, after the jobs have.
constexpr milliseconds kGoodbye{2000};

Result<std::unique_ptr<store::JobStore>> open_store(const std::string& state, crypto::Rng& rng) {
  std::error_code ignored;
  std::filesystem::create_directories(state, ignored);
  return store::open_sqlite_store(database_path(state), rng);
}

}  // namespace

unsigned lane_count(std::uint64_t threads) {
  if (threads != 0) return static_cast<unsigned>(threads);
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

// What was opened comes first, and what uses it when the gateway begins.
struct Lanes::Lane {
  Lane(unsigned number, const Config& settings, Ground& ground)
      : index(number), config(settings), rng(ground.rng), roster(ground.clock) {}

  const unsigned index;
  Config config;  // a copy, as each looks at it whenever it likes
  crypto::PooledRng rng;
  net::Runtime runtime;
  std::unique_ptr<store::JobStore> store, settlers_store;
  std::unique_ptr<net::HttpServer> server;
  std::shared_ptr<const net::ServerDoor> door;
  std::atomic<std::size_t> links = 0;
  Metrics metrics;
  Roster roster;
  std::optional<Limits> limits;
  std::optional<Settler> settler;
  std::optional<Routes> routes;
  std::thread thread;  // none of the first

  [[nodiscard]] net::Task<void> drain(milliseconds grace) {
    routes->drain();
    (void)co_await routes->jobs().wait_idle(grace);
    (void)co_await settler->unsettled().wait_idle(kGoodbye);
    routes->close_links();
    co_await server->drain(kGoodbye);
  }
};

std::expected<std::unique_ptr<Lanes>, ExitCode> Lanes::open(const Config& config, const CheckedConfig& checked,
                                                            Ground& ground) {
  std::unique_ptr<Lanes> out(new Lanes);
  out->ground_ = &ground;
  for (unsigned i = 0; i < lane_count(config.threads); ++i) {
    out->lanes_.push_back(std::make_unique<Lane>(i, config, ground));
  }
  const auto open_into = [&](std::unique_ptr<store::JobStore>& store) {
    auto opened = open_store(config.state, ground.rng);
    if (opened) {
      store = *std::move(opened);
    } else {
      ground.log.error("state_not_usable", {{"folder", program::Name(config.state)}, {"reason", opened.error()}});
    }
    return store != nullptr;
  };
  if (!open_into(out->late_store_)) return std::unexpected(ExitCode::cannot_read);
  for (const auto& lane : out->lanes_) {
    if (!open_into(lane->store) || !open_into(lane->settlers_store)) return std::unexpected(ExitCode::cannot_read);
  }
  if (!out->listen(config, checked, ground)) return std::unexpected(ExitCode::cannot_read);
  return out;
}

bool Lanes::listen(const Config& config, const CheckedConfig& checked, Ground& ground) {
  std::vector<std::shared_ptr<const net::ServerDoor>> others;
  for (const auto& lane : lanes_) {
    const auto handler = [&routes = lane->routes](net::Exchange& exchange) { return routes->handle(exchange); };
    auto server = lane->index == 0 ? net::HttpServer::listen(lane->runtime, checked.listen, checked.tls, {}, handler)
                                   : net::HttpServer::without_listener(lane->runtime, checked.tls, {}, handler);
    if (!server) {
      ground.log.error("cannot_listen", {{"address", program::Name(config.listen)}, {"reason", server.error()}});
      return false;
    }
    lane->server = *std::move(server);
    lane->door = lane->server->door();
    if (lane->index != 0) others.push_back(lane->door);
  }
  lanes_[0]->server->share_with(std::move(others));
  return true;
}

Lanes::~Lanes() = default;

std::uint16_t Lanes::port() const { return lanes_[0]->server->port(); }

void Lanes::begin(Ground& ground) {
  const auto counts = std::make_shared<UsageCounts>();
  late_receipts_ = std::make_unique<LateReceipts>(*late_store_, ground.log);
  for (const auto& each : lanes_) {
    Lane& lane = *each;
    lane.limits.emplace(ground.clock, counts);
    lane.settler.emplace(lane.runtime, std::move(lane.settlers_store), *late_receipts_, ground.log);
    lane.settler->on_batch([&metrics = lane.metrics](const Settler::Batch& b) {
      metrics.records(b.took, b.written, b.refused, b.disk_failed);
    });
    lane.routes.emplace(RelayContext{lane.runtime, lane.roster, *lane.store, *late_receipts_, *lane.settler,
                                     *lane.limits, lane.metrics, ground.clock, lane.rng, ground.log, lane.config,
                                     lane.index, this});
    lane.routes->use_limits();
    lane.routes->count_connections_of(*lane.server);
    lane.roster.on_change([this, &lane](const RosterChange& change) {
      for (const auto& other : lanes_) {
        if (other.get() != &lane) other->runtime.post([&roster = other->roster, change] { roster.apply(change); });
      }
    });
  }
  for (const auto& lane : lanes_) {
    if (lane->index == 0) continue;
    lane->thread = std::thread([&runtime = lane->runtime] {
      runtime.reactor().begin_work();  // until it is stopped
      runtime.run();
    });
  }
}

// Descriptors are kept for the state's files, and for what a program has anyway.
void Lanes::limit_connections() const {
  constexpr std::size_t kKept = 128;
  const std::size_t files = program::file_limit();
  lanes_[0]->server->limit_connections({.all = files > 2 * kKept ? files - kKept : files / 2,
                                        .of_network = lanes_[0]->config.limit_address_connections});
}

void Lanes::run(ReadAgain read_again) {
  begin(*ground_);
  limit_connections();
  Lane& first = *lanes_[0];
  Reload reload_all(first.config, std::move(read_again), *first.server, *first.routes, first.metrics, ground_->log);
  reload_all.on_done([this](const Config& config) { reload(config); });
  first.runtime.on_signal(SIGHUP, [&reload_all] { reload_all.run(); });
  first.runtime.on_terminate([this, &first](int count) {
    if (count > 1) _exit(static_cast<int>(ExitCode::refused));
    first.runtime.spawn(drain(first.config.drain_grace));
  });
  ground_->log.info("listening",
                    {{"address", program::Name(first.config.listen)}, {"port", port()}, {"threads", lanes_.size()}});
  first.runtime.run();
  for (const auto& lane : lanes_) {
    if (lane->thread.joinable()) lane->thread.join();
  }
  // Handlers that outlasted the grace still use what is here; and what one lane holds of another goes before that.
  for (const auto& lane : lanes_) lane->runtime.destroy_tasks();
  for (const auto& lane : lanes_) lane->server.reset();
  for (const auto& lane : lanes_) lane->settler.reset();
}

// Each has its own copy; the first has these already.
void Lanes::reload(const Config& config) const {
  limit_connections();
  for (const auto& each : lanes_) {
    if (each->index == 0) continue;
    each->runtime.post([&lane = *each, config] {
      lane.config = config;
      lane.routes->use_limits();
      // The first has used the same files a moment ago; what it could not, nobody is asked to.
      if (config.tls_certificate) {
        (void)lane.server->use_tls({*config.tls_certificate, *config.tls_private_key});
      }
    });
  }
}

// The first listens until its own end, so that who comes meanwhile hears why he is refused.
net::Task<void> Lanes::drain(milliseconds grace) const {
  Lane& first = *lanes_[0];
  ground_->log.info("draining", {{"jobs", (co_await state()).jobs}, {"grace", grace}});
  std::size_t drained = 0;
  net::Event changed(first.runtime);
  for (const auto& lane : lanes_) {
    first.runtime.spawn([](const Lanes& self, unsigned index, milliseconds within, std::size_t& done,
                           net::Event& told) -> net::Task<void> {
      (void)co_await self.ask<bool>(0, index, [within](Lane& there) -> net::Task<bool> {
        co_await there.drain(within);
        co_return true;
      });
      ++done;
      told.notify_all();
    }(*this, lane->index, grace, drained, changed));
  }
  while (drained != lanes_.size()) co_await changed.wait();
  ground_->log.info("stopped");
  for (const auto& lane : lanes_) {
    if (lane->index != 0) lane->runtime.post([&runtime = lane->runtime] { runtime.stop(); });
  }
  first.runtime.stop();
}

template <typename T>
net::Task<T> Lanes::ask(unsigned from, unsigned lane, std::function<net::Task<T>(Lane&)> call) const {
  Lane& there = *lanes_[lane];
  if (from == lane) co_return co_await call(there);
  struct Answer {
    explicit Answer(net::Runtime& runtime) : here(runtime), came(runtime) {}
    net::Runtime& here;
    net::Event came;
    std::optional<T> value;
  };
  const auto answer = std::make_shared<Answer>(lanes_[from]->runtime);
  there.runtime.post([&there, call = std::move(call), answer] {
    there.runtime.spawn(
        [](Lane& at, std::function<net::Task<T>(Lane&)> what, std::shared_ptr<Answer> to) -> net::Task<void> {
          const auto value = std::make_shared<T>(co_await what(at));
          net::Runtime& here = to->here;
          here.post([to = std::move(to), value] {
            to->value = std::move(*value);
            to->came.notify_all();
          });
        }(there, call, answer));
  });
  while (!answer->value) co_await answer->came.wait();
  co_return *std::move(answer->value);
}

void Lanes::move(net::Exchange& exchange, unsigned lane, Bytes body, RelayJourney journey,
                 net::WorkCount::Guard running) const {
  // Closures are copied; what they carry is not.
  const auto carried = std::make_shared<RelayJourney>(std::move(journey));
  auto left = std::make_shared<net::WorkCount::Guard>(std::move(running));
  Lane& origin = *lanes_[carried->from];
  Lane& there = *lanes_[lane];
  exchange.move_to(there.door, std::move(body),
                   [&there, &origin, carried, left = std::move(left)](net::Exchange& moved) mutable {
                     there.routes->go_on(moved, std::move(*carried));
                     origin.runtime.post([ended = std::move(left)] {});
                     return net::Task<void>();
                   });
}

void Lanes::move_to_first(net::Exchange& exchange) const {
  exchange.move_to(lanes_[0]->door, {},
                   [&first = *lanes_[0]](net::Exchange& moved) { return first.routes->answer(moved); });
}

void Lanes::place_link(net::Exchange& exchange) const {
  Lane* fewest = lanes_[0].get();
  for (const auto& lane : lanes_) {
    if (lane->links < fewest->links) fewest = lane.get();
  }
  const auto counted = std::make_shared<LinkCount>(fewest->links);
  exchange.move_to(fewest->door, {}, [fewest, counted](net::Exchange& moved) -> net::Task<void> {
    co_await fewest->routes->take_link(moved);
  });
}

net::Task<Result<std::shared_ptr<const Bytes>>> Lanes::challenge(unsigned lane, Hash256 keyset_id, Hash256 value,
                                                                 milliseconds timeout) const {
  using Evidence = Result<std::shared_ptr<const Bytes>>;
  co_return co_await ask<Evidence>(0, lane, [keyset_id, value, timeout](Lane& there) -> net::Task<Evidence> {
    const KeysetRecord* record = there.roster.find_keyset(keyset_id);
    const auto session = record != nullptr ? record->session : nullptr;
    if (!session) co_return fail("challenge_link_lost");
    co_return co_await session->challenge(keyset_id, value, timeout);
  });
}

net::Task<LaneState> Lanes::state() const {
  LaneState sum;
  for (const auto& lane : lanes_) {
    const auto state = co_await ask<LaneState>(
        0, lane->index, [](Lane& there) -> net::Task<LaneState> { co_return there.routes->state(); });
    sum.connections += state.connections;
    sum.connections_refused += state.connections_refused;
    sum.links += state.links;
    sum.jobs += state.jobs;
    sum.jobs_unsettled += state.jobs_unsettled;
    sum.records_full = sum.records_full || state.records_full;
  }
  co_return sum;
}

std::string Lanes::metrics_text(const Metrics::Now& now) const {
  std::vector<const Metrics*> others;
  for (const auto& lane : lanes_) {
    if (lane->index != 0) others.push_back(&lane->metrics);
  }
  return lanes_[0]->metrics.text(now, others);
}

}  // namespace aipg::gateway
