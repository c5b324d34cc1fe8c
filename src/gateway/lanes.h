// SPDX-License-Identifier: Apache-2.0
// A gateway's threads, one a core. Each has a loop, and everything that a job
// touches, for itself: a request goes on where the link of its worker is, from
// its preamble on, and so does the connection it came by. What they have
// together is read at leisure (docs/architecture.md, "Threads").
//
// The first lane, on the program's own thread, listens, and answers what is no
// job; a worker's link is taken by the lane that has fewest.
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <thread>
#include <vector>

#include "gateway/reload.h"
#include "gateway/routes.h"
#include "program/exit_code.h"

namespace aipg::gateway {

// What all threads may use at once.
struct Ground {
  const program::Log log;
  SystemClock clock = {};
  crypto::SystemRng rng = {};
};

// How many lanes a gateway has that may use so many: 0 is as many as it has cores.
[[nodiscard]] unsigned lane_count(std::uint64_t threads);

class Lanes {
 public:
  // Opens the state and listens, on the caller's thread: what cannot be done once the gateway is confined. The log says
  // what is wrong. `config` is checked.
  [[nodiscard]] static std::expected<std::unique_ptr<Lanes>, program::ExitCode> open(const Config& config,
                                                                                     const CheckedConfig& checked,
                                                                                     Ground& ground);
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  // Until it is told to stop (serve.h). Once.
  void run(ReadAgain read_again);
  [[nodiscard]] std::uint16_t port() const;

  // --- for the lanes themselves, each from its own thread ---

  // A job that goes on at another; `running` is let go of here when it has arrived.
  void move(net::Exchange& exchange, unsigned lane, Bytes body, RelayJourney journey,
            net::WorkCount::Guard running) const;
  void move_to_first(net::Exchange& exchange) const;

  // A worker's link that somebody took, or is about to.
  class LinkCount {
   public:
    explicit LinkCount(std::atomic<std::size_t>& count) : count_(&count) { ++count; }
    LinkCount(LinkCount&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    LinkCount& operator=(LinkCount&&) = delete;
    ~LinkCount() {
      if (count_ != nullptr) --*count_;
    }

   private:
    std::atomic<std::size_t>* count_;
  };
  // Has the lane with the fewest links take one.
  void place_link(net::Exchange& exchange) const;

  // Evidence of a keyset whose link is another lane's: as WorkerSession::challenge().
  [[nodiscard]] net::Task<Result<std::shared_ptr<const Bytes>>> challenge(unsigned lane, Hash256 keyset_id,
                                                                          Hash256 value, milliseconds timeout) const;
  // What is the case in all lanes together, asked from the first.
  [[nodiscard]] net::Task<LaneState> state() const;
  [[nodiscard]] std::string metrics_text(const Metrics::Now& now) const;

 private:
  struct Lane;
  Lanes() = default;
  [[nodiscard]] bool listen(const Config& config, const CheckedConfig& checked, Ground& ground);
  void begin(Ground& ground);
  void limit_connections() const;
  void reload(const Config& config) const;
  [[nodiscard]] net::Task<void> drain(milliseconds grace) const;
  // Runs `call` on a lane's thread, from another's.
  template <typename T>
  [[nodiscard]] net::Task<T> ask(unsigned from, unsigned lane, std::function<net::Task<T>(Lane&)> call) const;

  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<store::JobStore> late_store_;
  std::unique_ptr<LateReceipts> late_receipts_;
  Ground* ground_ = nullptr;
};

}  // namespace aipg::gateway
