// SPDX-License-Identifier: Apache-2.0
// A worker's places for jobs, and the line of those that wait for one. Fair
// between API keys: a place that comes free goes to the key with the fewest jobs
// there, and among those to the one that has waited longest for its turn. The
// line is short, and who finds it full takes the last seat of the key with the
// most seats in it, or none: whoever floods it is in nobody's way but its own.
// Used on the gateway's thread; not from inside its own callbacks, but for take().
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aipg::gateway {

class Places {
 public:
  class Waiter;

 private:
  // What one key has and waits for.
  struct Share {
    std::size_t running = 0;
    std::uint64_t turn = 0;        // when it last had one, or began to wait for its first
    std::vector<Waiter*> waiting;  // the first is served first
  };
  using Entry = std::pair<const std::string, Share>;

 public:
  // Whoever waits. Each call ends the waiting.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void on_place(const Places& here) = 0;  // one is free now: take it
    virtual void on_displaced(const Places& here) = 0;
  };

  // A job's place, given back with it. Not after its Places.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place();

   private:
    friend class Places;
    Place(Places& places, Entry& entry) : places_(&places), entry_(&entry) {}
    Places* places_ = nullptr;
    Entry* entry_ = nullptr;
  };

  // `seats`: how many may wait.
  explicit Places(std::size_t seats) : seats_(seats) {}
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  void set(std::uint64_t places) { places_ = places; }
  // One that nobody waits for.
  [[nodiscard]] bool has_free() const { return running_ < places_ && waiting_ == 0; }
  // A job is taken now, or may wait without displacing another.
  [[nodiscard]] bool has_room() const { return running_ < places_ || waiting_ < seats_; }
  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] Place take(const std::string& key);

  // False when there is no seat for this key. One waiter may wait in several lines, and once in each.
  [[nodiscard]] bool wait(Waiter& waiter, const std::string& key);
  void leave(Waiter& waiter, const std::string& key);
  // Gives a free place to whose turn it is; false when there is none, or nobody waits.
  bool serve_one();
  // Nobody waits any longer.
  void displace_all();

 private:
  [[nodiscard]] Entry& entry_of(const std::string& key) { return *shares_.try_emplace(key).first; }
  void forget_if_unused(const std::string& key);
  [[nodiscard]] Entry* next();
  [[nodiscard]] Entry& most_seats();
  void give_back(Entry& entry);

  const std::size_t seats_;
  std::uint64_t places_ = 0;
  std::size_t running_ = 0, waiting_ = 0;
  std::uint64_t turns_ = 0;
  std::unordered_map<std::string, Share> shares_;  // whose entries stay where they are
};

}  // namespace aipg::gateway
