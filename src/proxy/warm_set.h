// SPDX-License-Identifier: Apache-2.0
// Verified candidates, ready before anybody asks. For each model that is in use
// it keeps a few, makes verdicts anew before they end, refreshes the directory
// before the session would, and follows workers that go or come back with new
// keys, so that a request has no round trip but its own. A model that nobody
// asks for in a while is let go; with none, nothing is asked of the gateway.
//
// Requests that come before there is a verdict wait for one verification
// together. On the Runtime's thread; must outlive its coroutines.
#pragma once

#include <map>
#include <set>

#include "client/core/session.h"
#include "net/http_client.h"
#include "program/log.h"

namespace aipg::proxy {

struct WarmOptions {
  std::size_t candidates = 3;          // kept for each model, as far as there are so many
  std::vector<std::string> models;     // kept from the start and for good
  bool require_pq = false;             // as the session's policy
  milliseconds look{1000};             // how often it looks whether something is due
  milliseconds forget_after{900'000};  // without a request
};

class WarmSet {
 public:
  using Ready = client::Outcome<void>;
  struct Context {
    net::Runtime& runtime;
    net::HttpClient& http;
    client::Session& session;
    const Clock& clock;
    const program::Log& log;
    // Hears each verdict on a candidate that was tried, accepted or not.
    std::function<void(const std::vector<client::Candidate>&)> tried = {};
  };
  WarmSet(Context context, WarmOptions options)
      : context_(std::move(context)), options_(std::move(options)), changed_(context_.runtime) {}

  // There is a candidate for it, or the failure says why not.
  [[nodiscard]] net::Task<Ready> ready(std::string model, std::string path);
  // A request found no place, or no worker any more: there may be others by now. The directory is asked for sooner than
  // its age demands, at once where it is not of this second, and less and less so while it stays as it was.
  void doubt_directory();
  // Looks after the set until stop().
  [[nodiscard]] net::Task<void> keep();
  void stop();

  [[nodiscard]] std::vector<std::string> models() const;

 private:
  using Key = std::pair<std::string, std::string>;  // model, path
  // One verification, however many wait for it.
  struct Flight {
    explicit Flight(net::Runtime& runtime) : ended(runtime) {}
    std::optional<Ready> result;
    net::Event ended;
  };
  struct Entry {
    milliseconds asked_at{0};
    bool pinned = false;
    std::shared_ptr<Flight> flight;                   // shared with those who wait
    milliseconds begun_at{0};                         // the last verification
    milliseconds not_before{0};                       // for what is not asked for by a request
    milliseconds patience{0};                         // how long until then, after what did not succeed in full
    std::size_t had_before = 0, had = 0;              // candidates before and after it
    std::vector<client::Session::Listed> listed;      // when it began
    std::optional<std::vector<std::string>> workers;  // who offer it, ascending, by the last directory
  };

  [[nodiscard]] client::Wanted wanted(const Key& key) const;
  [[nodiscard]] net::Task<Ready> join(const Key& key);
  void begin_to_verify(const Key& key, Entry& entry);
  [[nodiscard]] net::Task<void> verify(Key key, std::shared_ptr<Flight> flight);
  void verified(const Key& key, const client::Outcome<std::vector<client::Candidate>>& tried);
  [[nodiscard]] bool is_short(const Key& key) const;
  [[nodiscard]] bool is_short_of_some() const;
  [[nodiscard]] milliseconds age_of_interest() const;
  [[nodiscard]] net::Task<void> refresh_directory();
  void note_who_offers();
  void look_after(const Key& key, Entry& entry);
  void keep_offered(const api::Directory& directory);
  void forget_unused();
  Entry& entry_for(const Key& key);

  Context context_;
  WarmOptions options_;
  net::Event changed_;
  bool stopping_ = false;
  bool begun_ = false;  // a directory has come
  std::optional<milliseconds> directory_at_;
  std::uint64_t directory_number_ = 0;
  std::optional<milliseconds> changed_at_;  // when candidates went, or others offered what it has too few of
  milliseconds directory_patience_{0};
  bool doubted_ = false;
  milliseconds age_in_doubt_{0};  // of a directory that is asked for again
  std::map<Key, Entry> entries_;
};

}  // namespace aipg::proxy
