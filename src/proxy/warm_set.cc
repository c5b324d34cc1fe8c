// SPDX-License-Identifier: Apache-2.0
#include "proxy/warm_set.h"

#include "client/http_gateway.h"

namespace aipg::proxy {
namespace {

using client::Candidate;
using client::Outcome;

// A verdict is made anew when it has no longer than this: a gateway may be slow to bring evidence.
constexpr milliseconds kAhead{120'000};
// Sooner than the session takes the directory for too old, with room for a slow answer.
constexpr milliseconds kDirectoryAge{15'000}, kAgeInDoubt{1'000};
// A worker that went often comes back soon. For so long after a change, who has fewer than he wants looks more often.
constexpr milliseconds kReturns{60'000}, kAgeWhenShort{2'000};
constexpr milliseconds kShortest{5'000}, kLongest{300'000};
constexpr int kSoonerForNewcomers = 8;
constexpr std::size_t kMostEntries = 64;
// How many models are kept from the start when none is named.
constexpr std::size_t kFirstModels = 4;
constexpr std::string_view kChat = "/v1/chat/completions";

milliseconds longer(milliseconds patience) { return std::clamp(2 * patience, kShortest, kLongest); }

std::string_view first_path(const api::OfferedModel& model) {
  return std::ranges::find(model.paths, kChat) != model.paths.end() ? kChat : std::string_view(model.paths.front());
}

}  // namespace

client::Wanted WarmSet::wanted(const Key& key) const {
  return {key.first, key.second, options_.candidates, options_.require_pq};
}

WarmSet::Entry& WarmSet::entry_for(const Key& key) {
  if (!entries_.contains(key) && entries_.size() >= kMostEntries) {
    const auto unused = std::ranges::min_element(entries_, {}, [](const auto& entry) {
      return std::tuple(entry.second.flight != nullptr, entry.second.pinned, entry.second.asked_at);
    });
    if (!unused->second.flight) entries_.erase(unused);
  }
  return entries_[key];
}

net::Task<WarmSet::Ready> WarmSet::ready(std::string model, std::string path) {
  const Key key{std::move(model), std::move(path)};
  if (const auto known = entries_.find(key); known != entries_.end())
    known->second.asked_at = context_.clock.monotonic();
  if (context_.session.can_ask(wanted(key))) {
    entry_for(key).asked_at = context_.clock.monotonic();
    co_return {};
  }
  co_return co_await join(key);
}

// The verification under way, or a new one.
net::Task<WarmSet::Ready> WarmSet::join(const Key& key) {
  Entry& entry = entry_for(key);
  entry.asked_at = context_.clock.monotonic();
  if (!entry.flight) begin_to_verify(key, entry);
  const std::shared_ptr<Flight> flight = entry.flight;
  while (!flight->result) co_await flight->ended.wait();
  co_return *flight->result;
}

void WarmSet::begin_to_verify(const Key& key, Entry& entry) {
  entry.listed = context_.session.listed(wanted(key));
  entry.begun_at = context_.clock.monotonic();
  entry.had_before = context_.session.ready(wanted(key), milliseconds(0));
  if (entry.had_before < entry.had) {  // who went may be back soon
    entry.patience = milliseconds(0);
    changed_at_ = entry.begun_at;
  }
  entry.flight = std::make_shared<Flight>(context_.runtime);
  context_.runtime.spawn(verify(key, entry.flight));
}

net::Task<void> WarmSet::verify(Key key, std::shared_ptr<Flight> flight) {
  net::HttpClient http = context_.http.beside();
  client::HttpGateway gateway(context_.runtime, http);
  auto tried = co_await context_.session.prepare(gateway, wanted(key), kAhead);
  verified(key, tried);
  flight->result = tried ? Ready() : Ready(std::unexpected(std::move(tried).error()));
  flight->ended.notify_all();
}

void WarmSet::verified(const Key& key, const Outcome<std::vector<Candidate>>& tried) {
  const milliseconds now = context_.clock.monotonic();
  const std::vector<Candidate>& verdicts = tried ? *tried : tried.error().verdicts;
  if (context_.tried) context_.tried(verdicts);
  if (std::ranges::any_of(verdicts, client::is_gone)) doubt_directory();  // it may be back under new keys
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.flight.reset();
  entry.had = context_.session.ready(wanted(key), milliseconds(0));
  const bool gained = entry.had > entry.had_before;
  const bool enough = context_.session.ready(wanted(key), kAhead) >= options_.candidates;
  entry.patience = enough ? milliseconds(0) : longer(gained ? milliseconds(0) : entry.patience);
  entry.not_before = now + entry.patience;
  // A name that nobody offers is not worth keeping; clients may ask for any.
  const bool unknown = !tried && tried.error().api == api::ErrorCode::model_not_found;
  if (unknown && !entry.pinned) entries_.erase(found);
}

void WarmSet::doubt_directory() {
  if (!std::exchange(doubted_, true)) changed_.notify_all();
}

net::Task<void> WarmSet::keep() {
  stopping_ = false;
  while (!stopping_) {
    forget_unused();
    if (!begun_ || !entries_.empty() || !options_.models.empty()) co_await refresh_directory();
    note_who_offers();
    std::vector<Key> keys;
    for (const auto& [key, entry] : entries_) keys.push_back(key);
    for (const Key& key : keys) {
      if (const auto entry = entries_.find(key); entry != entries_.end()) look_after(key, entry->second);
    }
    (void)co_await changed_.wait_for(options_.look);
  }
}

void WarmSet::stop() {
  stopping_ = true;
  changed_.notify_all();
}

bool WarmSet::is_short(const Key& key) const {
  return context_.session.ready(wanted(key), milliseconds(0)) < options_.candidates;
}

bool WarmSet::is_short_of_some() const {
  return std::ranges::any_of(entries_, [&](const auto& entry) { return is_short(entry.first); });
}

// At which a directory is asked for again.
milliseconds WarmSet::age_of_interest() const {
  const milliseconds age = doubted_ ? std::max(kAgeInDoubt, age_in_doubt_) : kDirectoryAge;
  const bool changed = changed_at_ && context_.clock.monotonic() - *changed_at_ < kReturns;
  return changed && is_short_of_some() ? std::min(age, kAgeWhenShort) : age;
}

net::Task<void> WarmSet::refresh_directory() {
  const milliseconds now = context_.clock.monotonic();
  const milliseconds age = age_of_interest();
  if (directory_at_ && now - *directory_at_ < std::max(age, directory_patience_)) co_return;
  const bool doubted = std::exchange(doubted_, false);
  net::HttpClient http = context_.http.beside();
  client::HttpGateway gateway(context_.runtime, http);
  const auto directory = co_await context_.session.fresh_directory(gateway);
  directory_at_ = context_.clock.monotonic();
  if (directory) {
    directory_patience_ = milliseconds(0);
    const std::uint64_t number = (*directory)->number;
    const bool same = number == std::exchange(directory_number_, number);
    age_in_doubt_ = doubted && same ? std::min(2 * age, kDirectoryAge) : milliseconds(0);
    keep_offered(**directory);
    co_return;
  }
  directory_patience_ = longer(directory_patience_);
  context_.log.warn("directory_not_fetched", {{"reason", directory.error().error}, {"again_in", directory_patience_}});
}

// By the last directory, whoever asked for it. A worker that rotated is the same one.
void WarmSet::note_who_offers() {
  for (auto& [key, entry] : entries_) {
    std::vector<std::string> workers;
    for (auto& each : context_.session.listed(wanted(key))) workers.push_back(std::move(each.worker_id));
    if (workers.empty()) continue;  // or none is young enough
    std::ranges::sort(workers);
    const bool others = entry.workers && *entry.workers != workers;
    entry.workers = std::move(workers);
    if (others && is_short(key)) changed_at_ = context_.clock.monotonic();
  }
}

// Those that are named, whenever they come; at the start else what a user will probably ask for first.
void WarmSet::keep_offered(const api::Directory& directory) {
  const bool at_start = !std::exchange(begun_, true) && options_.models.empty();
  std::set<std::string> kept;
  for (const api::DirectoryEntry& worker : directory.entries) {
    for (const api::OfferedModel& model : worker.models) {
      const bool named = std::ranges::find(options_.models, model.name) != options_.models.end();
      const bool first = at_start && kept.size() < kFirstModels;
      if (!(named || first) || !kept.insert(model.name).second) continue;
      Entry& entry = entry_for({model.name, std::string(first_path(model))});
      if (!std::exchange(entry.pinned, named)) entry.asked_at = context_.clock.monotonic();
    }
  }
}

void WarmSet::look_after(const Key& key, Entry& entry) {
  if (entry.flight || context_.session.ready(wanted(key), kAhead) >= options_.candidates) return;
  const milliseconds now = context_.clock.monotonic();
  const bool lost_some = context_.session.ready(wanted(key), milliseconds(0)) < entry.had;
  // Newcomers are looked at sooner, though where nobody of many will do they are no reason to ask all the time.
  const auto id = &client::Session::Listed::keyset_id;
  const bool newcomers = now >= entry.begun_at + entry.patience / kSoonerForNewcomers &&
                         !std::ranges::includes(entry.listed, context_.session.listed(wanted(key)), {}, id, id);
  if (now < entry.not_before && !lost_some && !newcomers) return;
  begin_to_verify(key, entry);
}

void WarmSet::forget_unused() {
  const milliseconds now = context_.clock.monotonic();
  std::erase_if(entries_, [&](const auto& entry) {
    return !entry.second.pinned && !entry.second.flight && now - entry.second.asked_at > options_.forget_after;
  });
}

std::vector<std::string> WarmSet::models() const {
  std::set<std::string> names;
  for (const auto& [key, entry] : entries_) names.insert(key.first);
  return {names.begin(), names.end()};
}

}  // namespace aipg::proxy
