// SPDX-License-Identifier: Apache-2.0
// Which keysets can be sealed to, over which link each is reached, and the
// directory made of them. The one place that finds the link of a kid: with
// several gateways, only this changes. Each of a gateway's threads has one, which
// hears of every change; only that of a link's own thread holds the link.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/directory.h"
#include "attest/keyset.h"
#include "base/clock.h"

namespace aipg::gateway {

class WorkerSession;

// A worker's link: on which thread, and which of those there were on it.
struct LinkId {
  unsigned lane = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const LinkId&, const LinkId&) = default;
};

// A registered keyset with evidence.
struct KeysetRecord {
  attest::Keyset keyset;
  std::string stake_id;
  std::vector<api::OfferedModel> models;
  std::shared_ptr<const Bytes> evidence;  // the bundle it registered with, unchanged
  Hash256 evidence_digest{};
  LinkId link{};
  std::shared_ptr<WorkerSession> session{};  // on the link's own thread; null on others
  bool superseded = false;                   // a newer keyset of the same link is there: routed to, no longer listed

  [[nodiscard]] const api::OfferedModel* offer(std::string_view model, std::string_view path) const;
};

// What happened to a roster, for the others.
struct KeysetRetired {
  Hash256 keyset_id{};
};
struct LinkDropped {
  LinkId link{};
};
using RosterChange = std::variant<KeysetRecord, KeysetRetired, LinkDropped>;

class Roster {
 public:
  explicit Roster(const Clock& clock) : clock_(clock) {}
  // Hears of what happens here, so that apply() can be called for it with the others.
  void on_change(std::function<void(const RosterChange&)> call) { on_change_ = std::move(call); }
  void apply(RosterChange change);

  // Adds a keyset; older ones of the same link are superseded.
  void publish(KeysetRecord record);
  // Its keys are wiped: whoever sealed to it must look again (worker_key_expired).
  void retire(const Hash256& keyset_id);
  // The link is gone: its kids stay known for a while (no_confidential_worker).
  void drop_link(const LinkId& link);

  [[nodiscard]] const KeysetRecord* find_keyset(const Hash256& keyset_id) const;
  [[nodiscard]] const KeysetRecord* find_kid(const Hash256& kid) const;
  // Was this kid reachable here once, and its link lost since?
  [[nodiscard]] bool is_gone(const Hash256& kid) const { return gone_.contains(kid); }
  // A kid belongs to the keyset that first showed it, for as long as a client may hold that: the public half of a key
  // is no secret, and a copy of it in another's keyset would draw requests to who cannot open them.
  [[nodiscard]] bool belongs_to_another(const Hash256& kid, const Hash256& keyset_id) const;

  [[nodiscard]] bool empty() const { return keysets_.empty(); }
  [[nodiscard]] std::size_t size() const { return keysets_.size(); }
  // Keysets whose link takes another job, now or after a short wait.
  [[nodiscard]] std::size_t available() const;
  [[nodiscard]] bool offers(std::string_view model) const;
  // Names of all offered models, sorted, each once.
  [[nodiscard]] std::vector<std::string> models() const;

  // The current directory document, reissued on change at most once a second.
  [[nodiscard]] const std::string& directory();

 private:
  void take(KeysetRecord record);
  void take(const KeysetRetired& retired);
  void take(const LinkDropped& dropped);
  void tell(RosterChange change) const;
  void forget(const KeysetRecord& record);
  void expire();

  const Clock& clock_;
  std::function<void(const RosterChange&)> on_change_;
  std::map<Hash256, KeysetRecord> keysets_;  // by keyset id
  std::map<Hash256, Hash256> kids_;          // kid → keyset id
  struct Gone {
    std::string worker_id;
    milliseconds since;
  };
  std::map<Hash256, Gone> gone_;  // kids of lost links
  struct Owner {
    Hash256 keyset_id{};
    milliseconds since{};
  };
  std::map<Hash256, Owner> owners_;  // every kid that was shown here, gone and retired ones too
  bool changed_ = true;
  std::uint64_t number_ = 0;
  milliseconds issued_at_{0};
  std::string document_;
};

}  // namespace aipg::gateway
