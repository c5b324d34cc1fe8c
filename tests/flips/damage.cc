// SPDX-License-Identifier: Apache-2.0
#include "damage.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace aipg::flips {
namespace {

constexpr std::size_t kChunk = 256;  // places handed to a thread at a time

struct Task {
  std::size_t subject, from, to;
};

std::size_t step(const Subject& subject, Bits bits) {
  return bits == Bits::all ? subject.every : subject.ordinary_every;
}

std::vector<Task> tasks_of(const std::vector<Subject>& subjects, Bits bits) {
  std::vector<Task> out;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const std::size_t size = subjects[i].bytes.size(), chunk = kChunk * step(subjects[i], bits);
    for (std::size_t from = 0; from < size; from += chunk) out.push_back({i, from, std::min(from + chunk, size)});
  }
  return out;
}

// Results, until the last of a subject's is in.
class Collection {
 public:
  Collection(const std::vector<Subject>& subjects, const std::vector<Task>& tasks, const Done& done)
      : subjects_(subjects), done_(done), damage_(subjects.size()), open_(subjects.size()) {
    for (const Task& task : tasks) ++open_[task.subject];
  }

  void put(std::size_t subject, const Damage& damage) {
    const std::scoped_lock lock(mutex_);
    damage_[subject].add(damage);
    if (--open_[subject] == 0) {
      std::ranges::sort(damage_[subject].accepted);
      done_(subjects_[subject], damage_[subject]);
    }
  }

 private:
  const std::vector<Subject>& subjects_;
  const Done& done_;
  std::vector<Damage> damage_;
  std::vector<std::size_t> open_;
  std::mutex mutex_;
};

}  // namespace

void Damage::add(const Damage& more) {
  flips += more.flips;
  cuts += more.cuts;
  accepted.insert(accepted.end(), more.accepted.begin(), more.accepted.end());
}

Damage damage(const Subject& subject, Bits bits, std::size_t from, std::size_t to) {
  Damage out;
  for (std::size_t i = from; i < to; i += step(subject, bits)) {
    for (std::size_t bit = 0; bit < 8; ++bit) {
      if (bits == Bits::one && bit != i % 8) continue;
      const auto mask = static_cast<std::uint8_t>(1U << bit);
      Bytes damaged = subject.bytes;
      damaged[i] ^= mask;
      ++out.flips;
      if (subject.accepts(std::move(damaged))) out.accepted.push_back({i, mask});
    }
    if (!subject.cut) continue;
    ++out.cuts;
    if (subject.accepts(to_bytes(ByteView(subject.bytes).first(i)))) out.accepted.push_back({i, 0});
  }
  return out;
}

void damage_all(const std::vector<Subject>& subjects, Bits bits, unsigned threads, const Done& done) {
  const std::vector<Task> tasks = tasks_of(subjects, bits);
  Collection collection(subjects, tasks, done);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < tasks.size(); i = next++) {
      const Task& task = tasks[i];
      collection.put(task.subject, damage(subjects[task.subject], bits, task.from, task.to));
    }
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < threads; ++i) workers.emplace_back(work);
}

}  // namespace aipg::flips
